"""/v1/orders: submit, look, follow, cancel."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from quart import Response

from actors.domains.orders.model import OrderState, amount_minor
from actors.views.lineage import lineage as lineage_of
from contracts.codec import decode_turn, encode
from contracts.http import MAX_COMMAND_BYTES, OrderSubmission, time_of, to_order
from contracts.http_answers import Received
from contracts.http_answers_orders import LineageAnswer, OrderAnswer, OrderAsked, TimelineAnswer
from contracts.http_cancellations import CancellationAsked, CancellationBody, reason_of
from contracts.ids import order_id_of
from contracts.orders import TERMINAL, CancelOrder, Order, SubmitOrder, line_total_minor
from contracts.private import private_fields
from contracts.turn import URGENT, Turn

from ..admission import Principal, idempotency_key
from ..asked import asked, request
from ..bodies import read_body, read_order
from ..door import Gateway, Route, call_of, json_response, response_of, submitted
from ..lifecycle import read_newest
from ..pages import as_of, store_of
from ..preferences import at_rest, preferred
from ..problems import Problem
from .customers import personal_state

_ORDER_ID = re.compile("ord_[a-z2-7]{26}")


async def submit(gateway: Gateway, principal: Principal) -> Response:
    """Receive an order: 202 once it is durable, or 201 with `Prefer: wait=N` once it is at rest."""
    own = asked().request
    # Told before the body is read: a client that forgot its key should not have to send an order to learn it.
    once = idempotency_key(own)
    body = await read_body(own)
    order = to_order(read_order(body, live=gateway.mode != "sandbox"), principal.tenant)
    order_id = order_id_of(principal.tenant, order.channel, order.channel_order_id)
    command = SubmitOrder(order_id, order)
    if len(encode(command)) > MAX_COMMAND_BYTES:
        raise Problem(
            "command-too-large", f"an order has at most {MAX_COMMAND_BYTES} bytes once it is encoded"
        )
    call = call_of(principal, "/v1/orders", body, to="orders", key=order_id, command=command, once=once)
    response = response_of(await gateway.system.submit(call))
    wait_s, is_async = preferred()
    if is_async:
        response.headers["preference-applied"] = "respond-async"
    elif (
        wait_s is not None and response.status_code == 202 and await at_rest(gateway.system, order_id, wait_s)
    ):
        response = await _done(gateway, order_id, response)
        response.headers["preference-applied"] = f"wait={wait_s}"
    return response


async def _done(gateway: Gateway, order_id: str, received: Response) -> Response:
    """201 with the order at rest, in the place of `received`; a repeat that waits as well gets the same."""
    shown = await _shown(gateway, order_id)
    assert shown is not None
    done = json_response(201, shown)
    done.headers["etag"] = f'"{shown["version"]}"'
    for name in ("location", "idempotent-replayed"):
        if name in received.headers:
            done.headers[name] = received.headers[name]
    return done


async def look(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """The order with its four statuses."""
    shown = await _shown(gateway, _checked(order_id))
    if shown is None:
        raise Problem("not-found", "there is no such order")
    # An erasure changes what is shown and no turn of the order.
    etag = f"{shown['version']}{'-erased' if shown['personal_data'] == 'erased' else ''}"
    return json_response(200, shown, etag=etag)


async def _shown(gateway: Gateway, order_id: str) -> dict[str, Any] | None:
    """The order as of one moment: its version says what the rest of it is."""

    def render(state: OrderState, version: int) -> dict[str, Any] | None:
        if state.order is None:
            return None
        personal = personal_state(gateway, state.order)
        return {"order_id": order_id, **_render(state, state.order, version), "personal_data": personal}

    return await gateway.system.read("orders", order_id, render)


async def _personal(gateway: Gateway, order_id: str) -> str | None:
    return await gateway.system.read(
        "orders",
        order_id,
        lambda state, _: None if state.order is None else personal_state(gateway, state.order),
    )


async def timeline(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Every turn that touched the order, in the order of their commits."""
    await known(gateway, order_id)
    system = gateway.system
    turns = [decode_turn(data) for data in system.ports.journal.read_turns(system.timeline.of(order_id))]
    told = {"personal_data": await _personal(gateway, order_id), "turns": [_turn(turn) for turn in turns]}
    return json_response(200, {"order_id": order_id, **told})


async def lineage(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """From the order to its documents, their postings, and the settlement lines that paid for them."""
    await known(gateway, order_id)
    return json_response(
        200, {"order_id": order_id, "as_of": as_of(gateway), **lineage_of(store_of(gateway), order_id)}
    )


async def cancel(gateway: Gateway, principal: Principal, order_id: str) -> Response:
    """Ask for the cancellation: 202; the fulfillment order decides the race with the release.

    The contract that was, with a `reason` in the place of `cause` and `note`, is taken until its sunset.
    """
    await known(gateway, order_id)
    idempotency_key(request)
    body, wanted = await read_newest(gateway, principal, CancellationAsked)
    return await submitted(
        gateway, principal, "/v1/orders/{order_id}/cancellations", body, to="orders", key=order_id,
        command=CancelOrder(order_id, reason_of(wanted)), lane=URGENT,
    )  # fmt: skip


def _checked(order_id: str) -> str:
    if _ORDER_ID.fullmatch(order_id) is None:
        raise Problem("not-found", "there is no such order")
    return order_id


async def known(gateway: Gateway, order_id: str) -> None:
    """Raises Problem 404: an unknown order must leave no turn behind."""
    known = await gateway.system.read("orders", _checked(order_id), lambda state, _: state.order is not None)
    if not known:
        raise Problem("not-found", "there is no such order")


def _render(state: OrderState, order: Order, version: int) -> dict[str, Any]:
    return {
        "channel": order.channel,
        "channel_order_id": order.channel_order_id,
        "placed_at": None if order.placed_at_ms is None else time_of(order.placed_at_ms),
        "order_status": state.order_status,
        "payment_status": state.payment_status,
        "fulfillment_status": state.fulfillment_status,
        "erp_status": state.erp_status,
        "terminal": state.order_status in TERMINAL,
        "reason": state.reason,
        "cancellation": state.cancellation,
        "holds": [
            {"hold_id": hold_id, "status": hold.status, "reason": hold.reason, "by": hold.by}
            for hold_id, hold in state.holds.items()
        ],
        "edits": dict(state.edits),
        "currency": order.currency,
        "prices_include_tax": order.prices_include_tax,
        "customer_id": order.customer_id,
        "lines": [
            {
                **_public(line),
                "discounts": [_public(discount) for discount in line.discounts],
                "attributes": dict(line.attributes),
                "total_minor": line_total_minor(line),
            }
            for line in order.lines
        ],
        "gift_cards": [_public(card) for card in order.gift_cards],
        "cancelled_lines": [
            {"line_id": line_id, "quantity": units} for line_id, units in state.cancelled_lines.items()
        ],
        "amounts": _amounts(order, state),
        "ship_to": _public(order.ship_to),
        "delivery": _public(order.delivery),
        "payments": [_public(payment) for payment in order.payments],
        "documents": {"erp": state.erp_document, "shipment": state.shipment},
        "attributes": dict(order.attributes),
        "version": version,
    }


def _amounts(order: Order, state: OrderState) -> dict[str, int | None]:
    accepted = bool(state.total_minor)
    return {
        "lines_minor": sum(line_total_minor(line) for line in order.lines),
        "shipping_minor": order.shipping_minor,
        "gift_cards_minor": sum(card.amount_minor for card in order.gift_cards),
        "discounts_minor": sum(discount.amount_minor for discount in order.discounts),
        "tax_minor": state.tax_minor if accepted else None,
        "total_minor": state.total_minor if accepted else amount_minor(order),
        "paid_minor": sum(payment.amount_minor for payment in order.payments) if state.paid else 0,
    }


_PRIVATE: dict[type[Any], tuple[str, ...]] = {}


def _public(value: msgspec.Struct) -> dict[str, Any]:
    """A struct's fields but those marked private: who has them need not be told, and nobody else may."""
    kind = type(value)
    hidden = _PRIVATE.get(kind)
    if hidden is None:
        hidden = _PRIVATE[kind] = private_fields(kind)
    return {name: item for name, item in msgspec.structs.asdict(value).items() if name not in hidden}


def _turn(turn: Turn) -> dict[str, Any]:
    """What happened, without the bodies: they hold what is private."""
    return {
        "id": f"{turn.partition}.{turn.pos}",
        "at": time_of(turn.at_ms),
        "at_ms": turn.at_ms,
        "actor": turn.actor,
        "key": turn.key,
        "subject": turn.subject,
        "seq": turn.seq,
        "kind": turn.kind,
        "cause": turn.cause,
        "correlation": turn.correlation,
        "trace_id": turn.trace,
        "events": [event.type for event in turn.events],
        "said": [{"to": said.to, "type": said.type} for said in turn.said],
        "timers_set": [timer.name for timer in turn.timers_set],
    }


ROUTES = (
    Route(
        "POST", "/v1/orders", "orders:submit", submit, early=True, owner="orders", body=OrderSubmission, needs="K",
        answers={202: Received, 201: OrderAnswer}, gives=("location", "retry-after", "etag", "preference-applied"),
        problems=(
            "409 duplicate-order", "413 command-too-large", "422 too-many-lines", "422 test-value-refused",
        ),
        is_async=True,
    ),
    Route(
        "GET", "/v1/orders/<order_id>", "orders:read", look, early=True, owner="orders", gives=("etag",),
        answers={200: OrderAnswer, 304: None},
    ),
    Route(
        "GET", "/v1/orders/<order_id>/timeline", "orders:read", timeline, owner="orders",
        answers={200: TimelineAnswer},
    ),
    Route(
        "GET", "/v1/orders/<order_id>/lineage", "orders:read", lineage, owner="orders",
        answers={200: LineageAnswer}, problems=("503 no-lists",),
    ),
    Route(
        "POST", "/v1/orders/<order_id>/cancellations", "orders:cancel", cancel, owner="orders",
        body=CancellationBody, body_optional=True, needs="K", answers={202: OrderAsked},
        gives=("location",), problems=("409 not-cancellable", "410 contract-retired"), is_async=True,
    ),
)  # fmt: skip
