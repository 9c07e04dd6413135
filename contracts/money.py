"""Money: integer minor units with an ISO 4217 code. No float ever touches it."""

from __future__ import annotations

import re
from collections.abc import Sequence

# ISO 4217 minor-unit exponents of the currencies that Tidegate knows (source: ISO 4217 list one).
EXPONENTS: dict[str, int] = {
    "AUD": 2, "BHD": 3, "CAD": 2, "CHF": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2,
    "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "NOK": 2, "NZD": 2, "PLN": 2, "SEK": 2, "SGD": 2, "USD": 2,
    "ZAR": 2,
}  # fmt: skip

BASIS = 10_000
_DECIMAL = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,15})(?:\.(?P<part>[0-9]{1,12}))?")


class AmountError(ValueError):
    """A text that is no amount of its currency; `code` is malformed, over-precise or unknown-currency."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def minor_of(text: str, currency: str) -> int:
    """`20.25` of GBP as 2025. Digits finer than the currency has are an error unless they are zeros.

    No float stands between; signs, no blanks, no thousands separators. Raises AmountError.
    """
    exponent = EXPONENTS.get(currency)
    if exponent is None:
        raise AmountError("unknown-currency", f"no currency {currency!r}")
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise AmountError("malformed", f"{text!r} is no decimal amount")
    part = match["part"] or ""
    if part[exponent:].strip("0"):
        raise AmountError("over-precise", f"{text!r} is finer than {currency}, which has {exponent} decimals")
    minor = int(match["whole"] + part[:exponent].ljust(exponent, "0"))
    return -minor if match["sign"] == "-" else minor


def share_half_up(amount_minor: int, numerator: int, denominator: int) -> int:
    """amount x numerator / denominator, halves away from zero. All integers; the denominator > 0."""
    product = amount_minor * numerator
    sign = -1 if product < 0 else 1
    return sign * ((2 * abs(product) + denominator) // (2 * denominator))


def tax_in_gross(gross_minor: int, rate_bp: int) -> int:
    """The tax contained in a gross amount at a rate in basis points."""
    return share_half_up(gross_minor, rate_bp, BASIS + rate_bp)


def tax_on_net(net_minor: int, rate_bp: int) -> int:
    """The tax to add to a net amount at a rate in basis points."""
    return share_half_up(net_minor, rate_bp, BASIS)


LINE, DOCUMENT = "line", "document"


def taxes_on_net(net_minor: Sequence[int], rate_bp: int, rounding: str) -> tuple[list[int], int]:
    """The tax to add to each line, rounded, and what the document is rounded by.

    Mode `line`: the document is the sum of its lines, rounded by nothing. Mode `document`: it owes the tax on the
    sum, rounded once; that differs from the rounded lines by at most half a minor unit for each of them.
    """
    taxes = [tax_on_net(net, rate_bp) for net in net_minor]
    if rounding == LINE:
        return taxes, 0
    return taxes, tax_on_net(sum(net_minor), rate_bp) - sum(taxes)


def format_minor(amount_minor: int, currency: str) -> str:
    """`2025, GBP` as `20.25 GBP`, for people."""
    exponent = EXPONENTS.get(currency, 2)
    sign = "-" if amount_minor < 0 else ""
    digits = str(abs(amount_minor)).rjust(exponent + 1, "0")
    if exponent == 0:
        return f"{sign}{digits} {currency}"
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]} {currency}"
