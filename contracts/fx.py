"""Exchange rates: reference data, told ahead or at once, each from an instant on; integers, no float.

A rate is what one unit of a currency is worth in the base currency of a book, in billionths: 0.86 is 860,000,000.
"""

from __future__ import annotations

from msgspec import Struct

from .money import EXPONENTS, share_half_up

# A rate has so many of them, at most.
DECIMALS = 9
ONE = 10**DECIMALS


class ExchangeRate(Struct, array_like=True, frozen=True, gc=False):
    """What a unit of `currency` is worth from an instant on. Of two words for one instant the later change stands.

    `changed_at_ms` is the ERP's instant of the change, `version` its number; what nobody dates changes when it comes.
    """

    currency: str
    effective_at_ms: int
    rate_e9: int
    changed_at_ms: int = 0
    version: int = 0


class ImportRates(Struct, array_like=True, frozen=True, gc=False):
    """finance.import_rates: these hold in the book from their instants on."""

    book: str
    rates: tuple[ExchangeRate, ...]


class RatesImported(Struct, array_like=True, frozen=True, gc=False):
    """exchange_rate.imported: these are newer than what was known of their instants."""

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
