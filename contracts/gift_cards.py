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


class RedeemGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.redeem: pay with it. Answered redeemed, or refused where there is too little on it."""

    card_id: str
    order_id: str
    effect_key: str
    currency: str
    amount_minor: int


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


class GiftCardRedeemed(Struct, array_like=True, frozen=True, gc=False):
    """gift_card.redeemed"""

    card_id: str
    order_id: str
    effect_key: str
    book: str
    currency: str
    amount_minor: int


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
    "gift_cards.redeem": (1, RedeemGiftCard),
    "gift_cards.credit": (1, CreditGiftCard),
    "gift_card.issued": (1, GiftCardIssued),
    "gift_card.redeemed": (1, GiftCardRedeemed),
    "gift_card.credited": (1, GiftCardCredited),
    "gift_card.refused": (1, GiftCardRefused),
}
