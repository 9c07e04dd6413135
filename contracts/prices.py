"""The vocabulary of prices: told with the instant from which they hold, applied when it has come.

`version` is the ERP's own number of the change. Of two prices that hold from the same instant the later change stands;
of all that hold by now the one that holds since last. So deltas may overlap, repeat and come in any order.
"""

from __future__ import annotations

from msgspec import Struct


class PriceRow(Struct, array_like=True, frozen=True, gc=False):
    """A SKU's list price in minor units, from an instant on."""

    sku: str
    price_minor: int
    currency: str
    effective_at_ms: int
    version: int


class ImportPrices(Struct, array_like=True, frozen=True, gc=False):
    """These prices hold from their instants on."""

    price_list: str
    rows: tuple[PriceRow, ...]


class PricesPlanned(Struct, array_like=True, frozen=True, gc=False):
    """price.planned: these will hold when their time has come."""

    price_list: str
    rows: tuple[PriceRow, ...]


class PricesChanged(Struct, array_like=True, frozen=True, gc=False):
    """price.changed: these hold now."""

    price_list: str
    rows: tuple[PriceRow, ...]


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "catalog.import_prices": (1, ImportPrices),
    "price.planned": (1, PricesPlanned),
    "price.changed": (1, PricesChanged),
}
