"""The pain: calls that never end hold all the places there are, and the rest wait behind them until a restart."""

import msgspec

from contracts.ports import SYSTEMS
from tests.support.bugs_of_pains import no_breaker, no_deadline_of_a_try
from tests.support.script import silent_after, unreachable
from tests.support.shop import an_order

FOUR = {**SYSTEMS, "payments": msgspec.structs.replace(SYSTEMS["payments"], concurrency=4)}


async def done_behind_stuck_calls(world):
    """The provider never answers the first four calls. How many of twelve orders are completed two minutes later."""
    world.script.next("payments/authorizations", *[silent_after] * 4)
    orders = [an_order(n=n) for n in range(12)]
    for order in orders:
        await world.place(order)
    await world.wait(120_000)
    return sum(world.axes(order)[0] == "completed" for order in orders)


async def test_a_call_that_is_never_answered_gives_its_place_back(open_world):
    assert await done_behind_stuck_calls(await open_world(limits=FOUR)) == 12


async def test_with_calls_that_may_take_for_ever_nobody_gets_a_place(open_world, monkeypatch):
    no_deadline_of_a_try(monkeypatch)
    assert await done_behind_stuck_calls(await open_world(limits=FOUR)) == 0


async def paid_while_authorizations_are_down(world):
    """An order has left and is to be captured, while authorizations are down for ten minutes: is it paid by then?"""
    first = an_order(n=100, channel="phone")
    await world.place(first)
    await world.wait(5_000)
    world.script.always["payments/authorizations"] = unreachable
    for n in range(30):
        await world.place(an_order(n=n))
    await world.wait(600_000)
    return world.axes(first)[1]


async def test_an_operation_that_is_down_does_not_hold_the_places_of_another(open_world):
    assert await paid_while_authorizations_are_down(await open_world(limits=FOUR)) == "captured"


async def test_with_no_breaker_the_places_are_held_by_what_is_down(open_world, monkeypatch):
    no_breaker(monkeypatch)
    assert await paid_while_authorizations_are_down(await open_world(limits=FOUR)) == "authorized"
