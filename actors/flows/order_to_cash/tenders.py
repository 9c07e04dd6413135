"""Means of payment: what holds the money of each, takes it and lets it go. A gift card is taken before any other.

An authorization is a provider's, through its connector; a gift card is ours. Both are held before the order is
accepted, taken when a shipment is invoiced, and let go where nothing is shipped.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.decision import Decision
from contracts.gift_cards import (
    GiftCardHeld,
    GiftCardRefused,
    HoldGiftCard,
    RedeemGiftCard,
    ReleaseGiftCard,
)
from contracts.orders import GIFT_CARD, Payment
from contracts.partners import (
    AuthorizePayment,
    CapturePayment,
    PaymentAuthorized,
    PaymentDeclined,
    VoidAuthorization,
)
from contracts.turn import NORMAL, Message

from .shared import PAYMENTS, key_for, me
from .state import Held


def ask(decision: Decision, message: Message, payment: Payment, currency: str, ordinal: int) -> None:
    """Have the amount of an order's payment held; the answer comes to the flow."""
    order_id = message.key
    if payment.method == GIFT_CARD:
        key = key_for(message, "gift_cards", "hold", ordinal)
        hold = HoldGiftCard(payment.card_id, order_id, key, currency, payment.amount_minor)
        decision.say("gift_cards", payment.card_id, order_id, hold, reply_to=me(message))
        return
    body = AuthorizePayment(
        order_id,
        key_for(message, "payments", "authorize", ordinal),
        payment.provider,
        payment.method,
        payment.token,
        payment.amount_minor,
        currency,
    )
    decision.say(PAYMENTS, order_id, order_id, body, reply_to=me(message))


def held_by(fact: PaymentAuthorized | GiftCardHeld) -> Held:
    """What an answer says that is held."""
    if isinstance(fact, GiftCardHeld):
        return Held(GIFT_CARD, fact.card_id, fact.amount_minor)
    return Held(fact.provider, fact.authorization_id, fact.amount_minor)


def why_not(fact: PaymentDeclined | GiftCardRefused) -> str:
    """Why an answer says that nothing is held."""
    return f"gift card: {fact.code}" if isinstance(fact, GiftCardRefused) else fact.reason


def take(
    decision: Decision,
    message: Message,
    taken: Sequence[tuple[Held, int]],
    currency: str,
    book: str,
    first: int = 0,
    *,
    final: bool = False,
) -> None:
    """Take these amounts of what is held. `final`: the order is invoiced whole, nothing more will be taken."""
    order_id = message.key
    for n, (held, amount) in enumerate(taken):
        ordinal = first + n
        if held.provider == GIFT_CARD:
            key = key_for(message, "gift_cards", "redeem", ordinal)
            card = held.authorization_id
            # One card may be named twice: its last redemption frees what is left.
            last = final and all(later.authorization_id != card for later, _ in taken[n + 1 :])
            redeem = RedeemGiftCard(card, order_id, key, currency, amount, last)
            decision.say("gift_cards", card, order_id, redeem)
            continue
        capture = CapturePayment(
            order_id,
            key_for(message, "payments", "capture", ordinal),
            held.provider,
            held.authorization_id,
            amount,
            currency,
            book,
        )
        decision.say(PAYMENTS, order_id, order_id, capture)


def spare_cards(
    decision: Decision, message: Message, held: Sequence[Held], taken: Sequence[tuple[Held, int]]
) -> None:
    """The order is invoiced whole: cards of which nothing was needed are free again."""
    used = [one.authorization_id for one, _ in taken]
    for ordinal, one in enumerate(held):
        if one.provider == GIFT_CARD and one.authorization_id not in used:
            let_go(decision, message, one, ordinal)


def let_go(decision: Decision, message: Message, held: Held, ordinal: int, lane: int = NORMAL) -> None:
    """Nothing more will be taken of it."""
    order_id = message.key
    if held.provider == GIFT_CARD:
        key = key_for(message, "gift_cards", "release", ordinal)
        release = ReleaseGiftCard(held.authorization_id, order_id, key)
        decision.say("gift_cards", held.authorization_id, order_id, release, lane=lane)
        return
    key = key_for(message, "payments", "void", ordinal)
    void = VoidAuthorization(order_id, key, held.provider, held.authorization_id)
    decision.say(PAYMENTS, order_id, order_id, void, lane=lane)
