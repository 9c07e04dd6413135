"""Async tests in virtual time: a suite's conftest passes its items through `run_it_in_virtual_time`."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio

from sim.timeline import START_MS, Timeline, VirtualClock, repeatable_scheduling

SEED = 11
# A test that waits for what never comes ends here, in virtual time: a few real seconds at most.
TOO_LONG_S = 40 * 86_400


class NeverCame(AssertionError):
    """What a test waits for did not come true within its bound."""


def virtual_run(async_fn: Callable[..., Any], *, clock: Any = None, instruments: Any = ()) -> Any:
    """trio.run under the virtual clock, repeatably."""
    with repeatable_scheduling(SEED):
        return trio.run(async_fn, clock=VirtualClock(), instruments=instruments)


def run_it_in_virtual_time(item: pytest.Item) -> None:
    """For `pytest_itemcollected`: async tests of the suite run under the virtual clock."""
    if inspect.iscoroutinefunction(getattr(item, "obj", None)):
        item.add_marker(pytest.mark.trio(run=virtual_run))


@asynccontextmanager
async def running_timeline(start_ms: int = START_MS) -> AsyncIterator[Timeline]:
    """A timeline with its driver, and a bound on how long anything may take."""
    timeline = Timeline(start_ms)

    async def bound() -> None:
        await trio.sleep(TOO_LONG_S)
        raise NeverCame(f"{TOO_LONG_S} virtual seconds have passed")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(timeline.run)
        nursery.start_soon(bound)
        yield timeline
        nursery.cancel_scope.cancel()


async def until(
    timeline: Timeline, true: Callable[[], Any], within_ms: int = 120_000, step_ms: int = 10
) -> Any:
    """Wait until `true()` is, look every `step_ms`. Raises NeverCame. Returns what it returned."""
    due = timeline.now_ms() + within_ms
    while not (found := true()):
        if timeline.now_ms() >= due:
            raise NeverCame(f"not within {within_ms} ms: {inspect.getsource(true).strip()}")
        await timeline.sleep_until_ms(timeline.now_ms() + step_ms)
    return found
