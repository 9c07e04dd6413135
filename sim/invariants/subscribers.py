"""What CRM, planning and BI have in their books, against the journal's facts and the other twins' books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contracts.accounts import COGS, DISCOUNTS, RESTOCKING_FEES, REVENUE, SALES_RETURNS, SHIPPING_REVENUE
from contracts.customers import GUEST, CustomerErased, CustomerUpserted
from contracts.finance import LedgerPosted
from contracts.turn import Turn

from .channels import Compared, Kept, Row, paid, rows_of, waited_for
from .evidence import Evidence
from .invariant import Reader

if TYPE_CHECKING:
    from .history import History
    from .records import OrderRecord

_SALES = frozenset((REVENUE, SHIPPING_REVENUE, RESTOCKING_FEES, DISCOUNTS))
_ON_HAND = ("available", "reserved", "allocated", "safety", "damaged", "quality_hold")


class Told:
    """What the journal's facts say that subscribers should know: customers, and what each day came to."""

    def __init__(self) -> None:
        self.customers: dict[str, str] = {}
        # (book, day, currency) -> sold, taken back, at what cost.
        self.days: dict[tuple[str, int, str], list[int]] = {}
        self.credited: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        """What is folded."""
        return {
            "customer.upserted": self._upserted,
            "customer.erased": self._erased,
            "ledger.posted": self._posted,
            "gift_card.credited": self._to_a_card,
        }

    def _upserted(self, body: CustomerUpserted, turn: Turn, group: int) -> None:
        self.customers[body.customer_id] = "known"

    def _erased(self, body: CustomerErased, turn: Turn, group: int) -> None:
        if not body.customer_id.startswith(GUEST):
            self.customers[body.customer_id] = "erased"

    def _to_a_card(self, body: Any, turn: Turn, group: int) -> None:
        self.credited[body.order_id] = self.credited.get(body.order_id, 0) + body.amount_minor

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        figures = [0, 0, 0]
        touched = False
        for entry in body.entries:
            amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
            if entry.account in _SALES:
                figures[0] -= amount
            elif entry.account == SALES_RETURNS:
                figures[1] += amount
            elif entry.account == COGS:
                figures[2] += amount
            else:
                continue
            touched = True
        if touched:
            day = self.days.setdefault((body.book, body.document_date, body.currency), [0, 0, 0])
            for n, figure in enumerate(figures):
                day[n] += figure


def differences(history: History, evidence: Evidence, told: Told) -> Compared:
    """Every subscriber that keeps books, both ways."""
    books = evidence.books
    for name, compare in (("crm", _crm), ("planning", _planning), ("bi", _bi)):
        if name in books:
            for order_id, difference in compare(history, evidence, told, books[name]["books"].get(name, {})):
                yield order_id, difference and f"{name}: {difference}"


def _left_over(kind: str, side: Kept) -> Iterator[tuple[str, str]]:
    for ref in side.rows:
        yield "", f"{kind} {ref} is nothing of ours"


def _ended(history: History) -> Iterator[OrderRecord]:
    """Orders of which there is something to tell."""
    return (record for record in history.received() if record.status not in ("none", "received"))


def _orders(history: History, side: Kept, *, words: bool = False) -> Compared:
    for record in _ended(history):
        assert record.order is not None
        total = record.total_minor or 0
        ours: dict[str, Any] = {"status": record.status, "total": str(total) if words else total}
        yield record.order_id, side.differs(record.order_id, ours)
    # One that is held before it is accepted, and waits.
    waiting = {record.order_id for record in history.received() if record.status == "received"}
    yield from _left_over(
        "order", _without(side, waiting)
    )  # fmt: skip


def _without(side: Kept, refs: set[str]) -> Kept:
    for ref in refs:
        side.rows.pop(ref, None)
    return side


def _crm(history: History, evidence: Evidence, told: Told, book: Row) -> Compared:
    contacts = Kept(book, "contacts", {"status": "state", "name": "full_name", "email": "email"})
    for customer_id, status in told.customers.items():
        row = contacts.rows.get(customer_id)
        gone = {"name": None, "email": None} if status == "erased" else {}
        if row is None and status == "erased":
            # Erased before the CRM ever heard of them, or with orders alone.
            yield "", None
            continue
        yield "", contacts.differs(customer_id, {"status": status, **gone})
    yield from _left_over("contact", contacts)
    yield from _orders(history, Kept(book, "deals", {"status": "stage", "total": "amount"}))


def _planning(history: History, evidence: Evidence, told: Told, book: Row) -> Compared:
    words = {"sales": "sales", "returns": "returns", "cost": "cost", "margin": "margin"}
    days = Kept(book, "daily_sales", words)
    for (of, day, currency), (sales, back, cost) in told.days.items():
        ours = {"sales": sales, "returns": back, "cost": cost, "margin": sales - back - cost}
        yield "", days.differs(f"{of} {day} {currency}", ours)
    yield from _left_over("day", days)
    stock = Kept(
        book, "stock", {"on_hand": "on_hand", "free": "free", "promised": "promised", "backlog": "backlog"}
    )
    waiting = waited_for(history)
    for sku, units in _stock(history).items():
        yield "", stock.differs(sku, {**units, "backlog": waiting.get(sku, 0)})
    yield from _left_over("stock", stock)
    yield from _orders(history, Kept(book, "open_orders", {"status": "state", "total": "value"}))


def _stock(history: History) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (_, sku), level in history.pool.levels.items():
        units = found.setdefault(sku, {"on_hand": 0, "free": 0, "promised": 0})
        units["on_hand"] += sum(level.get(bucket, 0) for bucket in _ON_HAND) - level.get("forced", 0)
        units["free"] += level.get("available", 0)
        units["promised"] += level.get("reserved", 0)
    return found


def _bi(history: History, evidence: Evidence, told: Told, book: Row) -> Compared:
    yield from _orders(history, Kept(book, "fact_order", {"status": "status", "total": "total"}), words=True)
    shipments = Kept(book, "fact_shipment", {"status": "status"})
    known = {
        one.shipment_id for record in history.orders.values() for one in (*record.shipments, *record.again)
    }
    for order_id, rows in rows_of(evidence, "warehouse", "shipments", "ref").items():
        for row in rows:
            if row["shipment"] in known:
                status = history.parcels.status.get(row["shipment"], "dispatched")
                yield order_id, shipments.differs(row["shipment"], {"status": status})
    yield from _left_over("shipment", shipments)
    refunds = Kept(book, "fact_refund", {"amount": "amount"})
    paid_back = rows_of(evidence, "payments", "refunds", "reference")
    for record in history.received():
        amount = told.credited.get(record.order_id, 0) + paid(paid_back.get(record.order_id, []))
        if amount or record.order_id in refunds.rows:
            yield record.order_id, refunds.differs(record.order_id, {"amount": str(amount)})
    yield from _left_over("refund", refunds)
