"""The suppliers' dialect: purchase orders out; acknowledgments, ship notices and invoices in, by feeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from contracts.outcomes import OK
from contracts.purchasing import (
    AcknowledgeOrder,
    AdviseShipment,
    ConfirmedLine,
    CountedLine,
    InvoicedLine,
    IssueToSupplier,
    SupplierRefused,
    SupplierTook,
    SupplierWithdrew,
    TakeInvoice,
    WithdrawFromSupplier,
)

from .connector import Dialect, outcome_by_status
from .feed import FeedDialect, FeedRecord

# Documents that nobody waits for: polled so much more slowly than what a shopper waits for.
SLOWER = 5

_ANSWERS = {"IA": "accepted", "IC": "changed", "IR": "rejected"}


def _purchase_order(command: IssueToSupplier) -> dict[str, Any]:
    return {
        "po": command.order_id,
        "vendor": command.supplier,
        "ship_to": command.location,
        "curr": command.currency,
        "deliver_by": command.deliver_by_ms,
        "items": [
            {"line": line.line_id, "item": line.sku, "qty": line.quantity, "price": line.price_minor}
            for line in command.lines
        ],
    }


def _withdrawal(command: WithdrawFromSupplier) -> dict[str, Any]:
    return {"po": command.order_id, "vendor": command.supplier, "why": command.reason}


def _taken(command: IssueToSupplier, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        return SupplierRefused(command.order_id, str(answer.get("reason", "REFUSED")))
    return SupplierTook(command.order_id)


def _withdrawn(command: WithdrawFromSupplier, outcome: str, answer: dict[str, Any]) -> Struct | None:
    return SupplierWithdrew(command.order_id) if outcome == OK else None


SUPPLIERS = Dialect(
    "suppliers",
    {"suppliers.issue": _purchase_order, "suppliers.withdraw": _withdrawal},
    {"suppliers.issue": _taken, "suppliers.withdraw": _withdrawn},
    outcome_by_status,
    {},
    frozenset({"suppliers.withdraw"}),
    gave_up="supplier.call_gave_up",
)


def _record(record: Mapping[str, Any], command: Struct) -> FeedRecord:
    return FeedRecord(record["n"], record["doc"], "purchasing", record["po"], record["po"], command)


def _acknowledgment(record: Mapping[str, Any]) -> FeedRecord:
    lines = tuple(ConfirmedLine(item["line"], item["qty"], item["price"]) for item in record["items"])
    return _record(record, AcknowledgeOrder(record["po"], record["doc"], _ANSWERS[record["code"]], lines))


def _ship_notice(record: Mapping[str, Any]) -> FeedRecord:
    lines = tuple(CountedLine(item["line"], item["qty"]) for item in record["items"])
    command = AdviseShipment(record["po"], record["doc"], lines, record["arrives"], record["final"])
    return _record(record, command)


def _invoice(record: Mapping[str, Any]) -> FeedRecord:
    lines = tuple(InvoicedLine(item["line"], item["qty"], item["price"]) for item in record["items"])
    command = TakeInvoice(record["po"], record["doc"], record["curr"], lines, record["total"])
    return _record(record, command)


ACKNOWLEDGMENTS = FeedDialect("suppliers", "acknowledgments", _acknowledgment, SLOWER)
SHIP_NOTICES = FeedDialect("suppliers", "ship_notices", _ship_notice, SLOWER)
INVOICES = FeedDialect("suppliers", "invoices", _invoice, SLOWER)
