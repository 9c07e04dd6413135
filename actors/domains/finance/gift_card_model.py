"""A gift card: 0 <= balance = issued + credited - redeemed - cancelled, each effect once. Pure."""

from __future__ import annotations

from msgspec import Struct


class GiftCardState(Struct):
    """One card. `effects` are the keys of what was done to it; `book` is empty while there is no card.

    `held` is kept for orders that are to be paid with it, by order; `sold_by` is what each order has put on it.
    """

    book: str = ""
    currency: str = ""
    issued_minor: int = 0
    credited_minor: int = 0
    redeemed_minor: int = 0
    cancelled_minor: int = 0
    effects: dict[str, int] = {}
    held: dict[str, int] = {}
    sold_by: dict[str, int] = {}


def balance_minor(state: GiftCardState) -> int:
    """What is on it."""
    return state.issued_minor + state.credited_minor - state.redeemed_minor - state.cancelled_minor


def free_minor(state: GiftCardState, order_id: str = "") -> int:
    """What of it is not held for another order."""
    return balance_minor(state) - sum([held for of, held in state.held.items() if of != order_id])


def refusal(
    state: GiftCardState, currency: str, amount_minor: int, *, opens: bool, takes: bool, order_id: str = ""
) -> str | None:
    """Why this cannot be done to the card, or None.

    `opens`: it may be the first; `takes`: it needs what is free, and what is held for `order_id`.
    """
    if amount_minor <= 0:
        return "no-amount"
    if not state.book:
        return None if opens else "unknown-card"
    if currency != state.currency:
        return "other-currency"
    return "too-little" if takes and amount_minor > free_minor(state, order_id) else None


def no_way_back(state: GiftCardState, order_id: str) -> str | None:
    """Why what an order has put on the card cannot be paid back, or None."""
    if not state.book or not state.sold_by.get(order_id):
        return "gift-card-not-found"
    if state.redeemed_minor or state.credited_minor or state.held:
        return "gift-card-used"
    return None
