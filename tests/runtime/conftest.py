"""Orders on memory twins, in virtual time."""

import pytest
import trio

from tests.support.virtual import run_it_in_virtual_time, running_timeline
from tests.support.world import World


def pytest_itemcollected(item):
    run_it_in_virtual_time(item)


@pytest.fixture
async def timeline():
    async with running_timeline() as timeline:
        yield timeline


@pytest.fixture
async def open_world(timeline):
    """`await open_world(**options)` makes a World, stocked and running; see World for the options."""
    async with trio.open_nursery() as nursery:

        async def make(**options):
            world = World(timeline, nursery, **options)
            await world.open()
            return world

        yield make
        nursery.cancel_scope.cancel()
