"""What is known of one reconciliation: its schedule, whether a run is under way, what is open."""

from __future__ import annotations

from msgspec import Struct

from contracts.reconciliations import (
    Difference,
    DifferenceRepaired,
    ReconciliationCompleted,
    ReconciliationScheduled,
    ReconciliationStarted,
)


class Open(Struct):
    """An open difference, its exception, and how often a repair of it was started."""

    difference: Difference
    exception_id: str
    repairs: int = 0


class ReconciliationState(Struct):
    """One writer a reconciliation. Up to `watermark_ms` everything was found equal once."""

    every_ms: int = 0
    scheduled_by: str = ""
    run: int = 0
    running: bool = False
    by: str = ""
    watermark_ms: int = 0
    settle_ms: int | None = None
    open: dict[str, Open] = {}


def fold_scheduled(state: ReconciliationState, body: ReconciliationScheduled) -> None:
    """How often it runs."""
    state.every_ms, state.scheduled_by = body.every_ms, body.by


def fold_started(state: ReconciliationState, body: ReconciliationStarted) -> None:
    """A run is under way."""
    state.run, state.running, state.by = body.run, True, body.by
    state.settle_ms = body.settle_ms


def fold_completed(state: ReconciliationState, body: ReconciliationCompleted) -> None:
    """What the run left open; how far everything is equal."""
    state.running = False
    for ref in body.ended:
        state.open.pop(ref, None)
    for one in body.open:
        ref = one.difference.ref
        known = state.open.get(ref)
        state.open[ref] = Open(one.difference, one.exception_id, known.repairs if known is not None else 0)
    if body.complete and not body.found:
        state.watermark_ms = max(state.watermark_ms, body.through_ms)


def fold_repaired(state: ReconciliationState, body: DifferenceRepaired) -> None:
    """A repair was started; whether it helped is for the next run to see."""
    if body.ref in state.open:
        state.open[body.ref].repairs += 1
