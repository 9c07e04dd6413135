"""Deadlines as instants. Time is an argument."""

from __future__ import annotations


class Deadline:
    """An instant by which a call has to have an outcome."""

    __slots__ = ("due_ms",)

    def __init__(self, started_ms: int, allowed_ms: int) -> None:
        self.due_ms = started_ms + allowed_ms

    def passed(self, now_ms: int) -> bool:
        """Whether it is too late."""
        return now_ms >= self.due_ms

    def remaining_ms(self, now_ms: int) -> int:
        """What is left, zero at least."""
        return max(0, self.due_ms - now_ms)
