"""Calls whose outcome nobody knows: sent again under their key, or asked for first; never done twice."""

from typing import Any

import pytest

from contracts.ports import DAY_MS, OPERATIONS, ForeignRequest, ForeignResponse
from tests.support.script import answer, lost_after, lost_before, silent_after, unreachable
from tests.support.shop import an_order, id_of

KEYED = ["payments/authorizations", "payments/captures", "fraud/assessments", "tax/quotes", "tax/commits",
         "warehouse/shipping_orders"]  # fmt: skip
BROKEN_LOOK_UPS: tuple[dict[str, Any], ...] = (
    {"nothing": 1},
    {"docs": [{}]},
    {"docs": "SO-1"},
    {"docs": [{"doc_no": 7}]},
)
BAD = {"error": {"code": "broken"}}


def once_everywhere(world, order):
    order_id = id_of(order)
    books = world.books()
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    assert books["captured"] == [(order_id, 510)]
    assert books["held"] == [(order_id, 510, 510, 0)]
    assert books["erp"] == [(order_id, "open")]
    assert books["tax"] == [(order_id, "committed")]
    assert books["shipped"] == [order_id]
    assert [step for step, _ in world.postings()] == ["invoice", "cost", "capture"]
    assert world.exceptions() == []


@pytest.mark.parametrize("place", KEYED)
@pytest.mark.parametrize(
    "act",
    [
        lost_before,
        lost_after,
        silent_after,
        unreachable,
        answer(500, BAD),
        answer(504, BAD),
        answer(503, BAD),
    ],
    ids=["lost-before", "lost-after", "silent-after", "unreachable", "500", "504", "503"],
)
async def test_what_may_be_resent_is_resent_under_the_same_key_and_happens_once(open_world, place, act):
    world = await open_world()
    world.script.next(place, act, act)
    order = an_order()
    await world.play(order)
    once_everywhere(world, order)
    calls = world.script.made(place)
    assert len(calls) == 3
    assert len({call.effect_key for call in calls}) == 1


@pytest.mark.parametrize("act", [lost_after, silent_after], ids=["lost", "silent"])
async def test_a_sales_order_that_was_made_is_found_and_not_sent_again(open_world, act):
    world = await open_world()
    world.script.next("erp/sales_orders", act)
    order = an_order()
    await world.play(order)
    once_everywhere(world, order)
    made, asked = world.script.made("erp/sales_orders"), world.script.made("erp/sales_orders:find")
    assert (len(made), len(asked)) == (1, 1)
    # The ERP's own timeout has passed before it is asked.
    assert asked[0].at_ms - made[0].at_ms >= OPERATIONS["erp.create_sales_order"].recovery.settle_ms


async def test_a_sales_order_that_was_not_made_is_asked_for_and_then_sent_again(open_world):
    world = await open_world()
    world.script.next("erp/sales_orders", lost_before)
    order = an_order()
    await world.play(order)
    once_everywhere(world, order)
    operations = [call.operation for call in world.script.calls if call.system == "erp"]
    assert operations == ["sales_orders", "sales_orders:find", "sales_orders"]


async def test_as_long_as_the_erp_cannot_say_nothing_is_sent_again(open_world):
    world = await open_world()
    world.script.next("erp/sales_orders", lost_after)
    world.script.next("erp/sales_orders:find", lost_before, answer(500, {}), answer(503, {}))
    order = an_order()
    await world.play(order)
    once_everywhere(world, order)
    assert len(world.script.made("erp/sales_orders")) == 1
    assert len(world.script.made("erp/sales_orders:find")) == 4


async def test_what_definitely_did_not_happen_is_sent_again_without_asking(open_world):
    world = await open_world()
    busy = answer(400, {"code": "SSS_REQUEST_LIMIT_EXCEEDED"})
    world.script.next("erp/sales_orders", busy, answer(503, {}), unreachable)
    order = an_order()
    await world.play(order)
    once_everywhere(world, order)
    assert len(world.script.made("erp/sales_orders")) == 4
    assert world.script.made("erp/sales_orders:find") == []


@pytest.mark.parametrize("effect", [True, False], ids=["made", "not made"])
async def test_a_sales_order_found_open_after_a_crash_is_asked_for_first(open_world, effect):
    world = await open_world()
    hold = world.script.hold("erp/sales_orders")
    order = an_order()
    await world.place(order)
    await hold.came.wait()
    await world.wait(100)
    await world.crash()
    if effect:
        call = world.script.made("erp/sales_orders")[0]
        body = {"external_ref": id_of(order), "cust": "GUEST", "curr": "GBP", "total": 510, "items": []}
        await world.twins.call(_request(call, body))
    await world.start()
    await world.ended(order)
    once_everywhere(world, order)
    operations = [call.operation for call in world.script.calls if call.system == "erp"]
    assert operations == ["sales_orders", "sales_orders:find"] + ([] if effect else ["sales_orders"])


def _request(call, body):
    return ForeignRequest(call.system, call.operation, call.effect_key, call.subject, body)


@pytest.mark.parametrize("place", ["payments/authorizations", "payments/captures", "tax/commits"])
async def test_a_keyed_call_found_open_after_a_crash_is_sent_again_under_its_key(open_world, place):
    world = await open_world()
    world.script.next(place, silent_after)
    order = an_order()
    await world.place(order)
    await world.until(lambda: world.script.made(place))
    await world.restart()
    await world.ended(order)
    once_everywhere(world, order)
    keys = [call.effect_key for call in world.script.made(place)]
    assert len(keys) == 2
    assert len(set(keys)) == 1


async def test_what_waits_in_a_backlog_when_the_process_dies_is_called_once_afterwards(open_world):
    world = await open_world()
    world.script.always["erp/sales_orders"] = unreachable
    orders = [an_order(n=n) for n in range(30)]
    for order in orders:
        await world.place(order)
    await world.until(lambda: len(world.facts("order.accepted")) == 30)
    await world.restart()
    await world.wait(3_000)
    await world.restart()
    del world.script.always["erp/sales_orders"]
    await world.ended(*orders)
    assert sorted(world.books()["erp"]) == sorted((id_of(order), "open") for order in orders)


@pytest.mark.parametrize("status", [429, 503])
async def test_a_named_time_to_come_again_is_obeyed_by_every_call_of_the_system(open_world, status):
    world = await open_world()
    world.script.next("payments/authorizations", answer(status, {}, retry_after_ms=7_000))
    first, second = an_order(n=1), an_order(n=2)
    await world.place(first)
    await world.until(lambda: world.script.made("payments/authorizations"))
    told_at = world.timeline.now_ms()
    await world.wait(50)
    await world.place(second)
    await world.ended(first, second)
    later = [call.at_ms for call in world.script.made("payments/authorizations")][1:]
    assert len(later) == 2
    assert min(later) >= told_at + 7_000 - 10
    assert world.axes(first)[0] == world.axes(second)[0] == "completed"


async def test_a_broken_answer_is_no_answer_and_the_call_is_made_again(open_world):
    world = await open_world()
    world.script.next("payments/authorizations", answer(200, {"unexpected": True}), answer(200, {"id": 5}))
    world.script.next("tax/quotes", answer(200, {"items": "none"}))
    order = an_order()
    await world.play(order)
    once_everywhere(world, order)
    assert len(world.script.made("payments/authorizations")) == 3
    assert len(world.script.made("tax/quotes")) == 2


async def test_a_broken_answer_of_the_erp_is_asked_about_and_a_broken_look_up_is_asked_again(open_world):
    world = await open_world()

    async def made_and_garbled(script, request):
        await script.inner.call(request)
        return await answer(201, {"doc": None})(script, request)

    world.script.next("erp/sales_orders", made_and_garbled)
    world.script.next("erp/sales_orders:find", *map(found, BROKEN_LOOK_UPS))
    order = an_order()
    await world.play(order)
    once_everywhere(world, order)
    assert len(world.script.made("erp/sales_orders")) == 1
    assert len(world.script.made("erp/sales_orders:find")) == len(BROKEN_LOOK_UPS) + 1


def found(body):
    return answer(200, body)


def in_the_journal(world, word):
    """How many turns have a word in them."""
    return sum(word in data for _, group in world.inner_journal.read() for data in group)


async def test_a_broken_answer_never_enters_the_journal(open_world):
    world = await open_world(strict=False)
    wrong = {"id": "pi_1", "amount": "510", "currency": "gbp", "expires_at": 1}
    world.script.next("payments/authorizations", answer(200, wrong))
    order = an_order()
    await world.play(order)
    assert in_the_journal(world, b'"pi_1"') == 0
    await world.restart()
    once_everywhere(world, order)


@pytest.mark.parametrize("records", ["none", 3, None, {"n": 1}])
async def test_a_page_of_a_feed_that_is_no_list_is_fetched_again(open_world, records):
    world = await open_world(strict=False)
    world.script.next("warehouse/confirmations", *[answer(200, {"records": records})] * 3)
    order = an_order()
    await world.play(order)
    once_everywhere(world, order)
    assert world.system.feeds[0].counts["failed_polls"] >= 1
    assert world.system.supervisor.restarts == {}


async def test_a_feed_record_of_wrong_types_never_enters_the_journal(open_world):
    world = await open_world(strict=False)

    async def wrong(script, request):
        response = await script.inner.call(request)
        records = [{**record, "shipped_at": "yesterday"} for record in response.body["records"]]
        return ForeignResponse(200, {**response.body, "records": records})

    world.script.always["warehouse/confirmations"] = wrong
    order = an_order()
    await world.place(order)
    await world.until(lambda: world.system.feeds[0].counts["unreadable"] > 2)
    assert in_the_journal(world, b"yesterday") == 0
    await world.restart()
    del world.script.always["warehouse/confirmations"]
    await world.ended(order)
    once_everywhere(world, order)


@pytest.mark.parametrize(
    "place, category, axes",
    [
        ("payments/authorizations", "outcome-unknown", ("excepted", "pending", "pending", "pending")),
        ("fraud/assessments", "outcome-unknown", ("excepted", "authorized", "pending", "pending")),
        ("erp/sales_orders:find", "outcome-unknown", None),
    ],
)
async def test_after_a_day_without_an_outcome_a_person_has_to_look(open_world, place, category, axes):
    world = await open_world(feed_every_ms=60_000, sweep_every_ms=3_600_000)
    if place == "erp/sales_orders:find":
        world.script.next("erp/sales_orders", lost_before)
    world.script.always[place] = lost_before
    order = an_order()
    await world.place(order)
    await world.wait(DAY_MS - 60_000)
    assert world.exceptions() == []
    await world.wait(180_000)
    # One outcome that nobody knows is one exception, and the order waits for that.
    assert world.exceptions() == [category]
    assert world.state(order).exception_id == world.facts("exception.opened")[0].exception_id
    assert len(world.facts("integration.gave_up")) == 1
    assert world.axes(order)[0] == "excepted"
    if axes:
        assert world.axes(order) == axes
    await world.quiet()


async def test_a_commit_that_ends_after_the_callers_have_gone_leaves_its_calls_to_the_next_start(open_world):
    world = await open_world()
    held = world.script.hold("erp/sales_orders")
    order = an_order()
    await world.place(order)
    await held.came.wait()
    pump = world.system.pumps["erp"]
    entry = next(one for one in world.system.engine.open_calls.values() if one.to == "port:erp")
    held.let_go.set()
    await world.restart()
    # As the committer has it that was told to end, and finishes the commit under way.
    for _ in range(5):
        pump.arrive(entry)
    await world.ended(order)
    once_everywhere(world, order)
