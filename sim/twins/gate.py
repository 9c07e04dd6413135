"""What a system lets in: calls at once, and requests per second. The excess is answered in its manner."""

from __future__ import annotations

from msgspec import Struct

from contracts.ports import ForeignResponse

from .config import SystemConfig


class Traffic(Struct):
    """What came to one system's door since the start."""

    calls: int = 0
    over_concurrency: int = 0
    over_quota: int = 0
    in_flight_max: int = 0


class Gate:
    """A counter and a token bucket, in integers. Who got in leaves again with `leave`."""

    def __init__(self, system: str, config: SystemConfig) -> None:
        self.traffic = Traffic()
        self._system = system
        self._config = config
        self._in_flight = 0
        # Thousandths of a request: a ms brings `quota_per_s` of them.
        self._full = config.burst * 1_000
        self._tokens = self._full
        self._filled_at_ms = 0

    def enter(self, now_ms: int) -> ForeignResponse | None:
        """None for who may come in, else the answer that turns the call away."""
        traffic, config = self.traffic, self._config
        traffic.calls += 1
        if self._in_flight >= config.concurrency:
            traffic.over_concurrency += 1
            return self._too_many_at_once()
        elapsed = now_ms - self._filled_at_ms
        if elapsed > 0:
            self._tokens = min(self._full, self._tokens + elapsed * config.quota_per_s)
            self._filled_at_ms = now_ms
        if self._tokens < 1_000:
            traffic.over_quota += 1
            missing = 1_000 - self._tokens
            return _too_many(-(-missing // config.quota_per_s))
        self._tokens -= 1_000
        self._in_flight += 1
        if self._in_flight > traffic.in_flight_max:
            traffic.in_flight_max = self._in_flight
        return None

    def leave(self) -> None:
        """The call is over."""
        self._in_flight -= 1

    def _too_many_at_once(self) -> ForeignResponse:
        if self._system == "erp":
            # Says neither 429 nor when to come back: only the body's code tells it from a bad request.
            return ForeignResponse(400, {"code": "SSS_REQUEST_LIMIT_EXCEEDED"})
        # One of those inside will be out by then.
        return _too_many(max(1, self._config.latency_max_ms))


def _too_many(retry_after_ms: int) -> ForeignResponse:
    return ForeignResponse(429, {"error": {"code": "too_many_requests"}}, retry_after_ms)
