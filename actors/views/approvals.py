"""The queue: what waits for a second person, the oldest first. Journals too, which have two persons of their own.

Folded from committed turns; thrown away and rebuilt at will.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from contracts.approvals import KINDS
from contracts.turn import Turn
from contracts.vocabulary import body_of

_ENDS = ("approvals.approved", "approvals.rejected", "approvals.lapsed", "approval.decided")


class Waiting(Struct, frozen=True):
    """A row. `decide_at` is the path of its decision, `scope` what whoever decides must have."""

    approval_id: str
    kind: str
    subject: str
    by: str
    reason: str
    amount_minor: int
    currency: str
    asked_at_ms: int
    lapses_ms: int
    scope: str
    decide_at: str


class ApprovalQueue:
    """What waits, by id. What is decided leaves."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}

    def take(self, turns: Sequence[Turn]) -> None:
        """Note a committed group."""
        for turn in turns:
            if turn.actor in ("approvals", "finance"):
                for event in turn.events:
                    if event.type.startswith("approval") and event.body is not None:
                        self._fold(turn, event.type, body_of(event))

    def _fold(self, turn: Turn, type_: str, body: Any) -> None:
        if type_ in _ENDS:
            self._waiting.pop(_id_of(turn, body), None)
        elif type_ == "approvals.asked":
            self._waiting[body.approval_id] = Waiting(
                body.approval_id, body.kind, body.subject, body.by, body.reason, body.amount_minor, body.currency,
                turn.at_ms, body.lapses_ms, KINDS[body.kind].scope, f"/v1/approvals/{body.approval_id}",
            )  # fmt: skip
        elif type_ == "approval.requested":
            id_ = _id_of(turn, body)
            self._waiting[id_] = Waiting(
                id_, body.kind, body.subject, body.by, body.reason, 0, "", turn.at_ms, 0, "finance:approve",
                f"/v1/journals/{id_}/approval",
            )  # fmt: skip

    def of(self, kind: str | None = None) -> list[Waiting]:
        """What waits (of a kind), the oldest first."""
        rows = [row for row in self._waiting.values() if kind in (None, row.kind)]
        return sorted(rows, key=lambda row: (row.asked_at_ms, row.approval_id))


def _id_of(turn: Turn, body: Any) -> str:
    """A journal is named by its book and its own name."""
    return f"{turn.key}:{body.approval_id}" if turn.actor == "finance" else body.approval_id
