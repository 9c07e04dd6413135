"""When a foreign operation is left alone for a while. Pure: time is an argument.

    closed ──(so many failures in a row)──▶ open ──(its time is over)──▶ half-open: one call finds out
      ▲                                      ▲                                │
      └──────────────(it was heard)──────────┼────────────────────────────────┤
                                             └──(it failed: twice the time)───┘

One breaker an operation of a system, because one operation may be down while the others work. What a failure is says
the dialect, which reads the answer's body: UNAVAILABLE and UNKNOWN are; a refusal is an answer; a throttled call is
the limiter's business.
"""

from __future__ import annotations

from contracts.outcomes import OK, REFUSED, UNAVAILABLE, UNKNOWN

FAILURES = frozenset({UNAVAILABLE, UNKNOWN})
HEARD = frozenset({OK, REFUSED})
FAILURES_IN_A_ROW = 10
OPEN_MS = 1_000
OPEN_AT_MOST_MS = 10_000


class Breaker:
    """Of one operation. A call that `admits` let through tells by `heard` how it ended."""

    __slots__ = ("_failures", "_open_ms", "_probing", "_until_ms", "opened")

    def __init__(self) -> None:
        self._failures = 0
        self._open_ms = OPEN_MS
        # None while closed.
        self._until_ms: int | None = None
        self._probing = False
        self.opened = 0

    @property
    def is_closed(self) -> bool:
        """Whether every call may go."""
        return self._until_ms is None

    def admits(self, now_ms: int) -> bool:
        """Whether a call may be made now. Of those that ask after the open time only the first may."""
        if self._until_ms is None:
            return True
        if self._probing or now_ms < self._until_ms:
            return False
        self._probing = True
        return True

    def wait_ms(self, now_ms: int) -> int:
        """Until when it is no use to ask; at least a tick while another call is finding out."""
        if self._until_ms is None:
            return 0
        return max(self._until_ms - now_ms, 100 if self._probing else 0)

    def heard(self, outcome: str, now_ms: int) -> None:
        """A try ended. Of those that were under way when it opened, only news that it works counts while it is open;
        a failure of theirs that comes in while one call finds out is taken for that call's.
        """
        if outcome in HEARD:
            self._failures, self._open_ms = 0, OPEN_MS
            self._until_ms, self._probing = None, False
        elif self._until_ms is None:
            self._failures = self._failures + 1 if outcome in FAILURES else 0
            if self._failures >= FAILURES_IN_A_ROW:
                self._open(now_ms)
        elif outcome not in FAILURES:
            self._probing = False  # Throttled: it is up, and told us when. Another call may find out.
        elif self._probing:
            self._open_ms = min(2 * self._open_ms, OPEN_AT_MOST_MS)
            self._open(now_ms)

    def let_go(self) -> None:
        """The call that was admitted is not made after all."""
        self._probing = False

    def _open(self, now_ms: int) -> None:
        self._until_ms, self._probing = now_ms + self._open_ms, False
        self.opened += 1

    def statistics(self) -> dict[str, int | bool]:
        """Whether it is open, and how often it opened."""
        return {"open": not self.is_closed, "opened": self.opened}
