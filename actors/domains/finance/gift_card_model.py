"""A gift card: 0 <= balance = issued + credited - redeemed, each effect once. Pure."""

from __future__ import annotations

from msgspec import Struct


class GiftCardState(Struct):
    """One card. `effects` are the keys of what was done to it; `book` is empty while there is no card.

    `held` is kept for orders that are to be paid with it, by order.
    """

    book: str = ""
    currency: str = ""
    issued_minor: int = 0
    credited_minor: int = 0
    redeemed_minor: int = 0
    effects: dict[str, int] = {}
    held: dict[str, int] = {}


def balance_minor(state: GiftCardState) -> int:
    """What is on it."""
    return state.issued_minor + state.credited_minor - state.redeemed_minor


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
