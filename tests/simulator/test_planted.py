"""The tester, tested: bugs planted in our own code, each of which the simulator must find.

The bugs are patches (`tests/support/bugs.py`). Each must turn the verdict to `broken`, with the invariant that is
there for it, within 50 seeds; without bugs every seed holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from sim.reports.result import RunResult
from sim.run import run_plan
from tests.support import bugs
from tests.support.plans import dangerous

SEEDS = 50

PLANTED: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], frozenset[str]]] = {
    "no duplicate check": (bugs.no_duplicate_check, frozenset({"A11"})),
    "answer before commit": (bugs.answer_before_commit, frozenset({"A17"})),
    "blind retry after an ambiguous timeout": (bugs.blind_retry, frozenset({"A12"})),
    "reservation kept on cancel": (bugs.reservation_kept, frozenset({"Q2"})),
    "refund sent twice under another key": (bugs.refund_sent_twice, frozenset({"A9", "Q5"})),
    "pending refund booked as zero": (bugs.pending_refund_as_zero, frozenset({"Q5", "Q9"})),
    "restock without a credit note": (bugs.restock_without_credit, frozenset({"Q5"})),
    "more returned than shipped": (bugs.returned_beyond_shipped, frozenset({"A7"})),
    "recovery skipped": (bugs.recovery_skipped, frozenset({"Q1", "Q3"})),
    "nothing sealed at the door": (bugs.nothing_sealed, frozenset({"P1"})),
    "a quote used again": (bugs.quotes_used_again, frozenset({"R4"})),
    "two lines of one SKU checked apart": (bugs.lines_checked_apart, frozenset({"A2", "A5"})),
}


def broken_ids(result: RunResult) -> set[str]:
    """The invariants that broke."""
    return {one.id for one in result.invariants if not one.held}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found_within_fifty_seeds_by_the_invariant_that_is_there_for_it(
    bug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, expected = PLANTED[bug]
    plant(monkeypatch)
    for seed in range(1, SEEDS + 1):
        result = run_plan(quick(seed)).result
        if expected & broken_ids(result):
            assert result.verdict == "broken"
            first = next(one for one in result.invariants if one.id in expected and not one.held)
            assert first.first_violation is not None
            assert first.first_violation.message
            print(f"{bug}: seed {seed}, {sorted(broken_ids(result))}: {first.first_violation.message}")
            return
    pytest.fail(f"{bug} was not found by {sorted(expected)} in {SEEDS} seeds")


def quick(seed: int) -> Any:
    """With a bug a run may never settle: twenty virtual minutes are enough to say so."""
    plan = dangerous(seed)
    return msgspec.structs.replace(plan, limits=msgspec.structs.replace(plan.limits, settle_ms=1_200_000))


@pytest.mark.parametrize("seed", range(1, 11))
def test_without_planted_bugs_the_dangerous_plan_holds(seed: int) -> None:
    result = run_plan(dangerous(seed)).result
    assert result.verdict == "held", (result.because, broken_ids(result))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(11, 61))
def test_without_planted_bugs_fifty_more_seeds_hold(seed: int) -> None:
    result = run_plan(dangerous(seed)).result
    assert result.verdict == "held", (result.because, broken_ids(result))
