"""The pain: an order is cancelled or shipped and the shop goes on showing what it was; a customer is told twice."""

from contracts.orders import Person
from tests.support.bugs_of_pains import (
    a_new_name_for_every_message,
    acknowledgments_believed,
    the_last_push_wins,
    what_failed_is_forgotten,
)
from tests.support.script import lost_after, lost_before
from tests.support.shop import an_order, id_of

EVERY_MS = 5_000
PUSH = "channels/items:push"


async def opened(open_world, **twins):
    return await open_world(sync_every_ms=EVERY_MS, twins=twins)


async def what_the_shop_shows(world):
    """An order is shipped, while this and that becomes of what the shop is told. What it shows in the end."""
    order = an_order(channel="phone")
    await world.play(order)
    await world.wait(120_000)
    rows = world.twins.books()["channels"]["books"].get("phone", {}).get("orders", [])
    return [row["state"] for row in rows if row["ref"] == id_of(order)]


async def test_what_a_shop_took_and_lost_it_shows_all_the_same(open_world):
    assert await what_the_shop_shows(await opened(open_world, mirror_loses_bp=10_000)) == ["completed"]


async def test_with_acknowledgments_believed_it_never_does(open_world, monkeypatch):
    acknowledgments_believed(monkeypatch)
    assert await what_the_shop_shows(await opened(open_world, mirror_loses_bp=10_000)) == []


async def after_failures(world):
    """Every push fails for a minute."""
    world.script.next(PUSH, *[lost_before] * 12)
    return await what_the_shop_shows(world)


async def test_what_a_failed_push_would_have_told_is_in_the_next_one(open_world):
    assert await after_failures(await opened(open_world)) == ["completed"]


async def test_with_failed_pushes_forgotten_it_is_told_nothing(open_world, monkeypatch):
    what_failed_is_forgotten(monkeypatch)
    assert await after_failures(await opened(open_world)) == []


async def after_a_late_push(world):
    """The first push hangs in the net, and arrives when the order is cancelled already. What the shop shows."""
    order = an_order(channel="phone")
    late = []

    async def hangs(script, request):
        late.append(request)
        return await lost_before(script, request)

    world.script.next(PUSH, hangs)
    await world.place(order)
    await world.until(lambda: late)
    await world.cancel(order)
    await world.ended(order)
    await world.twins.call(late[0])
    await world.wait(60_000)
    rows = world.twins.books()["channels"]["books"]["phone"]["orders"]
    return [row["state"] for row in rows]


async def test_a_push_that_comes_late_changes_nothing(open_world):
    assert await after_a_late_push(await opened(open_world)) == ["cancelled"]


async def test_with_the_last_push_winning_a_cancelled_order_is_shown_as_accepted(open_world, monkeypatch):
    the_last_push_wins(monkeypatch)
    assert await after_a_late_push(await opened(open_world)) == ["accepted"]


async def what_the_customer_is_told(world):
    """The answers of the mail service get lost, twice. The subjects of the mails that were sent."""
    world.script.next("mail/items:push", lost_after, lost_after)
    await world.play(an_order(contact=Person("A. Person", "a@person.example")))
    await world.wait(60_000)
    return sorted(row["template"] for row in world.twins.books()["mail"]["messages"])


async def test_a_customer_is_told_each_fact_once(open_world):
    assert await what_the_customer_is_told(await opened(open_world)) == ["accepted", "shipped"]


async def test_with_a_new_name_for_every_message_they_are_told_again_and_again(open_world, monkeypatch):
    a_new_name_for_every_message(monkeypatch)
    told = await what_the_customer_is_told(await opened(open_world))
    assert len(told) > 2
