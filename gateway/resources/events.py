"""/v1/events: what happened, a page at a time or as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import trio
from quart import Response

from contracts.events import unknown_types
from contracts.http import FieldError
from contracts.http_answers import Event, EventsAnswer

from ..admission import Principal
from ..asked import request
from ..cloudevents import BATCH, batch
from ..described import PageLimit, Param, Text
from ..door import Gateway, Route, json_response
from ..feed import START, STREAMS_AT_MOST, Cursor, CursorExpired, Filter, NoCursor, cursor_of
from ..pages import Query
from ..problems import Problem

HEARTBEAT_SECONDS = 15.0
# How long a client waits before it comes again.
RETRY_MS = 2_000
AT_ONCE = 100


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """A page of events in the order of their commits; `after` is where the next one begins, also once all was read.

    Asked for `application/cloudevents-batch+json`, the events alone; `after` is then in `Tidegate-After`.
    """
    query = Query("type", "subject", "after", paged=False, limited=True)
    cursor, wanted = _asked(gateway, principal, query, request.args.get("after"))
    read = gateway.feed.read(cursor or START, wanted, query.limit)
    after = read.after.text()
    found = [event for _, event in read.events]
    if _wants_a_batch():
        headers, body = batch(found)
        response = Response(body, 200, headers=headers)
    else:
        response = json_response(200, {"items": found, "after": after, "more": read.more})
    response.headers["tidegate-after"] = after
    if read.more:
        response.headers["link"] = query.link_to(after)
    return response


def _wants_a_batch() -> bool:
    if not request.headers.get("accept"):
        return False
    return bool(request.accept_mimetypes.best_match(("application/json", BATCH)) == BATCH)


async def stream(gateway: Gateway, principal: Principal) -> Response:
    """Server-sent events from `Last-Event-ID` or `after` on; from now on where neither is given."""
    query = Query("type", "subject", "after", paged=False)
    given = request.headers.get("last-event-id") or request.args.get("after")
    cursor, wanted = _asked(gateway, principal, query, given)
    feed = gateway.feed
    if feed.streams >= STREAMS_AT_MOST:
        raise Problem(
            "temporary-reduced-capacity", "too many streams at once", retryable=True, retry_after_ms=5_000
        )
    secret = request.headers["authorization"].partition(" ")[2].strip()
    events = _events(gateway, feed.end() if cursor is None else cursor, wanted, secret)
    response = Response(events, 200, content_type="text/event-stream; charset=utf-8")
    response.timeout = None
    response.headers["cache-control"] = "no-store"
    response.headers["x-accel-buffering"] = "no"
    return response


def _asked(
    gateway: Gateway, principal: Principal, query: Query, given: str | None
) -> tuple[Cursor | None, Filter]:
    """Where to begin, and what is wanted. Raises Problem 400, 410."""
    types = tuple(one.strip() for one in (query.text("type") or "").split(",") if one.strip())
    query.errors += [
        FieldError("/type", "unknown-value", f"there is no event {one}") for one in unknown_types(types)
    ]
    cursor = None
    try:
        cursor = None if given is None else cursor_of(given)
    except NoCursor:
        query.errors.append(FieldError("/after", "unknown-cursor", "give what an earlier answer said"))
    query.check()
    try:
        if cursor is not None:
            gateway.feed.check(cursor)
    except CursorExpired:
        raise Problem("cursor-expired", "what is behind it is not kept here; begin anew") from None
    return cursor, Filter(principal.tenant, types, query.text("subject"))


async def _events(gateway: Gateway, cursor: Cursor, wanted: Filter, secret: str) -> AsyncIterator[bytes]:
    """The stream's bytes. It ends when the process does, or when its key is no longer good."""
    feed = gateway.feed
    feed.streams += 1
    try:
        # The place to come back to, also for a client that hears of nothing yet.
        yield _told(f"retry: {RETRY_MS}", f"id: {cursor.text()}", "event: stream.opened", "data: {}")
        said_at = trio.current_time()
        while True:
            changed = feed.changed
            read = feed.read(cursor, wanted, AT_ONCE)
            cursor = read.after
            if read.events:
                yield b"".join(
                    _told(f"id: {at.text()}", f"event: {event['type']}", f"data: {_json(event)}")
                    for at, event in read.events
                )
                said_at = trio.current_time()
            if feed.closing.is_set() or gateway.admission.access.find(secret) is None:
                why = "shutting-down" if feed.closing.is_set() else "key-revoked"
                yield _told(f"id: {cursor.text()}", "event: stream.closing", f'data: {{"reason":"{why}"}}')
                return
            silent = trio.current_time() - said_at
            if silent >= HEARTBEAT_SECONDS:
                # With where it stands, which may be far from the last event that this client wants.
                yield _told(f"id: {cursor.text()}", ": heartbeat")
                said_at, silent = trio.current_time(), 0.0
            if read.more:
                await trio.lowlevel.checkpoint()
            else:
                await feed.wait(changed, HEARTBEAT_SECONDS - silent)
    finally:
        feed.streams -= 1


def _told(*lines: str) -> bytes:
    return ("\n".join(lines) + "\n\n").encode()


def _json(event: object) -> str:
    return msgspec.json.encode(event).decode()


_FILTERS = (
    Param("type", Text, "names with commas between them, `order.*` for all of a domain"),
    Param("subject", Text, "events about this alone"),
    Param("after", Text, "the cursor to go on from"),
)

ROUTES = (
    Route(
        "GET", "/v1/events", "events:read", look_through, owner="platform", answers={200: EventsAnswer},
        query=(*_FILTERS, Param("limit", PageLimit, "how many at most")), problems=("410 cursor-expired",),
        also={BATCH: tuple[Event, ...]},
    ),
    Route(
        "GET", "/v1/events/stream", "events:read", stream, media="text/event-stream", owner="platform",
        answers={200: str}, query=_FILTERS, problems=("410 cursor-expired",),
    ),
)  # fmt: skip
