"""A small shop: its products, its stock, and orders as channels send them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.ids import order_id_of
from contracts.inventory import ImportProducts, ProductRow, ReceiveStock, StockRow
from contracts.orders import Discount, Order, OrderLine, Payment, PostalAddress, order_total_minor
from contracts.turn import DEFAULT_TENANT

# price, cost, currency, tax class
PRODUCTS = {
    "TEA": (255, 100, "GBP", "standard"),
    "MUG": (1_000, 400, "GBP", "standard"),
    "SOAP": (495, 150, "GBP", "reduced"),
    "BOOK": (700, 300, "GBP", "zero"),
    "SAKE": (1_200, 500, "JPY", "standard"),
    "GIFT": (0, 50, "GBP", "standard"),
    # The twins know these two: the ERP blocks one, the warehouse has never heard of the other.
    "T-ERP-REJECT": (100, 40, "GBP", "standard"),
    "T-UNKNOWN": (100, 40, "GBP", "standard"),
    # Of these the warehouse finds none, or ships them a while after the rest.
    "T-SHORT": (100, 40, "GBP", "standard"),
    "T-LATER": (100, 40, "GBP", "standard"),
}
STOCK = dict.fromkeys(PRODUCTS, 1000) | {"MUG": 3}


def price_list() -> ImportProducts:
    """All products."""
    rows = (
        ProductRow(sku, sku.title(), price, cost, currency, tax_class)
        for sku, (price, cost, currency, tax_class) in PRODUCTS.items()
    )
    return ImportProducts("default", tuple(rows))


def opening_stock() -> ReceiveStock:
    """Everything at WH1; a little tea at WH2 too."""
    rows = [StockRow(sku, "WH1", quantity) for sku, quantity in STOCK.items()]
    return ReceiveStock("default", "opening", (*rows, StockRow("TEA", "WH2", 5)))


def an_order(
    *lines: tuple[Any, ...],
    n: int = 1,
    pay: Sequence[tuple[str, int]] | None = None,
    token: str = "tok_visa",
    channel: str = "web",
    country: str = "GB",
    **fields: Any,
) -> Order:
    """The n-th order of a channel. A line is (sku, quantity[, unit price[, discount]]); two TEA by default.

    `pay` is (token, amount) for each payment; by default one carries the total.
    """
    made = tuple(
        OrderLine(
            str(number),
            line[0],
            line[1],
            line[2] if len(line) > 2 else PRODUCTS.get(line[0], (100,))[0],
            (Discount("LINE", line[3]),) if len(line) > 3 else (),
        )
        for number, line in enumerate(lines or (("TEA", 2),), start=1)
    )
    fields.setdefault("currency", "GBP")
    fields.setdefault("prices_include_tax", True)
    address = PostalAddress(country, "A. Person", ("1 Some Street",), "London", None, "N1")
    order = Order(channel, f"W{n}", lines=made, ship_to=address, payments=(), **fields)
    payments = pay if pay is not None else [(token, order_total_minor(order))]
    paid = tuple(
        Payment("psp-a" if k == 0 else "psp-b", "card", token, amount)
        for k, (token, amount) in enumerate(payments)
    )
    return Order(channel, f"W{n}", lines=made, ship_to=address, payments=paid, **fields)


def id_of(order: Order) -> str:
    """The order's id."""
    return order_id_of(DEFAULT_TENANT, order.channel, order.channel_order_id)
