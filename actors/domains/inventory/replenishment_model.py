"""When to replenish, and with how much. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.money import BASIS
from contracts.replenishment import PurchaseLine, ReorderRow, ReplenishmentTriggered


def available_to_promise(available: int, incoming: int, backordered: int) -> int:
    """Units that may still be promised: what is there and firmly coming, less what is owed already."""
    return available + incoming - backordered


def order_quantity(row: ReorderRow, promised: int) -> int:
    """Units to order at `promised` available to promise; 0 at the reorder point or above it.

    Whole lots: the given quantity, or as much as brings it back to the target.
    """
    if promised >= row.reorder_point:
        return 0
    target = row.target or row.reorder_point + row.lot_size
    wanted = row.order_quantity or max(target, row.reorder_point) - promised
    return -(-wanted // row.lot_size) * row.lot_size


def reorder_point(daily_units: int, lead_time_days: int, cover_bp: int) -> int:
    """Units sold until what is ordered now arrives, with `cover_bp` of safety on top, rounded up."""
    return -(-daily_units * lead_time_days * (BASIS + cover_bp) // BASIS)


def grouped(
    wanted: Sequence[tuple[ReorderRow, int]], pool: str, ids: Sequence[str]
) -> tuple[ReplenishmentTriggered, ...]:
    """One order for each supplier, location, currency and lead time, in the order of its first line.

    `ids` name the orders; there must be as many as there are rows wanted.
    """
    orders: dict[tuple[str, str, str, int], list[PurchaseLine]] = {}
    for row, units in wanted:
        lines = orders.setdefault((row.location, row.supplier, row.currency, row.lead_time_ms), [])
        lines.append(PurchaseLine(str(len(lines) + 1), row.sku, units, row.price_minor, row.cost_minor))
    return tuple(
        ReplenishmentTriggered(id_, pool, location, supplier, currency, lead_time_ms, tuple(lines))
        for id_, ((location, supplier, currency, lead_time_ms), lines) in zip(
            ids, orders.items(), strict=False
        )
    )
