"""/v1/orders/{id}/collections, /v1/stores: orders handed over at a counter, tills' files that wait for somebody."""

from __future__ import annotations

from typing import Any

import msgspec
from quart import Response

from actors.domains.stores.model import FileState, StoreState, differences
from contracts.http import ms_of, time_of
from contracts.http_stores import (
    CollectionAnswer,
    CollectionSubmission,
    TillFileAnswer,
    TillFileDecided,
    TillFileDecision,
    TillFilesAnswer,
)
from contracts.ids import fulfillment_order_id_of
from contracts.pickups import CollectOrder
from contracts.stores import STORES
from contracts.tills import ResolveTillFile, total_of
from contracts.turn import URGENT

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..door import Gateway, Route, json_response, submitted
from ..pages import Query, page_of
from ..problems import Problem
from .orders import known


async def collect(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Hand an order over to the customer who came for it: only where this is answered 200."""
    await known(gateway, order_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, CollectionSubmission)
    at_ms = gateway.system.engine.now() if asked.collected_at is None else ms_of(asked.collected_at)
    # What is collected lies in one piece, and was never anything else.
    id_ = fulfillment_order_id_of(order_id, 0)
    command = CollectOrder(id_, order_id, asked.collection_id, asked.by or principal.key_id, at_ms)
    return await submitted(
        gateway, principal, "/v1/orders/{order_id}/collections", body, to="fulfillment", key=id_, command=command,
        lane=URGENT, subject=order_id,
    )  # fmt: skip


async def files(gateway: Gateway, principal: Principal, store: str) -> Response:
    """The store's till files, in the order in which they first came."""
    _known(store)
    query = Query()
    query.check()

    def render(state: StoreState, version: int) -> list[tuple[int, str, FileState]]:
        rows = list(enumerate(state.files.items(), 1))[query.after : query.after + query.limit + 1]
        return [(n, file_id, file) for n, (file_id, file) in rows]

    rows = await gateway.system.read("stores", store, render) or []
    now = time_of(gateway.system.engine.now())
    return page_of(query, rows, lambda row: row[0], lambda row: _row(store, row[1], row[2]), now)


async def look(gateway: Gateway, principal: Principal, store: str, file_id: str) -> Response:
    """One till file; while it waits, how its till's own count differs from its receipts."""
    _known(store)
    shown = await gateway.system.read(
        "stores", store, lambda state, version: _shown(store, file_id, state.files.get(file_id))
    )
    if shown is None:
        raise Problem("not-found", "the store has no such till file")
    return json_response(200, shown)


async def resolve(gateway: Gateway, principal: Principal, store: str, file_id: str) -> Response:
    """Decide over a till file that waits: 202, stock and book follow."""
    _known(store)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, TillFileDecision)
    command = ResolveTillFile(store, file_id, asked.action, principal.key_id, asked.reason)
    return await submitted(
        gateway, principal, "/v1/stores/{store}/till-files/{file_id}/resolution", body, to="stores", key=store,
        command=command, subject=file_id,
    )  # fmt: skip


def _known(store: str) -> None:
    """Raises Problem 404."""
    if store not in STORES:
        raise Problem("not-found", "there is no such store")


def _row(store: str, file_id: str, file: FileState) -> dict[str, Any]:
    return {"store": store, "file_id": file_id, "status": file.status, "sha256": file.sha256}


def _shown(store: str, file_id: str, file: FileState | None) -> dict[str, Any] | None:
    if file is None:
        return None
    whole = file.content
    return {
        **_row(store, file_id, file),
        "till": whole and whole.till,
        "currency": whole and whole.currency,
        "closed_at": whole and time_of(whole.closed_at_ms),
        "counted": whole and msgspec.structs.asdict(whole.control),
        "receipts": whole and msgspec.structs.asdict(total_of(whole.sales)),
        "refunds_counted": whole and msgspec.structs.asdict(whole.refunded),
        "refund_receipts": whole and msgspec.structs.asdict(total_of(whole.refunds)),
        "differences": differences(whole) if whole else (),
        "exceptions": tuple([id_ for _, id_ in file.open]),
    }


ROUTES = (
    Route(
        "POST", "/v1/orders/<order_id>/collections", "stores:collect", collect, owner="stores",
        body=CollectionSubmission, needs="K", answers={200: CollectionAnswer},
        problems=("404 order-not-found", "409 not-waiting"),
    ),
    Route(
        "GET", "/v1/stores/<store>/till-files", "stores:read", files, owner="stores", paged=True,
        answers={200: TillFilesAnswer}, problems=("404 not-found",),
    ),
    Route(
        "GET", "/v1/stores/<store>/till-files/<file_id>", "stores:read", look, owner="stores",
        answers={200: TillFileAnswer}, problems=("404 not-found",),
    ),
    Route(
        "POST", "/v1/stores/<store>/till-files/<file_id>/resolution", "stores:resolve", resolve, owner="stores",
        body=TillFileDecision, needs="K", answers={202: TillFileDecided}, is_async=True,
        problems=("404 not-found", "404 not-waiting", "409 not-waiting"),
    ),
)  # fmt: skip
