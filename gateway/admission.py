"""What a request must bring before anything is done for it: a key with the scope, its idempotency key, room."""

from __future__ import annotations

import re
from hashlib import sha256

from msgspec import Struct
from quart import Request

from .auth import Access
from .problems import Problem

# Requests at work at once; past it new ones are told to come back, before anything is recorded.
IN_FLIGHT_AT_MOST = 2_000
_BARE = re.compile(r"[\x21\x23-\x7e]{1,255}")
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,510})"')


class Principal(Struct, frozen=True):
    """Who asks: the id of an API key, and whose shop it is."""

    key_id: str
    tenant: str
    scopes: tuple[str, ...]


class Admission:
    """The gateway's own bounds, and whether it is draining."""

    def __init__(self, access: Access, in_flight_at_most: int = IN_FLIGHT_AT_MOST) -> None:
        self.access = access
        self.draining = False
        self.in_flight = 0
        self.in_flight_max = 0
        self.at_most = in_flight_at_most
        self.counts = {"requests": 0, "refused_unauthenticated": 0, "refused_scope": 0, "shed": 0}

    def enter(self) -> None:
        """A request begins. Raises Problem 503 where too many are at work; then it is not to leave."""
        self.counts["requests"] += 1
        if self.in_flight >= self.at_most:
            self.counts["shed"] += 1
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

    def authenticate(self, request: Request) -> Principal:
        """Who asks. Raises Problem 401."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        key = self.access.find(secret.strip()) if kind.lower() == "bearer" and secret else None
        if key is None:
            self.counts["refused_unauthenticated"] += 1
            # One answer for a missing, a wrong and a revoked key: it tells nobody which of them it was.
            raise Problem(
                "unauthenticated",
                "send a living API key as Authorization: Bearer tg_…",
                headers=[("www-authenticate", 'Bearer realm="tidegate"')],
            )
        return Principal(key.id, key.tenant, key.scopes)

    def authorize(self, request: Request, scope: str) -> Principal:
        """Who asks, if they may. Raises Problem 401, 403."""
        principal = self.authenticate(request)
        if scope not in principal.scopes:
            self.counts["refused_scope"] += 1
            raise Problem("insufficient-scope", f"this needs the scope {scope}")
        return principal

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


def if_match(request: Request) -> str:
    """The version that the client has seen, from If-Match. Raises Problem 428."""
    value = request.headers.get("if-match", "").strip()
    if not value:
        raise Problem("precondition-required", "send If-Match with the ETag that you have seen")
    return value.removeprefix("W/").strip('"')


def fingerprint(request: Request, body: bytes) -> str:
    """SHA-256 of method, path, query and body, each with its length: what a repeat must repeat."""
    hasher = sha256()
    for part in (request.method.encode(), request.path.encode(), request.query_string, body):
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.hexdigest()
