"""A15: whoever writes a key writes one state after another, and none comes back that was left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.orders import (
    OrderAccepted,
    OrderAxisChanged,
    OrderClosed,
    OrderCompleted,
    OrderReceived,
    ResolutionDecided,
)
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader

# An order's own status only ever goes up.
_RANKS = {"received": 1, "accepted": 2, "excepted": 3, "completed": 4, "rejected": 4, "cancelled": 4}

Told = OrderReceived | OrderAccepted | OrderClosed | OrderCompleted


class A15(Invariant):
    """At risk: wake-ups late, out of order or twice, and messages that a later process took again: each might bring an
    older state behind a newer one.
    """

    id = "A15"
    title = "a key's turns are numbered without a gap, and no state that was left comes back"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._ranks: dict[str, int] = {}
        # What an axis of an order is now, and what it has left.
        self._now: dict[tuple[str, str], str] = {}
        self._left: dict[tuple[str, str], set[str]] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            **{f"order.{status}": self._told(status) for status in _RANKS},
            "order.axis_changed": self._changed,
            "order.resolution_decided": self._decided,
        }

    def _told(self, status: str) -> Reader:
        def told(body: Any, turn: Turn, group: int) -> None:
            self.checked += 1
            before = self._ranks.get(body.order_id, 0)
            if _RANKS[status] <= before:
                self.broken(
                    f"{body.order_id} is {status} after a status that comes later", body.order_id, turn.at_ms
                )
            self._ranks[body.order_id] = _RANKS[status]

        return told

    def _decided(self, body: ResolutionDecided, turn: Turn, group: int) -> None:
        # What came of it in time may be that it is excepted anew.
        self._ranks[body.order_id] = _RANKS["excepted"] - 1

    def _changed(self, body: OrderAxisChanged, turn: Turn, group: int) -> None:
        self.checked += 1
        at = (body.order_id, body.axis)
        before = self._now.get(at)
        left = self._left.setdefault(at, set())
        if body.status in left:
            what = f"{body.order_id}: {body.axis} is {body.status} again, after {before}"
            self.broken(what, body.order_id, turn.at_ms)
        if before is not None and before != body.status:
            left.add(before)
        self._now[at] = body.status

    def finish(self, evidence: Evidence) -> None:
        history = self.history
        self.checked += history.turns
        self.at_risk = history.messages.recovered + history.faults.count(
            ("reorder", "delay", "duplicate_delivery", "drop")
        )
        for turn, before in history.out_of_sequence:
            what = f"{turn.actor} {turn.key} wrote turn {turn.seq} after turn {before}"
            self.broken(what, turn.subject, turn.at_ms)
