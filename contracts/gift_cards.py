"""The vocabulary of gift cards: issued, redeemed, credited. A card has one currency and belongs to one book."""

from __future__ import annotations

from msgspec import Struct

# Why an amount is captured that no invoice asks for: this, and the card that it is for.
SOLD = "gift_card"


def sold_for(purpose: str) -> str:
    """The card that a capture of this purpose pays for, or "" where it pays for none."""
    what, _, card_id = purpose.partition(" ")
    return card_id if what == SOLD else ""


class IssueGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.issue: sold through a payment provider, or, without one, by an order whose capture has paid for it."""

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


class CancelGiftCard(Struct, array_like=True, frozen=True, gc=False):
    """gift_cards.cancel: the order's buyer wants the money back. Refused where anything of it is used or held."""

    card_id: str
    order_id: str
    by: str
    reason: str


class GiftCardCancelled(Struct, array_like=True, frozen=True, gc=False):
    """gift_card.cancelled: nothing is on it any more; so much is owed to the buyer."""

    card_id: str
    order_id: str
    effect_key: str
    book: str
    currency: str
    amount_minor: int
    by: str
    reason: str


class SellingGiftCards(Struct, array_like=True, frozen=True, gc=False):
    """flow.selling_gift_cards: all goods of the order are paid; `asked_minor` is being captured for its cards.

    `captured_minor` was taken for the goods; `fulfillment_status` is what the order ends with, if that is not known.
    """

    order_id: str
    asked_minor: int
    captured_minor: int
    fulfillment_status: str = ""


class GiftCardPaid(Struct, array_like=True, frozen=True, gc=False):
    """finance.gift_card_paid: so much is captured for a card, and owed on it from now on."""

    order_id: str
    book: str
    card_id: str
    capture_id: str
    currency: str
    amount_minor: int


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
    "gift_cards.cancel": (1, CancelGiftCard),
    "gift_card.cancelled": (1, GiftCardCancelled),
    "flow.selling_gift_cards": (1, SellingGiftCards),
    "finance.gift_card_paid": (1, GiftCardPaid),
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
