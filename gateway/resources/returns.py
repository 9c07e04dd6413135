"""/v1/returns: advise, receive, inspect, look."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from quart import Response

from actors.domains.returns.model import ReturnState
from contracts.channels import CHANNELS
from contracts.http import FieldError, InspectionSubmission, ReceiptSubmission, ReturnSubmission
from contracts.http_answers_orders import CreditPaid, ReturnAnswer, ReturnAsked
from contracts.http_desks import CreditPaymentSubmission
from contracts.ids import gift_card_id_of, return_id_of
from contracts.refunds import PayCredit
from contracts.returns import AdviseReturn, InspectedLine, InspectReturn, ReceiveReturn, ReturnLine

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..door import Gateway, Route, json_response, submitted
from ..problems import Problem

_RETURN_ID = re.compile("ret_[a-z2-7]{26}")


async def advise(gateway: Gateway, principal: Principal) -> Response:
    """Ask to send units of an order back: 201 with the return's number, once it is checked."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ReturnSubmission)
    channel = await gateway.system.read(
        "orders", asked.order_id, lambda state, _: state.order and state.order.channel
    )
    if channel is None:
        raise Problem("not-found", "there is no such order")
    policy = CHANNELS[channel]
    return_id = return_id_of(principal.tenant, asked.order_id, asked.return_ref)
    command = AdviseReturn(
        return_id,
        asked.order_id,
        asked.reason,
        tuple([ReturnLine(line.line_id, line.quantity) for line in asked.lines]),
        policy.return_window_ms,
        policy.restocking_fee_bp,
    )
    return await submitted(
        gateway,
        principal,
        "/v1/returns",
        body,
        to="returns",
        key=return_id,
        command=command,
        subject=asked.order_id,
    )


async def receive(gateway: Gateway, principal: Principal, return_id: str) -> Response:
    """The dock has these units: 201."""
    order_id = await _order_of(gateway, return_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ReceiptSubmission)
    if asked.location is not None and asked.location not in await _locations(gateway, return_id):
        wrong = FieldError("/location", "unknown-location", "no stock of the return's pool lies there")
        raise Problem("invalid-body", "the body is not valid", errors=(wrong,))
    lines = tuple([ReturnLine(line.line_id, line.quantity) for line in asked.lines])
    command = ReceiveReturn(return_id, order_id, asked.receipt_id, lines, asked.location or "")
    return await _said(gateway, principal, "receipts", body, return_id, order_id, command)


async def inspect(gateway: Gateway, principal: Principal, return_id: str) -> Response:
    """Every unit received has its grade: 201."""
    order_id = await _order_of(gateway, return_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, InspectionSubmission)
    lines = tuple(
        [
            InspectedLine(line.line_id, line.grade_a, line.grade_b, line.scrap, line.refused)
            for line in asked.lines
        ]
    )
    command = InspectReturn(return_id, order_id, lines)
    return await _said(gateway, principal, "inspections", body, return_id, order_id, command)


async def pay_credit(gateway: Gateway, principal: Principal, return_id: str) -> Response:
    """Pay onto a gift card what of a return's credit could not be refunded: 202."""
    order_id = await _order_of(gateway, return_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, CreditPaymentSubmission)
    card_id = gift_card_id_of(principal.tenant, asked.code)
    command = PayCredit(return_id, order_id, card_id, asked.by or principal.key_id, asked.reason)
    return await submitted(
        gateway, principal, "/v1/returns/{return_id}/credit-payments", body, to="returns_to_refund", key=order_id,
        command=command,
    )  # fmt: skip


async def look(gateway: Gateway, principal: Principal, return_id: str) -> Response:
    """The return, and how far it has come."""
    rendered = await gateway.system.read("returns", _checked(return_id), _render)
    if rendered is None:
        raise Problem("not-found", "there is no such return")
    return json_response(200, {"return_id": return_id, **rendered}, etag=str(rendered["version"]))


async def _said(
    gateway: Gateway,
    principal: Principal,
    what: str,
    body: bytes,
    return_id: str,
    order_id: str,
    command: msgspec.Struct,
) -> Response:
    return await submitted(
        gateway, principal, f"/v1/returns/{{return_id}}/{what}", body, to="returns", key=return_id, command=command,
        subject=order_id,
    )  # fmt: skip


def _checked(return_id: str) -> str:
    if _RETURN_ID.fullmatch(return_id) is None:
        raise Problem("not-found", "there is no such return")
    return return_id


async def _order_of(gateway: Gateway, return_id: str) -> str:
    """The order of a return. Raises Problem 404: an unknown return must leave no turn behind."""
    order_id: str | None = await gateway.system.read(
        "returns", _checked(return_id), lambda state, _: state.order_id
    )
    if not order_id:
        raise Problem("not-found", "there is no such return")
    return order_id


async def _locations(gateway: Gateway, return_id: str) -> list[str]:
    """Where a return may be received: at every location of its pool."""
    pool = await gateway.system.read("returns", return_id, lambda state, _: state.pool)
    return await gateway.system.read("inventory", pool or "", lambda state, _: list(state.locations)) or []


def _render(state: ReturnState, version: int) -> dict[str, Any]:
    advised = state.lines or state.advised
    return {
        "order_id": state.order_id,
        "status": state.status,
        "outcome": state.closed,
        "reason": state.reason,
        "restocking_fee_bp": state.fee_bp,
        "lines": [
            {
                "line_id": line.line_id,
                "quantity": line.quantity,
                "received": state.received.get(line.line_id, 0),
            }
            for line in advised
        ],
        "inspected": [msgspec.structs.asdict(line) for line in state.inspected],
        "version": version,
    }


ROUTES = (
    Route(
        "POST", "/v1/returns", "returns:advise", advise, owner="returns", body=ReturnSubmission, needs="K",
        answers={201: ReturnAsked, 200: ReturnAsked}, gives=("location",),
        problems=(
            "404 not-found", "409 not-shipped", "422 unknown-line", "409 over-return", "409 duplicate-return",
        ),
    ),
    Route(
        "GET", "/v1/returns/<return_id>", "returns:read", look, owner="returns", gives=("etag",),
        answers={200: ReturnAnswer, 304: None},
    ),
    Route(
        "POST", "/v1/returns/<return_id>/receipts", "returns:receive", receive, owner="returns", needs="K",
        body=ReceiptSubmission, answers={201: ReturnAsked, 200: ReturnAsked}, gives=("location",),
        problems=("409 return-closed", "409 over-return", "409 not-shipped", "422 unknown-line"),
    ),
    Route(
        "POST", "/v1/returns/<return_id>/inspections", "returns:inspect", inspect, owner="returns", needs="K",
        body=InspectionSubmission, answers={201: ReturnAsked}, gives=("location",),
        problems=("409 not-received", "422 inspection-differs"),
    ),
    Route(
        "POST", "/v1/returns/<return_id>/credit-payments", "refunds:write", pay_credit, owner="returns", needs="K",
        body=CreditPaymentSubmission, answers={202: CreditPaid}, problems=("409 nothing-owed",), is_async=True,
    ),
)  # fmt: skip
