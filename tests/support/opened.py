"""The fixtures of suites that open a World in virtual time: their conftest takes them from here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import trio

from sim.timeline import Timeline
from tests.support.virtual import running_timeline
from tests.support.world import World


@pytest.fixture
async def timeline() -> AsyncIterator[Timeline]:
    """A timeline of the test's own."""
    async with running_timeline() as timeline:
        yield timeline


async def opening(timeline: Timeline) -> AsyncIterator[Callable[..., Awaitable[World]]]:
    """`await open_world(**options)` makes a World, stocked and running; see World for the options."""
    async with trio.open_nursery() as nursery:

        async def make(**options: Any) -> World:
            world = World(timeline, nursery, **options)
            await world.open()
            return world

        yield make
        nursery.cancel_scope.cancel()


open_world = pytest.fixture(opening, name="open_world")
