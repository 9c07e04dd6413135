"""The tester, tested: bugs planted in our own code, each of which the simulator must find.

A bug is a patch that lives here alone. Each must turn the verdict to `broken`, with the invariant that is
there for it, within 50 seeds; without bugs every seed holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from actors.connectors import pump
from actors.connectors.payments import PAYMENTS
from actors.domains.finance.actor import FINANCE
from actors.domains.inventory import model
from actors.domains.inventory.actor import INVENTORY
from actors.domains.orders.actor import ORDERS
from actors.flows.returns_to_refund import RETURNS_TO_REFUND, amounts
from actors.runtime.engine import Engine
from actors.runtime.fold import Fold
from contracts.decision import Decision
from contracts.turn import Message
from sim.reports.result import RunResult
from sim.run import run_plan
from tests.support.plans import dangerous

SEEDS = 50


def no_duplicate_check(patch: pytest.MonkeyPatch) -> None:
    """`orders` receives whatever is submitted, as if it had never seen the order."""
    honest = ORDERS.handlers["orders.submit"]

    def submit(state: Any, message: Message, at: int) -> Decision:
        return honest(msgspec.structs.replace(state, order=None), message, at)

    patch.setitem(ORDERS.handlers, "orders.submit", submit)


def answer_before_commit(patch: pytest.MonkeyPatch) -> None:
    """Whoever waits is answered when the turn is made, not when it is durable."""
    honest = Engine._say

    def say(self: Engine, turn: Any, group: Any) -> None:
        before = len(group.said)
        honest(self, turn, group)
        for message, _ in group.said[before:]:
            if message.to == "intake" and (waiter := self.waiters.pop(message.key, None)) is not None:
                waiter(message)

    patch.setattr(Engine, "_say", say)


def blind_retry(patch: pytest.MonkeyPatch) -> None:
    """After an ambiguous timeout the call is simply made again."""
    patch.setattr(pump, "must_ask_first", lambda recovery, outcome: False)


def reservation_kept(patch: pytest.MonkeyPatch) -> None:
    """Releasing a reservation does nothing."""
    patch.setitem(
        INVENTORY.handlers,
        "inventory.release_reservation",
        lambda state, message, at: Decision(),
    )


def recovery_skipped(patch: pytest.MonkeyPatch) -> None:
    """What was pending when the process died is forgotten."""

    def forget(self: Fold) -> Iterable[Message]:
        self._unread = {}
        return ()

    patch.setattr(Fold, "finish_reading", forget)


def lines_checked_apart(patch: pytest.MonkeyPatch) -> None:
    """Two lines of one SKU are each compared with all that there is of it."""

    def apart(lines: Iterable[Any]) -> dict[str, int]:
        most: dict[str, int] = {}
        for line in lines:
            most[line.sku] = max(most.get(line.sku, 0), line.quantity)
        return most

    patch.setattr(model, "demand_by_sku", apart)


def refund_sent_twice(patch: pytest.MonkeyPatch) -> None:
    """Every refund is sent again, under a key of its own."""
    honest = RETURNS_TO_REFUND.handlers["payments.captures_told"]

    def told(state: Any, message: Message, at: int) -> Decision:
        decision = honest(state, message, at)
        for said in list(decision.said):
            again = msgspec.structs.replace(said.body, effect_key=f"{said.body.effect_key}-again")
            decision.said.append(msgspec.structs.replace(said, body=again))
        return decision

    patch.setitem(RETURNS_TO_REFUND.handlers, "payments.captures_told", told)


def pending_refund_as_zero(patch: pytest.MonkeyPatch) -> None:
    """A refund that the provider has still to decide is booked as paid, over nothing."""
    honest = PAYMENTS.reads["payments.refund"]

    def read(command: Any, outcome: str, answer: dict[str, Any]) -> Any:
        if answer.get("status") == "pending":
            answer = {**answer, "status": "succeeded", "amount": 0}
        return honest(command, outcome, answer)

    patch.setitem(PAYMENTS.reads, "payments.refund", read)


def restock_without_credit(patch: pytest.MonkeyPatch) -> None:
    """Goods come back and nobody is credited."""
    patch.setitem(FINANCE.handlers, "finance.issue_credit_note", lambda state, message, at: Decision())


def returned_beyond_shipped(patch: pytest.MonkeyPatch) -> None:
    """Each return is compared with what was shipped, and not with the other returns."""
    honest = amounts.denial
    patch.setattr(amounts, "denial", lambda sold, back, wanted: honest(sold, {}, wanted))


PLANTED: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], frozenset[str]]] = {
    "no duplicate check": (no_duplicate_check, frozenset({"A11"})),
    "answer before commit": (answer_before_commit, frozenset({"A17"})),
    "blind retry after an ambiguous timeout": (blind_retry, frozenset({"A12"})),
    "reservation kept on cancel": (reservation_kept, frozenset({"Q2"})),
    "refund sent twice under another key": (refund_sent_twice, frozenset({"A9", "Q5"})),
    "pending refund booked as zero": (pending_refund_as_zero, frozenset({"Q5", "Q9"})),
    "restock without a credit note": (restock_without_credit, frozenset({"Q5"})),
    "more returned than shipped": (returned_beyond_shipped, frozenset({"A7"})),
    "recovery skipped": (recovery_skipped, frozenset({"Q1", "Q3"})),
    "two lines of one SKU checked apart": (lines_checked_apart, frozenset({"A2", "A5"})),
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
