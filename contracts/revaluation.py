"""The vocabulary of a period's end in other currencies: what is open in them is valued at the rates of that instant.

What was gained or lost so far is posted to the period that ends and taken back in the next one: it is earned when the
money comes. What is open and what it was worth when it arose stand in the account's own currency, unchanged.
"""

from __future__ import annotations

from msgspec import Struct


class RevaluationDue(Struct, array_like=True, frozen=True, gc=False):
    """period.revaluation_due: something is open in another currency, so the end of this period is waited for."""

    book: str
    period: int


class RevaluedRow(Struct, array_like=True, frozen=True, gc=False):
    """What is open on an account in a currency (debits positive), in its minor units; in the book's, what it was worth
    when it arose, and what it gains by the rate now.
    """

    account: str
    currency: str
    amount_minor: int
    worth_minor: int
    rate_e9: int
    gain_minor: int


class PeriodRevalued(Struct, array_like=True, frozen=True, gc=False):
    """period.revalued: what was open when the period ended. `next_period` is waited for now, 0 where nothing is open.

    Of `unrated` items nobody knows what they were worth; they are not valued, and a person is asked.
    """

    book: str
    period: int
    rows: tuple[RevaluedRow, ...]
    next_period: int
    unrated: int = 0


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "period.revaluation_due": (1, RevaluationDue),
    "period.revalued": (1, PeriodRevalued),
}
