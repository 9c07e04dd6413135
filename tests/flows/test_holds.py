"""A held order goes as far as its stock and no further, whoever holds it and whenever."""

from __future__ import annotations

import msgspec
import pytest

from actors.runtime.intake import Call
from contracts.exceptions import HOUR_MS
from contracts.holds import HoldOrder, ReleaseHold, ReviewOrder
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import ReceiveStock, StockRow
from tests.support.script import Held
from tests.support.shop import an_order, id_of

DONE = ("completed", "captured", "dispatched", "acknowledged")
UNTIL_MS = 10**15


async def say(world, order, command, key):
    """A person's command; the status and the body of its answer."""
    order_id = order if isinstance(order, str) else id_of(order)
    call = Call(
        "eve", "POST", f"/v1/orders/{order_id}/holds", key, key, "orders", order_id, order_id, command,
        sheddable=False,
    )  # fmt: skip
    answered = await world.system.submit(call)
    return answered.status, msgspec.json.decode(answered.body)


async def hold(world, order, hold_id="support", until_ms=0, key=None):
    command = HoldOrder(id_of(order), hold_id, "a question", "eve", until_ms)
    return await say(world, order, command, key or f"hold {hold_id}")


async def let_go(world, order, hold_id="support", key=None):
    command = ReleaseHold(id_of(order), hold_id, "eve", "answered")
    return await say(world, order, command, key or f"let go {hold_id}")


async def review(world, order, decision, key="review"):
    return await say(world, order, ReviewOrder(id_of(order), decision, "ann", "I rang them"), key)


def holds(world, order):
    return {id_: one.status for id_, one in world.state(order).holds.items()}


def assert_nothing_is_left(world):
    assert world.reservations() == []
    assert not world.system.engine.fold.timers
    assert world.system.work_list.of() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


@pytest.mark.parametrize("step", ["payments/authorizations", "tax/quotes"])
async def test_an_order_held_before_it_is_accepted_reserves_and_is_not_released(open_world, step):
    world = await open_world()
    order = an_order()
    under_way = world.script.hold(step)
    await world.place(order)
    await under_way.came.wait()
    status, told = await hold(world, order)
    assert (status, told["status"]) == (202, "hold-requested")
    under_way.let_go.set()
    await world.wait(60_000)
    assert world.axes(order) == ("accepted", "authorized", "pending", "acknowledged")
    assert holds(world, order) == {"support": "standing"}
    assert world.stock("TEA") == (998, 2)
    assert world.books()["warehouse"] == []
    assert world.exceptions() == ["order-held"]
    assert [row.category for row in world.system.work_list.of("support")] == ["order-held"]
    assert (await let_go(world, order))[0] == 200
    await world.ended(order)
    assert world.axes(order) == DONE
    assert_nothing_is_left(world)


async def test_an_order_held_in_its_window_waits_beyond_it_and_its_window_begins_anew(open_world):
    world = await open_world()
    order = an_order(channel="phone")
    await world.place(order)
    await world.until(lambda: world.axes(order)[0] == "accepted")
    await hold(world, order)
    await world.wait(120_000)
    assert holds(world, order) == {"support": "standing"}
    assert world.facts("fulfillment.released") == []
    await let_go(world, order)
    await world.wait(29_000)
    assert world.facts("fulfillment.released") == []
    assert (await world.cancel(order)).status == 202
    await world.ended(order)
    assert world.axes(order) == ("cancelled", "voided", "cancelled", "cancelled")
    assert_nothing_is_left(world)


async def test_a_hold_after_the_release_is_refused_by_name_and_the_warehouse_is_not_asked(open_world):
    world = await open_world(twins={"pick_min_ms": 8_000, "pick_max_ms": 8_000})
    order = an_order()
    await world.place(order)
    await world.until(lambda: world.facts("fulfillment.accepted"))
    assert (await hold(world, order))[0] == 202
    await world.until(lambda: holds(world, order) == {"support": "refused"})
    assert [one.reason for one in world.facts("order.hold_refused")] == ["already-released"]
    status, problem = await let_go(world, order)
    assert (status, problem["code"]) == (409, "hold-refused")
    await world.ended(order)
    assert world.axes(order) == DONE
    assert world.facts("order.held") == []
    assert [call.operation for call in world.script.calls if call.operation == "recalls"] == []
    assert_nothing_is_left(world)


async def test_a_hold_after_the_dispatch_is_refused_without_asking_anybody(open_world):
    world = await open_world()
    order = an_order()
    capture = world.script.hold("payments/captures")
    await world.place(order)
    await capture.came.wait()
    await hold(world, order)
    await world.until(lambda: holds(world, order) == {"support": "refused"})
    assert [one.reason for one in world.facts("order.hold_refused")] == ["already-dispatched"]
    capture.let_go.set()
    await world.ended(order)
    assert world.axes(order) == DONE


async def test_the_race_of_a_hold_with_the_release_is_decided_by_the_fulfillment_order(open_world):
    held = Held("fulfillment")
    world = await open_world(deliver=held, sweep_every_ms=3_600_000)
    order = an_order()
    held.hold()
    await world.place(order)
    await world.until(lambda: world.facts("order.accepted"))
    await hold(world, order)
    await world.wait(100)
    assert holds(world, order) == {"support": "requested"}
    held.let_go()
    await world.ended(order)
    assert holds(world, order) == {"support": "refused"}
    assert world.axes(order) == DONE


async def test_an_order_goes_on_when_the_last_of_its_holds_is_over(open_world):
    world = await open_world()
    order = an_order(channel="marketplace")
    await world.place(order)
    await world.until(lambda: world.facts("order.accepted"))
    await hold(world, order)
    await hold(world, order, "credit")
    await world.until(lambda: list(holds(world, order).values()) == ["standing", "standing"])
    await let_go(world, order)
    await world.wait(20_000)
    assert world.facts("fulfillment.released") == []
    await let_go(world, order, "credit")
    await world.ended(order)
    assert world.axes(order) == DONE
    assert_nothing_is_left(world)


async def test_a_hold_with_a_deadline_needs_a_person_only_when_it_has_passed(open_world):
    world = await open_world()
    order = an_order(channel="phone")
    await world.place(order)
    await world.until(lambda: world.facts("order.accepted"))
    now = world.timeline.now_ms()
    await hold(world, order, until_ms=now + HOUR_MS)
    await hold(world, order, "credit", until_ms=now + 2 * HOUR_MS)
    await world.wait(HOUR_MS - 10_000)
    assert world.exceptions() == []
    await world.wait(20_000)
    assert world.exceptions() == ["order-held"]
    await let_go(world, order)
    await let_go(world, order, "credit")
    await world.ended(order)
    assert world.axes(order) == DONE
    assert world.exceptions() == ["order-held"]
    assert_nothing_is_left(world)


@pytest.mark.parametrize("channel", ["web", "phone"])
async def test_a_held_order_can_be_cancelled_and_all_is_undone(open_world, channel):
    world = await open_world()
    order = an_order(channel=channel)
    under_way = world.script.hold("tax/quotes")
    await world.place(order)
    await under_way.came.wait()
    await hold(world, order, until_ms=UNTIL_MS)
    under_way.let_go.set()
    await world.until(lambda: world.axes(order)[3] == "acknowledged")
    assert (await world.cancel(order)).status == 202
    await world.ended(order)
    assert world.axes(order) == ("cancelled", "voided", "cancelled", "cancelled")
    assert world.books()["warehouse"] == []
    assert_nothing_is_left(world)


async def test_an_order_in_several_parts_is_held_in_those_that_are_not_released(open_world):
    world = await open_world()
    order = an_order(("TEA", 1_003), ("MUG", 4), channel="wholesale")
    await world.place(order)
    await world.until(lambda: len(world.facts("shipment.dispatched")) == 2)
    await hold(world, order)
    await world.until(lambda: holds(world, order) == {"support": "standing"})
    mugs = ReceiveStock("default", "mugs", (StockRow("MUG", "WH1", 9),))
    world.record("inventory", "default", mugs, "mugs")
    await world.wait(60_000)
    assert len(world.facts("fulfillment.order_created")) == 3
    assert len(world.facts("fulfillment.released")) == 2
    await let_go(world, order)
    await world.ended(order)
    assert world.axes(order) == DONE
    assert_nothing_is_left(world)


async def test_a_fraud_review_holds_the_order_until_a_person_accepts_it(open_world):
    world = await open_world()
    order = an_order(token="tok_review")
    await world.place(order)
    await world.until(lambda: holds(world, order) == {"fraud-review": "standing"})
    await world.wait(60_000)
    assert world.axes(order) == ("received", "pending", "pending", "pending")
    assert world.books()["held"] == [(id_of(order), 510, 0, 0)]
    assert world.reservations() == []
    assert (await let_go(world, order, "fraud-review"))[1]["code"] == "review-undecided"
    assert (await review(world, order, "accept"))[0] == 200
    await world.ended(order)
    assert world.axes(order) == DONE
    assert (await review(world, order, "accept", "twice"))[1]["code"] == "already-completed"
    await world.quiet()
    assert world.exceptions() == ["fraud-review"]
    assert_nothing_is_left(world)


async def test_a_fraud_review_that_is_rejected_undoes_the_order(open_world):
    world = await open_world()
    order = an_order(token="tok_review")
    await world.place(order)
    await world.until(lambda: holds(world, order) == {"fraud-review": "standing"})
    await review(world, order, "reject")
    await world.ended(order)
    assert world.axes(order) == ("rejected", "voided", "pending", "pending")
    assert world.state(order).reason == "fraud-rejected"
    assert world.books()["held"] == [(id_of(order), 510, 0, 510)]
    assert_nothing_is_left(world)


@pytest.mark.parametrize(("reject_bp", "status"), [(0, "completed"), (10_000, "rejected")])
async def test_the_fraud_services_own_reviewers_decide_by_their_feed(open_world, reject_bp, status):
    twins = {"review_min_ms": 3_000, "review_max_ms": 3_000, "review_reject_bp": reject_bp}
    world = await open_world(twins=twins)
    order = an_order(token="tok_review")
    await world.play(order)
    assert world.axes(order)[0] == status
    assert_nothing_is_left(world)


async def test_a_review_decided_before_its_hold_is_known_ends_it_at_once(open_world):
    world = await open_world()
    order = an_order(token="tok_review")
    under_way = world.script.hold("fraud/assessments")
    await world.place(order)
    await under_way.came.wait()
    assert (await review(world, order, "accept"))[0] == 200
    assert (await review(world, order, "reject", "other"))[1]["code"] == "already-reviewed"
    under_way.let_go.set()
    await world.ended(order)
    assert world.axes(order) == DONE
    assert_nothing_is_left(world)


async def test_an_order_under_review_can_be_cancelled_and_be_held_besides(open_world):
    world = await open_world()
    cancelled, held = an_order(n=1, token="tok_review"), an_order(n=2, token="tok_review")
    for order in (cancelled, held):
        await world.place(order)
    await world.until(lambda: len(world.facts("order.held")) == 2)
    await world.cancel(cancelled)
    await world.ended(cancelled)
    assert world.axes(cancelled) == ("cancelled", "voided", "pending", "pending")
    await hold(world, held)
    await review(world, held, "accept")
    await world.wait(60_000)
    assert world.axes(held) == ("accepted", "authorized", "pending", "acknowledged")
    await let_go(world, held)
    await world.ended(held)
    assert world.axes(held) == DONE
    assert_nothing_is_left(world)


async def test_every_field_of_a_hold_that_is_wrong_is_named_and_nothing_changes(open_world):
    world = await open_world()
    order = an_order(channel="phone")
    await world.place(order)
    wrong = HoldOrder(id_of(order), " ", "", "", 5)
    status, problem = await say(world, order, wrong, "wrong")
    assert status == 422
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == ["/hold_id", "/reason", "/by", "/until_ms"]
    assert (await hold(world, order, "fraud-review"))[0] == 422
    assert (await review(world, order, "maybe"))[0] == 422
    assert (await say(world, "ord_nobody", HoldOrder("ord_nobody", "h", "r", "b"), "n"))[0] == 404
    assert (await let_go(world, order))[1]["code"] == "hold-not-found"
    assert (await hold(world, order))[0] == 202
    assert (await hold(world, order, key="again"))[1]["code"] == "hold-exists"
    await world.cancel(order)
    assert (await hold(world, order, "credit"))[1]["code"] == "being-cancelled"
    await world.ended(order)
    assert (await hold(world, order, "late"))[1]["code"] == "already-cancelled"


async def test_a_hold_survives_a_crash_at_every_point(open_world):
    world = await open_world()
    order = an_order(channel="marketplace")
    await world.place(order)
    await world.until(lambda: world.facts("order.accepted"))
    await hold(world, order)
    await world.restart()
    await world.until(lambda: holds(world, order) == {"support": "standing"})
    await world.restart()
    await let_go(world, order)
    await world.restart()
    await world.ended(order)
    assert world.axes(order) == DONE
    (released,) = world.facts("fulfillment.released")
    assert released.fulfillment_order_id == fulfillment_order_id_of(id_of(order), 0)
    assert_nothing_is_left(world)
