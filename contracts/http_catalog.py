"""What clients submit over HTTP of products and prices. What is there is changed by whoever names its version."""

from __future__ import annotations

from msgspec import Struct

from .http import Amount, Code, Name, Time, ms_of
from .http_desks import Currency
from .inventory import ProductRow
from .prices import PriceRow
from .reference import ProductChange


class ProductSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A product as it is from now on. Price, cost and currency are those of one that nobody knew before."""

    name: Name
    tax_class: Code = "standard"
    weight_g: Amount = 0
    price_minor: Amount | None = None
    cost_minor: Amount | None = None
    currency: Currency | None = None


class PriceSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A list price, from `effective_at` on; left out: from now on."""

    price_minor: Amount
    currency: Currency
    effective_at: Time | None = None


def to_product(
    sku: str, submitted: ProductSubmission, at_ms: int, known: ProductRow | None, newest: tuple[int, int]
) -> ProductChange:
    """The change in our own words. It is newer than the `newest` that is known, (instant, number)."""
    changed_at_ms, version = newest
    at = max(at_ms, changed_at_ms)
    return ProductChange(
        sku,
        submitted.name,
        submitted.tax_class,
        submitted.weight_g,
        (known.price_minor if known else submitted.price_minor) or 0,
        (known.cost_minor if known else submitted.cost_minor) or 0,
        (known.currency if known else submitted.currency) or "",
        at,
        version + 1 if at == changed_at_ms else 1,
    )


def to_price(sku: str, submitted: PriceSubmission, at_ms: int, versions: list[int]) -> PriceRow:
    """The price in our own words, its number above all that are known of this SKU."""
    effective_ms = at_ms if submitted.effective_at is None else ms_of(submitted.effective_at)
    return PriceRow(
        sku, submitted.price_minor, submitted.currency, effective_ms, max([0, *versions]) + 1
    )  # fmt: skip
