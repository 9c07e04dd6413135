"""What every handler is given, and the forms of its answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import trio
from quart import Response

from actors.runtime.intake import Answered, Call
from actors.system import System
from contracts.turn import NORMAL

from .admission import Admission, Principal, etags, fingerprint, idempotency_key
from .asked import asked
from .feed import Feed
from .problems import Problem
from .route import Handler as Handler
from .route import Route as Route
from .specification.documents import Documents
from .web import Web, empty


class OneAtATime:
    """Who changes a thing has looked at it before: nobody else changes it through this door in between."""

    def __init__(self) -> None:
        self._locks: dict[str, trio.Lock] = {}

    @asynccontextmanager
    async def holding(self, thing: str) -> AsyncIterator[None]:
        """Wait for the others, then hold the thing."""
        lock = self._locks.setdefault(thing, trio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked() and not lock.statistics().tasks_waiting:
                self._locks.pop(thing, None)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The running system behind this door. `mode` is `sandbox` or `live`."""

    system: System
    admission: Admission
    mode: str
    feed: Feed
    documents: Documents
    one_at_a_time: OneAtATime = field(default_factory=OneAtATime)
    # (when, rows) of what was asked under pressure: `resources.availability`.
    kept_availability: dict[tuple[str, ...], Any] = field(default_factory=dict)
    web: Web = field(default_factory=Web)
    # Secrets with which each provider signs its webhooks: `gateway.signatures`.
    inbound: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Answers that told a secret, for their repeats: `gateway.once`.
    told_once: dict[tuple[str, str, str], Any] = field(default_factory=dict)


def json_response(status: int, body: object, etag: str | None = None) -> Response:
    """An answer in JSON. With an ETag, 304 where the client has it already."""
    if etag is not None and has_etag(etag):
        response = empty(304)
    else:
        response = Response(msgspec.json.encode(body), status, content_type="application/json")
    if etag is not None:
        response.headers.extend((("etag", f'"{etag}"'), ("cache-control", "private, no-cache")))
    return response


def has_etag(etag: str) -> bool:
    """Whether the client has it already: it stands in If-None-Match."""
    request = asked().request
    if not request.headers.get("if-none-match"):
        return False
    known = etags(request, "if-none-match")
    return etag in known or known == ["*"]


def call_of(
    principal: Principal,
    route: str,
    body: bytes,
    *,
    to: str,
    key: str,
    command: object,
    lane: int = NORMAL,
    sheddable: bool = True,
    subject: str | None = None,
    once: str | None = None,
) -> Call:
    """The idempotent call that this request makes, about its key unless a subject is named.

    Raises Problem 400 without an idempotency key, unless `once` tells one request from another.
    """
    now = asked()
    request = now.request
    return Call(
        principal=principal.key_id,
        method=request.method,
        route=route,
        key=idempotency_key(request) if once is None else once,
        fingerprint=fingerprint(request, body),
        to=to,
        to_key=key,
        subject=key if subject is None else subject,
        command=command,
        lane=lane,
        trace=now.trace.trace_id,
        tenant=principal.tenant,
        sheddable=sheddable,
    )


async def submitted(
    gateway: Gateway, principal: Principal, route: str, body: bytes, *, to: str, key: str, command: object,
    subject: str | None = None, lane: int = NORMAL, once: str | None = None,
) -> Response:  # fmt: skip
    """The answer to a command that is idempotent by its key and never shed. Raises Problem, and what the door does."""
    call = call_of(
        principal, route, body, to=to, key=key, command=command, subject=subject, lane=lane, once=once,
        sheddable=False,
    )  # fmt: skip
    return response_of(await gateway.system.submit(call))


def response_of(answered: Answered) -> Response:
    """The answer that an actor rendered, byte for byte. Raises Problem for a 5xx: it is ours to tell."""
    if answered.status >= 500:
        detail = "the command could not be worked on; nothing was changed"
        raise Problem("internal-error", detail, status=answered.status, retryable=True)
    response = Response(answered.body, answered.status)
    for name, value in answered.headers:
        response.headers[name] = value
    if answered.replayed:
        response.headers["idempotent-replayed"] = "true"
    return response
