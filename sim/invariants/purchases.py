"""Q6: what is owed to us and by us, order by order, in the ledger."""

from __future__ import annotations

from collections.abc import Container, Mapping

from contracts.finance import LedgerPosted
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant

AR, GR_IR = "1100 accounts receivable", "2050 GR-IR"
DEPOSITS = "2100 customer deposits"


class Q6(RestInvariant):
    """At risk: completed orders that met a fault, orders that paid a deposit, and purchase orders of which not all
    that came was billed.

    Of an order that has ended no deposit is held, and what went back of one is paid. An order with an open exception
    is a person's; a purchase order's GR-IR is compared all the same.
    """

    id = "Q6"
    title = (
        "ended orders owe nothing, and no deposit is held for them; GR-IR is what came less what was invoiced"
    )

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._balances: dict[tuple[str, str], int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {"ledger.posted": self._posted}

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        for entry in body.entries:
            if entry.account in (AR, GR_IR, DEPOSITS):
                at = (entry.account, body.order_id)
                amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
                self._balances[at] = self._balances.get(at, 0) + amount

    def at_rest(self, evidence: Evidence) -> None:
        struck = self.history.faults.subjects
        for record in self.history.received():
            if not record.open_exceptions and (record.closed or record.status == "completed"):
                self._deposits(record.order_id)
            if record.status != "completed" or record.open_exceptions:
                continue
            self.checked += 1
            self.at_risk += record.order_id in struck
            owed = self._balances.get((AR, record.order_id), 0)
            if owed:
                self.broken(f"{record.order_id} is completed and {owed} stand on AR", record.order_id)
        self._purchases(struck)

    def _deposits(self, order_id: str) -> None:
        """Nothing is held of an order that has ended, and what went back of its deposit is paid."""
        held = self._balances.get((DEPOSITS, order_id))
        if held is None:
            return
        self.checked += 1
        self.at_risk += 1
        if held:
            self.broken(f"{order_id} has ended and {-held} are held as its deposit", order_id)
        owed = self.history.back.deposits.get(order_id, 0) - self.history.back.deposits_paid(order_id)
        if owed:
            self.broken(f"{order_id} has ended and {owed} of its deposit are not paid back", order_id)

    def _purchases(self, struck: Container[str]) -> None:
        orders = self.history.purchases.orders
        for bought in orders.values():
            self.checked += 1
            open_minor = bought.received_minor - bought.owed_minor
            self.at_risk += open_minor != 0 or bought.order_id in struck
            posted = -self._balances.get((GR_IR, bought.order_id), 0)
            if posted != open_minor:
                what = f"{posted} on GR-IR, received less invoiced is {open_minor}"
                self.broken(f"{bought.order_id}: {what}", bought.order_id, bought.at_ms)
        for account, order_id in self._balances:
            if account == GR_IR and order_id not in orders:
                self.broken(f"{order_id}: posted on GR-IR, and nobody ordered it", order_id)
