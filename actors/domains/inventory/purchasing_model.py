"""The purchase order: what may be done to it in which state, and whether order, receipt and invoice agree. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from contracts.entities import entity_of_location
from contracts.money import BASIS
from contracts.purchase_states import PURCHASE_ORDER
from contracts.purchasing import (
    AcknowledgeOrder,
    ConfirmedLine,
    CountedLine,
    InvoicedLine,
    InvoiceReceived,
)
from contracts.replenishment import PurchaseLine
from contracts.suppliers import Supplier
from contracts.working_days import next_working_ms

NONE, SUGGESTED, ISSUED, ACKNOWLEDGED = "none", "suggested", "issued", "acknowledged"
RECEIVING, DELIVERED = "receiving", "delivered"
CLOSED, CANCELLED, EXCEPTED = "closed", "cancelled", "excepted"
STATUSES = (NONE, SUGGESTED, ISSUED, ACKNOWLEDGED, RECEIVING, DELIVERED, CLOSED, CANCELLED, EXCEPTED)
# Between the issue and the end: the supplier has it.
OPEN = (ISSUED, ACKNOWLEDGED, RECEIVING, DELIVERED)

TAKES = "takes"

# (command's type, status) -> taken, or the reason for which it is refused.
TABLE: dict[str, dict[str, str]] = {
    "timer.overdue" if command == "overdue" else f"purchasing.{command}": {
        status: PURCHASE_ORDER.refusal(status, command) or TAKES for status in STATUSES
    }
    for command in PURCHASE_ORDER.commands
}


class LineState(Struct):
    """A line: ordered and confirmed (units and price), received and invoiced so far."""

    line_id: str
    sku: str
    ordered: int
    price_minor: int
    cost_minor: int
    expected: int
    agreed_minor: int
    advised: int = 0
    received: int = 0
    invoiced: int = 0


class PurchaseState(Struct):
    """A purchase order. `waiting` are invoices not matched yet; documents are remembered by their ids."""

    status: str = NONE
    pool: str = ""
    location: str = ""
    supplier: str = ""
    currency: str = ""
    lead_time_ms: int = 0
    lines: list[LineState] = []
    acknowledgment: str = ""
    asns: list[str] = []
    final: bool = False
    receipts: list[str] = []
    to_put_away: list[str] = []
    delivered: bool = False
    invoices: list[str] = []
    waiting: list[InvoiceReceived] = []


def lines_of(lines: Iterable[PurchaseLine]) -> list[LineState]:
    """The lines of a new order: expected as ordered, until the supplier says otherwise."""
    return [
        LineState(
            line.line_id,
            line.sku,
            line.quantity,
            line.price_minor,
            line.cost_minor,
            line.quantity,
            line.price_minor,
        )
        for line in lines
    ]


def total_minor(lines: Iterable[LineState]) -> int:
    """What the order comes to at its own prices."""
    return sum(line.ordered * line.price_minor for line in lines)


def known_lines(order: PurchaseState, ids: Iterable[str]) -> bool:
    """Whether all of these are lines of the order."""
    own = {line.line_id for line in order.lines}
    return all(id_ in own for id_ in ids)


def within(value: int, of: int, tolerance_bp: int) -> bool:
    """Whether a value is no further from another than the tolerance, in basis points of the other."""
    return abs(value - of) * BASIS <= of * tolerance_bp


def confirm(order: PurchaseState, lines: Iterable[ConfirmedLine]) -> None:
    """Expect what the supplier has confirmed."""
    confirmed = {line.line_id: line for line in lines}
    for line in order.lines:
        if line.line_id in confirmed:
            line.expected = confirmed[line.line_id].quantity
            line.agreed_minor = confirmed[line.line_id].price_minor


def by_line(lines: Iterable[CountedLine | InvoicedLine]) -> dict[str, int]:
    """Units of each line, summed first: a document may name a line twice."""
    units: dict[str, int] = {}
    for line in lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    return units


def acknowledgment_problem(order: PurchaseState, command: AcknowledgeOrder, supplier: Supplier) -> str | None:
    """Why what the supplier confirms needs a person: the category, or None.

    Less is taken as it is; more, or another price, only within the tolerance.
    """
    if command.answer == "rejected":
        return "purchase-order-rejected"
    if not known_lines(order, (line.line_id for line in command.lines)):
        return "acknowledgment-differs"
    by_id = {line.line_id: line for line in order.lines}
    for line in command.lines:
        ordered = by_id[line.line_id]
        if line.quantity > ordered.ordered and not within(
            line.quantity, ordered.ordered, supplier.over_tolerance_bp
        ):
            return "acknowledgment-differs"
        if not within(line.price_minor, ordered.price_minor, supplier.price_tolerance_bp):
            return "acknowledgment-differs"
    confirmed = {line.line_id: line.quantity for line in command.lines}
    nothing = not any(confirmed.get(line.line_id, line.expected) for line in order.lines)
    return "purchase-order-rejected" if nothing else None


def is_delivered(order: PurchaseState) -> bool:
    """Nothing more will come: all that is expected is here, or all that the last ship notice leaves to come."""
    if not order.receipts:
        return False
    if all(line.received >= line.expected for line in order.lines):
        return True
    return order.final and all(line.received >= line.advised for line in order.lines)


def delivery_problem(order: PurchaseState, supplier: Supplier) -> str | None:
    """Why a delivery needs a person: the category, or None."""
    for line in order.lines:
        if line.received > line.expected and not within(
            line.received, line.expected, supplier.over_tolerance_bp
        ):
            return "goods-over-delivered"
        if (
            order.delivered
            and line.received < line.expected
            and not within(line.received, line.expected, supplier.under_tolerance_bp)
        ):
            return "goods-short"
    return None


def match(order: PurchaseState, invoice: InvoiceReceived, supplier: Supplier) -> str | None:
    """The three-way match: None where order, receipt and invoice agree, `wait` where goods are still to come,
    else the category of what does not.
    """
    if invoice.currency != order.currency or not known_lines(order, (line.line_id for line in invoice.lines)):
        return "invoice-differs"
    if sum(line.quantity * line.price_minor for line in invoice.lines) != invoice.total_minor:
        return "invoice-differs"
    by_id = {line.line_id: line for line in order.lines}
    waits = not order.acknowledgment
    for asked in invoice.lines:
        line = by_id[asked.line_id]
        agreed = line.agreed_minor
        if order.acknowledgment and not within(asked.price_minor, agreed, supplier.price_tolerance_bp):
            return "invoice-price-differs"
    for line_id, units in by_line(invoice.lines).items():
        line = by_id[line_id]
        invoiced = line.invoiced + units
        if invoiced > line.received and not within(invoiced, line.received, supplier.invoice_tolerance_bp):
            if order.delivered:
                return "invoice-quantity-differs"
            waits = True
    return "wait" if waits else None


def accrued_minor(order: PurchaseState, lines: Iterable[InvoicedLine]) -> int:
    """The invoiced units at the order's prices: what their receipt put on GR-IR. Of other lines, nothing."""
    prices = {line.line_id: line.price_minor for line in order.lines}
    return sum(line.quantity * prices.get(line.line_id, 0) for line in lines)


def payable_ms(order: PurchaseState, supplier: Supplier, at: int) -> int:
    """When an invoice is paid: at once, or when the terms are over and banks work where the buyer is."""
    if not supplier.terms_ms:
        return at
    return next_working_ms(at + supplier.terms_ms, entity_of_location(order.location))


def may_close(order: PurchaseState) -> bool:
    """Delivered, put away and invoiced for all that was received, with nothing in dispute."""
    return (
        order.delivered
        and not order.to_put_away
        and not order.waiting
        and all(line.invoiced >= line.received for line in order.lines)
    )
