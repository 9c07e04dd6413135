"""The saved plans of `tests/scenarios/plans`, and what of a run of them broke."""

from __future__ import annotations

from pathlib import Path

from sim.plan import Plan
from sim.plan_file import load_plan
from sim.run import run_plan

FOLDER = Path(__file__).resolve().parents[1] / "scenarios" / "plans"


def saved(name: str) -> Plan:
    """A saved plan."""
    return load_plan(FOLDER / f"{name}.json")


def broken_in(plan: Plan) -> set[str]:
    """The invariants that a run of the plan breaks."""
    result = run_plan(plan).result
    assert result.verdict == "broken", result.because
    return {one.id for one in result.invariants if not one.held}
