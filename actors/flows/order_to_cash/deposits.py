"""Deposits: what an order that waits for its goods pays at once, by its channel's policy.

Captured at the acceptance, from what is authorized; the book holds it and pays the order's invoices with it before
anything else is captured. What no invoice needs goes back to where it came from, even if it is heard of too late.
"""

from __future__ import annotations

from contracts.decision import Decision
from contracts.deposits import DEPOSIT, DepositAsked, DepositHeld, DepositPart, ReturnDeposit
from contracts.ids import effect_key_of
from contracts.money import BASIS, share_half_up
from contracts.orders import GIFT_CARD
from contracts.partners import CapturePayment
from contracts.refunds import RefundPayment, RefundRequested
from contracts.turn import URGENT, Message

from . import amounts
from .aside import Deposit, aside_of
from .shared import PAYMENTS, channel_of, key_for
from .state import DONE, UNDONE, FlowState

# Ordinals of their captures: apart from those of the order's invoices.
_DEPOSITS = 3_000


def take(decision: Decision, state: FlowState, message: Message) -> None:
    """The order has to wait: take what its channel asks for. A gift card is held anyway, for as long as it takes."""
    channel, order, tax = channel_of(state), state.order, state.tax
    if not channel.deposit_bp:
        return
    assert order is not None and tax is not None
    due = share_half_up(amounts.goods_minor(order, tax), channel.deposit_bp, BASIS)
    taken = amounts.captures([one for one in state.held if one.provider != GIFT_CARD], due)
    if not taken:
        return
    parts = tuple([DepositPart(held.authorization_id, amount) for held, amount in taken])
    decision.event(DepositAsked(message.key, parts))
    for n, (held, amount) in enumerate(taken):
        key = key_for(message, "payments", "capture", _DEPOSITS + n)
        capture = CapturePayment(
            message.key,
            key,
            held.provider,
            held.authorization_id,
            amount,
            order.currency,
            channel.book,
            DEPOSIT,
        )
        decision.say(PAYMENTS, message.key, message.key, capture)


def pays_minor(state: FlowState, gross_minor: int) -> int:
    """What of an invoice the deposit pays."""
    deposit = state.aside.deposit if state.aside is not None else None
    return min(deposit.left_minor, gross_minor) if deposit is not None else 0


def held(state: FlowState, message: Message, at: int) -> Decision:
    """deposit.held: of an order that has ended meanwhile nothing of it is needed."""
    fact: DepositHeld = message.body
    decision = Decision()
    if state.step in (DONE, UNDONE):
        _give_back(decision, message, fact, fact.amount_minor)
    else:
        decision.took(message)
    return decision


def give_back(decision: Decision, state: FlowState, message: Message) -> None:
    """Nothing more will be invoiced: what is held and was not needed goes back, the last of it first."""
    deposit = state.aside.deposit if state.aside is not None else None
    if deposit is None:
        return
    left = sum([one.amount_minor for one in deposit.held]) - (deposit.asked_minor - deposit.left_minor)
    for one in reversed(deposit.held):
        amount = min(one.amount_minor, left)
        if amount > 0:
            _give_back(decision, message, one, amount)
            left -= amount


def _give_back(decision: Decision, message: Message, deposit: DepositHeld, amount: int) -> None:
    order_id, capture_id, book = deposit.order_id, deposit.capture_id, deposit.book
    owed = ReturnDeposit(order_id, book, capture_id, deposit.currency, amount)
    decision.say("finance", book, order_id, owed)
    key = effect_key_of(message.tenant, "payments", f"refund {capture_id}", order_id, 0)
    decision.event(RefundRequested(order_id, DEPOSIT, key, capture_id, amount, deposit.currency))
    refund = RefundPayment(
        order_id, key, deposit.provider, capture_id, amount, deposit.currency, book, DEPOSIT
    )
    decision.say(PAYMENTS, order_id, order_id, refund, lane=URGENT)


def fold_asked(state: FlowState, body: DepositAsked) -> None:
    asked = sum([part.amount_minor for part in body.parts])
    aside_of(state).deposit = Deposit(asked, asked)
    for part in body.parts:
        for one in state.held:
            if one.authorization_id == part.authorization_id:
                one.amount_minor -= part.amount_minor


def fold_held(state: FlowState, body: DepositHeld) -> None:
    deposit = aside_of(state).deposit
    if deposit is not None:
        deposit.held += (body,)
