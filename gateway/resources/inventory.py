"""/v1/inventory: where units of a SKU stand, bucket by bucket, and how they got there."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from quart import Response

from actors.domains.inventory.model import PoolState, Position
from actors.views.movements import movements
from contracts.channels import POOLS
from contracts.http import time_of
from contracts.http_answers_desks import InventoryAnswer, MovementsAnswer
from contracts.stock import BUCKETS

from ..admission import Principal
from ..described import Param, Text
from ..door import Gateway, Route, json_response
from ..pages import Query, page, store_of
from ..problems import Problem
from .ledger import shown


async def look(gateway: Gateway, principal: Principal, sku: str) -> Response:
    """The SKU's position at every location of every pool, as of now."""
    Query(paged=False).check()
    at_ms = gateway.system.engine.now()
    rows = await _positions(gateway, sku)
    told = {"sku": sku, "as_of": time_of(at_ms), "positions": rows}
    etag = blake2b(repr(rows).encode(), digest_size=12).hexdigest()
    return json_response(200, told, etag=etag)


async def _positions(gateway: Gateway, sku: str) -> list[dict[str, Any]]:
    """Where there are or were units of it. Raises Problem 404."""
    rows: list[dict[str, Any]] = []
    for pool in POOLS:

        def render(state: PoolState, seq: int, pool: str = pool) -> list[dict[str, Any]]:
            at = state.positions.get(sku, {})
            return [_position(pool, location, position) for location, position in sorted(at.items())]

        found = await gateway.system.read("inventory", pool, render)
        rows += found or []
    if not rows:
        raise Problem("not-found", "no location has ever had this SKU")
    return rows


def _position(pool: str, location: str, position: Position) -> dict[str, Any]:
    buckets = {bucket: getattr(position, bucket) for bucket in BUCKETS}
    return {"pool": pool, "location": location, "on_hand": position.on_hand, **buckets}


async def history(gateway: Gateway, principal: Principal, sku: str) -> Response:
    """The SKU's movements, the oldest first."""
    query = Query("location")
    query.check()
    await _positions(gateway, sku)
    rows = movements(
        store_of(gateway),
        sku,
        location=query.text("location"),
        after=query.after,
        limit=query.limit + 1,
    )
    return page(gateway, query, rows, lambda row: row.row, shown, sku=sku)


ROUTES = (
    Route(
        "GET", "/v1/inventory/<sku>", "inventory:read", look, owner="inventory", gives=("etag",),
        answers={200: InventoryAnswer, 304: None}, problems=("400 invalid-parameter",),
    ),
    Route(
        "GET", "/v1/inventory/<sku>/movements", "inventory:read", history, owner="inventory", paged=True,
        answers={200: MovementsAnswer}, query=(Param("location", Text, "at this location"),),
    ),
)  # fmt: skip
