"""Where a parcel is: the carrier's scans come late, twice, out of order, and before the dispatch is known."""

from __future__ import annotations

from contracts.ids import fulfillment_order_id_of
from contracts.parcels import RecordScan
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
