"""The vocabulary of gift cards: issued, redeemed, credited. A card has one currency and belongs to one book."""

from __future__ import annotations

from msgspec import Struct


class IssueGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.issue: sold through a payment provider, or given."""

    card_id: str
    order_id: str
    effect_key: str
    book: str
    currency: str
    amount_minor: int
    provider: str


class SellGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.sell: a card that nobody has yet, sold through a payment provider. Answered over HTTP."""

    card_id: str
    effect_key: str
    book: str
    currency: str
    amount_minor: int
    provider: str
    by: str


class HoldGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.hold: keep so much of it for an order. Answered held, or refused where there is too little on it."""

    card_id: str
    order_id: str
    effect_key: str
    currency: str
    amount_minor: int


class ReleaseGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.release: what is still held for an order is free again."""

    card_id: str
    order_id: str
    effect_key: str


class RedeemGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.redeem: pay with it. Answered redeemed, or refused where there is too little on it.

    What is held for the order is taken first; `final`: the rest of that is free again.
    """

    card_id: str
    order_id: str
    effect_key: str
    currency: str
    amount_minor: int
    final: bool = False


class CreditGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.credit: a return's credit goes onto it. A card that there is not yet is opened."""

    card_id: str
    order_id: str
    effect_key: str
    book: str
    currency: str
    amount_minor: int
    return_id: str


class GiftCardIssued(Struct, array_like=True, frozen=True, gc=False):
    """gift_card.issued"""

    card_id: str
    order_id: str
    effect_key: str
    book: str
    currency: str
    amount_minor: int
    provider: str


class GiftCardHeld(Struct, array_like=True, frozen=True, gc=False):
    """gift_card.held: so much of it is kept for an order, until it is redeemed or released."""

    card_id: str
    order_id: str
    effect_key: str
    currency: str
    amount_minor: int


class GiftCardReleased(Struct, array_like=True, frozen=True, gc=False):
    """gift_card.released: what was held for the order is free again."""

    card_id: str
    order_id: str
    effect_key: str
    currency: str
    amount_minor: int


class GiftCardRedeemed(Struct, array_like=True, frozen=True, gc=False):
    """gift_card.redeemed: `held_minor` less is held for the order from now on."""

    card_id: str
    order_id: str
    effect_key: str
    book: str
    currency: str
    amount_minor: int
    held_minor: int = 0


class GiftCardCredited(Struct, array_like=True, frozen=True, gc=False):
    """gift_card.credited"""

    card_id: str
    order_id: str
    effect_key: str
    book: str
    currency: str
    amount_minor: int
    return_id: str


class GiftCardRefused(Struct, array_like=True, frozen=True, gc=False):
    """gift_card.refused: nothing changed. `code` is unknown-card, other-currency, too-little or no-amount."""

    card_id: str
    order_id: str
    effect_key: str
    code: str
    return_id: str = ""


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "gift_cards.issue": (1, IssueGiftCard),
    "gift_cards.sell": (1, SellGiftCard),
    "gift_cards.redeem": (1, RedeemGiftCard),
    "gift_cards.hold": (1, HoldGiftCard),
    "gift_cards.release": (1, ReleaseGiftCard),
    "gift_card.held": (1, GiftCardHeld),
    "gift_card.released": (1, GiftCardReleased),
    "gift_cards.credit": (1, CreditGiftCard),
    "gift_card.issued": (1, GiftCardIssued),
    "gift_card.redeemed": (1, GiftCardRedeemed),
    "gift_card.credited": (1, GiftCardCredited),
    "gift_card.refused": (1, GiftCardRefused),
}
