"""Opening stock, sized from what the planned orders will ask for, and who will find too little of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contracts.entities import entity_of_book, entity_of_location
from contracts.finance import OpeningStock, PostOpeningStock
from contracts.inventory import ProductRow, StockRow
from contracts.ports import Chance
from contracts.replenishment import ReorderRow

from ..plan import StockPlan
from .planned import PlannedOrder, Product

# Standard cost in per cent of the list price.
COST_PERCENT = 60
SUPPLIERS = ("SUP-A", "SUP-B")


def catalog_rows(products: Sequence[Product], currency: str) -> tuple[ProductRow, ...]:
    """The price list."""
    return tuple(
        ProductRow(
            sku=product.sku,
            name=product.name,
            price_minor=product.price_minor,
            cost_minor=product.price_minor * COST_PERCENT // 100,
            currency=currency,
            weight_g=250,
        )
        for product in products
    )


def demand_of(order: PlannedOrder) -> Counter[str]:
    """Units of each SKU that the order needs, its lines together."""
    demand: Counter[str] = Counter()
    for line in order.order.lines:
        demand[line.sku] += line.quantity
    return demand


def opening_stock(orders: Sequence[PlannedOrder], plan: StockPlan, chance: Chance) -> tuple[StockRow, ...]:
    """Rows for each SKU in demand, ascending by SKU, scarce and spread ones drawn by SKU."""
    demand: Counter[str] = Counter()
    for order in orders:
        demand.update(demand_of(order))
    rows = []
    for sku, units in sorted(demand.items()):
        scarce = chance.below(10_000, "load.scarce", sku, 0) < plan.scarce_bp
        cover_bp = plan.scarce_cover_bp if scarce else plan.cover_bp
        rows += _placed(sku, -(-units * cover_bp // 10_000), plan, chance)
    return tuple(rows)


def _placed(sku: str, units: int, plan: StockPlan, chance: Chance) -> list[StockRow]:
    """All of it at the first location; or a tenth there, and the rest at the others, most of it at the earlier."""
    if chance.below(10_000, "load.spread", sku, 0) >= plan.spread_bp:
        return [StockRow(sku, plan.location, units)]
    rows = [StockRow(sku, plan.location, units // 10)]
    left = units - units // 10
    for n, location in enumerate(plan.others, start=1):
        there = left if n == len(plan.others) else -(-left * 2 // 3)
        rows.append(StockRow(sku, location, there))
        left -= there
    return [row for row in rows if row.quantity]


def reorder_points(
    stock: Sequence[StockRow], catalog: Sequence[ProductRow], plan: StockPlan, chance: Chance
) -> tuple[ReorderRow, ...]:
    """What is bought when it is low: of SKUs drawn, in lots of a dozen, from two suppliers, near standard cost."""
    products = {product.sku: product for product in catalog}
    rows = []
    for row in stock:
        if chance.below(10_000, "load.reorder", row.sku, 0) >= plan.reorder_bp:
            continue
        cost = products[row.sku].cost_minor
        price = max(1, cost * (98 + chance.below(5, "load.buying_price", row.sku, 0)) // 100)
        supplier = SUPPLIERS[chance.below(len(SUPPLIERS), "load.supplier", row.sku, 0)]
        # A position whose point were 0 would never fall below it.
        point = max(1, row.quantity * plan.reorder_point_bp // 10_000)
        rows.append(
            ReorderRow(
                row.sku,
                row.location,
                point,
                supplier,
                price,
                cost,
                products[row.sku].currency,
                plan.reorder_lead_ms,
                lot_size=12,
                target=row.quantity,
            )
        )
    return tuple(rows)


def opening_value(stock: Sequence[StockRow], catalog: Sequence[ProductRow]) -> tuple[OpeningStock, ...]:
    """What the opening stock costs at each location."""
    cost = {product.sku: product.cost_minor for product in catalog}
    value: Counter[str] = Counter()
    for row in stock:
        value[row.location] += row.quantity * cost.get(row.sku, 0)
    return tuple(OpeningStock(location, value[location]) for location in sorted(value))


def opening_values(
    stock: Sequence[StockRow], catalog: Sequence[ProductRow], reference: str
) -> list[PostOpeningStock]:
    """The same as each entity's book has to post it."""
    books: dict[str, list[OpeningStock]] = {}
    for row in opening_value(stock, catalog):
        books.setdefault(entity_of_location(row.location).book, []).append(row)
    return [
        PostOpeningStock(book, reference, entity_of_book(book).base_currency, tuple(rows))
        for book, rows in books.items()
    ]


def expected_shortages(orders: Sequence[PlannedOrder], stock: Sequence[StockRow]) -> int:
    """How many orders find too little stock if each is served whole or not at all, in order of arrival.

    A forecast for sizing plans; the run itself decides who is first.
    """
    left: Counter[str] = Counter()
    for row in stock:
        left[row.sku] += row.quantity
    short = 0
    for order in orders:
        demand = demand_of(order)
        if any(left[sku] < units for sku, units in demand.items()):
            short += 1
            continue
        for sku, units in demand.items():
            left[sku] -= units
    return short
