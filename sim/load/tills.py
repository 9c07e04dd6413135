"""What is sold in stores while the orders come: receipts and closings of two tills, and what stands on their shelves.

Half of what they sell is what the orders ask for most. Of some of it the book has too little: it was brought to the
store without papers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import structs

from contracts.inventory import StockRow
from contracts.money import tax_in_gross
from contracts.orders import Delivery
from contracts.ports import Chance
from contracts.tills import GRADES

from ..plan import LoadPlan
from .planned import PlannedClosing, PlannedOrder, PlannedTillRefund, PlannedTillSale, Product, TillLoad
from .stock import demand_of

# (store, till): where the sales are, drawn.
TILLS = (("ST1", "1"), ("ST2", "1"))
CLOSINGS = 3
ASSORTMENT = 24
RATE_BP = 2_000
# Of some SKUs the book has half of what a store sells, of the others three times as much.
SCARCE_IN = 3
# One receipt in so many has a line that is brought back, within this time.
BACK_IN, BACK_WITHIN_MS = 4, 30_000


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
    if not products:
        return TillLoad()
    assortment = _assortment(orders, products, chance)
    sales = tuple(
        _sale(n, from_ms + (to_ms - from_ms) * n // count, assortment, chance) for n in range(count)
    )
    closings = tuple(
        PlannedClosing(from_ms + (to_ms - from_ms) * k // CLOSINGS, store, till)
        for k in range(1, CLOSINGS + 1 if count else 0)
        for store, till in TILLS
    )
    refunds = tuple(_brought_back(sales, to_ms, chance))
    return TillLoad(sales, closings, _stock(orders, sales, chance), refunds)


def _brought_back(
    sales: Sequence[PlannedTillSale], to_ms: int, chance: Chance
) -> Iterator[PlannedTillRefund]:
    """Of some receipts a line comes back before the stores close; what was paid by card goes back to it."""
    for sale in sales:
        name = sale.receipt
        if chance.below(BACK_IN, "load.till_back", name, 0):
            continue
        at_ms = min(to_ms, sale.at_ms + 1 + chance.below(BACK_WITHIN_MS, "load.till_back_at", name, 0))
        line = sale.lines[chance.below(len(sale.lines), "load.till_back_line", name, 0)]
        grade = GRADES[chance.below(len(GRADES), "load.till_back_grade", name, 0)]
        receipt = f"{name}-B"
        yield PlannedTillRefund(at_ms, sale.store, sale.till, receipt, name, line, grade, sale.by_card)


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


def with_pickups(orders: Sequence[PlannedOrder], load: LoadPlan, chance: Chance) -> tuple[PlannedOrder, ...]:
    """The orders, some of the web's to be collected in a store. What the desk holds is sent."""

    def collected(one: PlannedOrder) -> bool:
        ref = one.order.channel_order_id
        drawn = chance.below(10_000, "load.pickup", ref, 0) < load.pickups_bp
        return drawn and one.order.channel == "web" and one.hold_at_ms is None

    def at_store(one: PlannedOrder) -> PlannedOrder:
        store, _ = TILLS[chance.below(len(TILLS), "load.pickup_store", one.order.channel_order_id, 0)]
        order = structs.replace(one.order, delivery=Delivery("pickup", None, store))
        return structs.replace(one, order=order)

    return tuple([at_store(one) if collected(one) else one for one in orders])


def _stock(
    orders: Sequence[PlannedOrder], sales: Sequence[PlannedTillSale], chance: Chance
) -> tuple[StockRow, ...]:
    """For the tills as drawn, and for what is collected all that it needs."""
    sold: Counter[tuple[str, str]] = Counter()
    wanted: Counter[tuple[str, str]] = Counter()
    for one in orders:
        if one.order.delivery.pickup_location is not None:
            for sku, units in demand_of(one).items():
                wanted[one.order.delivery.pickup_location, sku] += units
    for sale in sales:
        for sku, units, _, _ in sale.lines:
            sold[sale.store, sku] += units
    rows = []
    for store, sku in sorted({*sold, *wanted}):
        units = sold[store, sku]
        scarce = chance.below(SCARCE_IN, "load.till_scarce", f"{store} {sku}", 0) == 0
        there = (units // 2 if scarce else 3 * units) + wanted[store, sku]
        if there:
            rows.append(StockRow(sku, store, there))
    return tuple(rows)
