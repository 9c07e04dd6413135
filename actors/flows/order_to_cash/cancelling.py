"""A cancellation: the fulfillment order decides its race with the release."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.fulfillment import CancelFulfillmentOrder, FulfillmentCancelled, FulfillmentCancelRefused
from contracts.ids import fulfillment_order_id_of
from contracts.orders import CancellationRequested, RefuseCancellation
from contracts.turn import URGENT, Message

from . import apart, shared
from . import state as folds
from .shared import channel_of, end, rejected_after_dispatch
from .state import BEFORE_ACCEPTANCE, FULFILLING, REVIEWING, FlowState
from .undo import undo


def cancel_requested(state: FlowState, message: Message, at: int) -> Decision:
    fact: CancellationRequested = message.body
    decision = Decision()
    order_id = message.key
    if state.step == REVIEWING:
        decision.took(message)
        undo(decision, state, message, channel_of(state), "cancelled", fact.reason)
        end(decision, "undone")
    elif state.step in BEFORE_ACCEPTANCE:
        decision.took(message)
    elif state.step == FULFILLING and state.cancel_reason is None and state.several is not None:
        apart.stop(decision, state, message, fact.reason, recall=False)
    elif state.step == FULFILLING and state.cancel_reason is None:
        decision.took(message)
        cancel_fulfillment(decision, order_id, fact.reason, recall=False)
    else:
        refusal = RefuseCancellation(order_id, f"already-{state.step}")
        decision.say("orders", order_id, order_id, refusal)
    return decision


def cancel_fulfillment(decision: Decision, order_id: str, reason: str, *, recall: bool) -> None:
    fulfillment_id = fulfillment_order_id_of(order_id, 0)
    command = CancelFulfillmentOrder(fulfillment_id, order_id, reason, recall)
    decision.say("fulfillment", fulfillment_id, order_id, command, lane=URGENT)


def fulfillment_cancelled(state: FlowState, message: Message, at: int) -> Decision:
    fact: FulfillmentCancelled = message.body
    decision = Decision()
    if state.step == FULFILLING and folds.is_resourced(state, fact):
        return apart.part_cancelled(state, message)
    if state.step == FULFILLING:
        decision.took(message)
        rejected = state.erp_rejected is not None
        reason = f"erp-rejected: {state.erp_rejected}" if rejected else state.cancel_reason or fact.reason
        status = folds.undoing(state) or ("rejected" if rejected else "cancelled")
        undo(decision, state, message, channel_of(state), status, reason)
        end(decision, "undone")
    return decision


def cancel_refused(state: FlowState, message: Message, at: int) -> Decision:
    fact: FulfillmentCancelRefused = message.body
    decision = Decision()
    if state.several is not None:
        if apart.takes(state):
            apart.too_late(decision, state, message, fact.reason)
        return decision
    # What is only released was refused to the customer; the ERP's rejection still recalls it.
    if folds.undoing(state):
        if fact.reason != "already-released":
            decision.took(message)
            shared.lost_to_the_warehouse(decision, state, message, fact.reason)
    elif state.erp_rejected is not None and fact.reason != "already-released":
        rejected_after_dispatch(decision, state, message)
    elif state.cancel_reason is not None:
        decision.say("orders", message.key, message.key, RefuseCancellation(message.key, fact.reason))
    return decision
