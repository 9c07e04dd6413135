"""Where a parcel is: the carrier's scans come late, twice, out of order, and before the dispatch is known."""

from __future__ import annotations

from contracts.fulfillment import ConfirmDispatch
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import DemandLine
from contracts.parcels import RecordScan
from tests.support.script import answer
from tests.support.sendings import money_back, send_back
from tests.support.settling import balances
from tests.support.shop import an_order, id_of

DONE = ("completed", "captured", "dispatched", "acknowledged")
TRAVELS = {"travel_min_ms": 4_000, "travel_max_ms": 4_000}


def told(world):
    """The parcel facts, in order."""
    return [
        event.type
        for turn in world.turns()
        for event in turn.events
        if turn.actor == "fulfillment"
        and event.type in ("shipment.in_transit", "shipment.delivered", "shipment.lost")
    ]


def scan(world, order, status, at_ms, shipment, name=None):
    id_ = fulfillment_order_id_of(id_of(order), 0)
    command = RecordScan(id_, id_of(order), shipment, status, at_ms)
    world.record("fulfillment", id_, command, name or f"{status} {at_ms}", id_of(order))


async def test_a_parcel_travels_and_arrives_and_the_plain_order_takes_no_turn_for_it(open_world):
    world = await open_world(twins={**TRAVELS, "scan_bp": 10_000, "repeat_bp": 10_000})
    order = an_order()
    await world.play(order)
    assert world.axes(order) == DONE
    await world.wait(20_000)
    assert told(world) == ["shipment.in_transit", "shipment.delivered"]
    assert world.exceptions() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_lost_parcel_is_a_persons_until_it_is_found(open_world):
    world = await open_world(twins={**TRAVELS, "lost_bp": 10_000})
    order = an_order()
    await world.play(order)
    await world.until(lambda: "shipment.lost" in told(world))
    assert world.exceptions() == ["parcel-lost"]
    assert world.axes(order) == DONE
    (row,) = world.system.work_list.of("support")
    assert (row.category, row.order_id) == ("parcel-lost", id_of(order))
    (shipment,) = world.facts("shipment.dispatched")
    scan(world, order, "delivered", world.timeline.now_ms() + 1, shipment.shipment_id)
    await world.quiet()
    assert world.system.work_list.of() == []
    assert world.facts("exception.resolved")[0].reason == "the parcel was found"


async def test_the_sandboxs_item_is_always_lost(open_world):
    world = await open_world(twins={**TRAVELS, "carrier_lost_items": ["TEA"]})
    await world.play(an_order())
    await world.until(world.exceptions)
    assert world.exceptions() == ["parcel-lost"]


async def test_a_scan_before_the_dispatch_is_known_waits_for_it_and_is_told_after_it(open_world):
    twins = {**TRAVELS, "scan_bp": 10_000, "late_bp": 10_000, "late_ms": 60_000}
    world = await open_world(twins=twins)
    order = an_order()
    await world.place(order)
    await world.until(lambda: world.facts("fulfillment.scan_kept"))
    assert told(world) == []
    await world.ended(order)
    await world.wait(20_000)
    assert told(world)[-1] == "shipment.delivered"
    assert world.axes(order) == DONE
    types = [event.type for turn in world.turns() for event in turn.events]
    assert types.index("shipment.dispatched") < types.index("shipment.in_transit")
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_an_older_scan_changes_nothing_and_the_same_again_neither(open_world):
    world = await open_world()
    order = an_order()
    await world.play(order)
    shipment = world.facts("shipment.dispatched")[0].shipment_id
    for n, (status, at_ms) in enumerate(
        [("lost", 50), ("in_transit", 20), ("lost", 50), ("in_transit", 90), ("delivered", 80), ("lost", 99)]
    ):
        scan(world, order, status, at_ms, shipment, f"scan {n}")
        await world.quiet()
    assert told(world) == ["shipment.lost", "shipment.in_transit", "shipment.delivered"]
    assert world.system.work_list.of() == []


async def test_a_scan_of_a_shipment_nobody_knows_is_kept_once_and_tells_nothing(open_world):
    world = await open_world()
    order = an_order()
    for n in range(3):
        scan(world, order, "in_transit", 5, "SH-nobodys", f"scan {n}")
    await world.quiet()
    assert len(world.facts("fulfillment.scan_kept")) == 1
    assert told(world) == []


async def test_where_the_channel_says_so_a_lost_parcel_is_credited_and_paid_back_without_a_person(open_world):
    world = await open_world(twins={**TRAVELS, "lost_bp": 10_000})
    order = an_order(("TEA", 2), ("BOOK", 1), channel="marketplace")
    await world.play(order)
    await world.until(lambda: world.facts("payment.refunded"))
    await world.quiet()
    total = 2 * 255 + 700
    assert money_back(world)[0] == [(id_of(order), total, "succeeded")]
    assert [note.payable_minor for note in world.facts("credit_note.issued")] == [total]
    assert [(line.line_id, line.scrap) for line in world.facts("return.inspected")[0].lines] == [
        ("1", 2),
        ("2", 1),
    ]
    # The goods are nobody's asset any more, and in no stock.
    assert balances(world)["5300 scrap"] == 2 * 100 + 300
    assert world.stock("TEA") == (998, 0)
    assert world.exceptions() == ["parcel-lost"]
    assert world.system.work_list.of() == []
    (shipment,) = world.facts("shipment.dispatched")
    # Told again, or found, it changes nothing of that.
    scan(world, order, "delivered", world.timeline.now_ms() + 1, shipment.shipment_id)
    scan(world, order, "lost", world.timeline.now_ms() + 2, shipment.shipment_id)
    await world.quiet()
    assert len(world.facts("payment.refunded")) == 1
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_what_came_back_before_its_parcel_was_called_lost_is_credited_once(open_world):
    world = await open_world(twins=TRAVELS)
    order = an_order(("TEA", 2), channel="marketplace")
    await world.play(order)
    await send_back(world, order, ("1", 1))
    (shipment,) = world.facts("shipment.dispatched")
    scan(world, order, "lost", world.timeline.now_ms(), shipment.shipment_id)
    await world.wait(2_000)
    await world.quiet()
    assert [row[1] for row in money_back(world)[0]] == [255, 255]


async def test_of_an_order_in_several_parcels_a_lost_one_is_a_persons(open_world):
    world = await open_world(twins={**TRAVELS, "lost_bp": 10_000})
    order = an_order(("TEA", 1_003), channel="marketplace")
    await world.play(order)
    await world.until(lambda: "parcel-lost" in world.exceptions())
    await world.wait(10_000)
    assert money_back(world)[0] == []
    assert {row.category for row in world.system.work_list.of()} == {"parcel-lost"}


async def lost(world, order):
    """The order is completed, and its parcel is told to be lost."""
    await world.play(order)
    assert world.axes(order) == DONE
    (shipment,) = world.facts("shipment.dispatched")
    scan(world, order, "lost", world.timeline.now_ms(), shipment.shipment_id)
    await world.wait(5_000)
    await world.quiet()
    return shipment


async def test_where_the_channel_says_so_a_lost_parcel_is_sent_again_and_nothing_is_taken_twice(open_world):
    world = await open_world(twins=TRAVELS)
    order = an_order(("TEA", 2), ("BOOK", 1), channel="preorder")
    first = await lost(world, order)
    second = world.facts("shipment.dispatched")[1]
    assert (second.again, second.location) == (first.shipment_id, first.location)
    assert [(line.sku, line.quantity) for line in second.lines] == [("TEA", 2), ("BOOK", 1)]
    assert len(world.facts("payment.captured")) == len(world.facts("invoice.issued")) == 1
    assert world.facts("credit_note.issued") == []
    # The goods are gone twice, and once nobody paid for them.
    assert world.stock("TEA") == (996, 0)
    assert balances(world)["5200 shrinkage"] == 2 * 100 + 300
    assert balances(world)["5000 cost of goods sold"] == 2 * 100 + 300
    tea = world.system.look("inventory", "default").positions["TEA"]
    assert sum(one.allocated for one in tea.values()) == 0
    assert world.axes(order) == DONE
    assert world.exceptions() == ["parcel-lost"]
    assert world.system.work_list.of() == []
    # Told again, or found, it changes nothing of that.
    scan(world, order, "delivered", world.timeline.now_ms() + 1, first.shipment_id)
    scan(world, order, "lost", world.timeline.now_ms() + 2, first.shipment_id)
    await world.wait(5_000)
    assert len(world.facts("shipment.dispatched")) == 2
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_what_was_sent_again_and_is_lost_too_is_credited(open_world):
    world = await open_world(twins=TRAVELS)
    order = an_order(("TEA", 2), channel="preorder")
    await lost(world, order)
    second = world.facts("shipment.dispatched")[1]
    id_ = second.fulfillment_order_id
    again = RecordScan(id_, id_of(order), second.shipment_id, "lost", world.timeline.now_ms())
    world.record("fulfillment", id_, again, "lost again", id_of(order))
    await world.wait(5_000)
    await world.quiet()
    assert len(world.facts("shipment.dispatched")) == 2
    assert [note.payable_minor for note in world.facts("credit_note.issued")] == [510]
    assert money_back(world)[0] == [(id_of(order), 510, "succeeded")]
    assert world.system.work_list.of() == []


async def test_where_there_is_no_more_of_it_a_lost_parcel_is_credited(open_world):
    world = await open_world(twins=TRAVELS)
    order = an_order(("TEA", 999), channel="preorder")
    await lost(world, order)
    assert len(world.facts("shipment.dispatched")) == 1
    assert [note.payable_minor for note in world.facts("credit_note.issued")] == [999 * 255]
    assert world.system.work_list.of() == []


async def test_what_a_warehouse_will_not_send_again_is_the_pools_and_credited(open_world):
    world = await open_world(twins=TRAVELS)
    order = an_order(("TEA", 2), channel="preorder")
    await world.play(order)
    world.script.always["warehouse/shipping_orders"] = answer(422, {"code": "unknown_item"})
    (shipment,) = world.facts("shipment.dispatched")
    scan(world, order, "lost", world.timeline.now_ms(), shipment.shipment_id)
    await world.wait(5_000)
    await world.quiet()
    assert world.facts("fulfillment.not_sent_again")[0].bucket == "available"
    assert world.stock("TEA") == (998, 0)
    assert [note.payable_minor for note in world.facts("credit_note.issued")] == [510]
    assert "5200 shrinkage" not in balances(world)
    assert world.axes(order) == DONE
    assert world.system.work_list.of() == []


async def test_what_was_not_found_of_it_is_put_aside_and_credited_and_the_rest_is_sent(open_world):
    world = await open_world(twins=TRAVELS)
    order = an_order(("TEA", 3), channel="preorder")
    await world.play(order)
    (shipment,) = world.facts("shipment.dispatched")
    held = world.script.hold("warehouse/shipping_orders")
    scan(world, order, "lost", world.timeline.now_ms(), shipment.shipment_id)
    await held.came.wait()
    id_ = world.facts("fulfillment.order_created")[1].fulfillment_order_id
    lines = (DemandLine("1", "TEA", 2),)
    part = ConfirmDispatch(id_, id_of(order), "SH-again", "T", world.timeline.now_ms(), lines)
    world.record("fulfillment", id_, part, "part", id_of(order))
    await world.until(lambda: world.facts("payment.refunded"))
    assert [note.payable_minor for note in world.facts("credit_note.issued")] == [255]
    tea = world.system.look("inventory", "default").positions["TEA"][shipment.location]
    assert (tea.available, tea.allocated, tea.quality_hold) == (994, 0, 1)
    assert balances(world)["5200 shrinkage"] == 2 * 100


async def test_a_crash_at_any_moment_sends_it_again_once(open_world):
    world = await open_world(twins=TRAVELS)
    order = an_order(("TEA", 2), channel="preorder")
    await world.play(order)
    (shipment,) = world.facts("shipment.dispatched")
    scan(world, order, "lost", world.timeline.now_ms(), shipment.shipment_id)
    for _ in range(6):
        await world.wait(12)
        await world.restart()
    await world.wait(5_000)
    await world.quiet()
    assert len(world.facts("shipment.dispatched")) == 2
    assert world.stock("TEA") == (996, 0)
    assert world.system.work_list.of() == []
