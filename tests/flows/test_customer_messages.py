"""Customers are told what becomes of their orders: one message for each fact, whatever gets lost on its way."""

from typing import Any

from contracts.customers import EraseCustomer, guest_of
from contracts.inventory import ReceiveStock, StockRow
from contracts.orders import Delivery, Person
from tests.support.script import lost_after, lost_before, unreachable
from tests.support.sendings import send_back
from tests.support.shop import an_order, id_of
from tests.support.world import World

EVERY_MS = 5_000
SEND = "mail/items:push"
READER = Person("A. Person", "a@person.example")


def letters(world: World) -> list[tuple[str, str]]:
    """(what, to whom), in the order in which they were sent."""
    return [(row["template"], row["to"]) for row in world.twins.books()["mail"]["messages"]]


def counts(world: World) -> dict[str, int]:
    return dict(world.twins.books()["mail"]["counts"])


async def opened(open_world: Any, **options: Any) -> World:
    world: World = await open_world(sync_every_ms=EVERY_MS, **options)
    return world


async def test_a_customer_is_told_each_fact_in_its_order(open_world):
    world = await opened(open_world)
    order = an_order(("TEA", 2), contact=READER)
    await world.play(order)
    to = "a@person.example"
    assert letters(world) == [("accepted", to), ("shipped", to)]
    await send_back(world, order, ("1", 2))
    await world.quiet()
    assert letters(world)[2:] == [("refunded", to)]
    (last,) = world.twins.books()["mail"]["messages"][2:]
    assert last["order"] == id_of(order)
    assert counts(world) == {}


async def test_a_refusal_is_told_and_whoever_left_no_address_is_told_nothing(open_world):
    world = await opened(open_world)
    await world.play(an_order(("MUG", 4), n=1, contact=READER))
    await world.play(an_order(("MUG", 1), n=2))
    assert letters(world) == [("rejected", "a@person.example")]


async def test_who_collects_is_told_once_that_the_order_lies_ready_and_of_no_parcel(open_world):
    world = await opened(open_world)
    rows = (StockRow("TEA", "ST2", 5),)
    world.record("inventory", "default", ReceiveStock("default", "store", rows), "store")
    order = an_order(("TEA", 2), delivery=Delivery("pickup", None, "ST2"), contact=READER)
    world.script.next(SEND, lost_after)
    await world.place(order)
    await world.until(lambda: len(letters(world)) == 2)
    await world.restart()
    await world.quiet()
    assert sorted(what for what, _ in letters(world)) == ["accepted", "ready"]
    (ready,) = (row for row in world.twins.books()["mail"]["messages"] if row["template"] == "ready")
    assert ready["order"] == id_of(order)


async def test_a_message_whose_answer_is_lost_is_asked_for_again_and_sent_once(open_world):
    world = await opened(open_world)
    world.script.next(SEND, lost_after, lost_after, lost_before)
    await world.play(an_order(contact=READER))
    assert [what for what, _ in letters(world)] == ["accepted", "shipped"]
    assert counts(world)["repeated"] >= 1


async def test_a_crash_between_the_message_and_its_record_sends_nothing_again(open_world):
    world = await opened(open_world)
    order = an_order(contact=READER)
    await world.place(order)
    await world.until(lambda: letters(world))
    await world.restart()
    await world.ended(order)
    assert [what for what, _ in letters(world)] == ["accepted", "shipped"]
    assert counts(world)["repeated"] >= 1
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_message_that_the_service_took_and_lost_is_sent_after_all(open_world):
    world = await opened(open_world, twins={"mirror_loses_bp": 10_000})
    await world.play(an_order(contact=READER))
    assert sorted(what for what, _ in letters(world)) == ["accepted", "shipped"]
    assert counts(world)["lost"] == 2


async def test_what_cannot_be_delivered_is_a_persons_to_look_at(open_world):
    world = await opened(open_world)
    order = an_order(contact=Person("B. Person", "nobody@bounce.example"))
    await world.play(order)
    assert letters(world) == []
    assert set(world.exceptions()) == {"sync-refused"}


async def test_whoever_is_erased_is_written_nothing_more(open_world):
    world = await opened(open_world)
    world.script.always[SEND] = unreachable
    order = an_order(contact=READER)
    await world.place(order)
    await world.until(lambda: world.state(order).order_status == "completed")
    key = guest_of(id_of(order))
    world.record("customers", key, EraseCustomer(key, "desk", "requested", id_of(order)), "erase", key)
    await world.until(lambda: world.facts("customer.erased"))
    del world.script.always[SEND]
    await world.quiet()
    assert letters(world) == []
    assert world.exceptions() == []


async def test_nobody_stands_in_a_turn_in_clear(open_world):
    world = await opened(open_world)
    await world.play(an_order(contact=READER))
    written = b"".join(data for _, group in world.inner_journal.read() for data in group)
    assert b"person.example" not in written
