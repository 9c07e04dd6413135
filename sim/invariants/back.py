"""What comes back: returns, credit notes, refunds and disputes, folded from the journal's facts."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.deposits import DEPOSIT
from contracts.gift_cards import GiftCardCancelled, GiftCardCredited
from contracts.inventory import StockMoved
from contracts.refunds import CreditNoteIssued, Dispute, RefundFailed, RefundMade, RefundRequested
from contracts.returns import (
    ReturnAuthorized,
    ReturnClosed,
    ReturnInspected,
    ReturnReceived,
    ReturnRestocked,
    ReturnScrapped,
)
from contracts.turn import Turn

from .invariant import Reader


class ReturnRecord:
    """One return. Units by line; `moved` by SKU, as the pool tells it."""

    __slots__ = (
        "advised", "closed", "inspected", "moved", "order_id", "payable", "received", "requested", "return_id", "skus",
    )  # fmt: skip

    def __init__(self, return_id: str, order_id: str) -> None:
        self.return_id = return_id
        self.order_id = order_id
        self.skus: dict[str, str] = {}
        self.advised: dict[str, int] = {}
        self.received: dict[str, int] = {}
        self.inspected: ReturnInspected | None = None
        self.moved: dict[str, int] = {}
        # One entry for each credit note: there should be one at most.
        self.payable: list[int] = []
        self.requested: list[RefundRequested] = []
        self.closed: str | None = None

    @property
    def credited_units(self) -> int:
        """Units that the customer is to be credited for."""
        lines = self.inspected.lines if self.inspected is not None else ()
        return sum(line.grade_a + line.grade_b + line.scrap for line in lines)

    def shelved(self) -> dict[str, int]:
        """Units that belong into stock again, by SKU."""
        units: dict[str, int] = {}
        for line in self.inspected.lines if self.inspected is not None else ():
            if line.grade_a + line.grade_b:
                sku = self.skus.get(line.line_id, line.line_id)
                units[sku] = units.get(sku, 0) + line.grade_a + line.grade_b
        return units


class Back:
    """Returns by id, money that went back by the provider's own ids."""

    def __init__(self) -> None:
        self.returns: dict[str, ReturnRecord] = {}
        # id -> (the newest fact, pending, done or failed)
        self.refunds: dict[str, tuple[RefundMade | RefundFailed, str]] = {}
        # Refused at once: the provider knows nothing of them. (return, capture)
        self.refused: set[tuple[str, str]] = set()
        self.disputes: dict[str, tuple[Dispute, str]] = {}
        # What went onto gift cards, by return.
        self.onto_cards: dict[str, int] = {}
        # What was asked back of deposits, by order.
        self.deposits: dict[str, int] = {}
        self.over_returns = 0
        self.was_pending = 0

    def of(self, return_id: str, order_id: str) -> ReturnRecord:
        """The record of a return, made new where there is none."""
        found = self.returns.get(return_id)
        if found is None:
            found = self.returns[return_id] = ReturnRecord(return_id, order_id)
        return found

    def facts(self) -> Mapping[str, Reader]:
        """What is folded."""
        return {
            "return.authorized": self._authorized,
            "return.received": self._received,
            "return.inspected": self._inspected,
            "return.restocked": self._restocked,
            "return.scrapped": self._scrapped,
            "return.closed": self._closed,
            "inventory.moved": self._moved,
            "credit_note.issued": self._credited,
            "payment.refund_requested": self._requested,
            "payment.refund_pending": self._refund("pending"),
            "payment.refunded": self._refund("done"),
            "payment.refund_failed": self._refund("failed"),
            "gift_card.credited": self._onto_card,
            "gift_card.cancelled": self._card_back,
            "payment.dispute_opened": self._dispute("open"),
            "payment.dispute_won": self._dispute("won"),
            "payment.dispute_lost": self._dispute("lost"),
        }

    def _authorized(self, body: ReturnAuthorized, turn: Turn, group: int) -> None:
        record = self.of(body.return_id, body.order_id)
        for line in body.lines:
            record.skus[line.line_id] = line.sku
            record.advised[line.line_id] = record.advised.get(line.line_id, 0) + line.quantity

    def _received(self, body: ReturnReceived, turn: Turn, group: int) -> None:
        record = self.of(body.return_id, body.order_id)
        for line in body.lines:
            record.received[line.line_id] = record.received.get(line.line_id, 0) + line.quantity

    def _inspected(self, body: ReturnInspected, turn: Turn, group: int) -> None:
        self.of(body.return_id, body.order_id).inspected = body

    def _restocked(self, body: ReturnRestocked, turn: Turn, group: int) -> None:
        self.of(body.return_id, body.order_id)

    def _scrapped(self, body: ReturnScrapped, turn: Turn, group: int) -> None:
        self.of(body.return_id, body.order_id)

    def _closed(self, body: ReturnClosed, turn: Turn, group: int) -> None:
        self.of(body.return_id, body.order_id).closed = body.reason
        self.over_returns += body.reason == "over-return"

    def _moved(self, body: StockMoved, turn: Turn, group: int) -> None:
        record = self.returns.get(body.reference) if body.reason == "return" else None
        if record is not None:
            for row in body.rows:
                record.moved[row.sku] = record.moved.get(row.sku, 0) + row.quantity

    def _credited(self, body: CreditNoteIssued, turn: Turn, group: int) -> None:
        self.of(body.return_id, body.order_id).payable.append(body.payable_minor)

    def _requested(self, body: RefundRequested, turn: Turn, group: int) -> None:
        if body.return_id == DEPOSIT:
            # No return's: the goods never came.
            self.deposits[body.order_id] = self.deposits.get(body.order_id, 0) + body.amount_minor
            return
        self.of(body.return_id, body.order_id).requested.append(body)

    def _refund(self, status: str) -> Reader:
        def fold(body: RefundMade | RefundFailed, turn: Turn, group: int) -> None:
            self.was_pending += status == "pending"
            if body.refund_id:
                self.refunds[body.refund_id] = (body, status)
            else:
                self.refused.add((body.return_id, body.capture_id))

        return fold

    def _onto_card(self, body: GiftCardCredited, turn: Turn, group: int) -> None:
        self.onto_cards[body.return_id] = self.onto_cards.get(body.return_id, 0) + body.amount_minor

    def _card_back(self, body: GiftCardCancelled, turn: Turn, group: int) -> None:
        """A card given back is owed to its buyer, as a return's credit is."""
        return_id = f"card {body.card_id} {body.effect_key}"
        self.of(return_id, body.order_id).payable.append(body.amount_minor)

    def _dispute(self, status: str) -> Reader:
        def fold(body: Dispute, turn: Turn, group: int) -> None:
            self.disputes[body.dispute_id] = (body, status)

        return fold

    def deposits_paid(self, order_id: str) -> int:
        """What went back of an order's deposit."""
        return sum(
            fact.amount_minor
            for fact, known in self.refunds.values()
            if (fact.order_id, fact.return_id, known) == (order_id, DEPOSIT, "done")
        )

    def gone(self, return_id: str, status: str) -> int:
        """What went back for a return, by the journal's facts of this status."""
        return sum(
            fact.amount_minor
            for fact, known in self.refunds.values()
            if fact.return_id == return_id and known == status
        )
