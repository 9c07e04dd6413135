"""Exchange rates: reference data, told ahead or at once, each from an instant on; integers, no float.

A rate is what one unit of a currency is worth in the base currency of a book, in billionths: 0.86 is 860,000,000.
"""

from __future__ import annotations

from msgspec import Struct

from .money import EXPONENTS, share_half_up

ONE = 1_000_000_000


class ExchangeRate(Struct, array_like=True, frozen=True, gc=False):
    """What a unit of `currency` is worth from an instant on. A later word for the same instant stands."""

    currency: str
    effective_at_ms: int
    rate_e9: int


class ImportRates(Struct, array_like=True, frozen=True, gc=False):
    """finance.import_rates: these hold in the book from their instants on."""

    book: str
    rates: tuple[ExchangeRate, ...]


class RatesImported(Struct, array_like=True, frozen=True, gc=False):
    """exchange_rate.imported"""

    book: str
    rates: tuple[ExchangeRate, ...]


def convert(amount_minor: int, rate_e9: int, currency: str, base: str) -> int:
    """An amount of a currency in minor units of the base currency, halves away from zero. Integers throughout."""
    scaled = amount_minor * 10 ** EXPONENTS[base]
    return share_half_up(scaled, rate_e9, ONE * 10 ** EXPONENTS[currency])


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "finance.import_rates": (1, ImportRates),
    "exchange_rate.imported": (1, RatesImported),
}
