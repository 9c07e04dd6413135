"""A connector keeps to its system's limits: calls in flight, calls a second, one at a time per subject."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from contracts.ports import SYSTEMS
from tests.support.script import answer, lost_after, lost_before, taking, unreachable
from tests.support.shop import an_order


def limits(**changes):
    return {
        **SYSTEMS,
        **{name: msgspec.structs.replace(SYSTEMS[name], **new) for name, new in changes.items()},
    }


def most_within(calls, window_ms):
    """The most calls in any window."""
    times = sorted(call.at_ms for call in calls)
    return max(sum(1 for other in times if at <= other < at + window_ms) for at in times)


async def test_calls_in_flight_stay_within_the_limit(open_world):
    world = await open_world(limits=limits(payments={"concurrency": 4}, tax={"concurrency": 1}))
    world.script.always["payments/authorizations"] = taking(200)
    world.script.always["tax/quotes"] = taking(30)
    orders = [an_order(n=n) for n in range(25)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    assert world.script.max_in_flight["payments"] == 4
    assert world.script.max_in_flight["tax"] == 1
    assert world.system.pumps["payments"].in_flight == 0


@pytest.mark.parametrize("faults", [0, 10])
async def test_calls_a_second_stay_within_rate_and_burst_retries_and_questions_included(open_world, faults):
    world = await open_world(limits=limits(erp={"rate_per_s": 5, "burst": 3, "concurrency": 15}))
    world.script.next("erp/sales_orders", *[lost_after] * faults)
    orders = [an_order(n=n) for n in range(30)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    calls = [call for call in world.script.calls if call.system == "erp"]
    assert len(calls) == 30 + faults
    for seconds in (1, 2, 5):
        assert most_within(calls, seconds * 1_000) <= 5 * seconds + 3


async def test_a_sales_order_that_is_sent_again_takes_a_token_too(open_world):
    world = await open_world(limits=limits(erp={"rate_per_s": 2, "burst": 1, "concurrency": 15}))
    world.script.next("erp/sales_orders", *[lost_before] * 8)
    orders = [an_order(n=n) for n in range(8)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    calls = [call for call in world.script.calls if call.system == "erp"]
    assert len(calls) == 24
    assert most_within(calls, 4_000) <= 2 * 4 + 1


async def test_a_new_process_starts_as_if_the_window_were_spent(open_world):
    world = await open_world(limits=limits(payments={"rate_per_s": 1, "burst": 100}))
    await world.wait(60_000)
    await world.restart()
    started = world.timeline.now_ms()
    orders = [an_order(n=n) for n in range(5)]
    for order in orders:
        await world.place(order)
    await world.until(lambda: len(world.script.made("payments/authorizations")) == 5)
    assert world.timeline.now_ms() - started >= 5_000


async def test_of_one_order_only_one_call_to_a_system_is_in_flight(open_world):
    world = await open_world()
    in_flight: Counter[Any] = Counter()
    most = 0

    async def counted(script, request):
        nonlocal most
        in_flight[request.subject] += 1
        most = max(most, in_flight[request.subject])
        response = await taking(500)(script, request)
        in_flight[request.subject] -= 1
        return response

    world.script.always["payments/captures"] = world.script.always["payments/authorizations"] = counted
    order = an_order(("TEA", 2), pay=[("tok_visa", 300), ("tok_amex", 210)])
    await world.play(order)
    assert world.axes(order)[0] == "completed"
    assert most == 1


async def test_an_erp_that_is_down_for_two_hours_costs_no_order_and_does_not_close_the_shop(open_world):
    world = await open_world(feed_every_ms=10_000, credit=250)
    world.script.always["erp/sales_orders"] = unreachable
    orders = [an_order(n=n) for n in range(300)]
    for order in orders:
        assert (await world.place(order)).status == 202
    await world.wait(7_200_000)
    pump = world.system.pumps["erp"]
    waiting = len(world.system.engine.backlogs["erp"]) + pump.unfinished
    stocked = sum(world.axes(order)[1] == "captured" for order in orders)
    assert stocked == waiting > 256
    del world.script.always["erp/sales_orders"]
    await world.ended(*[order for order in orders if world.axes(order)[0] == "accepted"], within_ms=600_000)
    assert all(status == "open" for _, status in world.books()["erp"])
    assert len(world.books()["erp"]) == len({ref for ref, _ in world.books()["erp"]}) == stocked


async def test_an_operation_that_is_down_does_not_hold_the_places_of_the_others(open_world):
    world = await open_world(limits=limits(payments={"concurrency": 4}))
    first = an_order(n=100, channel="phone")
    await world.place(first)
    await world.wait(5_000)
    world.script.always["payments/authorizations"] = unreachable
    orders = [an_order(n=n) for n in range(30)]
    for order in orders:
        await world.place(order)
    await world.until(lambda: world.axes(first)[0] == "completed")
    pump = world.system.pumps["payments"]
    assert not pump.breakers["payments.authorize"].is_closed
    assert pump.breakers["payments.capture"].is_closed
    assert len(world.system.engine.backlogs["payments"]) + pump.unfinished == 30
    del world.script.always["payments/authorizations"]
    await world.ended(*orders)
    assert {world.axes(order)[0] for order in orders} == {"completed"}
    assert pump.max_in_flight <= 4
    assert pump.breakers["payments.authorize"].is_closed


async def test_an_operation_that_is_down_is_asked_seldom(open_world):
    world = await open_world()
    world.script.always["payments/authorizations"] = unreachable
    for n in range(100):
        await world.place(an_order(n=n))
    await world.wait(10_000)
    before = len(world.script.made("payments/authorizations"))
    await world.wait(100_000)
    assert len(world.script.made("payments/authorizations")) - before <= 11
    world.script.always["payments/authorizations"] = answer(402, {"error": {"code": "card_declined"}})
    await world.ended(*[an_order(n=n) for n in range(100)])
