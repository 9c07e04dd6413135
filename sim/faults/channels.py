"""Faults on channels between actors: a wake-up dropped, repeated, delayed, or held back behind later ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..timeline import Timeline
from .schedule import FaultSchedule


class FaultyDeliver:
    """Wraps the Deliver port."""

    def __init__(self, schedule: FaultSchedule, timeline: Timeline) -> None:
        self._schedule = schedule
        self._timeline = timeline

    def __call__(self, put: Callable[[Any, int], None], conversation: Any, lane: int) -> None:
        """Deliver the wake-up, or what a fault makes of it."""
        _, actor, _, subject = conversation
        fault = self._schedule.strike("channel", actor, "wake", subject)
        if fault is None:
            put(conversation, lane)
            return
        kind = fault.kind
        self._schedule.note(kind, f"channel:{actor}:wake", subject)
        if kind == "duplicate_delivery":
            put(conversation, lane)
            put(conversation, lane)
        elif kind in ("delay", "reorder"):
            held_ms = fault.parameter or 500
            if kind == "delay":
                held_ms = 1 + self._schedule.chance.below(held_ms, "fault:delay", subject, lane)
            self._timeline.call_at_ms(self._timeline.now_ms() + held_ms, lambda: put(conversation, lane))
