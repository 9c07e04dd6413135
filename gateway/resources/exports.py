"""/v1/exports and /v1/operations: a list as it is at an instant, to be taken away as lines of JSON.

The watermark is the last instant that is over when the export is asked for: no turn is stamped with it any more. Once
the lists know everything up to it, the content is what they have until then, however often it is fetched.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec
import trio
from quart import Response

from actors.domains.platform.exports import NAME, ExportState
from actors.views import ledger, movements, orders, shipments
from actors.views.store import ViewStore
from contracts.exports import RequestExport
from contracts.http import FieldError, time_of
from contracts.http_answers_platform import ExportAnswer, ExportAsked, OperationAnswer
from contracts.http_platform import ExportSubmission
from contracts.ids import digest128

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..door import Gateway, Route, json_response, submitted
from ..pages import store_of
from ..problems import Problem

ROWS_AT_ONCE = 200
NDJSON = "application/x-ndjson"

# (store, after, limit, book) -> rows, each with its place `row` and its instant.
Read = Callable[[ViewStore, int, int, str | None], Sequence[Any]]


def _documents(kind: str) -> Read:
    def read_rows(store: ViewStore, after: int, limit: int, book: str | None) -> Sequence[Any]:
        return ledger.documents(store, kind=kind, book=book, after=after, limit=limit)

    return read_rows


# What is exported: what reads it, the field with the instant at which a row became one, and who may.
KINDS: dict[str, tuple[Read, str, str]] = {
    "orders": (
        lambda store, after, limit, book: orders.orders(store, after=after, limit=limit),
        "received_at_ms",
        "orders:read",
    ),
    "ledger-entries": (
        lambda store, after, limit, book: ledger.postings(store, book=book, after=after, limit=limit),
        "at_ms",
        "finance:read",
    ),
    "invoices": (_documents("invoice"), "at_ms", "finance:read"),
    "credit-notes": (_documents("credit_note"), "at_ms", "finance:read"),
    "movements": (
        lambda store, after, limit, book: movements.all_movements(store, after=after, limit=limit),
        "at_ms",
        "inventory:read",
    ),
    "shipments": (
        lambda store, after, limit, book: shipments.shipments(store, after=after, limit=limit),
        "at_ms",
        "fulfillment:read",
    ),
}
OF_BOOKS = ("ledger-entries", "invoices", "credit-notes")


async def ask(gateway: Gateway, principal: Principal) -> Response:
    """Export a list as of now: 202, and the operation says when it can be fetched."""
    once = idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ExportSubmission)
    _check_scope(principal, asked.kind)
    if asked.book is not None and asked.kind not in OF_BOOKS:
        error = FieldError("/book", "not-of-a-book", f"of a book are {', '.join(OF_BOOKS)}")
        raise Problem("invalid-body", "some fields are not valid", errors=[error])
    store_of(gateway)
    export_id = "exp_" + digest128(principal.tenant, principal.key_id, once, str(gateway.system.engine.now()))
    filters = () if asked.book is None else (("book", asked.book),)
    watermark_ms = gateway.system.engine.now() - 1
    command = RequestExport(export_id, asked.kind, filters, watermark_ms, principal.key_id)
    response = await submitted(
        gateway, principal, "/v1/exports", body, to=NAME, key=export_id, command=command
    )
    response.headers["retry-after"] = "1"
    return response


def _check_scope(principal: Principal, kind: str) -> None:
    scope = KINDS[kind][2]
    if scope not in principal.scopes:
        raise Problem("insufficient-scope", f"this needs the scope {scope}")


async def look(gateway: Gateway, principal: Principal, export_id: str) -> Response:
    """What is exported up to when, and whether it can be fetched."""
    state = await _own(gateway, principal, export_id)
    done = _is_done(gateway, state)
    told = ExportAnswer(
        export_id,
        state.kind,
        dict(state.filters),
        time_of(state.watermark_ms),
        "done" if done else "running",
        f"/v1/exports/{export_id}/content" if done else msgspec.UNSET,
    )
    return json_response(200, told)


async def operation(gateway: Gateway, principal: Principal, operation_id: str) -> Response:
    """Whether what was asked for is done: 200 while it is not, then 303 to it."""
    state = await _own(gateway, principal, operation_id)
    if not _is_done(gateway, state):
        response = json_response(200, OperationAnswer(operation_id, "running"))
        response.headers["retry-after"] = "1"
        return response
    response = json_response(303, OperationAnswer(operation_id, "done"))
    response.headers["location"] = f"/v1/exports/{operation_id}"
    return response


async def content(gateway: Gateway, principal: Principal, export_id: str) -> Response:
    """The rows up to the watermark, one a line. 409 while the lists do not know all of them yet."""
    state = await _own(gateway, principal, export_id)
    _check_scope(principal, state.kind)
    if not _is_done(gateway, state):
        raise Problem("export-running", "it is not whole yet", retryable=True, retry_after_ms=1_000)
    response = Response(_lines(store_of(gateway), state), 200, content_type=NDJSON)
    response.timeout = None
    response.headers["tidegate-watermark"] = time_of(state.watermark_ms)
    return response


async def _lines(store: ViewStore, state: ExportState) -> AsyncIterator[bytes]:
    read_rows, at, _ = KINDS[state.kind]
    book = dict(state.filters).get("book")
    after = 0
    while rows := read_rows(store, after, ROWS_AT_ONCE, book):
        until = [row for row in rows if getattr(row, at) <= state.watermark_ms]
        if until:
            yield b"".join([msgspec.json.encode(_told(row)) + b"\n" for row in until])
        if len(until) < len(rows):
            return
        after = rows[-1].row
        await trio.lowlevel.checkpoint()


def _told(row: Any) -> dict[str, Any]:
    told = msgspec.structs.asdict(row)
    told.pop("row")
    return told


async def _own(gateway: Gateway, principal: Principal, export_id: str) -> ExportState:
    """An export of whoever asks. Raises Problem 404: what others have is not there."""
    state: ExportState | None = await gateway.system.read(NAME, export_id, lambda state, _: state)
    if state is None or not state.kind or state.by != principal.key_id:
        raise Problem("not-found", "there is no such thing of yours")
    return state


def _is_done(gateway: Gateway, state: ExportState) -> bool:
    now: int = gateway.system.engine.now()
    return bool(store_of(gateway).as_of_ms(now) >= state.watermark_ms)


ROUTES = (
    Route(
        "POST", "/v1/exports", "exports:write", ask, owner="platform", body=ExportSubmission, needs="K",
        answers={202: ExportAsked}, gives=("location", "retry-after"), is_async=True,
        problems=("409 duplicate-export", "503 no-lists"),
    ),
    Route(
        "GET", "/v1/exports/<export_id>", "exports:read", look, owner="platform", answers={200: ExportAnswer},
        problems=("503 no-lists",),
    ),
    Route(
        "GET", "/v1/exports/<export_id>/content", "exports:read", content, owner="platform", media=NDJSON,
        answers={200: str}, problems=("409 export-running", "503 no-lists"),
    ),
    Route(
        "GET", "/v1/operations/<operation_id>", "exports:read", operation, owner="platform",
        answers={200: OperationAnswer, 303: OperationAnswer}, gives=("location", "retry-after"),
        problems=("503 no-lists",),
    ),
)  # fmt: skip
