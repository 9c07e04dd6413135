"""A partner that ships, and tells of it by itself: each word is answered. A feed is believed, or a person looks.

Each wraps the handler that takes the same word from a feed, and asks first what a waiting partner can still correct.
"""

from __future__ import annotations

from contracts.answers import done, is_a_client, refuse, refuse_all
from contracts.decision import Decision
from contracts.fulfillment import (
    AcceptFulfillmentOrder,
    ConfirmDispatch,
    WarehouseAccepted,
    WarehouseRejected,
)
from contracts.parcels import RecordScan
from contracts.turn import Message

from ...runtime.actor import Handler
from .model import FulfillmentState, is_whole, may_dispatch, split_confirmed

_PATH = "/v1/fulfillment-orders"


def _illegal(decision: Decision, state: FulfillmentState, message: Message, path: str) -> Decision:
    detail = f"the fulfillment order is {'held' if state.held else state.status}"
    return refuse(decision, message, "illegal-transition", detail, path)


def _done(decision: Decision, message: Message, state: FulfillmentState, status: str) -> Decision:
    body = {"fulfillment_order_id": message.key, "order_id": state.order_id, "status": status}
    decision.answer(message.reply_to, done(body))
    return decision


def accept(state: FulfillmentState, message: Message, at: int) -> Decision:
    """fulfillment.accept"""
    command: AcceptFulfillmentOrder = message.body
    decision = Decision()
    if state.status != "released":
        return _illegal(decision, state, message, f"{_PATH}/{message.key}/accept")
    if not state.accepted:
        decision.event(WarehouseAccepted(command.fulfillment_order_id, command.order_id))
    return _done(decision, message, state, "accepted")


def fold_accepted(state: FulfillmentState, body: WarehouseAccepted) -> None:
    """Once is enough."""
    state.accepted = True


def rejecting(handler: Handler) -> Handler:
    """fulfillment.rejected"""

    def handle(state: FulfillmentState, message: Message, at: int) -> Decision:
        fact: WarehouseRejected = message.body
        if not is_a_client(message):
            return handler(state, message, at)
        if state.status != "released":
            return _illegal(Decision(), state, message, f"{_PATH}/{fact.fulfillment_order_id}/reject")
        return _done(handler(state, message, at), message, state, "cancelled")

    return handle


def confirming(handler: Handler) -> Handler:
    """fulfillment.confirm_dispatch"""

    def handle(state: FulfillmentState, message: Message, at: int) -> Decision:
        command: ConfirmDispatch = message.body
        if not is_a_client(message):
            return handler(state, message, at)
        path = "/v1/shipments"
        if command.shipment_id in state.heard:
            return refuse(Decision(), message, "duplicate-shipment", "it was confirmed before", path)
        if not may_dispatch(state):
            return _illegal(Decision(), state, message, path)
        if command.lines is not None and not is_whole(state, command):
            _, _, over = split_confirmed(state, command)
            if over:
                beyond = {line.line_id: line.quantity for line in over}
                wrong = {
                    f"/lines/{n}": f"{beyond[line.line_id]} more than is left to ship"
                    for n, line in enumerate(command.lines)
                    if line.line_id in beyond
                }
                return refuse_all(Decision(), message, "over-ship", wrong, path)
        decision = handler(state, message, at)
        body = {
            "shipment_id": command.shipment_id,
            "fulfillment_order_id": command.fulfillment_order_id,
            "order_id": command.order_id,
            "status": "dispatched",
        }
        decision.answer(message.reply_to, done(body, 201, f"{path}/{command.shipment_id}"))
        return decision

    return handle


def scanning(handler: Handler) -> Handler:
    """fulfillment.record_scan"""

    def handle(state: FulfillmentState, message: Message, at: int) -> Decision:
        scan: RecordScan = message.body
        decision = handler(state, message, at)
        if is_a_client(message):
            news = any(event.type == f"shipment.{scan.status}" for event in decision.events)
            body = {"shipment_id": scan.shipment_id, "status": scan.status if news else "superseded"}
            decision.answer(message.reply_to, done(body, 201))
        return decision

    return handle
