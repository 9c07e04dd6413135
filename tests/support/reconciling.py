"""A world whose books are compared with the twins': runs started by hand, and what they found."""

from __future__ import annotations

from typing import Any

from actors.views.reconciliations import DifferenceRow, RunRow, differences, runs
from actors.views.store import ViewStore
from actors.views.tables import TABLES
from tests.support.shop import opening_stock
from tests.support.world import World

# Longer than any settle time: what was planted is not in flight.
SETTLED_MS = 61 * 60_000


async def a_compared_world(open_world: Any, **options: Any) -> World:
    """A world with lists, in which days pass quickly: nobody polls more often than once a minute."""
    slow = {"feed_every_ms": 60_000, "sweep_every_ms": 600_000, "rest_after_ms": 3_600_000}
    world: World = await open_world(views=ViewStore(TABLES), **slow, **options)
    for row in opening_stock().rows:
        world.twins.stocked(row.location, row.sku, row.quantity)
    return world


async def run_of(world: World, name: str, settle_ms: int | None = 0) -> RunRow:
    """Start a reconciliation and see it to its end; None: with its own settle time."""
    views = world.ports.views
    assert views is not None
    before = len(runs(views, name))
    world.system.reconciler.start(name, "ann", f"run {before} {world.timeline.now_ms()}", settle_ms)
    while len(runs(views, name)) == before:
        await world.wait(1_000)
    return runs(views, name)[0]


def runs_of(world: World, name: str) -> list[RunRow]:
    """Every run of a reconciliation, the newest first."""
    views = world.ports.views
    assert views is not None
    return runs(views, name)


def found(world: World, name: str) -> list[DifferenceRow]:
    """The open differences of a reconciliation."""
    views = world.ports.views
    assert views is not None
    return differences(views, name)


async def repair(world: World, name: str, ref: str) -> int:
    """Ann has the difference repaired; the status of the answer."""
    key = f"{name} {ref} {world.timeline.now_ms()}"
    answered = await world.system.reconciler.repair(name, ref, "ann", "as the exception says", key)
    await world.quiet()
    await world.wait(1_000)
    return answered.status
