"""JSON with signed amounts and a signed net, in the shape of a storefront's payout and its balance transactions.

    {"file", "payout": {"id", "currency", "date", "amount", "transactions_count", "summary": {..}},
     "transactions": [..]}

The summary splits gross and fee by kind (`charges_gross_amount`, `refunds_fee_amount`, ...); `amount` is the net.
A transaction of type `payout` is the payout itself. Amounts are decimal text.
"""

from __future__ import annotations

import json
from typing import Any

from .dialect import Minor, Opened, Record, SettlementDialect


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _flat(raw: Any, line: int, field: str) -> dict[str, str]:
    if not isinstance(raw, dict):
        raise ValueError(line, field, "not an object")
    return {key: _text(value) for key, value in raw.items()}


def _open(text: str) -> Opened:
    try:
        # No number becomes a float on its way.
        whole = json.loads(text, parse_float=str)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        raise ValueError(
            error.lineno, "", f"{'ends within' if cut else 'is'} no whole JSON: {error.msg}"
        ) from None
    except (RecursionError, ValueError) as error:
        raise ValueError(1, "", f"no JSON that can be read: {error}") from None
    top = _flat(whole, 0, "")
    payout = _flat(whole.get("payout"), 0, "payout")
    summary = _flat(whole["payout"].get("summary"), 0, "payout.summary")
    transactions = whole.get("transactions")
    if not isinstance(transactions, list):
        raise ValueError(0, "transactions", "not a list")
    rows: list[tuple[int, Record]] = [
        (n, _flat(raw, n, "transactions")) for n, raw in enumerate(transactions, start=1)
    ]
    header = {"file": top.get("file", ""), **{f"payout.{key}": value for key, value in payout.items()}}
    return Opened(header, rows, {**header, **summary}, 0, True)


def _amounts(record: Record, minor: Minor) -> tuple[int, int, int]:
    return minor("amount"), minor("fee"), minor("net")


def _control(record: Record, minor: Minor) -> tuple[int, int, int]:
    gross = sum([minor(field) for field in record if field.endswith("_gross_amount")])
    fee = sum([minor(field) for field in record if field.endswith("_fee_amount")])
    return gross, fee, minor("payout.amount")


SIGNED_NET = SettlementDialect(
    "signed_net",
    _open,
    {"file_id": "file", "payout_id": "payout.id", "currency": "payout.currency", "paid_on": "payout.date"},
    {
        "line_id": "id", "type": "type", "reference": "source_id", "order_ref": "source_order_id",
        "currency": "currency",
    },
    {
        "charge": "capture", "refund": "refund", "dispute": "dispute", "dispute_reversal": "dispute_won", "fee": "fee",
        "adjustment": "adjustment", "credit": "adjustment", "debit": "adjustment", "reserve": "adjustment",
        "payout": None,
    },
    _amounts,
    "payout.transactions_count",
    _control,
)  # fmt: skip
