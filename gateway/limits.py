"""Consumption policies as data: what a kind of request costs whom, and what is refused first when there is too much.

Each client's key has a bucket per class of routes: so many tokens a second, so many at once, and each request takes
what it costs. All of it is integers: a level is in thousandths, and a rate per second is that many of them a ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from contracts.ports import Clock

from .roles import OWNER


class RouteClass(NamedTuple):
    """A row. From `sheds_at` per cent of the requests or, where `by_backlog`, of the unfinished work that there is room
    for, its requests are told to come back; 0: never, for they make a promise good.
    """

    name: str
    sheds_at: int
    by_backlog: bool = False


class Quota(NamedTuple):
    """So many tokens a second, and so many at once."""

    per_s: int
    burst: int


# In the order in which they are shed. What availability serves under pressure is an older answer, not none; the
# runtime's door itself turns new orders away at 80 % of its credit.
EXPORTS = RouteClass("exports", 60, by_backlog=True)
AVAILABILITY = RouteClass("availability", 100)
ORDERS = RouteClass("orders", 80)
READS = RouteClass("reads", 100)
DESK = RouteClass("desk", 100)
PROMISES = RouteClass("promises", 0)
STALE_AT = 70

# (method, how the path begins) -> its class; the first that fits. "": every method.
CLASSES: tuple[tuple[str, str, RouteClass], ...] = (
    ("", "/v1/exports", EXPORTS),
    ("GET", "/v1/availability", AVAILABILITY),
    ("POST", "/v1/orders/<", PROMISES),
    ("POST", "/v1/orders", ORDERS),
    ("POST", "/v1/rehearsals", ORDERS),
    ("GET", "/", READS),
    ("", "/v1/orders", PROMISES),
    ("", "/v1/returns", PROMISES),
    ("", "/v1/shipments", PROMISES),
    ("", "/v1/fulfillment-orders", PROMISES),
    ("", "/v1/refunds", PROMISES),
    ("", "/v1/inbound", PROMISES),
    ("", "/v1/approvals", PROMISES),
    ("", "/", DESK),
)

# What a request costs where it is not one token: (method, path) as in the table of routes. A batch also costs one token
# for each order after its first.
COSTS: Mapping[tuple[str, str], int] = {
    ("GET", "/v1/orders/<order_id>/lineage"): 5,
    ("GET", "/v1/orders/<order_id>/timeline"): 5,
    ("GET", "/v1/events/stream"): 5,
    ("POST", "/v1/rehearsals"): 10,
}

# Role -> class -> quota; what a role does not name is the default's.
DEFAULT: Mapping[str, Quota] = {
    "exports": Quota(1, 20),
    "availability": Quota(2_000, 20_000),
    "orders": Quota(200, 2_000),
    "reads": Quota(1_000, 10_000),
    "desk": Quota(100, 2_000),
    "promises": Quota(200, 4_000),
}
QUOTAS: Mapping[str, Mapping[str, Quota]] = {
    OWNER: {
        "exports": Quota(10, 100),
        "availability": Quota(20_000, 200_000),
        "orders": Quota(5_000, 50_000),
        "reads": Quota(20_000, 200_000),
        "desk": Quota(1_000, 20_000),
        "promises": Quota(5_000, 50_000),
    },
    "partner": {"orders": Quota(100, 2_000), "availability": Quota(200, 2_000), "reads": Quota(100, 2_000)},
    "support": {"orders": Quota(5, 500), "reads": Quota(100, 1_000)},
}


def class_of(method: str, path: str) -> RouteClass:
    """The class of a route."""
    for asked, beginning, found in CLASSES:
        if asked in ("", method) and path.startswith(beginning):
            return found
    return DESK


class Bucket:
    """What one key may still do of one class."""

    __slots__ = ("_at_ms", "_full", "_level", "_name", "_per_s", "policy")

    def __init__(self, name: str, quota: Quota, now_ms: int) -> None:
        self._per_s = quota.per_s
        self._full = self._level = quota.burst * 1_000
        self._at_ms = now_ms
        self._name = f'"{name}";r='
        # Structured fields of draft-ietf-httpapi-ratelimit-headers: `q` tokens come in `w` seconds.
        self.policy = f'"{name}";q={quota.burst};w={max(1, quota.burst // quota.per_s)}'

    def take(self, cost: int, now_ms: int) -> bool:
        """Take so many tokens, or none where there are not so many."""
        level = self._level
        if now_ms > self._at_ms:
            level = min(self._full, level + (now_ms - self._at_ms) * self._per_s)
            self._at_ms = now_ms
        self._level = level
        if level < cost * 1_000:
            return False
        self._level = level - cost * 1_000
        return True

    def left(self) -> str:
        """What is left, and in how many seconds all of it is there again: the RateLimit header."""
        level = self._level
        return f"{self._name}{level // 1_000};t={-((level - self._full) // (self._per_s * 1_000))}"

    def wait_ms(self, cost: int) -> int:
        """In how long there will be so many tokens."""
        return -((self._level - cost * 1_000) // self._per_s)


class Buckets:
    """The buckets of every key that has asked for something."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._of: dict[tuple[str, str], Bucket] = {}

    def of(self, key_id: str, role: str, name: str) -> Bucket:
        """The bucket of a key and a class. As many as there are keys that ask, times six."""
        bucket = self._of.get((key_id, name))
        if bucket is None:
            quota = QUOTAS.get(role, {}).get(name) or DEFAULT[name]
            bucket = self._of[key_id, name] = Bucket(name, quota, self.clock.now_ms())
        return bucket
