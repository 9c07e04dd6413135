"""Bugs planted in our own code: each a patch that lives in the tests alone, as a mistake would stand in the code.

The simulator must find them (`tests/simulator/test_planted.py`), and the pains that users know come back with them
(`tests/scenarios`, whose further bugs stand in `bugs_of_pains.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from actors.connectors import pump
from actors.connectors.payments import PAYMENTS
from actors.domains.finance.actor import FINANCE
from actors.domains.inventory import model, quotes, quotes_model
from actors.domains.inventory.actor import INVENTORY
from actors.domains.orders.actor import ORDERS
from actors.flows.returns_to_refund import RETURNS_TO_REFUND, amounts
from actors.runtime.engine import Engine
from actors.runtime.fold import Fold
from actors.runtime.intake import Door
from contracts.decision import Decision
from contracts.turn import Message


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


def quotes_used_again(patch: pytest.MonkeyPatch) -> None:
    """A quote holds for whoever names it."""
    honest = quotes_model.refusal

    def refusal(kept: Any, command: Any) -> str | None:
        code = honest(kept, command)
        return None if code == "quote-used" else code

    patch.setattr(quotes, "refusal", refusal)


def nothing_sealed(patch: pytest.MonkeyPatch) -> None:
    """The door takes what is private as it is."""
    honest = Door.__init__

    def make(self: Door, engine: Engine, **options: Any) -> None:
        honest(self, engine, **{**options, "seal": lambda command, message_id: command})

    patch.setattr(Door, "__init__", make)
