"""The tax service's dialect."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from contracts.money import LINE
from contracts.outcomes import OK
from contracts.partners import CalculateTax, CallGaveUp, CommitTax, LineTax, TaxCalculated, TaxCommitted

from .connector import Dialect, outcome_by_status


def _quote(command: CalculateTax) -> dict[str, Any]:
    body = {
        "ref": command.order_id,
        "currency": command.currency.lower(),
        "country": command.country,
        "region": command.region,
        "inclusive": command.prices_include_tax,
        "items": [
            {"id": line.line_id, "class": line.tax_class, "amount": line.amount_minor}
            for line in command.lines
        ],
        "shipping": command.shipping_minor,
    }
    return body if command.rounding == LINE else {**body, "rounding": command.rounding}


def _commit(command: CommitTax) -> dict[str, Any]:
    body = {"doc": command.document_id, "invoice": command.invoice_number, "tax": command.tax_minor}
    return {**body, "partial": True} if command.partial else body


def _calculated(command: CalculateTax, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        return CallGaveUp(command.order_id, "tax", "quotes", str(answer.get("error", "refused")))
    lines = tuple([LineTax(item["id"], item["tax"]) for item in answer["items"]])
    return TaxCalculated(
        command.order_id,
        answer["doc"],
        answer["zone"],
        lines,
        answer["shipping_tax"],
        answer.get("rounding", 0),
    )


def _committed(command: CommitTax, outcome: str, answer: dict[str, Any]) -> Struct | None:
    if outcome != OK:
        return None
    return TaxCommitted(command.order_id, command.document_id, command.tax_minor)


TAX = Dialect(
    "tax",
    {"tax.calculate": _quote, "tax.commit": _commit},
    {"tax.calculate": _calculated, "tax.commit": _committed},
    outcome_by_status,
    {},
    frozenset({"tax.commit"}),
)
