"""From the dispatch to the end: invoice, commit the tax, capture, post."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.finance import InvoiceIssued, ReceivableCleared
from contracts.fulfillment import ShipmentDispatched
from contracts.orders import GIFT_CARD
from contracts.partners import CommitTax
from contracts.turn import Message

from . import amounts, apart, renewing, selling, tenders
from . import state as folds
from .shared import TAX, channel_of, key_for, lost_to_the_warehouse
from .state import CAPTURING, FULFILLING, INVOICING, FlowState


def dispatched(state: FlowState, message: Message, at: int) -> Decision:
    fact: ShipmentDispatched = message.body
    decision = Decision()
    if state.step == FULFILLING:
        if fact.lines is not None:
            return apart.dispatched(state, message)
        decision.took(message)
        if state.aside is not None:
            decision.cancel_timer(renewing.TIMER)
            if folds.undoing(state):
                lost_to_the_warehouse(decision, state, message, "already-dispatched")
        book = channel_of(state).book
        invoice = amounts.invoice(state, message.key, fact.shipment_id, fact.location, book)
        decision.say("finance", book, message.key, invoice)
    return decision


def invoiced(state: FlowState, message: Message, at: int) -> Decision:
    fact: InvoiceIssued = message.body
    decision = Decision()
    if apart.takes(state):
        return apart.invoiced(state, message)
    if state.step != INVOICING:
        return decision
    decision.took(message)
    order_id, tax, order = message.key, state.tax, state.order
    assert tax is not None and order is not None
    commit = CommitTax(
        order_id, key_for(message, "tax", "commit"), tax.document_id, fact.number, fact.tax_minor
    )
    decision.say(TAX, order_id, order_id, commit)
    taken = amounts.captures(state.held, fact.gross_minor)
    tenders.take(decision, message, taken, order.currency, fact.book, final=True)
    # Cards stand first of what is held.
    if state.held and state.held[0].provider == GIFT_CARD:
        tenders.spare_cards(decision, message, state.held, taken)
    if not taken:
        selling.finish(decision, state, message, 0)
    return decision


def cleared(state: FlowState, message: Message, at: int) -> Decision:
    fact: ReceivableCleared = message.body
    decision = Decision()
    if apart.takes(state):
        return apart.cleared(state, message)
    if state.step == CAPTURING and not (state.aside is not None and state.aside.selling is not None):
        assert state.order is not None
        if state.aside is not None:
            renewing.nobody_needs(decision, state, message.key)
        # What is left pays for the gift cards that it sells, and lapses by itself then.
        if state.aside is not None and state.aside.edited and not state.order.gift_cards:
            _let_go_of_the_rest(decision, state, message)
        selling.finish(decision, state, message, fact.captured_minor)
    return decision


def _let_go_of_the_rest(decision: Decision, state: FlowState, message: Message) -> None:
    """An edit made the order cheaper than what is held for it. A gift card's rest went back when it was taken."""
    assert state.order is not None and state.tax is not None
    due_minor = amounts.payable_minor(state.order, state.tax)
    taken = {one.authorization_id: amount for one, amount in amounts.captures(state.held, due_minor)}
    for ordinal, one in enumerate(state.held):
        left = one.amount_minor - taken.get(one.authorization_id, 0)
        if left and (one.provider != GIFT_CARD or one.authorization_id not in taken):
            tenders.let_go(decision, message, one, ordinal)
