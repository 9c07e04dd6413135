"""The runtime in virtual time: alone, with actors made for the test, or with the whole slice on it."""

import pytest
import trio

from tests.support.lab import Lab, speak_toy
from tests.support.virtual import run_it_in_virtual_time, running_timeline
from tests.support.world import World


def pytest_itemcollected(item):
    run_it_in_virtual_time(item)


@pytest.fixture
async def timeline():
    async with running_timeline() as timeline:
        yield timeline


@pytest.fixture
async def open_lab(timeline, monkeypatch):
    """`await open_lab(actor, ..., **options)` makes a Lab with these actors, running."""
    speak_toy(monkeypatch)
    labs = []
    async with trio.open_nursery() as nursery:

        async def make(*actors, start=True, **options):
            lab = Lab(timeline, nursery, actors, **options)
            labs.append(lab)
            if start:
                await lab.start()
            return lab

        try:
            yield make
        finally:
            for lab in labs:
                # A commit under way is shielded: it would hold up the end of the test for ever.
                lab.journal.let_go()
        nursery.cancel_scope.cancel()


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
