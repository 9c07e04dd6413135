"""What browsers are told: security headers on every answer, and which other origins may ask: none, unless told so."""

from __future__ import annotations

from collections.abc import Iterable

from quart import Response
from werkzeug.datastructures import Headers

# An answer of this door is data: nothing in it is run, framed or looked up by anybody. A page brings its own policy.
POLICY = "default-src 'none'; frame-ancestors 'none'"
ASKED_METHODS = "GET, POST, PUT, PATCH, DELETE"
ASKED_HEADERS = (
    "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, prefer, traceparent,"
    " tracestate"
)
SHOWN_HEADERS = (
    "deprecation, etag, idempotent-replayed, link, location, preference-applied, ratelimit, ratelimit-policy,"
    " retry-after, sunset, tidegate-after, tidegate-mode, tidegate-watermark, traceparent"
)
PREFLIGHT_KEPT_S = 600


def empty(status: int) -> Response:
    """An answer without a body."""
    response = Response(b"", status)
    del response.headers["content-type"]
    return response


class Web:
    """`origins` may ask from a browser, each written out (`https://shop.example`); `is_secure`: by TLS alone."""

    def __init__(self, origins: Iterable[str] = (), *, is_secure: bool = False) -> None:
        self.origins = frozenset(origins)
        self.always: list[tuple[str, str]] = []
        # The same as they go out: what is answered early is no page, and says none of them itself.
        self.encoded: list[tuple[bytes, bytes]] = []
        self.add("content-security-policy", POLICY)
        self.add("x-content-type-options", "nosniff")
        self.add("referrer-policy", "no-referrer")
        if is_secure:
            self.add("strict-transport-security", "max-age=31536000; includeSubDomains")

    def add(self, name: str, value: str) -> None:
        """A header that every answer has."""
        self.always.append((name, value))
        self.encoded.append((name.encode(), value.encode()))

    def finish(self, headers: Headers, asked: Headers) -> None:
        """Add what every answer has, and what its asker's origin may see."""
        for name, value in self.always:
            if name not in headers:
                headers.add(name, value)
        self.admit(headers, asked)

    def admit(self, headers: Headers, asked: Headers) -> None:
        """Add what the asker's origin may see."""
        if self.origins:
            headers.add("vary", "origin")
            if (origin := asked.get("origin")) in self.origins:
                headers["access-control-allow-origin"] = origin
                headers["access-control-expose-headers"] = SHOWN_HEADERS

    def preflight(self, method: str, asked: Headers) -> Response | None:
        """The answer to a browser that asks whether it may ask; None: it is no such question."""
        if method != "OPTIONS" or not self.origins or "access-control-request-method" not in asked:
            return None
        response = empty(204)
        if asked.get("origin") in self.origins:
            response.headers["access-control-allow-methods"] = ASKED_METHODS
            response.headers["access-control-allow-headers"] = ASKED_HEADERS
            response.headers["access-control-max-age"] = str(PREFLIGHT_KEPT_S)
        return response
