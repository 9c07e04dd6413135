"""Opening stock, sized from what the planned orders will ask for, and who will find too little of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contracts.inventory import ProductRow, StockRow
from contracts.ports import Chance

from ..plan import StockPlan
from .planned import PlannedOrder, Product

# Standard cost in per cent of the list price.
COST_PERCENT = 60


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
    """A row for each SKU in demand, ascending by SKU; scarce ones drawn by SKU."""
    demand: Counter[str] = Counter()
    for order in orders:
        demand.update(demand_of(order))
    rows = []
    for sku, units in sorted(demand.items()):
        scarce = chance.below(10_000, "load.scarce", sku, 0) < plan.scarce_bp
        cover_bp = plan.scarce_cover_bp if scarce else plan.cover_bp
        rows.append(StockRow(sku, plan.location, -(-units * cover_bp // 10_000)))
    return tuple(rows)


def expected_shortages(orders: Sequence[PlannedOrder], stock: Sequence[StockRow]) -> int:
    """How many orders find too little stock if each is served whole or not at all, in order of arrival.

    A forecast for sizing plans; the run itself decides who is first.
    """
    left = {row.sku: row.quantity for row in stock}
    short = 0
    for order in orders:
        demand = demand_of(order)
        if any(left[sku] < units for sku, units in demand.items()):
            short += 1
            continue
        for sku, units in demand.items():
            left[sku] -= units
    return short
