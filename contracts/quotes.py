"""The vocabulary of price quotes: what lines were promised to cost, on one channel, for one order, until when.

A quote is kept by the price list that made it. One writer makes it, changes prices and prices orders by it, so a
quote's last moment, a new price and a second order come one after the other.
"""

from __future__ import annotations

from msgspec import Struct


class AskedLine(Struct, array_like=True, frozen=True, gc=False):
    """Units whose price is asked for."""

    sku: str
    quantity: int


class OfferedLine(Struct, array_like=True, frozen=True, gc=False):
    """Units at the price that a quote holds for each of them."""

    sku: str
    quantity: int
    unit_price_minor: int


class ChargedLine(Struct, array_like=True, frozen=True, gc=False):
    """An order's line as the channel charged it."""

    line_id: str
    sku: str
    quantity: int
    unit_price_minor: int


class MakeQuote(Struct, array_like=True, frozen=True, gc=False):
    """catalog.make_quote: promise today's list prices for these lines, for so long."""

    price_list: str
    channel: str
    currency: str
    valid_ms: int
    lines: tuple[AskedLine, ...]


class PriceByQuote(Struct, array_like=True, frozen=True, gc=False):
    """catalog.price_by_quote: the order names a quote, or its channel sells by quote alone.

    `asked_ms` is when the order was received: what was in time then does not expire in our own queue. Where the
    `policy` is `list`, an order whose quote does not hold is priced by the list.
    """

    order_id: str
    channel: str
    currency: str
    policy: str
    tolerance_bp: int
    quote_id: str
    asked_ms: int
    lines: tuple[ChargedLine, ...]


class PriceQuoted(Struct, array_like=True, frozen=True, gc=False):
    """price.quoted: so much each, from now until `expires_ms`, for one order of the channel."""

    quote_id: str
    price_list: str
    channel: str
    currency: str
    lines: tuple[OfferedLine, ...]
    expires_ms: int


class QuoteUsed(Struct, array_like=True, frozen=True, gc=False):
    """price.quote_used: this order is priced by it, and no other will be."""

    quote_id: str
    order_id: str


class QuotesForgotten(Struct, array_like=True, frozen=True, gc=False):
    """price.quotes_forgotten: they expired long ago; what names them now is of an unknown quote."""

    price_list: str
    quote_ids: tuple[str, ...]


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "catalog.make_quote": (1, MakeQuote),
    "catalog.price_by_quote": (1, PriceByQuote),
    "price.quoted": (1, PriceQuoted),
    "price.quote_used": (1, QuoteUsed),
    "price.quotes_forgotten": (1, QuotesForgotten),
}
