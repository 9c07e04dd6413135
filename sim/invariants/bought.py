"""Purchase orders as the journal's facts tell them, and the suppliers' and the dock's books against them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.purchasing import (
    GoodsReceived,
    InvoiceMatched,
    InvoiceReceived,
    PurchaseEnded,
    PurchaseSuggested,
)
from contracts.turn import Turn

from .invariant import Reader

Row = Mapping[str, Any]
Compared = Iterator[tuple[str, str | None]]

ENDS = ("closed", "cancelled", "excepted")


class PurchaseRecord:
    """One purchase order: where it got to, and the documents that were believed."""

    __slots__ = (
        "at_ms",
        "ended_at_ms",
        "invoices",
        "order_id",
        "owed_minor",
        "receipts",
        "status",
        "supplier",
    )

    def __init__(self, order_id: str) -> None:
        self.order_id = order_id
        self.supplier = ""
        self.status = "none"
        self.at_ms = 0
        self.ended_at_ms: int | None = None
        self.receipts: dict[str, GoodsReceived] = {}
        self.invoices: dict[str, InvoiceReceived] = {}
        self.owed_minor = 0

    @property
    def received_minor(self) -> int:
        """What was received, at the order's prices."""
        return sum(
            line.quantity * line.price_minor for receipt in self.receipts.values() for line in receipt.lines
        )


class Purchases:
    """Every purchase order, by its id."""

    def __init__(self) -> None:
        self.orders: dict[str, PurchaseRecord] = {}

    def of(self, order_id: str) -> PurchaseRecord:
        """The record of an order, made new where there is none."""
        return self.orders.setdefault(order_id, PurchaseRecord(order_id))

    def facts(self) -> Mapping[str, Reader]:
        """What is folded."""
        return {
            "purchase_order.suggested": self._suggested,
            "goods.received": self._received,
            "supplier_invoice.received": self._invoiced,
            "supplier_invoice.matched": self._matched,
            **{f"purchase_order.{status}": self._ended_as(status) for status in ENDS},
        }

    def _suggested(self, body: PurchaseSuggested, turn: Turn, group: int) -> None:
        record = self.of(body.order_id)
        record.status, record.supplier, record.at_ms = "open", body.supplier, turn.at_ms

    def _received(self, body: GoodsReceived, turn: Turn, group: int) -> None:
        self.of(body.order_id).receipts.setdefault(body.receipt_id, body)

    def _invoiced(self, body: InvoiceReceived, turn: Turn, group: int) -> None:
        self.of(body.order_id).invoices.setdefault(body.invoice_id, body)

    def _matched(self, body: InvoiceMatched, turn: Turn, group: int) -> None:
        self.of(body.order_id).owed_minor += body.accrued_minor

    def _ended_as(self, status: str) -> Reader:
        def ended(body: PurchaseEnded, turn: Turn, group: int) -> None:
            record = self.of(body.order_id)
            record.status, record.ended_at_ms = status, turn.at_ms

        return ended

    # -- the books outside -------------------------------------------------------------------------

    def against_orders(self, books: Row) -> Compared:
        """Whom the suppliers' orders are from, and how they ended."""
        seen = set()
        for row in books["orders"]:
            order_id = row["po"]
            seen.add(order_id)
            record = self.orders.get(order_id)
            if record is None:
                yield order_id, "a supplier has an order that we never wrote"
            elif record.supplier != row["vendor"]:
                yield order_id, f"{row['vendor']} has it, it was written to {record.supplier}"
            elif row["status"] == "rejected" and record.status not in ("excepted", "cancelled"):
                yield order_id, f"rejected by {row['vendor']}, {record.status} here"
            else:
                yield order_id, None
        for record in self.orders.values():
            if record.receipts and record.order_id not in seen:
                yield record.order_id, "goods were received, and no supplier knows the order"

    def against_invoices(self, books: Row) -> Compared:
        """What the suppliers have billed is what we were billed."""
        theirs = {row["doc"]: (row["po"], row["total"]) for row in books["invoices"]}
        ours = {
            id_: (record.order_id, invoice.total_minor)
            for record in self.orders.values()
            for id_, invoice in record.invoices.items()
        }
        yield from _differences(theirs, ours, "supplier billed")

    def against_dock(self, books: Row) -> Compared:
        """What the dock has counted is what we received."""
        theirs = {
            row["receipt"]: (row["po"], sorted((item["line"], item["qty"]) for item in row["items"]))
            for row in books.get("receipts", ())
        }
        ours = {
            id_: (record.order_id, sorted((line.line_id, line.quantity) for line in receipt.lines))
            for record in self.orders.values()
            for id_, receipt in record.receipts.items()
        }
        yield from _differences(theirs, ours, "warehouse counted")


def _differences(theirs: Mapping[str, Any], ours: Mapping[str, Any], who: str) -> Compared:
    for id_, told in theirs.items():
        same = ours.get(id_) == told
        yield told[0], None if same else f"the {who} {told[1]} as {id_}, we have {ours.get(id_)}"
    for id_, known in ours.items():
        if id_ not in theirs:
            yield known[0], f"no {who} {id_}"
