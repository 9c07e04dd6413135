"""/v1/purchase-orders: how one stands, and what a person decides over it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from quart import Response

from actors.domains.inventory.purchasing_model import PurchaseState
from contracts.http_answers_desks import PurchaseAsked, PurchaseOrderAnswer
from contracts.http_desks import PurchaseDecisionSubmission
from contracts.purchase_states import PURCHASE_ORDER
from contracts.purchasing import ApproveOrder, CancelPurchase, ClosePurchase

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..described import refusals
from ..door import Gateway, Route, json_response, submitted
from ..problems import Problem


async def look(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """The purchase order: what was ordered, what is expected, what has come and was billed."""

    def render(state: PurchaseState, version: int) -> dict[str, Any]:
        return {
            "purchase_order_id": order_id,
            "status": state.status,
            "supplier": state.supplier,
            "location": state.location,
            "currency": state.currency,
            "lines": [msgspec.to_builtins(line) for line in state.lines],
            "ship_notices": list(state.asns),
            "receipts": list(state.receipts),
            "to_put_away": list(state.to_put_away),
            "invoices": list(state.invoices),
            "in_dispute": [one.invoice_id for one in state.waiting],
            "version": version,
        }

    found = await gateway.system.read("purchasing", order_id, render)
    if found is None:
        raise Problem("not-found", "there is no such purchase order")
    return json_response(200, found, etag=str(found["version"]))


async def decide(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Approve, cancel or close it. 409 where its state has no place for that."""
    if await gateway.system.read("purchasing", order_id, lambda state, _: True) is None:
        raise Problem("not-found", "there is no such purchase order")
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, PurchaseDecisionSubmission)
    by = asked.by or principal.key_id
    why = f"{by}: {asked.reason}"
    command: Struct
    if asked.decision == "approve":
        command = ApproveOrder(order_id, by)
    elif asked.decision == "cancel":
        command = CancelPurchase(order_id, why)
    else:
        command = ClosePurchase(order_id, why, asked.accept_invoices)
    route = "/v1/purchase-orders/{order_id}/decision"
    return await submitted(gateway, principal, route, body, to="purchasing", key=order_id, command=command)


ROUTES = (
    Route(
        "GET", "/v1/purchase-orders/<order_id>", "procure:read", look, owner="purchasing", gives=("etag",),
        answers={200: PurchaseOrderAnswer, 304: None},
    ),
    Route(
        "POST", "/v1/purchase-orders/<order_id>/decision", "procure:decide", decide, owner="purchasing",
        body=PurchaseDecisionSubmission, needs="K", answers={200: PurchaseAsked},
        problems=(
            *refusals(PURCHASE_ORDER, "approve", "cancel", "close"), "409 goods-received", "409 nothing-received",
            "409 not-put-away",
        ),
    ),
)  # fmt: skip
