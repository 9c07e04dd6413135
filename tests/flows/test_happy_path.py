"""An order that goes well: every turn of it is counted, and the outside agrees."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from contracts.turn import message_id
from tests.support.shop import an_order, id_of
from tests.support.world import in_a_world

# One turn a message, and why each message is there:
HAPPY = Counter(
    {
        # the POST comes in; its answer is kept for repeats; the warehouse's confirmation comes in
        "intake": 3,
        # received; accepted; acknowledged by the ERP; dispatched; paid and with it completed
        "orders": 5,
        # received, priced, authorized, assessed, taxed, reserved, dispatched, invoiced, cleared
        "order_to_cash": 9,
        # priced and enriched in one turn
        "catalog": 1,
        # all lines reserved in one turn; what has left is committed
        "inventory": 2,
        # created and released at once; dispatched
        "fulfillment": 2,
        # invoice, cost and their postings in one turn; the capture posted and the receivable cleared
        "finance": 2,
        # the results of: authorize, capture
        "payments": 2,
        "fraud": 1,
        # the results of: calculate, commit
        "tax": 2,
        # the intent, for a sales order may not be sent twice; the result
        "erp": 2,
        # the result of the release
        "warehouse": 1,
    }
)
FEED = "feed:confirmations"


def of_orders(turns):
    """Without the feed's cursor: one turn a page, however many orders are on it."""
    return [turn for turn in turns if turn.key != FEED]


def longest_chain(turns):
    """How many turns wait for one another, from the POST to the last: each for the commit before it.

    What the warehouse tells comes from outside: it waits for the turn that released to it.
    """
    said_by = {message_id(t.partition, t.pos, n): t for t in turns for n in range(len(t.said))}
    depths: dict[Any, Any] = {}
    for turn in turns:
        before = said_by.get(turn.cause)
        if before is None and turn.actor == "intake" and turn.said[0].to == "fulfillment":
            before = next(t for t in turns if t.actor == "warehouse")
        depths[turn.partition, turn.pos] = 1 + (depths[before.partition, before.pos] if before else 0)
    return max(depths.values())


async def test_the_happy_path_takes_at_most_32_turns(open_world):
    world = await open_world()
    turns_before = len(world.turns())
    order = an_order(("TEA", 2), ("SOAP", 1))
    await world.play(order)
    turns = world.turns()[turns_before:]
    own = of_orders(turns)
    assert world.by_actor(own) == HAPPY
    assert len(own) == 32
    assert len(turns) == 33
    keys = {(turn.actor, turn.key) for turn in own}
    in_sequence = longest_chain(own)
    print(f"\n{len(own)} turns, {in_sequence} commits in sequence, {len(keys)} keys per order")
    assert in_sequence <= 24
    assert len(keys) <= 13


async def test_orders_side_by_side_take_as_many_turns_each_and_share_commits(open_world):
    world = await open_world()
    before = len(world.turns())
    orders = [an_order(n=n) for n in range(20)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    own = of_orders(world.turns()[before:])
    assert world.by_actor(own) == Counter({actor: 20 * count for actor, count in HAPPY.items()})
    assert {world.axes(order) for order in orders} == {
        ("completed", "captured", "dispatched", "acknowledged")
    }


async def test_a_completed_order_stands_once_in_every_book_outside(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), ("SOAP", 1))
    state = await world.play(order)
    order_id = id_of(order)
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    assert world.books() == {
        "held": [(order_id, 1_005, 1_005, 0)],
        "captured": [(order_id, 1_005)],
        "erp": [(order_id, "open")],
        "tax": [(order_id, "committed")],
        "warehouse": [(order_id, "shipped")],
        "shipped": [order_id],
    }
    assert (state.total_minor, state.tax_minor, state.erp_document) == (1_005, 85 + 24, "SO-1000001")
    assert world.exceptions() == []


async def test_at_rest_an_order_holds_nothing(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), ("MUG", 1))
    await world.play(order)
    assert world.reservations() == []
    assert world.stock("TEA") == (998, 0)
    assert world.stock("MUG") == (2, 0)
    assert world.system.look("finance", "GB01").open == {}
    flow = world.system.look("order_to_cash", id_of(order))
    assert (flow.step, flow.order, flow.held) == ("done", None, [])
    assert world.system.engine.open_calls == {}
    assert not world.system.engine.fold.timers


async def test_two_payments_are_authorized_one_after_the_other_and_captured_both(open_world):
    world = await open_world()
    before = len(world.turns())
    order = an_order(("TEA", 2), pay=[("tok_visa", 300), ("tok_amex", 210)])
    await world.play(order)
    order_id = id_of(order)
    assert world.axes(order)[0] == "completed"
    assert world.books()["captured"] == [(order_id, 300), (order_id, 210)]
    extra = Counter({"payments": 2, "order_to_cash": 1, "finance": 1})
    assert world.by_actor(of_orders(world.turns()[before:])) == HAPPY + extra


async def test_more_held_than_owed_captures_only_what_is_owed(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), pay=[("tok_visa", 500), ("tok_amex", 500)])
    await world.play(order)
    order_id = id_of(order)
    assert world.axes(order)[0] == "completed"
    assert world.books()["captured"] == [(order_id, 500), (order_id, 10)]


async def test_the_answer_is_202_with_a_location_and_its_repeat_is_the_same_bytes(open_world):
    world = await open_world()
    order = an_order()
    first = await world.place(order)
    await world.ended(order)
    again = await world.place(order)
    assert first.status == 202
    assert dict(first.headers)["location"] == f"/v1/orders/{id_of(order)}"
    assert msgspec.json.decode(first.body)["order_id"] == id_of(order)
    assert (again.status, again.headers, again.body) == (first.status, first.headers, first.body)
    assert (first.replayed, again.replayed) == (False, True)
    assert len(world.facts("order.received")) == 1


async def test_the_same_order_under_another_key_is_409_with_the_location_of_the_first(open_world):
    world = await open_world()
    order = an_order()
    await world.place(order)
    answer = await world.place(order, key="another")
    assert answer.status == 409
    assert dict(answer.headers)["location"] == f"/v1/orders/{id_of(order)}"
    assert msgspec.json.decode(answer.body)["code"] == "duplicate-order"
    await world.ended(order)
    assert world.books()["captured"] == [(id_of(order), 510)]
    # The tombstone outlives the order.
    assert (await world.place(order, key="a third")).status == 409


async def test_a_feed_that_repeats_its_records_dispatches_each_order_once(open_world):
    world = await open_world()

    async def backwards_and_twice(script, request):
        response = await script.inner.call(request)
        records = response.body["records"]
        return msgspec.structs.replace(
            response, body={**response.body, "records": [*records[::-1], *records]}
        )

    world.script.always["warehouse/confirmations"] = backwards_and_twice
    orders = [an_order(n=n) for n in range(5)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    assert len(world.facts("shipment.dispatched")) == 5
    assert sorted(world.books()["captured"]) == sorted((id_of(order), 510) for order in orders)
    assert world.system.feeds[0].counts["repeated"] > 0


async def test_a_feed_that_begins_anew_repeats_records_and_dispatches_nothing_twice(open_world):
    world = await open_world()
    order = an_order()
    await world.play(order)

    async def from_the_start(script, request):
        return await script.inner.call(msgspec.structs.replace(request, body={**request.body, "after": 0}))

    world.script.always["warehouse/confirmations"] = from_the_start
    await world.wait(5_000)
    assert len(world.facts("shipment.dispatched")) == 1
    assert world.system.feeds[0].counts["repeated"] >= 4


async def test_an_unreadable_record_holds_the_cursor_and_not_its_neighbours(open_world):
    world = await open_world()

    async def first_is_broken(script, request):
        response = await script.inner.call(request)
        records = [{"n": 1} if r["n"] == 1 else r for r in response.body["records"]]
        return msgspec.structs.replace(response, body={**response.body, "records": records})

    world.script.always["warehouse/confirmations"] = first_is_broken
    orders = [an_order(n=n) for n in range(3)]
    for order in orders:
        await world.place(order)
    await world.until(lambda: len(world.facts("shipment.dispatched")) == 2)
    await world.wait(3_000)
    assert world.system.look("warehouse", FEED) is None
    del world.script.always["warehouse/confirmations"]
    await world.ended(*orders)
    assert world.system.look("warehouse", FEED).cursor == 3


async def test_a_record_that_stays_unreadable_becomes_an_exception_and_the_feed_goes_on(open_world):
    world = await open_world()

    async def first_is_broken(script, request):
        response = await script.inner.call(request)
        records = [{"n": 1, "odd": "x"} if r["n"] == 1 else r for r in response.body["records"]]
        return msgspec.structs.replace(response, body={**response.body, "records": records})

    world.script.always["warehouse/confirmations"] = first_is_broken
    orders = [an_order(n=n) for n in range(3)]
    for order in orders:
        await world.place(order)
    await world.until(lambda: world.exceptions() == ["feed-record-unreadable"], within_ms=90_000)
    (opened,) = world.facts("exception.opened")
    assert '{"n":1,"odd":"x"}' in opened.detail
    await world.wait(5_000)
    assert world.system.look("warehouse", FEED).cursor == 3
    await world.wait(120_000)
    assert len(world.facts("exception.opened")) == 1
    assert sorted(world.axes(order)[0] for order in orders) == ["accepted", "completed", "completed"]


@pytest.mark.parametrize("channel, window_ms", [("web", 0), ("marketplace", 5_000), ("phone", 30_000)])
async def test_an_order_is_released_when_its_channels_window_is_over(open_world, channel, window_ms):
    world = await open_world()
    order = an_order(channel=channel)
    await world.place(order)
    await world.until(lambda: world.facts("order.accepted"))
    accepted_at = world.timeline.now_ms()
    await world.until(lambda: world.facts("fulfillment.released"))
    assert world.timeline.now_ms() - accepted_at == window_ms
    await world.ended(order)
    assert world.axes(order)[0] == "completed"


async def test_a_released_order_that_nobody_confirms_for_a_day_opens_an_exception_and_waits_on(open_world):
    day = 86_400_000
    world = await open_world(
        twins={"pick_min_ms": day + 60_000, "pick_max_ms": day + 60_000}, feed_every_ms=60_000
    )
    order = an_order()
    await world.place(order)
    await world.wait(day + 1_000)
    assert world.exceptions() == ["fulfillment-overdue"]
    assert world.axes(order)[0] == "accepted"
    await world.ended(order, within_ms=300_000)
    assert world.axes(order)[0] == "completed"


def test_strict_wire_changes_nothing_in_the_journal():
    async def story(world):
        orders = [
            an_order(("TEA", 3), n=1),
            an_order(("MUG", 9), n=2),
            an_order(n=3, token="tok_declined"),
            an_order(("BOOK", 1, 700, 50), n=4, channel="phone"),
        ]
        for order in orders:
            await world.place(order)
        await world.ended(*orders)
        return world.turns()

    strict, plain = in_a_world(story, strict=True), in_a_world(story, strict=False)
    assert len(strict) > 80
    assert strict == plain
