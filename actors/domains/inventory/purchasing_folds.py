"""How a purchase order is folded from its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contracts.purchasing import (
    GoodsPutAway,
    GoodsReceived,
    InvoiceMatched,
    InvoiceReceived,
    PurchaseAcknowledged,
    PurchaseDelivered,
    PurchaseEnded,
    PurchaseIssued,
    PurchaseSuggested,
    ShipmentAdvised,
)

from . import purchasing_model as model
from .purchasing_model import PurchaseState


def _suggested(order: PurchaseState, body: PurchaseSuggested) -> None:
    order.status = model.SUGGESTED
    order.pool, order.location, order.supplier = body.pool, body.location, body.supplier
    order.currency, order.lead_time_ms = body.currency, body.lead_time_ms
    order.lines = model.lines_of(body.lines)


def _issued(order: PurchaseState, body: PurchaseIssued) -> None:
    order.status = model.ISSUED


def _acknowledged(order: PurchaseState, body: PurchaseAcknowledged) -> None:
    order.acknowledgment = body.acknowledgment_id
    model.confirm(order, body.lines)
    if order.status == model.ISSUED:
        order.status = model.ACKNOWLEDGED


def _advised(order: PurchaseState, body: ShipmentAdvised) -> None:
    order.asns.append(body.asn_id)
    order.final = order.final or body.final
    units = model.by_line(body.lines)
    for line in order.lines:
        line.advised += units.get(line.line_id, 0)


def _received(order: PurchaseState, body: GoodsReceived) -> None:
    order.receipts.append(body.receipt_id)
    order.to_put_away.append(body.receipt_id)
    units = {line.line_id: line.quantity for line in body.lines}
    for line in order.lines:
        line.received += units.get(line.line_id, 0)
    if order.status in (model.ISSUED, model.ACKNOWLEDGED):
        order.status = model.RECEIVING


def _put_away(order: PurchaseState, body: GoodsPutAway) -> None:
    order.to_put_away.remove(body.receipt_id)


def _delivered(order: PurchaseState, body: PurchaseDelivered) -> None:
    order.delivered = True
    if order.status in model.OPEN:
        order.status = model.DELIVERED


def _invoiced(order: PurchaseState, body: InvoiceReceived) -> None:
    order.invoices.append(body.invoice_id)
    order.waiting.append(body)


def _matched(order: PurchaseState, body: InvoiceMatched) -> None:
    order.waiting = [invoice for invoice in order.waiting if invoice.invoice_id != body.invoice_id]
    units = model.by_line(body.lines)
    for line in order.lines:
        line.invoiced += units.get(line.line_id, 0)


def _ended_as(status: str) -> Callable[[PurchaseState, PurchaseEnded], None]:
    def ended(order: PurchaseState, body: PurchaseEnded) -> None:
        order.status = status

    return ended


FOLDS: Mapping[str, Callable[[Any, Any], None]] = {
    "purchase_order.suggested": _suggested,
    "purchase_order.issued": _issued,
    "purchase_order.acknowledged": _acknowledged,
    "asn.received": _advised,
    "goods.received": _received,
    "goods.put_away": _put_away,
    "purchase_order.delivered": _delivered,
    "supplier_invoice.received": _invoiced,
    "supplier_invoice.matched": _matched,
    **{
        f"purchase_order.{status}": _ended_as(status)
        for status in (model.CLOSED, model.CANCELLED, model.EXCEPTED)
    },
}
