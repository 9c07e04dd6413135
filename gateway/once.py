"""What makes a secret, once. Its answer is not for the journal, where every other idempotent call keeps its own.

The first call under an idempotency key makes it and is told it. A repeat in this process gets the same bytes, from
memory; after a restart, or when the answer is no longer kept, it is told that it was made and where: the secret is
gone, and a rotation makes another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from quart import Response

from .admission import Principal, fingerprint, idempotency_key
from .asked import request
from .door import Gateway
from .problems import Problem

KEPT_AT_MOST = 1_000
KEPT_MS = 24 * 3_600_000


class _Told(NamedTuple):
    fingerprint: str
    at_ms: int
    status: int
    body: bytes
    location: str


def once(
    gateway: Gateway, principal: Principal, route: str, body: bytes, make: Callable[[], tuple[int, Any, str]]
) -> Response:
    """`make()` gives (status, what is told, location). Raises Problem 400, 409, 422 and what it raises."""
    key, print_ = idempotency_key(request), fingerprint(request, body)
    access = gateway.admission.access
    at, now = (principal.key_id, route, key), access.clock.now_ms()
    told = gateway.told_once.get(at)
    if told is not None and now - told.at_ms < KEPT_MS:
        _check(told.fingerprint, print_)
        response = _response(told)
        response.headers["idempotent-replayed"] = "true"
        return response
    if (before := access.made(*at)) is not None and now - before[2] < KEPT_MS:
        _check(before[0], print_)
        raise Problem(
            "made-before",
            "it was made by the first request with this key; its secret is told once, rotate it for another",
            headers=[("location", before[1])],
        )
    status, body_told, location = make()
    access.note_made(*at, print_, location)
    kept = gateway.told_once
    if len(kept) >= KEPT_AT_MOST:
        del kept[next(iter(kept))]
    told = kept[at] = _Told(print_, now, status, msgspec.json.encode(body_told), location)
    return _response(told)


def _check(known: str, asked: str) -> None:
    if known != asked:
        raise Problem("idempotency-key-reused", "this idempotency key was used for another request")


def _response(told: _Told) -> Response:
    response = Response(told.body, told.status, content_type="application/json")
    response.headers["location"] = told.location
    return response
