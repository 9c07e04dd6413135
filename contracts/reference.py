"""The vocabulary of reference data that the ERP tells as deltas: products, and watermarks that cannot be right.

`changed_at_ms` is the ERP's instant of a change and `version` its number: of two changes of one product the later
instant stands, of equal ones the higher number. So deltas may overlap, repeat, come in any order, and be read again
from the beginning.
"""

from __future__ import annotations

from msgspec import Struct


class ProductChange(Struct, array_like=True, frozen=True, gc=False):
    """A product as it is from now on. Price and cost are those of one that nobody knew before."""

    sku: str
    name: str
    tax_class: str
    weight_g: int
    price_minor: int
    cost_minor: int
    currency: str
    changed_at_ms: int
    version: int


class ImportProductChanges(Struct, array_like=True, frozen=True, gc=False):
    """catalog.import_product_changes: what is newer than what is known stands from now on."""

    price_list: str
    rows: tuple[ProductChange, ...]


class ProductsChanged(Struct, array_like=True, frozen=True, gc=False):
    """product.changed: these are newer than what was known of them."""

    price_list: str
    rows: tuple[ProductChange, ...]


class ReportWatermark(Struct, array_like=True, frozen=True, gc=False):
    """feed.report_watermark: `behind`: the feed ends at `n`, and was read up to `cursor`; `gap`: what stands behind
    `cursor` and before `n` is not told.
    """

    feed: str
    what: str
    cursor: int
    n: int


class FeedRewound(Struct, array_like=True, frozen=True, gc=False):
    """feed.rewound: all of it is read again, from the first record on."""

    feed: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "catalog.import_product_changes": (1, ImportProductChanges),
    "product.changed": (1, ProductsChanged),
    "feed.report_watermark": (1, ReportWatermark),
    "feed.rewound": (1, FeedRewound),
}
