"""Erasure: put off while an order needs the address, then for good; orders, money and turns stay as they are."""

import msgspec

from actors.domains.orders.customers import CUSTOMERS
from actors.domains.orders.customers_model import CustomerState
from actors.runtime.intake import Call
from contracts.customers import (
    ERASE_WITHIN_MS,
    EraseCustomer,
    NeedTold,
    NoteOrder,
    SealsDestroyed,
    UpsertCustomer,
    guest_of,
)
from contracts.orders import Person, PostalAddress
from contracts.platform import TimerFired
from contracts.private import pii_refs
from tests.support.script import answer
from tests.support.shop import an_order, id_of
from tests.support.walk import bodies, message_to, take
from tests.support.world import World

SLOW = {"pick_min_ms": 30_000, "pick_max_ms": 30_000}


def ordered(n=1, customer="C-1", *lines, **fields):
    """An order of a customer, or of a guest."""
    order = an_order(*lines, n=n, customer_id=customer, **fields)
    return msgspec.structs.replace(order, contact=Person("Zaphod", "zaphod@example.org", None))


async def erase(world: World, key: str, n: int = 1, order_id: str = "") -> tuple[int, dict]:
    command = EraseCustomer(key, "desk", "requested", order_id)
    call = Call("desk", "DELETE", f"/{key}", f"e{n}", "f", "customers", key, key, command, sheddable=False)
    answered = await world.system.submit(call)
    return answered.status, msgspec.json.decode(answered.body)


def customer(world, key="C-1"):
    return world.system.look("customers", key)


def told(at, name="Zaphod", source="crm"):
    return UpsertCustomer("C-1", source, at, Person(name), PostalAddress("GB", name, ("1 Lane",)))


def name_of(world):
    return world.system.sealer.unseal(customer(world).person).name


async def test_a_customer_with_nothing_open_is_erased_and_their_order_stands(open_world):
    world = await open_world()
    order = ordered()
    await world.play(order)
    before = [data for _, group in world.inner_journal.read() for data in group]
    refs = pii_refs(world.state(order).order)
    assert name_of(world) == "Zaphod"
    assert (await erase(world, "C-1"))[0] == 202
    await world.until(lambda: customer(world).status == "erased")
    await world.quiet()
    assert [world.ports.vault.find(ref) for ref in refs] == [None]
    assert (customer(world).person, customer(world).orders) == (None, {})
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    after = [data for _, group in world.inner_journal.read() for data in group]
    assert after[: len(before)] == before
    assert [fact.customer_id for fact in world.facts("customer.erased")] == ["C-1"]
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_an_open_order_puts_the_erasure_off_and_is_named_and_still_ships(open_world):
    world = await open_world(twins=SLOW)
    order = ordered()
    await world.place(order)
    await erase(world, "C-1")
    await world.until(lambda: customer(world).status == "deferred")
    status, body = await erase(world, "C-1", 2)
    assert (status, body["status"], body["waiting_for"]) == (202, "deferred", [id_of(order)])
    await world.ended(order)
    assert world.axes(order)[0] == "completed"
    await world.until(lambda: customer(world).status == "erased", 600_000)
    assert world.system.sealer.is_erased(pii_refs(world.state(order).order))


async def test_an_order_that_a_person_has_to_look_at_puts_it_off(open_world):
    world = await open_world()
    order = ordered(1, "C-1", token="tok_capture_fails")
    await world.place(order)
    await world.ended(order)
    assert world.state(order).order_status == "excepted"
    await erase(world, "C-1")
    await world.wait(300_000)
    assert customer(world).status == "deferred"
    assert not world.system.sealer.is_erased(pii_refs(world.state(order).order))


def walked(state, body, at, type_=None):
    message = message_to(CUSTOMERS, "C-1", body, type_=type_)
    return take(CUSTOMERS, state, message, at)


def test_after_thirty_days_a_person_is_asked_once_why_an_erasure_still_waits():
    state, at = CustomerState(), 1_000
    walked(state, NoteOrder("C-1", "ord_1", "web", ("1",)), at)
    walked(state, EraseCustomer("C-1", "desk", "requested"), at)
    opened = []
    for _ in range(200):
        decided = walked(state, NeedTold("ord_1", "C-1", "excepted", True, ("1",)), at)
        opened += [(at, one.category) for one in bodies(decided, "exception.opened")]
        at = state.again_at_ms
        asked = walked(state, TimerFired(at), at, "timer.erasure")
        assert [said.body.order_id for said in asked.said] == ["ord_1"]
    assert [category for _, category in opened] == ["erasure-overdue"]
    assert opened[0][0] >= 1_000 + ERASE_WITHIN_MS
    decided = walked(state, NeedTold("ord_1", "C-1", "completed", False, ("1",)), at)
    assert decided.said[0].body.refs == ("1",)
    walked(state, SealsDestroyed("C-1", ("1",)), at)
    assert (state.status, state.orders, state.refs) == ("erased", {}, ())


async def test_a_guest_is_erased_by_their_order_alone(open_world):
    world = await open_world()
    order, other = ordered(1, None), ordered(2, None)
    await world.play(order)
    await world.play(other)
    assert world.by_actor().get("customers", 0) == 0
    key = guest_of(id_of(order))
    assert (await erase(world, key, 1, id_of(order)))[0] == 202
    await world.until(lambda: customer(world, key).status == "erased")
    assert world.system.sealer.is_erased(pii_refs(world.state(order).order))
    assert not world.system.sealer.is_erased(pii_refs(world.state(other).order))
    assert (await erase(world, key, 2, id_of(order)))[0] == 200


async def test_whom_nobody_knows_is_not_found(open_world):
    world = await open_world()
    assert (await erase(world, "C-404"))[0] == 404


async def test_every_order_and_every_record_of_a_customer_is_erased_and_nobody_elses(open_world):
    world = await open_world()
    orders = [ordered(1), ordered(2), ordered(3, "C-2")]
    world.record("customers", "C-1", told(1_000), "crm-1", "C-1")
    for order in orders:
        await world.play(order)
    await erase(world, "C-1")
    await world.until(lambda: customer(world).status == "erased")
    gone = [world.system.sealer.is_erased(pii_refs(world.state(order).order)) for order in orders]
    assert gone == [True, True, False]
    assert len(world.facts("customer.erased")[0].refs) == 3


async def test_the_newest_of_what_is_told_stands_in_whatever_order_it_comes(open_world):
    world = await open_world()
    for n, (at, name) in enumerate([(3_000, "Newest"), (1_000, "Oldest"), (2_000, "Older"), (3_000, "Same")]):
        world.record("customers", "C-1", told(at, name), f"r{n}", "C-1")
    await world.quiet()
    assert name_of(world) == "Newest"


async def test_of_two_told_at_once_the_crms_stands(open_world):
    world = await open_world()
    world.record("customers", "C-1", told(1_000, "Shop", "channel"), "r1", "C-1")
    world.record("customers", "C-1", told(1_000, "Crm"), "r2", "C-1")
    await world.quiet()
    assert name_of(world) == "Crm"


async def test_what_was_true_before_an_erasure_does_not_come_back_and_what_is_newer_does(open_world):
    world = await open_world()
    now = world.timeline.now_ms()
    world.record("customers", "C-1", told(now - 5), "r1", "C-1")
    await world.quiet()
    await erase(world, "C-1")
    await world.until(lambda: customer(world).status == "erased")
    world.record("customers", "C-1", told(now - 1), "r2", "C-1")
    await world.quiet()
    assert customer(world).person is None
    world.record("customers", "C-1", told(world.timeline.now_ms() + 1, "Again"), "r3", "C-1")
    await world.quiet()
    assert (customer(world).status, name_of(world)) == ("known", "Again")


async def test_a_crash_at_any_moment_of_an_erasure_changes_nothing_of_its_end(open_world):
    world = await open_world()
    order = ordered()
    await world.play(order)
    await erase(world, "C-1")
    for _ in range(4):
        await world.restart()
        await world.wait(5)
    await world.until(lambda: customer(world) is not None and customer(world).status == "erased")
    assert world.system.sealer.is_erased(pii_refs(world.state(order).order))
    assert len(world.facts("customer.erased")) == 1
    await world.restart()
    assert customer(world).status == "erased"


async def test_an_order_placed_after_an_erasure_began_keeps_its_own_seal(open_world):
    world = await open_world(twins=SLOW)
    first, second = ordered(1), ordered(2)
    await world.play(first)
    await erase(world, "C-1")
    await world.place(second)
    await world.ended(second)
    assert world.axes(second)[0] == "completed"
    kept = world.system.look("orders", id_of(second)).order
    assert world.system.sealer.unseal(kept).contact.name == "Zaphod"


def test_an_order_that_comes_while_others_are_asked_keeps_its_seal_and_is_erased_the_next_time():
    state = CustomerState()
    contact = Person("~1.c2VhbGVk")
    take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", NoteOrder("C-1", "ord_a", "web", ("1",), contact)), 1)
    take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", EraseCustomer("C-1", "desk", "asked")), 2)
    later = NoteOrder("C-1", "ord_b", "web", ("2",), Person("~2.c2VhbGVk"))
    take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", later), 3)
    needless = NeedTold("ord_a", "C-1", "completed", False, ("1",))
    decision = take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", needless), 4)
    assert [(one.orders, one.refs) for one in bodies(decision, "customer.erasing")] == [(("ord_a",), ("1",))]
    # The vault is asked again for no more than that, whoever comes meanwhile.
    third = NoteOrder("C-1", "ord_c", "web", ("3",), Person("~3.c2VhbGVk"))
    take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", third), 5)
    again = take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", TimerFired(6), type_="timer.erasure"), 6)
    assert [said.body.refs for said in again.said] == [("1",)]
    take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", SealsDestroyed("C-1", ("1",))), 7)
    assert (state.status, set(state.orders), set(state.refs)) == ("erased", {"ord_b", "ord_c"}, {"2", "3"})
    take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", EraseCustomer("C-1", "desk", "asked")), 8)
    for order_id, ref in (("ord_b", "2"), ("ord_c", "3")):
        needless = NeedTold(order_id, "C-1", "completed", False, (ref,))
        decision = take(CUSTOMERS, state, message_to(CUSTOMERS, "C-1", needless), 9)
    assert [set(one.refs) for one in bodies(decision, "customer.erasing")] == [{"2", "3"}]


async def test_an_order_of_a_customer_takes_one_turn_more_and_a_guests_none(open_world):
    world = await open_world()
    await world.play(ordered(1, "C-1"))
    await world.play(ordered(2, None))
    counted = world.by_actor()
    assert (counted["customers"], counted["orders"]) == (1, 10)


async def test_the_partner_is_asked_again_after_a_refusal_that_is_none_of_its_own(open_world):
    world = await open_world()
    world.script.next("warehouse/shipping_orders", answer(503))
    order = ordered()
    await world.play(order)
    assert world.axes(order)[0] == "completed"
