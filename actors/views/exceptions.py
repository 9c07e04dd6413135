"""The work list: which exceptions are open, by team, the one that is due first at the head.

Folded from committed turns of `exceptions`; thrown away and rebuilt at will.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from contracts.exceptions import class_of
from contracts.turn import Turn
from contracts.vocabulary import body_of


class OpenException(Struct):
    """A row of the list. `by` is who has claimed it, `level` how often it was escalated, `to` whom to last."""

    exception_id: str
    category: str
    order_id: str
    detail: str
    team: str
    opened_at_ms: int
    due_ms: int
    next_step: str
    by: str = ""
    level: int = 0
    to: str = ""


class WorkList:
    """Open exceptions by id. What is resolved leaves."""

    def __init__(self) -> None:
        self._open: dict[str, OpenException] = {}
        self.resolved = 0

    def take(self, turns: Sequence[Turn]) -> None:
        """Note a committed group."""
        for turn in turns:
            if turn.actor == "exceptions":
                for event in turn.events:
                    self._fold(event.type, body_of(event), turn.at_ms)

    def _fold(self, type_: str, body: Any, at_ms: int) -> None:
        if type_ == "exception.listed":
            self._open[body.exception_id] = OpenException(
                body.exception_id,
                body.category,
                body.order_id,
                body.detail,
                body.team,
                at_ms,
                body.due_ms,
                class_of(body.category).next_step,
            )
        elif type_ == "exception.resolved":
            self._open.pop(body.exception_id, None)
            self.resolved += 1
        elif type_ == "exception.escalated":
            self._open[body.exception_id].level, self._open[body.exception_id].to = body.level, body.to
        elif type_ in ("exception.claimed", "exception.handed_back"):
            self._open[body.exception_id].by = body.by if type_ == "exception.claimed" else ""

    def of(self, team: str | None = None) -> list[OpenException]:
        """Open exceptions (of a team), by due time and then by id."""
        rows = [row for row in self._open.values() if team is None or row.team == team]
        return sorted(rows, key=lambda row: (row.due_ms, row.exception_id))
