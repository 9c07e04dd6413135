"""How long a backlog will take to drain: what comes, what goes, and the arithmetic between them.

A system that is down takes nothing, and its backlog grows as fast as the shop sells: 8 orders/s for two hours are
57,600. When it is back, they leave at what the system allows, less what goes on arriving.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

WINDOW_MS = 60_000


class Forecast(NamedTuple):
    """Rates a second over the last minute. `drained_in_s` is None where more comes than may go.

    It reckons with what goes now, if that is more than what comes; else with the system's whole quota, from
    when the system takes anything.
    """

    waiting: int
    arriving_per_s: float
    leaving_per_s: float
    drained_in_s: float | None


class Drain:
    """The last minute of a backlog: how many had come when, and how many of them waited. Time is an argument."""

    def __init__(self, quota_per_s: int, window_ms: int = WINDOW_MS) -> None:
        self.quota_per_s = quota_per_s
        self.window_ms = window_ms
        # (when, how many had ever come, how many had ever gone), from one window ago on.
        self._notes: deque[tuple[int, int, int]] = deque()

    def note(self, now_ms: int, came: int, waiting: int) -> None:
        """Keep what will be a minute ago in a minute."""
        notes = self._notes
        notes.append((now_ms, came, came - waiting))
        while len(notes) > 2 and notes[1][0] <= now_ms - self.window_ms:
            notes.popleft()

    def forecast(self, now_ms: int, came: int, waiting: int) -> Forecast:
        """As of now, by what was noted before."""
        since, came_then, gone_then = self._notes[0] if self._notes else (now_ms, came, came - waiting)
        span_s = max(now_ms - since, 1) / 1000
        arriving, leaving = (came - came_then) / span_s, (came - waiting - gone_then) / span_s
        net = (leaving if leaving > arriving else self.quota_per_s) - arriving
        drained = 0.0 if waiting == 0 else waiting / net if net > 0 else None
        return Forecast(waiting, arriving, leaving, drained)
