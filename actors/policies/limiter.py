"""How often a foreign system may be called: a token bucket in integers. Time is an argument."""

from __future__ import annotations


class TokenBucket:
    """`rate_per_s` tokens a second, at most `burst`. Starts empty: after a restart the window counts as spent."""

    __slots__ = ("_at_ms", "_milli", "burst", "rate_per_s")

    def __init__(self, rate_per_s: int, burst: int, now_ms: int) -> None:
        self.rate_per_s = rate_per_s
        self.burst = burst
        self._milli = 0
        self._at_ms = now_ms

    def _refill(self, now_ms: int) -> None:
        elapsed = now_ms - self._at_ms
        if elapsed > 0:
            self._milli = min(self.burst * 1000, self._milli + elapsed * self.rate_per_s)
            self._at_ms = now_ms

    def change(self, rate_per_s: int, burst: int, now_ms: int) -> None:
        """Another rate from now on; what there is beyond the new burst is gone."""
        self._refill(now_ms)
        self.rate_per_s, self.burst = rate_per_s, burst
        self._milli = min(self._milli, burst * 1000)

    def wait_ms(self, now_ms: int) -> int:
        """Milliseconds until a token is there; 0 if one is."""
        self._refill(now_ms)
        missing = 1000 - self._milli
        if missing <= 0:
            return 0
        return max(0, self._at_ms - now_ms) - (-missing // self.rate_per_s)

    def take(self, now_ms: int) -> bool:
        """Take a token if there is one."""
        self._refill(now_ms)
        if self._milli < 1000:
            return False
        self._milli -= 1000
        return True

    def pause(self, until_ms: int) -> None:
        """The system named a time: no token before it."""
        self._milli = 0
        self._at_ms = max(self._at_ms, until_ms)
