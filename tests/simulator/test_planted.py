"""The tester, tested: bugs planted in our own code, each of which the simulator must find.

The bugs are patches (`tests/support/bugs*.py`). Each must turn the verdict to `broken`, with the invariant that is
there for it, within 50 seeds; without bugs every seed holds. Those that are found in books that others keep have few
orders with something of everything, and ten seeds.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from sim.plan import Plan
from sim.reports.result import RunResult
from sim.run import run_plan
from tests.support import bugs, bugs_of_books, bugs_of_pains
from tests.support.plans import broad, dangerous

SEEDS, SEEDS_OF_BOOKS = 50, 10
Planted = dict[str, tuple[Callable[[pytest.MonkeyPatch], None], frozenset[str]]]

PLANTED: Planted = {
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


PLANTED_IN_BOOKS: Planted = {
    "cancellations are not told": (bugs_of_books.cancellations_not_told, frozenset({"Q14"})),
    "levels are told of sales alone": (bugs_of_books.levels_told_of_sales_alone, frozenset({"Q14"})),
    "acknowledgments are believed": (bugs_of_pains.acknowledgments_believed, frozenset({"Q14"})),
    "what failed is forgotten": (bugs_of_pains.what_failed_is_forgotten, frozenset({"Q14"})),
    "a refund is told by each that hears of it": (
        bugs_of_books.refunds_told_by_each_that_hears_of_them,
        frozenset({"A24"}),
    ),
    "a new name for every message": (bugs_of_pains.a_new_name_for_every_message, frozenset({"A24"})),
    "counts are not valued": (bugs_of_books.counts_not_valued, frozenset({"Q10"})),
    "till sales are left in stock": (bugs_of_books.till_sales_left_in_stock, frozenset({"Q9"})),
    "deposits are never let go": (bugs_of_books.deposits_never_let_go, frozenset({"R1"})),
    "goods of another are not sold by it": (
        bugs_of_books.goods_of_another_not_sold_by_it,
        frozenset({"R2"}),
    ),
    "a euro is worth a pound": (bugs_of_books.one_for_one, frozenset({"R3"})),
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
    found(bug, expected, dangerous, SEEDS)


@pytest.mark.parametrize("bug", PLANTED_IN_BOOKS)
def test_a_bug_by_which_books_drift_apart_is_found_within_ten_seeds_of_few_orders(
    bug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant, expected = PLANTED_IN_BOOKS[bug]
    plant(monkeypatch)
    found(bug, expected, broad, SEEDS_OF_BOOKS)


def found(bug: str, expected: frozenset[str], plan: Callable[[int], Plan], seeds: int) -> None:
    """Within so many seeds of a plan, by one of these invariants."""
    for seed in range(1, seeds + 1):
        result = run_plan(quick(plan(seed))).result
        if expected & broken_ids(result):
            assert result.verdict == "broken"
            first = next(one for one in result.invariants if one.id in expected and not one.held)
            assert first.first_violation is not None
            assert first.first_violation.message
            print(f"{bug}: seed {seed}, {sorted(broken_ids(result))}: {first.first_violation.message}")
            return
    pytest.fail(f"{bug} was not found by {sorted(expected)} in {seeds} seeds")


def quick(plan: Plan) -> Plan:
    """With a bug a run may never settle: twenty virtual minutes are enough to say so."""
    return msgspec.structs.replace(plan, limits=msgspec.structs.replace(plan.limits, settle_ms=1_200_000))


@pytest.mark.parametrize("seed", range(1, 11))
def test_without_planted_bugs_the_dangerous_plan_holds(seed: int) -> None:
    result = run_plan(dangerous(seed)).result
    assert result.verdict == "held", (result.because, broken_ids(result))


@pytest.mark.parametrize("seed", range(1, 5))
def test_without_planted_bugs_the_broad_plan_holds_and_puts_at_risk_what_the_bugs_break(seed: int) -> None:
    result = run_plan(broad(seed)).result
    assert result.verdict == "held", (result.because, broken_ids(result))
    at_risk = {one.id for one in result.invariants if one.at_risk}
    assert at_risk >= frozenset().union(*(expected for _, expected in PLANTED_IN_BOOKS.values()))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(11, 61))
def test_without_planted_bugs_fifty_more_seeds_hold(seed: int) -> None:
    result = run_plan(dangerous(seed)).result
    assert result.verdict == "held", (result.because, broken_ids(result))
