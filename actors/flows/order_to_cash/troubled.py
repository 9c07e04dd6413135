"""What puts an order before a person, or back: an ERP that rejects, a capture that fails, an outcome nobody knows."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.orders import CloseOrder
from contracts.partners import CallGaveUp, CaptureFailed
from contracts.turn import Message

from . import apart
from . import state as folds
from .cancelling import cancel_fulfillment
from .shared import put_before_a_person, rejected_after_dispatch
from .state import BEFORE_ACCEPTANCE, CAPTURING, FULFILLING, INVOICING, FlowState


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
        erp = "rejected" if state.erp_rejected else "submitted"
        left = "dispatched" if state.several is None else "partly_dispatched"
        put_before_a_person(decision, message, "capture-failed", fact.reason, "failed", left, erp)
    return decision


def gave_up(state: FlowState, message: Message, at: int) -> Decision:
    fact: CallGaveUp = message.body
    decision = Decision()
    if state.step not in (folds.DONE, folds.UNDONE, folds.EXCEPTED):
        before = state.step in BEFORE_ACCEPTANCE
        payment = "authorized" if state.held else "pending"
        erp = "pending" if before else "submitted"
        detail = f"{fact.system} {fact.operation}: {fact.reason}"
        shipped = state.step in (INVOICING, CAPTURING)
        fulfillment = "dispatched" if shipped else "pending" if before else "released"
        if state.several is not None and state.several.shipments:
            fulfillment = "partly_dispatched"
        put_before_a_person(decision, message, "outcome-unknown", detail, payment, fulfillment, erp)
    elif state.step == folds.DONE and fact.system == "erp":
        # Shipped and paid, but nobody knows whether the ERP has it: the connector's exception tells a person.
        close = CloseOrder(message.key, "excepted", "outcome-unknown", "captured", "dispatched", "submitted")
        decision.say("orders", message.key, message.key, close)
    return decision
