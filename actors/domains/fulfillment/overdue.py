"""A release of which no warehouse says anything: in time it is a person's, until something is heard of it."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.fulfillment import FulfillmentOverdue
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.turn import Message
from contracts.worklist import EndException

from .model import FulfillmentState

TIMER = "confirmation"
_OVERDUE = "fulfillment-overdue"


def _exception_id(fulfillment_order_id: str) -> str:
    return "exc_" + digest128(_OVERDUE, fulfillment_order_id)


def overdue(state: FulfillmentState, message: Message, at: int) -> Decision:
    """timer.confirmation"""
    decision = Decision()
    if state.status == "released":
        decision.event(FulfillmentOverdue(message.key, state.order_id))
        detail = "released and not confirmed within the partner's SLA"
        id_ = _exception_id(message.key)
        decision.event(ExceptionOpened(id_, _OVERDUE, state.order_id, detail))
    return decision


def is_heard_of(decision: Decision, state: FulfillmentState, message: Message, how: str) -> None:
    """Nothing more is waited for of this fulfillment order: it has left, or never will."""
    decision.cancel_timer(TIMER)
    if state.overdue:
        id_ = _exception_id(message.key)
        end = EndException(id_, _OVERDUE, state.order_id, "fulfillment", "corrected", how)
        decision.say("exceptions", id_, state.order_id, end)
