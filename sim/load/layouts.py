"""The known layouts of a trace, each a table. A new one is a new table, not code."""

from __future__ import annotations

from msgspec import Struct


class Layout(Struct, frozen=True):
    """Which column holds what, and what the trace's own conventions mean.

    `description` may be empty: no such column. `documents` maps the first letter of an order reference to
    the kind its rows are listed by. `not_products` and `not_product_prefixes` (upper case) are codes that
    stand for charges and corrections. `negative_kind` lists rows of fewer than no units. Columns hold the
    currency's amounts.
    """

    name: str
    columns: tuple[str, ...]
    order_ref: str
    placed_at: str
    customer: str
    country: str
    sku: str
    quantity: str
    unit_price: str
    negative_kind: str
    description: str = ""
    documents: tuple[tuple[str, str], ...] = ()
    not_products: frozenset[str] = frozenset()
    not_product_prefixes: tuple[str, ...] = ()
    currency: str = "GBP"


LAYOUTS = (
    Layout(
        name="plain",
        columns=("order_ref", "placed_at", "customer", "country", "sku", "quantity", "unit_price"),
        order_ref="order_ref",
        placed_at="placed_at",
        customer="customer",
        country="country",
        sku="sku",
        quantity="quantity",
        unit_price="unit_price",
        negative_kind="cancellation",
        documents=(("C", "cancellation"),),
    ),
    # UCI Machine Learning Repository, "Online Retail", DOI 10.24432/C5BW33. Postage, carriage, samples,
    # discounts, bank and marketplace fees, charity boxes, cushion pads at no price and gift vouchers are
    # entered as lines with codes of their own.
    Layout(
        name="uci_online_retail",
        columns=(
            "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country",
        ),
        order_ref="InvoiceNo",
        placed_at="InvoiceDate",
        customer="CustomerID",
        country="Country",
        sku="StockCode",
        quantity="Quantity",
        unit_price="UnitPrice",
        negative_kind="adjustment",
        description="Description",
        documents=(("C", "cancellation"), ("A", "bad_debt")),
        not_products=frozenset(
            ("POST", "DOT", "M", "D", "C2", "S", "B", "PADS", "CRUK", "BANK CHARGES", "AMAZONFEE")
        ),
        not_product_prefixes=("GIFT_",),
    ),
)  # fmt: skip


def layout_of(header: list[str]) -> Layout | None:
    """The layout with exactly these columns, in any order, or None."""
    for layout in LAYOUTS:
        if len(header) == len(layout.columns) and set(header) == set(layout.columns):
            return layout
    return None
