"""Tax rates as data: basis points by zone and class. A class a zone does not name is taxed as standard."""

from __future__ import annotations

from typing import Any

NO_ZONE = "ZZ"

RATES: dict[str, dict[str, int]] = {
    NO_ZONE: {"standard": 0},
    "GB": {"standard": 2000, "reduced": 500, "zero": 0},
    "AT": {"standard": 2000, "reduced": 1000, "zero": 0},
    "BE": {"standard": 2100, "reduced": 600, "zero": 0},
    "DE": {"standard": 1900, "reduced": 700, "zero": 0},
    "DK": {"standard": 2500, "zero": 0},
    "ES": {"standard": 2100, "reduced": 1000, "zero": 0},
    "FR": {"standard": 2000, "reduced": 550, "zero": 0},
    "IE": {"standard": 2300, "reduced": 1350, "zero": 0},
    "IT": {"standard": 2200, "reduced": 1000, "zero": 0},
    "NL": {"standard": 2100, "reduced": 900, "zero": 0},
    "PL": {"standard": 2300, "reduced": 800, "zero": 0},
    "PT": {"standard": 2300, "reduced": 600, "zero": 0},
    "SE": {"standard": 2500, "reduced": 1200, "zero": 0},
    "US-CA": {"standard": 725, "zero": 0},
    "US-NY": {"standard": 400, "zero": 0},
    "US-OR": {"standard": 0},
    "US-TX": {"standard": 625, "zero": 0},
}


# In which currency a payment account is settled, whatever is paid there; and what a unit is worth in it, in
# ten-thousandths, as its provider has it.
SETTLES_IN: dict[str, str] = {"psp-c": "GBP"}
EXCHANGE: dict[tuple[str, str], int] = {("EUR", "GBP"): 8_550, ("USD", "GBP"): 7_900}


def settled_in(account: str, amount: int, currency: str) -> dict[str, Any] | None:
    """What an account is credited with for an amount: {"amount", "currency"}, or None where that is the amount itself.

    Both of two decimals; halves up.
    """
    into = SETTLES_IN.get(account, "")
    rate = EXCHANGE.get((currency.upper(), into))
    if rate is None:
        return None
    return {"amount": (2 * amount * rate + 10_000) // 20_000, "currency": into.lower()}


def told(row: dict[str, Any], settled: dict[str, Any] | None) -> dict[str, Any]:
    """A row as it is told: with what it is settled in, where that is another currency."""
    return row if settled is None else {**row, "settled": settled}


def zone_of(country: str, region: str | None) -> str:
    """The zone that taxes this address: region before country, `NO_ZONE` where neither is known."""
    regional = f"{country}-{region}"
    if region and regional in RATES:
        return regional
    return country if country in RATES else NO_ZONE


def rate_bp(zone: str, tax_class: str) -> int:
    """The rate in basis points."""
    rates = RATES[zone]
    return rates.get(tax_class, rates["standard"])


def tax_of(amount: int, rate: int, inclusive: bool) -> int:
    """The tax on (or, inclusive, within) an amount in minor units, halves up. `amount` >= 0."""
    base = 10_000 + rate if inclusive else 10_000
    return (2 * amount * rate + base) // (2 * base)
