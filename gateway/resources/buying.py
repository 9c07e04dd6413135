"""/v1/purchase-orders as a list and by hand, /v1/asns, /v1/goods-receipts, /v1/replenishment-policies."""

from __future__ import annotations

from quart import Response

from actors.domains.inventory.model import PoolState
from actors.domains.inventory.purchasing_model import STATUSES, PurchaseState
from actors.views.purchases import PurchaseRow, purchases
from contracts.http import FieldError, ms_of, time_of
from contracts.http_answers_desks import PurchaseAsked
from contracts.http_answers_goods import PolicyAnswer, PolicySet, PurchaseListed, PurchasesAnswer
from contracts.http_goods import (
    AsnSubmission,
    GoodsReceiptSubmission,
    LineUnits,
    PolicySubmission,
    PurchaseSubmission,
)
from contracts.ids import digest128
from contracts.purchase_states import PURCHASE_ORDER
from contracts.purchasing import AdviseShipment, CountedLine, ReceiveGoods, SuggestOrder
from contracts.replenishment import PurchaseLine, ReorderRow, SetReorderPoints
from contracts.suppliers import DAY_MS

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..described import Param, refusals
from ..door import Gateway, Route, json_response, submitted
from ..pages import Query, page, store_of
from ..preconditions import change, change_of, etag_of
from ..problems import Problem
from .known_goods import KnownGoods, cost_minor, pointed


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """Purchase orders in the order in which they were made."""
    query = Query("supplier", "status")
    status = query.one_of("status", STATUSES[1:])
    query.check()
    rows = purchases(
        store_of(gateway),
        supplier=query.text("supplier"),
        status=status,
        after=query.after,
        limit=query.limit + 1,
    )
    return page(gateway, query, rows, lambda row: row.row, _shown)


def _shown(row: PurchaseRow) -> PurchaseListed:
    return PurchaseListed(
        row.purchase_order_id,
        row.supplier,
        row.location,
        row.currency,
        row.total_minor,
        row.status,
        time_of(row.made_at_ms),
        time_of(row.changed_at_ms),
    )


async def buy(gateway: Gateway, principal: Principal) -> Response:
    """Order goods: 201; issued at once unless it is over the supplier's limit, which a person approves."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, PurchaseSubmission)
    known = KnownGoods(gateway, asked.pool)
    known.skus(pointed(asked.lines, "sku"))
    known.distinct(pointed(asked.lines, "line_id"))
    known.locations([("/location", asked.location)])
    known.suppliers([("/supplier", asked.supplier)])
    known.currency("/currency", asked.currency, asked.location)
    known.check()
    order_id = "po_" + digest128(principal.tenant, "by hand", asked.purchase_ref)
    lines = tuple(
        [
            PurchaseLine(
                line.line_id,
                line.sku,
                line.quantity,
                line.price_minor,
                cost_minor(gateway, asked.pool, line.sku),
            )
            for line in asked.lines
        ]
    )
    command = SuggestOrder(
        order_id,
        asked.pool,
        asked.location,
        asked.supplier,
        asked.currency,
        asked.lead_time_days * DAY_MS,
        lines,
    )
    return await _say(gateway, principal, "/v1/purchase-orders", body, order_id, command)


async def advise(gateway: Gateway, principal: Principal) -> Response:
    """An advance ship notice: 201."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, AsnSubmission)
    await _known(gateway, asked.purchase_order_id, asked.lines)
    lines = tuple([CountedLine(line.line_id, line.quantity) for line in asked.lines])
    command = AdviseShipment(
        asked.purchase_order_id, asked.asn_id, lines, ms_of(asked.arrives_at), asked.final
    )
    return await _say(gateway, principal, "/v1/asns", body, asked.purchase_order_id, command)


async def receive(gateway: Gateway, principal: Principal) -> Response:
    """What was counted at the dock: 201. 409 `over-receipt` names every line of which too much would be here."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, GoodsReceiptSubmission)
    await _known(gateway, asked.purchase_order_id, asked.lines)
    lines = tuple([CountedLine(line.line_id, line.quantity) for line in asked.lines])
    command = ReceiveGoods(asked.purchase_order_id, asked.receipt_id, lines, ms_of(asked.received_at))
    return await _say(gateway, principal, "/v1/goods-receipts", body, asked.purchase_order_id, command)


async def _known(gateway: Gateway, order_id: str, lines: tuple[LineUnits, ...]) -> None:
    """Raises Problem 404 for an unknown order, 422 naming each of its lines that is unknown."""

    def render(state: PurchaseState, version: int) -> list[str]:
        return [line.line_id for line in state.lines]

    own = await gateway.system.read("purchasing", order_id, render)
    if not own:
        raise Problem("not-found", "there is no such purchase order")
    errors = [
        FieldError(f"/lines/{n}/line_id", "unknown-line", "the purchase order has no such line")
        for n, line in enumerate(lines)
        if line.line_id not in own
    ]
    if errors:
        raise Problem("unknown-line", "some lines are not of this purchase order", errors=errors)


async def _say(
    gateway: Gateway, principal: Principal, route: str, body: bytes, order_id: str, command: object
) -> Response:
    return await submitted(gateway, principal, route, body, to="purchasing", key=order_id, command=command)


# -- replenishment ---------------------------------------------------------------------------------


async def policy(gateway: Gateway, principal: Principal, sku: str, location: str) -> Response:
    """When a SKU is replenished at a location, and with what."""
    found = await _policy(gateway, _pool(), sku, location)
    if found is None:
        raise Problem("not-found", "it is not replenished by itself")
    return json_response(200, found, etag=etag_of(found))


async def put_policy(gateway: Gateway, principal: Principal, sku: str, location: str) -> Response:
    """Replenish it so from now on: 200, 201. What is low already is ordered at once."""
    pool = _pool()
    body = await read_body(request)
    asked = read(body, PolicySubmission)
    known = KnownGoods(gateway, pool, pointer="")
    known.skus([("", sku)])
    known.locations([("", location)])
    known.suppliers([("/supplier", asked.supplier)])
    known.currency("/currency", asked.currency, location)
    known.check()
    row = ReorderRow(
        sku, location, asked.reorder_point, asked.supplier, asked.price_minor, cost_minor(gateway, pool, sku),
        asked.currency, asked.lead_time_days * DAY_MS, asked.lot_size, asked.order_quantity, asked.target,
    )  # fmt: skip
    call = change_of(
        gateway, principal, "/v1/replenishment-policies/{sku}/{location}", body, to="inventory", key=pool,
        command=SetReorderPoints(pool, (row,)), subject=f"{sku} {location}",
    )  # fmt: skip

    async def seen() -> str | None:
        found = await _policy(gateway, pool, sku, location)
        return None if found is None else etag_of(found)

    return await change(gateway, call, f"policy {pool} {sku} {location}", seen)


async def _policy(gateway: Gateway, pool: str, sku: str, location: str) -> PolicyAnswer | None:
    def render(state: PoolState, seq: int) -> PolicyAnswer | None:
        row = state.replenishment.rows.get(sku, {}).get(location)
        if row is None:
            return None
        return PolicyAnswer(
            sku, location, row.reorder_point, row.supplier, row.price_minor, row.currency, row.lead_time_ms,
            row.lot_size, row.order_quantity, row.target,
        )  # fmt: skip

    return await gateway.system.read("inventory", pool, render)


def _pool() -> str:
    query = Query("pool", paged=False)
    pool = query.text("pool") or "default"
    query.check()
    return pool


_TAKEN = {201: PurchaseAsked}
_POOL = (Param("pool", str, "of this stock pool"),)

ROUTES = (
    Route(
        "GET", "/v1/purchase-orders", "procure:read", look_through, owner="purchasing", paged=True,
        query=(Param("supplier", str, "of this supplier"), Param("status", str, f"one of {', '.join(STATUSES[1:])}")),
        answers={200: PurchasesAnswer},
    ),
    Route(
        "POST", "/v1/purchase-orders", "procure:order", buy, owner="purchasing", body=PurchaseSubmission, needs="K",
        answers=_TAKEN, gives=("location",), problems=refusals(PURCHASE_ORDER, "suggest"),
    ),
    Route(
        "POST", "/v1/asns", "procure:receive", advise, owner="purchasing", body=AsnSubmission, needs="K",
        answers=_TAKEN, gives=("location",),
        problems=("404 not-found", "409 repeated", "422 unknown-line", *refusals(PURCHASE_ORDER, "advise")),
    ),
    Route(
        "POST", "/v1/goods-receipts", "procure:receive", receive, owner="purchasing", body=GoodsReceiptSubmission,
        needs="K", answers=_TAKEN, gives=("location",),
        problems=(
            "404 not-found", "409 repeated", "409 over-receipt", "422 unknown-line",
            *refusals(PURCHASE_ORDER, "receive"),
        ),
    ),
    Route(
        "GET", "/v1/replenishment-policies/<sku>/<location>", "procure:read", policy, owner="purchasing",
        query=_POOL, gives=("etag",), answers={200: PolicyAnswer, 304: None},
    ),
    Route(
        "PUT", "/v1/replenishment-policies/<sku>/<location>", "procure:order", put_policy, owner="purchasing",
        query=_POOL, body=PolicySubmission, needs="Mk", gives=("etag",), answers={200: PolicySet, 201: PolicySet},
    ),
)  # fmt: skip
