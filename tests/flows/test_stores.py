"""Orders and stores: collected there, shipped from there, brought back there."""

import msgspec
import pytest

from actors.runtime.intake import Call
from contracts.holds import HoldOrder, ReleaseHold
from contracts.ids import fulfillment_order_id_of, return_id_of
from contracts.inventory import ReceiveStock, StockRow
from contracts.orders import Delivery
from contracts.pickups import CollectOrder
from contracts.returns import InspectedLine, InspectReturn, ReceiveReturn, ReturnLine
from contracts.stores import STORES
from contracts.turn import DEFAULT_TENANT
from tests.support.settling import balances
from tests.support.shop import an_order, id_of, opening_stock, price_list

DAY_MS = 86_400_000


def stock(world, **at):
    """Tea at each of these places."""
    rows = tuple(StockRow("TEA", location, units) for location, units in at.items())
    world.record("inventory", "default", ReceiveStock("default", f"store {at}", rows), f"store {at}")


def a_pickup(*lines, store="ST2", n=1, **fields):
    return an_order(*(lines or (("TEA", 2),)), n=n, delivery=Delivery("pickup", None, store), **fields)


def position(world, location):
    return world.system.look("inventory", "default").positions["TEA"][location]


async def collect(world, order, collection="COL-1"):
    """The customer is at the counter; (status, body) of what it is told."""
    order_id, id_ = id_of(order), fulfillment_order_id_of(id_of(order), 0)
    command = CollectOrder(id_, order_id, collection, "counter", world.timeline.now_ms())
    call = Call("counter", "POST", "collections", collection, "f", "fulfillment", id_, order_id, command,
                sheddable=False)  # fmt: skip
    answered = await world.system.submit(call)
    return answered.status, msgspec.json.decode(answered.body)


async def ready(world, order):
    """The order is placed, and lies in its store."""
    assert (await world.place(order)).status == 202
    await world.until(lambda: world.facts("fulfillment.ready_for_collection"))
    await world.quiet()
    return world.facts("fulfillment.ready_for_collection")[-1]


async def test_an_order_waits_in_its_store_and_is_invoiced_and_captured_when_it_is_collected(open_world):
    world = await open_world()
    stock(world, ST2=5)
    order = a_pickup()
    lies = await ready(world, order)
    assert (lies.location, position(world, "ST2").reserved) == ("ST2", 2)
    assert lies.due_ms - world.timeline.now_ms() > 3 * DAY_MS
    assert world.books()["warehouse"] == []
    assert world.facts("payment.captured") == []
    assert (await collect(world, order))[0] == 200
    await world.ended(order)
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    left = position(world, "ST2")
    assert (left.available, left.reserved, left.on_hand) == (3, 0, 3)
    assert balances(world)["1300 inventory ST2"] == -200
    (shipment,) = world.facts("shipment.dispatched")
    assert (shipment.collected, shipment.location) == (True, "ST2")
    assert world.exceptions() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_pickup_is_no_warehouses_work(open_world):
    world = await open_world()
    stock(world, ST2=5)
    order = a_pickup()
    await ready(world, order)
    await collect(world, order)
    await world.ended(order)
    assert world.by_actor(world.turns(order))["warehouse"] == 0


async def test_who_does_not_come_in_time_has_let_the_order_go(open_world):
    world = await open_world(feed_every_ms=60_000)
    stock(world, ST2=5)
    order = a_pickup()
    await ready(world, order)
    await world.wait(STORES["ST2"].collect_within_ms + 60_000)
    await world.quiet()
    assert world.axes(order)[:3] == ("cancelled", "voided", "cancelled")
    assert world.state(order).reason == "not-collected"
    assert position(world, "ST2").available == 5
    assert world.reservations() == []
    assert world.facts("payment.captured") == []
    assert world.books()["held"] == [(id_of(order), 510, 0, 510)]
    assert (await collect(world, order))[0] == 409


async def test_a_cancellation_before_the_customer_comes_wins_and_nothing_is_handed_over(open_world):
    world = await open_world()
    stock(world, ST2=5)
    order = a_pickup()
    await ready(world, order)
    await world.cancel(order)
    await world.ended(order)
    assert world.axes(order)[0] == "cancelled"
    status, told = await collect(world, order)
    assert (status, told["code"]) == (409, "not-waiting")
    assert world.facts("shipment.dispatched") == []


async def test_a_cancellation_after_the_customer_has_come_is_refused(open_world):
    world = await open_world()
    stock(world, ST2=5)
    order = a_pickup()
    await ready(world, order)
    assert (await collect(world, order))[0] == 200
    await world.cancel(order)
    await world.ended(order)
    assert world.axes(order)[0] == "completed"


async def test_the_counter_that_asks_again_is_told_the_same_and_another_is_refused(open_world):
    world = await open_world()
    stock(world, ST2=5)
    order = a_pickup()
    await ready(world, order)
    assert [(await collect(world, order))[0] for _ in range(2)] == [200, 200]
    assert (await collect(world, order, "COL-2"))[0] == 409
    await world.ended(order)
    assert len(world.facts("shipment.dispatched")) == 1


async def test_a_held_order_is_not_handed_over_until_it_is_let_go_of(open_world):
    world = await open_world()
    stock(world, ST2=5)
    order = a_pickup()
    await ready(world, order)
    order_id = id_of(order)
    world.record("orders", order_id, HoldOrder(order_id, "h", "a question", "eve"), "hold", subject=order_id)
    await world.quiet()
    assert (await collect(world, order))[0] == 409
    release = ReleaseHold(order_id, "h", "eve", "answered")
    world.record("orders", order_id, release, "release", subject=order_id)
    await world.quiet()
    assert len(world.facts("fulfillment.ready_for_collection")) == 2
    assert (await collect(world, order, "COL-2"))[0] == 200
    await world.ended(order)
    assert world.axes(order)[0] == "completed"


async def test_an_order_for_a_store_that_has_too_little_is_rejected_though_others_have_enough(open_world):
    world = await open_world()
    stock(world, ST2=1)
    order = a_pickup()
    assert (await world.play(order)).order_status == "rejected"
    assert world.state(order).reason == "out-of-stock: TEA"
    assert world.reservations() == []


async def test_the_erp_that_rejects_a_pickup_takes_it_off_the_stores_shelf(open_world):
    world = await open_world()
    rows = (StockRow("T-ERP-REJECT", "ST2", 5),)
    world.record("inventory", "default", ReceiveStock("default", "erp", rows), "erp")
    order = a_pickup(("T-ERP-REJECT", 1))
    assert (await world.play(order)).order_status == "rejected"
    assert world.reservations() == []


async def test_a_store_that_ships_supplies_what_no_warehouse_has(open_world):
    world = await open_world()
    rows = (StockRow("MUG", "ST1", 5),)
    world.record("inventory", "default", ReceiveStock("default", "mugs", rows), "mugs")
    order = an_order(("MUG", 4))
    assert (await world.play(order)).order_status == "completed"
    assert {fact.location for fact in world.facts("shipment.dispatched")} == {"ST1"}


async def test_warehouses_are_asked_before_stores_whichever_became_known_first(open_world):
    world = await open_world(stocked=False)
    stock(world, ST1=50)
    world.record("catalog", "default", price_list(), "products")
    world.record("inventory", "default", opening_stock(), "opening")
    await world.quiet()
    order = an_order(("TEA", 1))
    await world.play(order)
    assert [fact.location for fact in world.facts("shipment.dispatched")] == ["WH1"]


@pytest.mark.parametrize(("store", "status"), [("ST1", "completed"), ("ST2", "rejected")])
async def test_only_a_store_that_ships_is_a_source(open_world, store, status):
    world = await open_world()
    rows = (StockRow("MUG", store, 5),)
    world.record("inventory", "default", ReceiveStock("default", "mugs", rows), "mugs")
    assert (await world.play(an_order(("MUG", 4)))).order_status == status


async def test_a_web_order_brought_back_to_a_store_lies_there_and_is_refunded_by_the_provider(open_world):
    world = await open_world()
    order = an_order(("TEA", 2))
    await world.play(order)
    order_id, return_id = id_of(order), return_id_of(DEFAULT_TENANT, id_of(order), "till")
    back = (ReturnLine("1", 1),)
    # Nobody advised it: the till's receipt is the first word of it.
    receipt = ReceiveReturn(return_id, order_id, "ST1-B1", back, "ST1")
    world.record("returns", return_id, receipt, "receipt", subject=order_id)
    await world.quiet()
    graded = InspectReturn(return_id, order_id, (InspectedLine("1", 1, 0, 0),))
    world.record("returns", return_id, graded, "graded", subject=order_id)
    await world.until(lambda: world.facts("return.closed"))
    await world.quiet()
    assert [fact.amount_minor for fact in world.facts("payment.refunded")] == [255]
    assert position(world, "ST1").available == 1
    assert balances(world)["1300 inventory ST1"] == 100
    assert world.exceptions() == []
