"""Personal data: sealed in every turn, in clear where it is needed, nowhere once its seal is gone."""

import msgspec

from actors.connectors.pump import ERASED
from contracts.orders import Delivery, Person
from contracts.private import pii_refs
from tests.support.shop import an_order
from tests.support.world import in_a_world

SECRET = ("A. Person", "Some Street", "London", "tok_visa", "zaphod@example.org", "ring twice")


def personal(n=1):
    """An order that has everything of a person."""
    order = an_order(n=n)
    return msgspec.structs.replace(
        order,
        contact=Person("Z. B.", "zaphod@example.org", "555-1"),
        bill_to=order.ship_to,
        delivery=Delivery(instructions="ring twice"),
    )


def in_clear(journal):
    """The words that anybody could read in the journal or in what is at rest."""
    data = b"".join(turn for _, group in journal.read() for turn in group)
    data += b"".join(body for *_, body in journal.read_rest())
    return [words for words in SECRET if words.encode() in data]


async def test_no_turn_of_an_order_holds_its_person_in_clear_and_the_partners_hear_it(open_world):
    world = await open_world()
    heard = {}

    async def note(script, request):
        heard[request.operation] = request.body
        return await script.inner.call(request)

    for place in ("payments/authorizations", "fraud/assessments", "warehouse/shipping_orders"):
        world.script.always[place] = note
    order = personal()
    await world.play(order)
    assert in_clear(world.inner_journal) == []
    label = heard["shipping_orders"]["ship_to"]
    assert (label["name"], label["lines"], label["city"]) == ("A. Person", ("1 Some Street",), "London")
    assert (heard["authorizations"]["source"], heard["assessments"]["source"]) == ("tok_visa", "tok_visa")
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_all_of_an_order_is_under_one_seal_and_another_order_has_another(open_world):
    world = await open_world()
    one, other = personal(1), personal(2)
    await world.play(one)
    await world.play(other)
    refs = [pii_refs(world.state(order).order) for order in (one, other)]
    assert [len(each) for each in refs] == [1, 1]
    assert refs[0] != refs[1]


async def test_a_repeat_takes_no_seal(open_world):
    world = await open_world()
    order = personal()
    await world.play(order)
    minted = world.ports.vault.statistics()["minted"]
    assert (await world.place(order)).replayed
    assert world.ports.vault.statistics()["minted"] == minted


async def test_what_would_need_somebody_erased_is_not_sent_and_the_refusal_says_so(open_world):
    world = await open_world()
    order = personal()
    await world.place(order)
    refs = pii_refs(world.state(order).order)
    assert refs
    world.ports.vault.destroy(refs)
    await world.ended(order)
    assert world.script.made("payments/authorizations") == []
    assert ERASED in str(world.facts("payment.declined"))
    assert world.state(order).order_status == "rejected"


def test_the_same_run_seals_to_the_same_bytes():
    async def story(world):
        await world.play(personal())
        return [turn for _, group in world.inner_journal.read() for turn in group]

    assert in_a_world(story) == in_a_world(story)
