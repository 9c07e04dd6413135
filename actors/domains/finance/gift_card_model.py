"""A gift card: 0 <= balance = issued + credited - redeemed, each effect once. Pure."""

from __future__ import annotations

from msgspec import Struct


class GiftCardState(Struct):
    """One card. `effects` are the keys of what was done to it; `book` is empty while there is no card."""

    book: str = ""
    currency: str = ""
    issued_minor: int = 0
    credited_minor: int = 0
    redeemed_minor: int = 0
    effects: dict[str, int] = {}


def balance_minor(state: GiftCardState) -> int:
    """What is on it."""
    return state.issued_minor + state.credited_minor - state.redeemed_minor


def refusal(
    state: GiftCardState, currency: str, amount_minor: int, *, opens: bool, takes: bool
) -> str | None:
    """Why this cannot be done to the card, or None. `opens`: it may be the first; `takes`: it lowers the balance."""
    if amount_minor <= 0:
        return "no-amount"
    if not state.book:
        return None if opens else "unknown-card"
    if currency != state.currency:
        return "other-currency"
    return "too-little" if takes and amount_minor > balance_minor(state) else None
