"""Orders on memory twins, in virtual time."""

from tests.support.endpoints import endpoints
from tests.support.opened import open_world, timeline
from tests.support.virtual import run_it_in_virtual_time

__all__ = ["endpoints", "open_world", "timeline"]


def pytest_itemcollected(item):
    run_it_in_virtual_time(item)
