"""`orders`: one writer an order. Receives it once for ever, and holds the axes others report."""

from __future__ import annotations

import msgspec

from contracts.decision import Decision
from contracts.edits import EditRefused
from contracts.fulfillment import ShipmentDispatched
from contracts.orders import (
    AcceptOrder,
    CancellationRefused,
    CancellationRequested,
    CancelLines,
    CancelOrder,
    CloseOrder,
    LinesCancelled,
    MarkPaid,
    OrderAccepted,
    OrderAxisChanged,
    OrderClosed,
    OrderCompleted,
    OrderReceived,
    RefuseCancellation,
    SubmitOrder,
)
from contracts.partners import ErpAcknowledged
from contracts.platform import Answer
from contracts.returns import SaleTold, TellOrder, TellSale
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from . import edits, holds, people, resolving
from .model import OrderState, completes, fold_closed, goods_at_the_end, is_terminal, may_be_paid, may_leave

_JSON = ("content-type", "application/json")
_PROBLEM = ("content-type", "application/problem+json")


def problem(
    status: int, code: str, title: str, detail: str, instance: str, trace: str, location: str = ""
) -> Answer:
    """A problem+json answer (RFC 9457), rendered once. `instance` is the path that was asked for."""
    body = msgspec.json.encode(
        {
            "type": f"urn:tidegate:problem:{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": instance,
            "code": code,
            "trace_id": trace,
            "retryable": False,
            "errors": [],
        }
    )
    headers = (_PROBLEM, ("location", location)) if location else (_PROBLEM,)
    return Answer(status, headers, body)


def _submit(state: OrderState, message: Message, at: int) -> Decision:
    command: SubmitOrder = message.body
    decision = Decision()
    location = f"/v1/orders/{command.order_id}"
    if state.order is not None:
        decision.answer(
            message.reply_to,
            problem(
                409,
                "duplicate-order",
                "Duplicate order",
                "this channel_order_id of this channel was received before",
                "/v1/orders",
                message.trace,
                location,
            ),
        )
        return decision
    received_ms = at if command.order.quote_id is not None else 0
    decision.event(OrderReceived(command.order_id, command.order, received_ms))
    people.tell_customer(decision, command.order_id, command.order)
    body = msgspec.json.encode(
        {"order_id": command.order_id, "status": "received", "trace_id": message.trace}
    )
    decision.answer(
        message.reply_to, Answer(202, (_JSON, ("location", location), ("retry-after", "1")), body)
    )
    return decision


def _cancel(state: OrderState, message: Message, at: int) -> Decision:
    command: CancelOrder = message.body
    decision = Decision()
    asked = f"/v1/orders/{command.order_id}/cancellations"
    if state.order is None:
        answer = problem(404, "not-found", "Not found", "there is no such order", asked, message.trace)
    elif state.cancellation is None and not is_terminal(state):
        decision.event(CancellationRequested(command.order_id, command.reason))
        body = msgspec.json.encode(
            {"order_id": command.order_id, "status": "cancellation-requested", "trace_id": message.trace}
        )
        answer = Answer(202, (_JSON, ("location", f"/v1/orders/{command.order_id}")), body)
    else:
        answer = problem(
            409,
            "not-cancellable",
            "Not cancellable",
            f"the order is {state.order_status}, its cancellation {state.cancellation or 'not asked for'}",
            asked,
            message.trace,
        )
    decision.answer(message.reply_to, answer)
    return decision


def _accept(state: OrderState, message: Message, at: int) -> Decision:
    command: AcceptOrder = message.body
    decision = Decision()
    if state.order_status == "received":
        # What the ERP has acknowledged it has, however early that was heard.
        known = state.erp_status == "acknowledged"
        decision.event(
            OrderAccepted(
                command.order_id,
                command.total_minor,
                command.tax_minor,
                command.payment_status,
                command.fulfillment_status,
                state.erp_status if known else command.erp_status,
            )
        )
    return decision


def _close(state: OrderState, message: Message, at: int) -> Decision:
    command: CloseOrder = message.body
    decision = Decision()
    if state.order is not None and (not is_terminal(state) or state.resolving):
        # The ERP's acknowledgment comes here alone: the flow, which closes, knows only what it submitted.
        known = command.erp_status == "submitted" and state.erp_status == "acknowledged"
        decision.event(
            OrderClosed(
                command.order_id,
                command.reason,
                state.payment_status if state.paid else command.payment_status,
                goods_at_the_end(state, command.fulfillment_status),
                "acknowledged" if known else command.erp_status,
                command.exception_id,
            ),
            f"order.{command.order_status}",
        )
        if state.edit is not None:
            code = f"already-{command.order_status}"
            decision.event(EditRefused(command.order_id, state.edit.edit_id, code))
    return decision


def _mark_paid(state: OrderState, message: Message, at: int) -> Decision:
    command: MarkPaid = message.body
    decision = Decision()
    if not may_be_paid(state):
        return decision
    decision.event(OrderAxisChanged(command.order_id, "payment", command.payment_status))
    left = command.fulfillment_status
    if left:
        decision.event(OrderAxisChanged(command.order_id, "fulfillment", left, state.shipment))
    if completes(state, paid=True, erp_status=state.erp_status, fulfillment_status=left):
        decision.event(OrderCompleted(command.order_id))
    return decision


def _erp_acknowledged(state: OrderState, message: Message, at: int) -> Decision:
    fact: ErpAcknowledged = message.body
    decision = Decision()
    if state.erp_status in ("pending", "submitted"):
        decision.event(OrderAxisChanged(fact.order_id, "erp", "acknowledged", fact.document_id))
        if completes(state, paid=state.paid, erp_status="acknowledged"):
            decision.event(OrderCompleted(fact.order_id))
    return decision


def _dispatched(state: OrderState, message: Message, at: int) -> Decision:
    fact: ShipmentDispatched = message.body
    decision = Decision()
    if not may_leave(state):
        return decision
    status = "dispatched" if fact.lines is None else "partly_dispatched"
    decision.event(OrderAxisChanged(fact.order_id, "fulfillment", status, fact.shipment_id))
    return decision


def _cancel_lines(state: OrderState, message: Message, at: int) -> Decision:
    command: CancelLines = message.body
    decision = Decision()
    if state.order is not None:
        decision.event(LinesCancelled(command.order_id, command.lines, command.reason))
    return decision


def _refuse_cancellation(state: OrderState, message: Message, at: int) -> Decision:
    command: RefuseCancellation = message.body
    decision = Decision()
    if state.cancellation == "requested":
        decision.event(CancellationRefused(command.order_id, command.reason))
    return decision


def _tell(state: OrderState, message: Message, at: int) -> Decision:
    """For a return. What came of the order the flow knows; it answers."""
    ask: TellOrder = message.body
    decision = Decision()
    if state.order is None:
        decision.answer(message.reply_to, SaleTold(ask.order_id, ask.return_id, "not-found"))
    else:
        tell = TellSale(ask.order_id, ask.return_id, state.order)
        decision.say("order_to_cash", message.key, message.key, tell, reply_to=message.reply_to)
    return decision


def _fold_received(state: OrderState, body: OrderReceived) -> None:
    state.order = body.order
    state.order_status = "received"


def _fold_accepted(state: OrderState, body: OrderAccepted) -> None:
    state.order_status = "accepted"
    state.total_minor, state.tax_minor = body.total_minor, body.tax_minor
    state.payment_status = body.payment_status
    state.fulfillment_status = body.fulfillment_status
    state.erp_status = body.erp_status


def _fold_axis(state: OrderState, body: OrderAxisChanged) -> None:
    if body.axis == "payment":
        state.payment_status = body.status
        state.paid = body.status in ("captured", "written_off")
    elif body.axis == "fulfillment":
        state.fulfillment_status, state.shipment = body.status, body.reference
    else:
        state.erp_status, state.erp_document = body.status, body.reference


def _fold_completed(state: OrderState, body: OrderCompleted) -> None:
    state.order_status = "completed"
    state.resolving = ""


def _fold_lines_cancelled(state: OrderState, body: LinesCancelled) -> None:
    for line in body.lines:
        state.cancelled_lines[line.line_id] = state.cancelled_lines.get(line.line_id, 0) + line.quantity


def _fold_cancellation_requested(state: OrderState, body: CancellationRequested) -> None:
    state.cancellation = "requested"


def _fold_cancellation_refused(state: OrderState, body: CancellationRefused) -> None:
    state.cancellation = "refused"


ORDERS = ActorSpec(
    "orders",
    lambda key: OrderState(),
    {
        "orders.submit": _submit,
        "orders.cancel": _cancel,
        "orders.accept": _accept,
        "orders.close": _close,
        "orders.mark_paid": _mark_paid,
        "orders.cancel_lines": _cancel_lines,
        "orders.refuse_cancellation": _refuse_cancellation,
        "erp.order_acknowledged": _erp_acknowledged,
        "shipment.dispatched": _dispatched,
        "orders.tell": _tell,
        **holds.HANDLERS,
        **edits.HANDLERS,
        **resolving.HANDLERS,
        **people.HANDLERS,
    },
    {
        "order.received": _fold_received,
        "order.accepted": _fold_accepted,
        "order.rejected": lambda state, body: fold_closed(state, "rejected", body),
        "order.cancelled": lambda state, body: fold_closed(state, "cancelled", body),
        "order.excepted": lambda state, body: fold_closed(state, "excepted", body),
        "order.axis_changed": _fold_axis,
        "order.completed": _fold_completed,
        "order.lines_cancelled": _fold_lines_cancelled,
        "order.cancellation_requested": _fold_cancellation_requested,
        "order.cancellation_refused": _fold_cancellation_refused,
        **holds.FOLDS,
        **edits.FOLDS,
        **resolving.FOLDS,
    },
)
