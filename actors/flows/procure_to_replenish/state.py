"""What the flow remembers of a purchase order, folded from the messages that it took."""

from __future__ import annotations

from msgspec import Struct

from contracts.purchasing import InvoiceMatched, PaymentOrdered, PurchaseDelivered
from contracts.replenishment import ReplenishmentTriggered

# `done` when nothing more will come; what is still owed is paid all the same.
BUYING, DONE = "buying", "done"


class ProcureState(Struct):
    """One purchase order's way. `owed` are matched invoices, unpaid, by their ids."""

    version: int = 1
    step: str = "none"
    pool: str = ""
    owed: dict[str, InvoiceMatched] = {}


def fold_triggered(state: ProcureState, body: ReplenishmentTriggered) -> None:
    state.step, state.pool = BUYING, body.pool


def fold_ended(state: ProcureState, body: PurchaseDelivered) -> None:
    state.step = DONE


def fold_matched(state: ProcureState, body: InvoiceMatched) -> None:
    state.owed[body.invoice_id] = body


def fold_paid(state: ProcureState, body: PaymentOrdered) -> None:
    state.owed.pop(body.invoice_id, None)
