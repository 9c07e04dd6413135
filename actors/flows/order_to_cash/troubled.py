"""What puts an order before a person: an ERP that rejects, a capture that fails, an outcome nobody knows.

Before its acceptance an order stops there. What is promised goes on as far as it can: goods that leave are invoiced
and captured, though the order is excepted until a person has looked.
"""

from __future__ import annotations

from contracts.decision import Decision
from contracts.partners import CallGaveUp, CaptureFailed
from contracts.turn import Message

from . import apart, selling
from . import state as folds
from .aside import aside_of
from .cancelling import cancel_fulfillment
from .shared import end, put_before_a_person, rejected_after_dispatch
from .state import BEFORE_ACCEPTANCE, CAPTURING, FULFILLING, INVOICING, FlowState

_CAPTURES = "captures"


def erp_rejected(state: FlowState, message: Message, at: int) -> Decision:
    decision = Decision()
    if apart.takes(state):
        apart.stop(decision, state, message, "erp-rejected", recall=True)
    elif state.step == FULFILLING:
        decision.took(message)
        cancel_fulfillment(decision, message.key, "erp-rejected", recall=True)
    elif state.step in (INVOICING, CAPTURING, folds.DONE):
        decision.took(message)
        rejected_after_dispatch(decision, state, message)
    return decision


def capture_failed(state: FlowState, message: Message, at: int) -> Decision:
    fact: CaptureFailed = message.body
    decision = Decision()
    if state.step == CAPTURING or apart.takes(state):
        decision.took(message)
        erp = "rejected" if state.erp_rejected else "submitted"
        left = "dispatched"
        if state.several is not None:
            left = "partly_dispatched" if state.several.shipments else "pending"
        elif selling.is_untouched(state):
            left = "pending"
        put_before_a_person(decision, message, "capture-failed", fact.reason, "failed", left, erp)
    return decision


def gave_up(state: FlowState, message: Message, at: int) -> Decision:
    fact: CallGaveUp = message.body
    decision = Decision()
    detail = f"{fact.system} {fact.operation}: {fact.reason}"
    opened = fact.exception_id
    if state.step in BEFORE_ACCEPTANCE:
        payment = "authorized" if state.held else "pending"
        ends = (payment, "pending", "pending")
        put_before_a_person(decision, message, "outcome-unknown", detail, *ends, opened)
        end(decision, "excepted")
    elif state.step in (FULFILLING, INVOICING, CAPTURING):
        decision.took(message)
        shipped = state.step in (INVOICING, CAPTURING) and not selling.is_untouched(state)
        fulfillment = "dispatched" if shipped else "released" if state.step == FULFILLING else "pending"
        if state.several is not None and state.several.shipments:
            fulfillment = "partly_dispatched"
        payment = "authorized" if state.held else "pending"
        ends = (payment, fulfillment, "submitted")
        put_before_a_person(decision, message, "outcome-unknown", detail, *ends, opened)
    elif state.step == folds.DONE and fact.system == "erp":
        # Shipped and paid, but nobody knows whether the ERP has it.
        ends = ("captured", "dispatched", "submitted")
        put_before_a_person(decision, message, "outcome-unknown", detail, *ends, opened)
    return decision


def fold_capture_failed(state: FlowState, body: CaptureFailed) -> None:
    aside_of(state).unpaid = True


def fold_gave_up(state: FlowState, body: CallGaveUp) -> None:
    if (body.system, body.operation) == ("payments", _CAPTURES):
        aside_of(state).unpaid = True
