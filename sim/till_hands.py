"""Who stands at the tills of a simulated run: they ring up what is sold, take some of it back, and close the tills."""

from __future__ import annotations

from typing import Any

from contracts.ports import ForeignRequest

from .load.orders import CURRENCY
from .load.planned import PlannedClosing, PlannedTillRefund, PlannedTillSale, TillLoad
from .timeline import Timeline
from .twins import MemoryTwins


class TillHands:
    """Everybody at the tills. `open` counts what they have not done yet."""

    def __init__(self, twins: MemoryTwins, timeline: Timeline, load: TillLoad) -> None:
        self.twins = twins
        self.timeline = timeline
        self.load = load
        self.open = len(load.sales) + len(load.refunds) + len(load.closings)

    async def run(self) -> None:
        """Do what the plan has for them, each thing at its time; a closing after the sales before it."""
        load = self.load
        work: list[PlannedTillSale | PlannedTillRefund | PlannedClosing] = [
            *load.sales, *load.refunds, *load.closings,
        ]  # fmt: skip
        for one in sorted(work, key=lambda one: one.at_ms):
            await self.timeline.sleep_until_ms(one.at_ms)
            if isinstance(one, PlannedClosing):
                body: dict[str, Any] = {"store": one.store, "till": one.till}
                await self._do("closings:close", one.store, body)
            elif isinstance(one, PlannedTillRefund):
                await self._do("refunds:give", one.receipt, _brought_back(one))
            else:
                await self._do("sales:ring", one.receipt, _receipt(one))
            self.open -= 1

    async def _do(self, operation: str, subject: str, body: dict[str, Any]) -> None:
        answer = await self.twins.call(ForeignRequest("tills", operation, "", subject, body))
        if answer.status >= 400:
            raise RuntimeError(f"a till refused {subject}: {answer.body}")


def _receipt(sale: PlannedTillSale) -> dict[str, Any]:
    owed = sum(net + tax for _, _, net, tax in sale.lines)
    return {
        "store": sale.store, "till": sale.till, "receipt": sale.receipt, "curr": CURRENCY,
        "items": [{"item": sku, "qty": qty, "net": net, "tax": tax} for sku, qty, net, tax in sale.lines],
        "cash": 0 if sale.by_card else owed, "card": owed if sale.by_card else 0,
    }  # fmt: skip


def _brought_back(back: PlannedTillRefund) -> dict[str, Any]:
    sku, qty, net, tax = back.line
    return {
        "store": back.store, "till": back.till, "receipt": back.receipt, "of": back.of, "curr": CURRENCY,
        "items": [{"item": sku, "qty": qty, "net": net, "tax": tax, "grade": back.grade}],
        "cash": 0 if back.by_card else net + tax, "card": net + tax if back.by_card else 0,
    }  # fmt: skip
