"""Where a parcel is: the carrier's scans come late, twice, out of order, and before the dispatch is known."""

from __future__ import annotations

from contracts.ids import fulfillment_order_id_of
from contracts.parcels import RecordScan
from tests.support.shop import an_order, id_of

DONE = ("completed", "captured", "dispatched", "acknowledged")
TRAVELS = {"travel_min_ms": 4_000, "travel_max_ms": 4_000}


def told(world):
    """The parcel facts, in order."""
    return [
        event.type
        for turn in world.turns()
        for event in turn.events
        if event.type in ("shipment.in_transit", "shipment.delivered", "shipment.lost")
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
    await world.until(lambda: world.exceptions() == ["parcel-lost"])


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
