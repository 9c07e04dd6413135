"""GET /v1/orders, and what was taken and given back of one: /v1/orders/{id}/payments and /refunds."""

from __future__ import annotations

from typing import Any

import msgspec
from quart import Response

from actors.connectors.provider import Back, ProviderState
from actors.domains.orders.model import OrderState
from actors.flows.order_to_cash.state import FlowState as SaleState
from actors.flows.returns_to_refund.state import FlowState
from actors.views.orders import OrderRow, orders
from contracts.channels import CHANNELS
from contracts.http import time_of
from contracts.http_answers_rows import OrdersAnswer, PaymentsAnswer, RefundsAnswer
from contracts.http_approvals import RefundAsked
from contracts.http_desks import RefundSubmission
from contracts.ids import return_id_of
from contracts.orders import GIFT_CARD
from contracts.returns import AdviseReturn, ReturnLine

from ..admission import Principal, idempotency_key
from ..approving import submit_or_ask
from ..asked import request
from ..bodies import read, read_body
from ..described import Param
from ..door import Gateway, Route, call_of, json_response
from ..pages import Query, page, store_of
from .orders import known

STATUSES = ("received", "accepted", "rejected", "cancelled", "excepted", "completed")


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """Orders in the order in which they were received."""
    query = Query("channel", "customer_id", "status")
    channel = query.one_of("channel", tuple(CHANNELS))
    status = query.one_of("status", STATUSES)
    query.check()
    rows = orders(
        store_of(gateway),
        channel=channel,
        customer_id=query.text("customer_id"),
        status=status,
        after=query.after,
        limit=query.limit + 1,
    )
    return page(gateway, query, rows, lambda row: row.row, _shown)


def _shown(row: OrderRow) -> dict[str, Any]:
    return {
        "order_id": row.order_id,
        "channel": row.channel,
        "channel_order_id": row.channel_order_id,
        "customer_id": row.customer_id or None,
        "currency": row.currency,
        "total_minor": row.total_minor,
        "order_status": row.order_status,
        "reason": row.reason or None,
        "received_at": time_of(row.received_at_ms),
        "changed_at": time_of(row.changed_at_ms),
    }


async def payments(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """By which means the order is paid, what was captured, and what went back."""
    await known(gateway, order_id)
    system = gateway.system
    told = await system.read("orders", order_id, _means)
    at_provider = await system.read("payments", order_id, _at_provider)
    empty: dict[str, Any] = {"captures": [], "refunds": [], "disputes": [], "expired_authorizations": []}
    return json_response(200, {"order_id": order_id, **(told or {}), **(at_provider or empty)})


def _means(state: OrderState, version: int) -> dict[str, Any]:
    assert state.order is not None
    means = [
        {
            "provider": one.provider,
            "method": one.method,
            "amount_minor": one.amount_minor,
            "card_id": one.card_id if one.method == GIFT_CARD else None,
        }
        for one in state.order.payments
    ]
    return {"payment_status": state.payment_status, "currency": state.order.currency, "means": means}


def _at_provider(state: ProviderState, version: int) -> dict[str, Any]:
    captures = [
        {
            "capture_id": one.capture_id,
            "provider": one.provider,
            "authorization_id": one.authorization_id,
            "amount_minor": one.amount_minor,
            "currency": one.currency,
            "settled_minor": one.settled_minor or None,
            "settled_currency": one.settled_currency or None,
            "purpose": one.purpose or None,
        }
        for one in state.captures
    ]
    return {
        "captures": captures,
        "refunds": _backs(state.refunds, "refund_id"),
        "disputes": _backs(state.disputes, "dispute_id"),
        "expired_authorizations": list(state.expired),
    }


def _backs(known: dict[str, Back] | None, name: str) -> list[dict[str, Any]]:
    return [
        {name: id_, "capture_id": one.capture_id, "amount_minor": one.amount_minor, "status": one.status}
        for id_, one in (known or {}).items()
    ]


async def refunds(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """What was asked back of which capture, and whether it is done. A refund bears its return's number."""
    await known(gateway, order_id)

    def render(state: FlowState, version: int) -> list[dict[str, Any]]:
        return [msgspec.structs.asdict(one) for one in state.refunds]

    items = await gateway.system.read("returns_to_refund", order_id, render)
    return json_response(200, {"order_id": order_id, "items": items or []})


async def refund(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Refund units that the customer keeps: 202, credited and paid back like a return that needs no sending.

    422 `exceeds-refundable` where with all returns it would be more than was shipped.
    """
    await known(gateway, order_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, RefundSubmission)
    return_id = return_id_of(principal.tenant, order_id, f"refund {asked.refund_ref}")
    lines = tuple([ReturnLine(line.line_id, line.quantity) for line in asked.lines])
    command = AdviseReturn(return_id, order_id, asked.reason, lines, 0, keeps=True)
    call = call_of(
        principal, "/v1/orders/{order_id}/refunds", body, to="returns", key=return_id, command=command,
        subject=order_id, sheddable=False,
    )  # fmt: skip
    amount_minor, currency = await _worth(gateway, order_id, asked)
    return await submit_or_ask(
        gateway, principal.client_id, call, "refund", subject=f"{order_id}: {asked.refund_ref}",
        reason=asked.reason, amount_minor=amount_minor, currency=currency,
    )  # fmt: skip


async def _worth(gateway: Gateway, order_id: str, asked: RefundSubmission) -> tuple[int, str]:
    """What the units cost at most: their prices before any discount, and the tax that is not in these."""
    taxes = await gateway.system.read("order_to_cash", order_id, _taxes) or {}

    def render(state: OrderState, version: int) -> tuple[int, str]:
        order = state.order
        assert order is not None
        sold = {line.line_id: line for line in order.lines}
        worth = 0
        for line in asked.lines:
            if (of := sold.get(line.line_id)) is not None:
                worth += line.quantity * of.unit_price_minor
                if not order.prices_include_tax:
                    worth -= -line.quantity * taxes.get(line.line_id, 0) // of.quantity
        return worth, order.currency

    found = await gateway.system.read("orders", order_id, render)
    assert found is not None
    return found


def _taxes(state: SaleState, version: int) -> dict[str, int]:
    return {} if state.tax is None else {line.line_id: line.tax_minor for line in state.tax.lines}


ROUTES = (
    Route(
        "GET", "/v1/orders", "orders:read", look_through, owner="orders", paged=True, answers={200: OrdersAnswer},
        query=(
            Param("channel", str, "of this channel"), Param("customer_id", str, "of this customer"),
            Param("status", str, f"one of {', '.join(STATUSES)}"),
        ),
    ),
    Route(
        "GET", "/v1/orders/<order_id>/payments", "orders:read", payments, owner="orders",
        answers={200: PaymentsAnswer},
    ),
    Route(
        "GET", "/v1/orders/<order_id>/refunds", "orders:read", refunds, owner="returns",
        answers={200: RefundsAnswer},
    ),
    Route(
        "POST", "/v1/orders/<order_id>/refunds", "refunds:write", refund, owner="returns", body=RefundSubmission,
        needs="K", answers={202: RefundAsked}, gives=("location",), is_async=True,
        problems=("409 duplicate-return", "409 not-shipped", "422 unknown-line", "422 exceeds-refundable"),
    ),
)  # fmt: skip
