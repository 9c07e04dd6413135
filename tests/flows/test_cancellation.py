"""A cancellation at every point of an order's way: either it wins and all is undone, or it is refused."""

import msgspec
import pytest

from tests.support.script import Held, taking
from tests.support.shop import an_order, id_of

CALLS = {"authorizing": "payments/authorizations", "assessing": "fraud/assessments", "taxing": "tax/quotes"}
ACTORS = {"pricing": "catalog", "reserving": "inventory"}


def step_of(world, order):
    flow = world.system.look("order_to_cash", id_of(order))
    return flow.step if flow else "none"


def assert_undone(world, order, payment, fulfillment="pending", erp="pending"):
    assert world.axes(order) == ("cancelled", payment, fulfillment, erp)
    assert world.state(order).reason == "customer-request"
    assert world.reservations() == []
    assert world.postings() == []
    assert world.exceptions() == []
    books = world.books()
    assert books["captured"] == []
    assert all(captured == 0 and voided == amount for _, amount, captured, voided in books["held"])
    assert all(status == "cancelled" for _, status in books["erp"])
    assert books["shipped"] == []


@pytest.mark.parametrize("step", ["pricing", "authorizing", "assessing", "taxing", "reserving"])
async def test_a_cancellation_before_acceptance_waits_for_the_step_under_way_and_undoes_it(open_world, step):
    held = Held(ACTORS.get(step, ""))
    world = await open_world(deliver=held, sweep_every_ms=3_600_000)
    order = an_order(("TEA", 2), ("MUG", 1))
    if step in ACTORS:
        held.hold()
        let_go = held.let_go
    else:
        let_go = world.script.hold(CALLS[step]).let_go.set
    await world.place(order)
    await world.until(lambda: step_of(world, order) == step)
    answer = await world.cancel(order)
    assert answer.status == 202
    assert msgspec.json.decode(answer.body)["status"] == "cancellation-requested"
    await world.wait(1_000)
    assert world.axes(order)[0] == "received"
    let_go()
    await world.ended(order)
    assert_undone(world, order, "pending" if step == "pricing" else "voided")
    assert len(world.facts("inventory.reservation_released")) == (step == "reserving")
    assert world.stock("MUG") == (3, 0)
    assert world.books()["erp"] == []


async def test_a_cancellation_between_two_authorizations_voids_the_first_and_asks_for_no_second(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), pay=[("tok_visa", 300), ("tok_amex", 210)])
    hold = world.script.hold("payments/authorizations")
    await world.place(order)
    await hold.came.wait()
    await world.cancel(order)
    hold.let_go.set()
    await world.ended(order)
    assert_undone(world, order, "voided")
    assert world.books()["held"] == [(id_of(order), 300, 0, 300)]


@pytest.mark.parametrize("channel", ["marketplace", "phone"])
async def test_a_cancellation_in_the_window_always_succeeds(open_world, channel):
    world = await open_world()
    order = an_order(("TEA", 2), channel=channel)
    await world.place(order)
    await world.until(lambda: world.axes(order)[3] == "acknowledged")
    assert (await world.cancel(order)).status == 202
    await world.ended(order)
    await world.wait(60_000)
    assert_undone(world, order, "voided", "cancelled", "cancelled")
    assert world.books()["erp"] == [(id_of(order), "cancelled")]
    assert world.books()["warehouse"] == []
    assert world.stock("TEA") == (1_000, 0)
    assert not world.system.engine.fold.timers


async def test_a_cancellation_does_not_overtake_the_sales_order_that_waits_for_the_erp(open_world):
    world = await open_world()
    world.script.next("erp/sales_orders", *[taking(3_900)] * 15)
    filling = [an_order(n=n) for n in range(15)]
    for order in filling:
        await world.place(order)
    await world.until(lambda: world.system.pumps["erp"].in_flight == 15)
    order = an_order(n=99, channel="phone")
    await world.place(order)
    await world.until(lambda: len(world.system.engine.backlogs["erp"]) == 1)
    await world.cancel(order)
    await world.ended(order, *filling)
    made = [
        call.operation for call in world.script.calls if call.subject == id_of(order) and call.system == "erp"
    ]
    assert made == ["sales_orders", "sales_orders:cancel"]
    assert dict(world.books()["erp"])[id_of(order)] == "cancelled"
    assert world.axes(order) == ("cancelled", "voided", "cancelled", "cancelled")


async def test_a_cancellation_after_the_release_is_refused_and_the_order_goes_on(open_world):
    world = await open_world()
    order = an_order()
    await world.place(order)
    await world.until(lambda: world.facts("fulfillment.accepted"))
    assert (await world.cancel(order)).status == 202
    await world.ended(order)
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    assert world.state(order).cancellation == "refused"
    assert [refused.reason for refused in world.facts("order.cancellation_refused")] == ["already-released"]


@pytest.mark.parametrize("place, step", [("tax/commits", "capturing"), ("payments/captures", "capturing")])
async def test_a_cancellation_after_the_dispatch_is_refused(open_world, place, step):
    world = await open_world()
    order = an_order()
    hold = world.script.hold(place)
    await world.place(order)
    await hold.came.wait()
    await world.cancel(order)
    await world.until(lambda: world.state(order).cancellation == "refused")
    hold.let_go.set()
    await world.ended(order)
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    reasons = [refused.reason for refused in world.facts("order.cancellation_refused")]
    assert reasons[0].startswith("already-")


async def test_a_cancellation_at_the_instant_of_the_release_is_decided_by_the_fulfillment_order(open_world):
    world = await open_world()
    early, late = an_order(n=1, channel="marketplace"), an_order(n=2, channel="marketplace")
    await world.place(early)
    await world.until(lambda: world.facts("order.accepted"))
    accepted_at = world.timeline.now_ms()
    await world.timeline.sleep_until_ms(accepted_at + 5_000)
    await world.cancel(early)
    await world.ended(early)
    state = world.state(early)
    if state.order_status == "cancelled":
        assert_undone(world, early, "voided", "cancelled", "cancelled")
    else:
        assert (state.order_status, state.cancellation) == ("completed", "refused")
    await world.play(late)
    assert world.axes(late)[0] == "completed"


async def test_a_second_cancellation_is_409_and_its_repeat_the_same_bytes(open_world):
    world = await open_world()
    order = an_order(channel="phone")
    await world.place(order)
    first = await world.cancel(order, key="one")
    await world.wait(50)  # Until intake has folded the answer, a repeat is 409 request-in-flight.
    again = await world.cancel(order, key="one")
    second = await world.cancel(order, key="two")
    assert (first.status, again.body, second.status) == (202, first.body, 409)
    assert msgspec.json.decode(second.body)["code"] == "not-cancellable"
    await world.ended(order)
    assert len(world.facts("order.cancellation_requested")) == 1


async def test_an_order_at_rest_or_unknown_cannot_be_cancelled(open_world):
    world = await open_world()
    order = an_order()
    await world.play(order)
    assert (await world.cancel(order)).status == 409
    assert (await world.cancel("ord_nobody")).status == 404
    await world.quiet()
    assert world.axes(order)[0] == "completed"
