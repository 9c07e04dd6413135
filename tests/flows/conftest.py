"""Orders on memory twins, in virtual time. Whatever a story was, the lists say in the end what its writers know."""

import pytest

from tests.support import opened
from tests.support.endpoints import endpoints
from tests.support.lists import disagreements
from tests.support.opened import timeline
from tests.support.virtual import run_it_in_virtual_time

__all__ = ["endpoints", "opened_world", "timeline"]

opened_world = pytest.fixture(opened.opening, name="opened_world")


@pytest.fixture
async def open_world(opened_world):
    """`await open_world(**options)` makes a World; see `tests.support.opened`."""
    worlds = []

    async def make(**options):
        worlds.append(await opened_world(**options))
        return worlds[-1]

    yield make
    for world in worlds:
        assert disagreements(world.inner_journal) == []


def pytest_itemcollected(item):
    run_it_in_virtual_time(item)
