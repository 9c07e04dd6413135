"""Until the stock is asked for: price, authorize, assess, tax; and what ends an order there.

A cancellation waits for the step under way.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.decision import Decision
from contracts.gift_cards import GiftCardHeld, GiftCardRefused
from contracts.holds import FRAUD_REVIEW, ReleasedFromHold
from contracts.inventory import OrderUnpriceable, ReserveStock
from contracts.orders import GIFT_CARD, OrderReceived, Payment
from contracts.partners import (
    AssessFraud,
    CalculateTax,
    FraudAssessed,
    PaymentAuthorized,
    PaymentDeclined,
    TaxCalculated,
)
from contracts.ports import port_of
from contracts.stores import pickup_store
from contracts.turn import URGENT, Message

from . import amounts, editing, holding, pricing, renewing, selling, tenders
from . import state as folds
from .shared import TAX, channel_of, end, key_for, me, rounding_of
from .state import ASSESSING, AUTHORIZING, CAPTURING, DONE, PRICING, REVIEWING, TAXING, FlowState, Held
from .undo import undo

_FRAUD = port_of("fraud.assess")


def received(state: FlowState, message: Message, at: int) -> Decision:
    fact: OrderReceived = message.body
    decision = Decision()
    if state.step != "none":
        return decision
    decision.took(message)
    pricing.ask(decision, message, fact.order, fact.at_ms or at)
    return decision


def _authorize(decision: Decision, state: FlowState, message: Message, ordinal: int) -> None:
    assert state.order is not None
    tenders.ask(decision, message, state.order.payments[ordinal], state.order.currency, ordinal)


def cancelled_meanwhile(
    decision: Decision,
    state: FlowState,
    message: Message,
    *,
    reserved: bool = False,
    held: Held | None = None,
) -> bool:
    """A cancellation that came during the step just ended: undo now."""
    if state.cancel_reason is None:
        return False
    decision.events.clear()
    undo(
        decision,
        state,
        message,
        channel_of(state),
        "cancelled",
        state.cancel_reason,
        reserved=reserved,
        held=held,
    )
    end(decision, "undone")
    return True


def priced(state: FlowState, message: Message, at: int) -> Decision:
    decision = Decision()
    if editing.at_stage(state, editing.PRICING):
        return editing.priced(state, message)
    if state.step == PRICING and not cancelled_meanwhile(decision, state, message):
        decision.took(message)
        _authorize(decision, state, message, 0)
    return decision


def unpriceable(state: FlowState, message: Message, at: int) -> Decision:
    fact: OrderUnpriceable = message.body
    decision = Decision()
    if state.step == PRICING:
        undo(decision, state, message, channel_of(state), "rejected", fact.problems[0].code)
        end(decision, "undone")
    elif editing.at_stage(state, editing.PRICING):
        return editing.unpriceable(state, message)
    return decision


def authorized(state: FlowState, message: Message, at: int) -> Decision:
    fact: PaymentAuthorized | GiftCardHeld = message.body
    decision = Decision()
    if editing.at_stage(state, editing.AUTHORIZING):
        return editing.authorized(state, message)
    if state.step != AUTHORIZING:
        return renewing.authorized(state, message, at)
    held = tenders.held_by(fact)
    if cancelled_meanwhile(decision, state, message, held=held):
        return decision
    order = state.order
    assert order is not None
    decision.took(message)
    ordinal = len(state.held) + 1
    if ordinal < len(order.payments):
        _authorize(decision, state, message, ordinal)
        return decision
    body = AssessFraud(
        message.key,
        key_for(message, "fraud", "assess"),
        sum(payment.amount_minor for payment in order.payments),
        order.currency,
        order.ship_to.country,
        order.customer_id,
        _assessed_by(order.payments).token,
    )
    decision.say(_FRAUD, message.key, message.key, body, reply_to=me(message))
    return decision


def card_held(state: FlowState, message: Message, at: int) -> Decision:
    """So much of a gift card is kept for the order; one that has ended meanwhile lets go of it."""
    fact: GiftCardHeld = message.body
    if state.step == AUTHORIZING:
        return authorized(state, message, at)
    decision = Decision()
    tenders.let_go(decision, message, tenders.held_by(fact), len(state.held), URGENT)
    return decision


def card_refused(state: FlowState, message: Message, at: int) -> Decision:
    if state.step == AUTHORIZING:
        return declined(state, message, at)
    return selling.refused(state, message, at) if state.step in (CAPTURING, DONE) else Decision()


def _assessed_by(payments: Sequence[Payment]) -> Payment:
    """What fraud is assessed by: the first that somebody else answers for, else the first."""
    return next((one for one in payments if one.method != GIFT_CARD), payments[0])


def declined(state: FlowState, message: Message, at: int) -> Decision:
    fact: PaymentDeclined | GiftCardRefused = message.body
    decision = Decision()
    if state.step == AUTHORIZING:
        reason = f"payment-declined: {tenders.why_not(fact)}"
        undo(decision, state, message, channel_of(state), "rejected", reason, declined=True)
        end(decision, "undone")
        return decision
    if editing.at_stage(state, editing.AUTHORIZING):
        return editing.declined(state, message)
    return renewing.declined(state, message, at)


def assessed(state: FlowState, message: Message, at: int) -> Decision:
    fact: FraudAssessed = message.body
    decision = Decision()
    if state.step != ASSESSING or cancelled_meanwhile(decision, state, message):
        return decision
    if fact.decision == "reject":
        undo(decision, state, message, channel_of(state), "rejected", "fraud-rejected")
        end(decision, "undone")
        return decision
    if fact.decision == "review":
        holding.review(decision, state, message, at)
        return decision
    decision.took(message)
    _tax(decision, state, message)
    return decision


def _tax(decision: Decision, state: FlowState, message: Message) -> None:
    order = state.order
    assert order is not None
    if not order.lines:
        selling.accept(decision, state, message)
        return
    body = CalculateTax(
        message.key,
        key_for(message, "tax", "calculate"),
        order.currency,
        order.ship_to.country,
        order.ship_to.region,
        order.prices_include_tax,
        amounts.taxable_lines(state),
        order.shipping_minor,
        rounding_of(channel_of(state).book),
    )
    decision.say(TAX, message.key, message.key, body, reply_to=me(message))


def released_from_hold(state: FlowState, message: Message, at: int) -> Decision:
    """A hold is over; if it was the fraud review, the order goes on from there, or ends."""
    fact: ReleasedFromHold = message.body
    decision = holding.released(state, message, at)
    if state.step == REVIEWING and fact.hold_id == FRAUD_REVIEW:
        if holding.rejects(fact):
            undo(decision, state, message, channel_of(state), "rejected", "fraud-rejected")
            end(decision, "undone")
        else:
            _tax(decision, state, message)
    return decision


def taxed(state: FlowState, message: Message, at: int) -> Decision:
    fact: TaxCalculated = message.body
    decision = Decision()
    if editing.at_stage(state, editing.TAXING):
        return editing.taxed(state, message)
    if state.step != TAXING or cancelled_meanwhile(decision, state, message):
        return decision
    order, channel = state.order, channel_of(state)
    assert order is not None
    if amounts.payable_minor(order, fact) > sum(one.amount_minor for one in state.held):
        undo(decision, state, message, channel, "rejected", "payment-insufficient")
        end(decision, "undone")
        return decision
    decision.took(message)
    store = pickup_store(order.delivery)
    at_store = store.location if store is not None else ""
    body = ReserveStock(message.key, channel.pool, folds.demand(state), order.channel, at_store)
    decision.say("inventory", channel.pool, message.key, body, reply_to=me(message))
    return decision
