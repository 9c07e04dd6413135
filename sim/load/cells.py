"""Cells of a trace as integers. Nothing is rounded and nothing is guessed: ValueError says what is wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from contracts.money import EXPONENTS

_QUANTITY = re.compile(r"[+-]?[0-9]{1,12}")
_PRICE = re.compile(r"([+-]?)([0-9]{1,12})(?:\.([0-9]{1,12}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=65_536)
def parse_quantity(text: str) -> int:
    """Whole units."""
    if not _QUANTITY.fullmatch(text.strip()):
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return int(text)


@lru_cache(maxsize=65_536)
def parse_price(text: str, currency: str) -> tuple[int, int | None]:
    """Its sign (-1, 0, 1) and the amount in minor units, None if it has more decimals than the currency."""
    match = _PRICE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:40]!r} is not an amount")
    sign, whole, decimals = match[1], match[2], (match[3] or "").rstrip("0")
    exponent = EXPONENTS[currency]
    if not int(whole) and not decimals:
        return 0, 0
    signed = -1 if sign == "-" else 1
    if len(decimals) > exponent:
        return signed, None
    return signed, signed * int(whole + decimals.ljust(exponent, "0"))


@lru_cache(maxsize=4_096)
def parse_instant(text: str) -> int:
    """Epoch milliseconds of an ISO 8601 time, or of the month/day/year hour:minute that spreadsheets write.

    A time without an offset is taken as UTC.
    """
    try:
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            moment = datetime.strptime(text.strip(), "%m/%d/%Y %H:%M")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        since = moment - _EPOCH
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is not a time") from None
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
