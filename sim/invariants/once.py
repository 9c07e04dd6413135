"""A12, A14: one effect, outside and inside, whatever is sent, told or done again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from contracts.finance import InvoiceIssued, LedgerPosted
from contracts.fulfillment import ShipmentDispatched
from contracts.inventory import ReservationCommitted, StockMoved
from contracts.purchasing import GoodsReceived, InvoiceReceived, PurchaseAcknowledged, ShipmentAdvised
from contracts.refunds import CreditNoteIssued, RefundMade
from contracts.settlement import FileImported, LineJudged, LineMatched, LineMismatched, PayoutReconciled
from contracts.tills import TillFilePosted
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader


class A12(Invariant):
    """At risk: a create whose answer got lost after the document was made, or that a crash left open; sent
    again blindly, each would make a second document.
    """

    id = "A12"
    title = "one ERP document for an order at most"

    def finish(self, evidence: Evidence) -> None:
        lost = self.history.faults.count(("timeout_after",), "erp", "sales_orders")
        self.at_risk = lost + self.history.messages.open_calls("erp")
        made: dict[str, list[str]] = {}
        for document in evidence.books.get("erp", {}).get("documents", ()):
            made.setdefault(document["external_ref"], []).append(document["doc_no"])
        for order_id, documents in made.items():
            self.checked += 1
            if len(documents) > 1:
                self.broken(f"{order_id} has {len(documents)} documents in the ERP: "
                            + " and ".join(documents), order_id)  # fmt: skip
        for record in self.history.received():
            if len(set(record.acknowledged)) > 1:
                self.broken(f"{record.order_id} was acknowledged as {' and '.join(record.acknowledged)}",
                            record.order_id)  # fmt: skip


class A14(Invariant):
    """Every message has one turn at most, and every effect inside is there once.

    At risk: a wake-up delivered twice, a message still pending when a process ended, which the next one woke
    again, and what a partner's file or feed told twice, by that partner's own books.
    """

    id = "A14"
    title = "one effect for a consumer and a message"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._done: dict[tuple[str, Hashable], str] = {}
        # What was sent in a lost shipment's place.
        self._again: dict[str, str] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "shipment.dispatched": self._dispatched,
            "inventory.reservation_committed": self._committed,
            "invoice.issued": self._invoiced,
            "ledger.posted": self._posted,
            "credit_note.issued": self._credited,
            "goods.received": self._goods,
            "purchase_order.acknowledged": self._acknowledged,
            "asn.received": self._advised,
            "supplier_invoice.received": self._billed,
            "inventory.moved": self._moved,
            "payment.refunded": self._refunded,
            "settlement.file_imported": self._imported,
            "finance.line_judged": self._judged,
            "settlement.line_matched": self._settled,
            "settlement.line_mismatched": self._settled,
            "settlement.payout_reconciled": self._paid_out,
            "till_file.posted": self._till_posted,
        }

    def _goods(self, body: GoodsReceived, turn: Turn, group: int) -> None:
        self._once("received", body.receipt_id, body.order_id, turn)

    def _acknowledged(self, body: PurchaseAcknowledged, turn: Turn, group: int) -> None:
        self._once("acknowledged", (body.order_id, body.acknowledgment_id), body.order_id, turn)

    def _advised(self, body: ShipmentAdvised, turn: Turn, group: int) -> None:
        self._once("advised", (body.order_id, body.asn_id), body.order_id, turn)

    def _billed(self, body: InvoiceReceived, turn: Turn, group: int) -> None:
        self._once("billed", (body.order_id, body.invoice_id), body.order_id, turn)

    def _moved(self, body: StockMoved, turn: Turn, group: int) -> None:
        # A receipt may be two movements: what was forced is made up for first.
        if body.reason == "receipt" and turn.subject in self.history.purchases.orders:
            self._once("put into stock", (body.reference, body.to_bucket), turn.subject, turn)
        elif body.reason == "sale":
            self._once("taken by its till", (body.reference, body.from_bucket), body.reference, turn)
        elif body.reason == "till-return":
            self._once("taken back by its till", (body.reference, body.to_bucket), body.reference, turn)

    def _dispatched(self, body: ShipmentDispatched, turn: Turn, group: int) -> None:
        # In pieces a fulfillment order is shipped more than once, each time under another number.
        id_ = body.fulfillment_order_id if body.lines is None else body.shipment_id
        self._once("shipped", id_, body.order_id, turn)
        before = self._again.setdefault(body.again, body.fulfillment_order_id) if body.again else ""
        if before not in ("", body.fulfillment_order_id):
            self.broken(f"{body.order_id}: {body.again} was sent again twice", body.order_id, turn.at_ms)

    def _committed(self, body: ReservationCommitted, turn: Turn, group: int) -> None:
        self._once("taken from stock", body.shipment_id, body.order_id, turn)

    def _invoiced(self, body: InvoiceIssued, turn: Turn, group: int) -> None:
        self._once("invoiced", body.shipment_id, body.order_id, turn)

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        # The number of an invoice is its book's.
        self._once(f"posted as {body.step}", (body.book, body.reference), body.order_id, turn)

    def _credited(self, body: CreditNoteIssued, turn: Turn, group: int) -> None:
        self._once("credited", body.return_id, body.order_id, turn)

    def _refunded(self, body: RefundMade, turn: Turn, group: int) -> None:
        self._once("refunded", body.refund_id, body.order_id, turn)

    def _imported(self, body: FileImported, turn: Turn, group: int) -> None:
        # Neither under the name it has, nor under another.
        self._once("imported", (body.provider, body.file_id), body.file_id, turn)
        self._once("imported", (body.provider, body.sha256), body.file_id, turn)

    def _judged(self, body: LineJudged, turn: Turn, group: int) -> None:
        self._once("judged", (body.provider, body.file_id, body.line_id), body.file_id, turn)

    def _settled(self, body: LineMatched | LineMismatched, turn: Turn, group: int) -> None:
        self._once("settled", (body.provider, body.file_id, body.line_id), body.file_id, turn)

    def _paid_out(self, body: PayoutReconciled, turn: Turn, group: int) -> None:
        self._once("paid out", (body.provider, body.file_id), body.file_id, turn)

    def _till_posted(self, body: TillFilePosted, turn: Turn, group: int) -> None:
        self._once("posted", (body.store, body.file_id), body.file_id, turn)

    def _once(self, effect: str, of: Hashable, order_id: str, turn: Turn) -> None:
        self.checked += 1
        before = self._done.get((effect, of))
        if before is None:
            self._done[effect, of] = turn.cause
        else:
            what = " ".join(of) if isinstance(of, tuple) else of
            self.broken(f"{order_id}: {what} was {effect} twice, by {before} and by {turn.cause}",
                        order_id, turn.at_ms)  # fmt: skip

    def finish(self, evidence: Evidence) -> None:
        messages = self.history.messages
        self.checked += self.history.turns
        told_twice = sum(books.get("told_twice", 0) for books in evidence.books.values())
        self.at_risk = self.history.faults.count(("duplicate_delivery",)) + messages.recovered + told_twice
        for turn, what in messages.taken_twice:
            self.broken(f"{turn.subject}: {turn.actor} took {what}", turn.subject, turn.at_ms)
