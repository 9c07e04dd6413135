"""The ERP's dialect. It keeps no effect keys: a sales order is looked up before it is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from contracts.customers import UpsertCustomer
from contracts.edits import ChangeSalesOrder, ErpChanged
from contracts.entities import entity_of_book
from contracts.fx import DECIMALS, ExchangeRate, ImportRates
from contracts.money import BASIS, EXPONENTS
from contracts.orders import Person
from contracts.outcomes import OK, THROTTLED
from contracts.partners import (
    CancelSalesOrder,
    CreateSalesOrder,
    ErpAcknowledged,
    ErpCancelled,
    ErpRejected,
)
from contracts.ports import ForeignResponse
from contracts.prices import ImportPrices, PriceRow
from contracts.reference import ImportProductChanges, ProductChange
from contracts.tax_rates import ClassRate, ImportTaxRates, TaxRates

from .connector import Dialect, LookUp, outcome_by_status
from .feed import FeedDialect, FeedRecord


def _sales_order(command: CreateSalesOrder) -> dict[str, Any]:
    return {
        "external_ref": command.order_id,
        "cust": command.customer_id or "GUEST",
        "curr": command.currency,
        "total": command.total_minor,
        "items": [
            {"line": line.line_id, "item": line.sku, "qty": line.quantity, "amt": line.amount_minor}
            for line in command.lines
        ],
    }


def _cancellation(command: CancelSalesOrder) -> dict[str, Any]:
    return {"external_ref": command.order_id, "why": command.reason}


def _acknowledged(command: CreateSalesOrder, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        return ErpRejected(command.order_id, str(answer.get("code", "REFUSED")))
    return ErpAcknowledged(command.order_id, answer["doc_no"])


def _change(command: ChangeSalesOrder) -> dict[str, Any]:
    return {
        "external_ref": command.order_id,
        "total": command.total_minor,
        "items": [
            {"line": line.line_id, "item": line.sku, "qty": line.quantity, "amt": line.amount_minor}
            for line in command.lines
        ],
    }


def _changed(command: ChangeSalesOrder, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        return ErpRejected(command.order_id, str(answer.get("code", "REFUSED")))
    return ErpChanged(command.order_id, answer["doc_no"])


def _cancelled(command: CancelSalesOrder, outcome: str, answer: dict[str, Any]) -> Struct | None:
    if outcome != OK:
        return None
    return ErpCancelled(command.order_id, answer.get("doc_no"))


def _outcome(response: ForeignResponse) -> str:
    """Over its concurrency this ERP answers 400: judged by the body's code, not by the status."""
    if response.status == 400 and response.body.get("code") == "SSS_REQUEST_LIMIT_EXCEEDED":
        return THROTTLED
    return outcome_by_status(response)


def _found(answer: dict[str, Any]) -> dict[str, Any] | None:
    documents = answer["docs"]
    return {"doc_no": documents[0]["doc_no"]} if documents else None


ERP = Dialect(
    "erp",
    {
        "erp.create_sales_order": _sales_order,
        "erp.cancel_sales_order": _cancellation,
        "erp.change_sales_order": _change,
    },
    {
        "erp.create_sales_order": _acknowledged,
        "erp.cancel_sales_order": _cancelled,
        "erp.change_sales_order": _changed,
    },
    _outcome,
    {"erp.create_sales_order": LookUp(lambda command: {"external_ref": command.order_id}, _found)},
    frozenset({"erp.cancel_sales_order"}),
)


def _named(kind: str, record: Mapping[str, Any]) -> str:
    """An ERP that has gone back uses its numbers again, for other changes."""
    return f"{kind}:{record['n']}:{sha256(msgspec.json.encode(record)).hexdigest()[:32]}"


def _price_change(record: Mapping[str, Any]) -> FeedRecord:
    """A delta. Its number is the watermark, and the version of the price: what overlaps or repeats changes nothing."""
    n = record["n"]
    row = PriceRow(record["item"], record["price"], record["currency"], record["valid_from"], n)
    command = ImportPrices("default", (row,))
    return FeedRecord(n, _named("price", record), "catalog", "default", record["item"], command)


def _product_change(record: Mapping[str, Any]) -> FeedRecord:
    n, item = record["n"], record["item"]
    row = ProductChange(
        item, record["name"], record["tax_class"], record["weight_g"], record["price"], record["cost"],
        record["currency"], record["changed_at"], n,
    )  # fmt: skip
    command = ImportProductChanges("default", (row,))
    return FeedRecord(n, _named("product", record), "catalog", "default", item, command)


def _customer_change(record: Mapping[str, Any]) -> FeedRecord:
    """The ERP tells what the CRM knows. Newest wins, whoever tells it."""
    n, id_ = record["n"], record["cust"]
    person = Person(record["name"], record.get("email"), record.get("phone"))
    command = UpsertCustomer(id_, "crm", record["changed_at"], person)
    return FeedRecord(n, _named("customer", record), "customers", id_, id_, command)


def _billionths(text: str) -> int:
    """A rate as the ERP writes it (`0.8575`), exactly: no float in between. ValueError where it is none."""
    whole, _, part = text.partition(".")
    digits = whole + part.ljust(DECIMALS, "0")
    if not (digits.isascii() and digits.isdecimal()) or len(whole) > DECIMALS or len(part) > DECIMALS:
        raise ValueError(f"{text[:40]!r} is no rate")
    if not int(digits):
        raise ValueError("a rate of nothing")
    return int(digits)


def _rate_change(record: Mapping[str, Any]) -> FeedRecord:
    """What a unit of a currency is worth in a company's own. The ERP tells the rates of each company code."""
    n, book, currency = record["n"], record["company"], record["currency"]
    if currency not in EXPONENTS or currency == entity_of_book(book).base_currency:
        raise ValueError(f"{book} has no use for a rate of {currency!r}")
    rate = ExchangeRate(currency, record["valid_from"], _billionths(record["rate"]), record["changed_at"], n)
    return FeedRecord(n, _named("rate", record), "finance", book, book, ImportRates(book, (rate,)))


def _tax_change(record: Mapping[str, Any]) -> FeedRecord:
    """All rates of a jurisdiction."""
    n, zone = record["n"], record["zone"]
    rates = tuple([ClassRate(name, rate) for name, rate in sorted(record["classes"].items())])
    if not rates or not all(type(one.rate_bp) is int and 0 <= one.rate_bp <= BASIS for one in rates):
        raise ValueError("rates are from nothing to everything, in basis points")
    row = TaxRates(zone, rates, record["valid_from"], record["changed_at"], n)
    return FeedRecord(n, _named("tax", record), "catalog", "default", zone, ImportTaxRates("default", (row,)))


# Reference data: once a minute what has changed since, behind a watermark.
CHANGES = (
    FeedDialect("erp", "price_changes", _price_change, slower=60, watermarked=True),
    FeedDialect("erp", "product_changes", _product_change, slower=60, watermarked=True),
    FeedDialect("erp", "customer_changes", _customer_change, slower=60, watermarked=True, personal=True),
    FeedDialect("erp", "exchange_rates", _rate_change, slower=60, watermarked=True),
    FeedDialect("erp", "tax_rates", _tax_change, slower=60, watermarked=True),
)
