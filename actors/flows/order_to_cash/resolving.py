"""What is left to do of an excepted order once a person has decided what it becomes.

Completed: what it still owes is written off, or there is nothing to do but to go on. Rejected or cancelled: what was
done is undone, backwards, as far as the race with the warehouse allows it; lost, it is before a person again.
"""

from __future__ import annotations

import msgspec

from contracts.decision import Decision
from contracts.finance import WriteOff
from contracts.orders import MarkPaid, ResolutionDecided
from contracts.turn import Message

from . import apart, selling
from . import state as folds
from .aside import aside_of
from .cancelling import cancel_fulfillment
from .shared import channel_of, end, lost_to_the_warehouse
from .state import CAPTURING, FULFILLING, INVOICING, FlowState
from .undo import undo


def decided(state: FlowState, message: Message, at: int) -> Decision:
    """order.resolution_decided"""
    fact: ResolutionDecided = message.body
    decision = Decision()
    if fact.outcome == "completed":
        _complete(decision, state, message)
    elif state.step == folds.EXCEPTED:
        was = msgspec.structs.replace(state, step=state.before)
        undo(decision, was, message, channel_of(state), fact.outcome, fact.reason)
        end(decision, "undone")
    elif apart.takes(state):
        apart.stop(decision, state, message, fact.reason, recall=True, fold=fold_decided)
    elif state.step == FULFILLING:
        decision.took(message)
        cancel_fulfillment(decision, message.key, fact.reason, recall=True)
    elif state.step == CAPTURING and selling.is_untouched(state):
        undo(decision, state, message, channel_of(state), fact.outcome, fact.reason)
        end(decision, "undone")
    elif state.step in (INVOICING, CAPTURING):
        lost_to_the_warehouse(decision, state, message, "already-dispatched")
    return decision


def _complete(decision: Decision, state: FlowState, message: Message) -> None:
    """Whatever is under way goes on; what was to be captured and was not is given up."""
    fact: ResolutionDecided = message.body
    sold = state.aside.selling if state.aside is not None else None
    if state.step == CAPTURING and sold is not None:
        # What is not paid for is not issued.
        decision.took(message)
        captured = sold.captured_minor + sold.asked_minor - sold.left_minor
        done = MarkPaid(message.key, captured, sold.fulfillment_status, "written_off")
        decision.say("orders", message.key, message.key, done)
        end(decision, "done")
    elif state.step == CAPTURING or apart.takes(state):
        decision.took(message)
        if state.aside is not None and state.aside.unpaid:
            book = channel_of(state).book
            write_off = WriteOff(message.key, book, fact.by, fact.reason)
            decision.say("finance", book, message.key, write_off)


def fold_decided(state: FlowState, body: ResolutionDecided) -> None:
    aside = aside_of(state)
    aside.outcome = body.outcome
    if body.outcome == "completed":
        aside.written_off = aside.unpaid
        return
    state.cancel_reason = body.reason
    folds.drop_pieces(state)
