"""What is sold in stores while the orders come: receipts and closings of two tills, and what stands on their shelves.

Half of what they sell is what the orders ask for most. Of some of it the book has too little: it was brought to the
store without papers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contracts.inventory import StockRow
from contracts.money import tax_in_gross
from contracts.ports import Chance

from .planned import PlannedClosing, PlannedOrder, PlannedTillSale, Product, TillLoad
from .stock import demand_of

# (store, till): where the sales are, drawn.
TILLS = (("ST1", "1"), ("ST2", "1"))
CLOSINGS = 3
ASSORTMENT = 24
RATE_BP = 2_000
# Of some SKUs the book has half of what a store sells, of the others three times as much.
SCARCE_IN = 3


def till_load(
    orders: Sequence[PlannedOrder],
    products: Sequence[Product],
    share_bp: int,
    chance: Chance,
    from_ms: int,
    to_ms: int,
) -> TillLoad:
    """`share_bp` receipts for 10,000 orders, spread evenly over the time between, and each till's closings."""
    count = -(-len(orders) * share_bp // 10_000)
    if not count or not products:
        return TillLoad()
    assortment = _assortment(orders, products, chance)
    sales = tuple(
        _sale(n, from_ms + (to_ms - from_ms) * n // count, assortment, chance) for n in range(count)
    )
    closings = tuple(
        PlannedClosing(from_ms + (to_ms - from_ms) * k // CLOSINGS, store, till)
        for k in range(1, CLOSINGS + 1)
        for store, till in TILLS
    )
    return TillLoad(sales, closings, _stock(sales, chance))


def _assortment(orders: Sequence[PlannedOrder], products: Sequence[Product], chance: Chance) -> list[Product]:
    demand: Counter[str] = Counter()
    for order in orders:
        demand.update(demand_of(order))
    known = {product.sku: product for product in products}
    wanted = sorted(demand, key=lambda sku: (-demand[sku], sku))[: ASSORTMENT // 2]
    drawn = [
        products[chance.below(len(products), "load.till_assortment", "", n)].sku
        for n in range(ASSORTMENT - len(wanted))
    ]
    return [known[sku] for sku in dict.fromkeys([*wanted, *drawn]) if sku in known]


def _sale(n: int, at_ms: int, assortment: Sequence[Product], chance: Chance) -> PlannedTillSale:
    name = str(n)
    store, till = TILLS[chance.below(len(TILLS), "load.till", name, 0)]
    lines = []
    for k in range(1 + chance.below(3, "load.till_lines", name, 0)):
        product = assortment[chance.below(len(assortment), "load.till_sku", name, k)]
        units = 1 + chance.below(2, "load.till_units", name, k)
        gross = units * product.price_minor
        tax = tax_in_gross(gross, RATE_BP)
        lines.append((product.sku, units, gross - tax, tax))
    by_card = chance.below(3, "load.till_card", name, 0) > 0
    return PlannedTillSale(at_ms, store, till, f"{store}-R{n:05d}", tuple(lines), by_card)


def _stock(sales: Sequence[PlannedTillSale], chance: Chance) -> tuple[StockRow, ...]:
    sold: Counter[tuple[str, str]] = Counter()
    for sale in sales:
        for sku, units, _, _ in sale.lines:
            sold[sale.store, sku] += units
    rows = []
    for (store, sku), units in sorted(sold.items()):
        scarce = chance.below(SCARCE_IN, "load.till_scarce", f"{store} {sku}", 0) == 0
        there = units // 2 if scarce else 3 * units
        if there:
            rows.append(StockRow(sku, store, there))
    return tuple(rows)
