"""Now and then a delivery of what orders wait for, in a run where not everything is bought by the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.inventory import ReceiveStock, StockRow

from .load.stock import opening_values
from .stock_keepers import LATE

if TYPE_CHECKING:
    from .stage import Stage

# How long what is not there is waited for, at most.
DELIVERY_MS = 20_000


async def late_deliveries(stage: Stage) -> None:
    """Now and then a delivery of what orders wait for then. One that a crash swallowed is followed by another."""
    n = 0
    while True:
        await stage.timeline.sleep_until_ms(stage.timeline.now_ms() + DELIVERY_MS)
        pool = stage.system.look("inventory", "default") if stage.system is not None else None
        if stage.system is None or pool is None or not pool.waiting:
            continue
        n += 1
        location = stage.plan.load.stock.location
        rows = tuple(
            StockRow(sku, location, sum(orders.values())) for sku, orders in sorted(pool.waiting.items())
        )
        stage.record(stage.system, f"late-{n}", "inventory", ReceiveStock("default", f"{LATE}{n}", rows))
        for value in opening_values(rows, stage.load.catalog, f"late-{n}"):
            stage.record(stage.system, f"late-value-{n}", "finance", value, value.book)
