"""/v1/orders:batch: up to 500 orders in one request, each taken or refused by itself.

The batch is one idempotent call: a repeat gets the same bytes. An order is told apart by its channel's number, as ever.
Card data anywhere refuses all of it, as it does for one order.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from quart import Response

from actors.runtime.batch import Entry
from contracts.codec import encode
from contracts.http import MAX_COMMAND_BYTES, FieldError, OrderSubmission, to_order
from contracts.http_batches import BatchAnswer, BatchSubmission
from contracts.http_rules import test_values
from contracts.ids import order_id_of
from contracts.orders import SubmitOrder

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import all_order_errors, parse_json, read_body
from ..collector import field_errors
from ..door import Gateway, Route, call_of
from ..limits import ORDERS
from ..problems import Problem

ORDERS_AT_MOST = 500
ERRORS_AT_MOST = 20
_order = msgspec.json.Decoder(OrderSubmission).decode


class _Raw(Struct):
    orders: tuple[msgspec.Raw, ...]


_raw = msgspec.json.Decoder(_Raw).decode


async def submit(gateway: Gateway, principal: Principal) -> Response:
    """Receive orders: 202 once those that are taken are durable, with a result for each."""
    idempotency_key(request)
    body = await read_body(request)
    tree = parse_json(body)
    errors = _batch_errors(tree)
    if errors:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    trees = tree["orders"]
    if len(trees) > 1:
        gateway.admission.charge(principal, ORDERS, len(trees) - 1)
    try:
        raws = _raw(body).orders
    except msgspec.MsgspecError:
        raise Problem("malformed-json", "the body is not JSON") from None
    live = gateway.mode != "sandbox"
    entries, wrong = [], []
    for n, (raw, one) in enumerate(zip(raws, trees, strict=True)):
        decoded, found = _read(bytes(raw), one, live)
        if decoded is not None and not found:
            entry = _entry(principal, n, decoded)
            if entry is not None:
                entries.append(entry)
                continue
            found = [FieldError("", "command-too-large", f"at most {MAX_COMMAND_BYTES} bytes once encoded")]
        listed = [FieldError(f"/orders/{n}{error.pointer}", error.code, error.detail) for error in found]
        wrong += listed
        refused = {"index": n, "status": "invalid", "errors": listed[:ERRORS_AT_MOST]}
        entries.append(Entry(msgspec.json.encode(refused)))
    if len(wrong) and all(entry.command is None for entry in entries):
        raise Problem("invalid-body", "no order of the batch is valid; nothing was recorded", errors=wrong)
    call = call_of(principal, "/v1/orders:batch", body, to="orders", key="", command=None)
    together = await gateway.system.door.take_together(call, entries)
    response = Response(b'{"items":[' + together.told + b"]}", 202, content_type="application/json")
    if together.replayed:
        response.headers["idempotent-replayed"] = "true"
    return response


def _batch_errors(tree: Any) -> list[FieldError]:
    if not isinstance(tree, dict):
        return [FieldError("", "wrong-type", "an object with `orders`")]
    errors = [FieldError("", "unknown-field", "known is orders")] if set(tree) - {"orders"} else []
    orders = tree.get("orders")
    if orders is None:
        errors.append(FieldError("/orders", "required", f"1 to {ORDERS_AT_MOST} orders"))
    elif not isinstance(orders, list):
        errors.append(FieldError("/orders", "wrong-type", "an array of orders"))
    elif not 1 <= len(orders) <= ORDERS_AT_MOST:
        errors.append(FieldError("/orders", "length", f"1 to {ORDERS_AT_MOST} orders"))
    return errors


def _read(raw: bytes, tree: Any, live: bool) -> tuple[OrderSubmission | None, list[FieldError]]:
    """The order, or everything that is wrong with it. Raises Problem 400 for what is no JSON."""
    decoded: OrderSubmission | None = None
    errors: list[FieldError] = []
    try:
        decoded = _order(raw)
    except msgspec.ValidationError:
        # msgspec is the judge; the collector only explains.
        errors = field_errors(tree, OrderSubmission) or [FieldError("", "invalid", "the order is not valid")]
    except msgspec.DecodeError:
        raise Problem("malformed-json", "the body is not JSON") from None
    errors = all_order_errors(tree, errors)
    if not errors and live:
        errors = test_values(tree)
    return decoded, errors


def _entry(principal: Principal, n: int, submitted: OrderSubmission) -> Entry | None:
    order = to_order(submitted, principal.tenant)
    order_id = order_id_of(principal.tenant, order.channel, order.channel_order_id)
    command = SubmitOrder(order_id, order)
    size = len(encode(command))
    if size > MAX_COMMAND_BYTES:
        return None
    rest = b'","order_id":"%b","location":"/v1/orders/%b"}' % (order_id.encode(), order_id.encode())
    head = b'{"index":%d,"status":"' % n
    # What is sealed takes half as much again.
    return Entry(
        head + b"accepted" + rest,
        head + b"duplicate" + rest,
        "orders",
        order_id,
        command,
        size + size // 2 + 256,
    )


ROUTES = (
    Route(
        "POST", "/v1/orders:batch", "orders:submit", submit, owner="orders", body=BatchSubmission, needs="K",
        answers={202: BatchAnswer}, is_async=True,
    ),
)  # fmt: skip
