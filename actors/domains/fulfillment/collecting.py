"""A fulfillment order that no warehouse ships: it waits in its store, and is released to whoever comes for it.

It stays `created` while it waits, so that a cancellation, a hold and the customer at the counter race here as they do
with a release. Who does not come in time has let the order go.
"""

from __future__ import annotations

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.fulfillment import FulfillmentCancelled, FulfillmentReleased, ShipmentDispatched
from contracts.pickups import CollectOrder, ReadyForCollection
from contracts.turn import Message

from .model import FulfillmentState

TIMER = "collection"
NOT_COLLECTED = "not-collected"


def wait(decision: Decision, id_: str, order_id: str, location: str, collect_ms: int, at: int) -> None:
    """It lies ready from now on."""
    due_ms = at + collect_ms
    decision.event(ReadyForCollection(id_, order_id, location, due_ms))
    decision.set_timer(TIMER, order_id, due_ms)


def collect(state: FulfillmentState, message: Message, at: int) -> Decision:
    """fulfillment.collect"""
    command: CollectOrder = message.body
    decision = Decision()
    told = {"order_id": command.order_id, "collection_id": command.collection_id, "status": "collected"}
    if command.collection_id in state.heard:
        decision.answer(message.reply_to, done(told))
        return decision
    if not state.collect_ms or state.status != "created" or state.held:
        known = "held" if state.held else state.status
        detail = f"the order does not wait for its customer: it is {known}"
        path = f"/v1/orders/{command.order_id}/collections"
        return refuse(decision, message, "not-waiting", detail, path)
    decision.cancel_timer(TIMER)
    decision.event(FulfillmentReleased(command.fulfillment_order_id, command.order_id))
    decision.event(
        ShipmentDispatched(
            command.fulfillment_order_id,
            command.order_id,
            command.collection_id,
            "",
            state.location,
            state.pool,
            min(at, command.collected_at_ms),
            collected=True,
        )
    )
    decision.answer(message.reply_to, done(told))
    return decision


def overdue(state: FulfillmentState, message: Message, at: int) -> Decision:
    """timer.collection: nobody came. What was held of their money is let go of with the order."""
    decision = Decision()
    if state.status == "created" and state.collect_ms:
        decision.event(FulfillmentCancelled(message.key, state.order_id, NOT_COLLECTED))
    return decision
