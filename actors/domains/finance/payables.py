"""Handlers of purchases: goods received on GR-IR, the supplier's invoice matched against it, the payment."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.finance import PaySupplier
from contracts.purchasing import GoodsReceived, InvoiceMatched
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState
from .posting import Document, post
from .rules import payables


def _received(state: BookState, message: Message, at: int) -> Decision:
    fact: GoodsReceived = message.body
    decision = Decision()
    cost = sum(line.quantity * line.cost_minor for line in fact.lines)
    ordered = sum(line.quantity * line.price_minor for line in fact.lines)
    document = Document(fact.book, fact.order_id, f"receipt {fact.receipt_id}", fact.currency)
    post(state, decision, document, "goods_receipt", payables.goods_receipt(fact.location, cost, ordered), at)
    return decision


def _matched(state: BookState, message: Message, at: int) -> Decision:
    fact: InvoiceMatched = message.body
    decision = Decision()
    reference = f"supplier invoice {fact.supplier} {fact.invoice_id}"
    document = Document(fact.book, fact.order_id, reference, fact.currency)
    entries = payables.supplier_invoice(fact.accrued_minor, fact.total_minor)
    post(state, decision, document, "supplier_invoice", entries, at)
    return decision


def _pay(state: BookState, message: Message, at: int) -> Decision:
    command: PaySupplier = message.body
    decision = Decision()
    reference = f"payment of {command.supplier} {command.invoice_id}"
    document = Document(command.book, command.order_id, reference, command.currency)
    entries = payables.supplier_payment(command.amount_minor)
    post(state, decision, document, "supplier_payment", entries, at)
    return decision


HANDLERS: dict[str, Handler] = {
    "goods.received": _received,
    "supplier_invoice.matched": _matched,
    "finance.pay_supplier": _pay,
}

FOLDS: dict[str, Fold] = {}
