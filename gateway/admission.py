"""What a request must bring before anything is done for it: a key with the scope, its idempotency key, room."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct
from quart import Request

from .asked import asked
from .audit import is_audited
from .auth import Access
from .limits import COSTS, STALE_AT, Buckets, RouteClass, class_of
from .problems import Problem

# Requests at work at once; past it new ones are told to come back, before anything is recorded.
IN_FLIGHT_AT_MOST = 2_000
_BARE = re.compile(r"[\x21\x23-\x7e]{1,255}")
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,510})"')


class Principal(Struct, frozen=True):
    """Who asks: the id of an API key, whose shop it is, and the client, who may have other keys as well."""

    key_id: str
    tenant: str
    scopes: tuple[str, ...]
    client_id: str = ""
    role: str = ""


class Rule(NamedTuple):
    """What a route's class is, what a request to it costs, and whether it is on record."""

    kind: RouteClass
    cost: int
    is_audited: bool


class Admission:
    """The gateway's own bounds, and whether it is draining. `backlog` says how full the system is, in per cent."""

    def __init__(self, access: Access, in_flight_at_most: int = IN_FLIGHT_AT_MOST) -> None:
        self.access = access
        self.buckets = Buckets(access.clock)
        self.draining = False
        self.in_flight = 0
        self.in_flight_max = 0
        self.at_most = in_flight_at_most
        self.backlog: Callable[[], int] = lambda: 0
        self.counts = {
            "requests": 0, "refused_unauthenticated": 0, "refused_scope": 0, "refused_quota": 0, "shed": 0,
            "served_stale": 0,
        }  # fmt: skip
        self._rules: dict[str, dict[str, Rule]] = {}

    def rule(self, method: str, path: str, scope: str | None) -> Rule:
        """What is said of a route, looked up once."""
        of_method = self._rules.setdefault(method, {})
        found = of_method.get(path)
        if found is None:
            found = of_method[path] = Rule(
                class_of(method, path), COSTS.get((method, path), 1), is_audited(method, path, scope)
            )
        return found

    def enter(self, kind: RouteClass) -> None:
        """A request begins. Raises Problem 503 where there is no room for its class; then it is not to leave."""
        self.counts["requests"] += 1
        if kind.sheds_at and (
            self.in_flight * 100 >= self.at_most * kind.sheds_at
            or (kind.by_backlog and self.backlog() >= kind.sheds_at)
        ):
            self.counts["shed"] += 1
            name = f"shed_{kind.name}"
            self.counts[name] = self.counts.get(name, 0) + 1
            raise Problem(
                "temporary-reduced-capacity",
                "too many requests at once; nothing was recorded",
                retryable=True,
                retry_after_ms=1_000,
            )
        self.in_flight += 1
        self.in_flight_max = max(self.in_flight_max, self.in_flight)

    def leave(self) -> None:
        """It is over."""
        self.in_flight -= 1

    def is_pressed(self) -> bool:
        """Whether what can be answered from memory is to be."""
        return self.in_flight * 100 >= self.at_most * STALE_AT or self.backlog() >= STALE_AT

    def charge(self, principal: Principal, kind: RouteClass, cost: int) -> None:
        """Take what a request costs from its client's bucket, and have the answer say so. Raises Problem 429."""
        buckets = self.buckets
        bucket = buckets.of(principal.key_id, principal.role, kind.name)
        paid = bucket.take(cost, buckets.clock.now_ms())
        asked().told = [("ratelimit-policy", bucket.policy), ("ratelimit", bucket.left())]
        if not paid:
            self.counts["refused_quota"] += 1
            raise Problem(
                "quota-exceeded",
                f"this request costs {cost}; RateLimit says what is left, Retry-After when there is enough",
                retryable=True,
                retry_after_ms=bucket.wait_ms(cost),
            )

    def authenticate(self, request: Request) -> Principal:
        """Who asks. Raises Problem 401."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        key = self.access.find(secret.strip()) if kind.lower() == "bearer" and secret else None
        if key is None:
            self.counts["refused_unauthenticated"] += 1
            # One answer for a missing, a wrong, an expired and a revoked key: it tells nobody which of them it was.
            raise Problem(
                "unauthenticated",
                "send a living API key as Authorization: Bearer tg_…",
                headers=[("www-authenticate", 'Bearer realm="tidegate"')],
            )
        return Principal(key.id, key.tenant, key.scopes, key.client, key.role)

    def authorize(self, request: Request, scope: str) -> Principal:
        """Who asks, if they may. Raises Problem 401, 403."""
        principal = self.authenticate(request)
        self.require(principal, scope)
        return principal

    def require(self, principal: Principal, scope: str) -> None:
        """Raises Problem 403."""
        if scope not in principal.scopes:
            self.counts["refused_scope"] += 1
            raise Problem("insufficient-scope", f"this needs the scope {scope}")

    def statistics(self) -> dict[str, int]:
        """Requests now and at most at once, and what was refused."""
        return {"in_flight": self.in_flight, "in_flight_max": self.in_flight_max, **self.counts}


def idempotency_key(request: Request) -> str:
    """The request's idempotency key, bare or quoted: `abc` and `"abc"` are one. Raises Problem 400."""
    values = request.headers.getlist("idempotency-key")
    if not values or values == [""]:
        raise Problem(
            "idempotency-key-missing", "send a key of your own in Idempotency-Key, a new one per order"
        )
    value = values[0].strip()
    if len(values) == 1:
        if (quoted := _QUOTED.fullmatch(value)) is not None:
            key = re.sub(r"\\(.)", r"\1", quoted.group(1))
            if len(key) <= 255:
                return key
        elif _BARE.fullmatch(value) is not None:
            return value
    raise Problem("idempotency-key-invalid", "one key of 1 to 255 printable ASCII characters, bare or quoted")


def etags(request: Request, name: str) -> list[str]:
    """What If-Match or If-None-Match lists, without quotes; `*` is whatever there is."""
    listed = ",".join(request.headers.getlist(name)).split(",")
    return [one.strip().removeprefix("W/").strip('"') for one in listed if one.strip()]


def if_match(request: Request) -> list[str]:
    """The versions that the client has seen, from If-Match. Raises Problem 428."""
    seen = etags(request, "if-match")
    if not seen:
        raise Problem("precondition-required", "send If-Match with the ETag that you have seen")
    return seen


def fingerprint(request: Request, body: bytes) -> str:
    """SHA-256 of method, path, query and body, each with its length: what a repeat must repeat."""
    hasher = sha256()
    for part in (request.method.encode(), request.path.encode(), request.query_string, body):
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.hexdigest()
