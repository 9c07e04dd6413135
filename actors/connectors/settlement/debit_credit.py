"""Unsigned amounts with a direction beside each: H, D and T records of fixed fields.

    H,<file>,<payout>,<currency>,<paid on>
    D,<transaction>,<type>,<reference>,<order>,<currency>,<gross>,<CR or DR>,<fee>,<CR or DR>,<net>,<CR or DR>
    T,<count>,<gross>,<CR or DR>,<fee>,<CR or DR>,<net>,<CR or DR>

CR is credited to the merchant. A fee that costs the merchant is DR.
"""

from __future__ import annotations

from . import csv_file
from .dialect import Minor, Opened, Record, SettlementDialect

_AMOUNTS = ("gross", "gross_dc", "fee", "fee_dc", "net", "net_dc")
_HEADER = ("record", "file", "payout", "currency", "paid_on")
_DETAIL = ("record", "transaction", "type", "reference", "order", "currency", *_AMOUNTS)
_TRAILER = ("record", "count", *_AMOUNTS)


def _open(text: str) -> Opened:
    header: Record = {}
    control: Record = {}
    details: list[tuple[int, Record]] = []
    line = 1
    for line, fields in csv_file.rows(text):
        record = fields[0]
        if control:
            raise ValueError(line, "record", "a record after the trailer")
        if (record == "H") == bool(header):
            raise ValueError(line, "record", "a file begins with one header record, H")
        if record == "H":
            header = csv_file.named(line, _HEADER, fields)
        elif record == "D":
            details.append((line, csv_file.named(line, _DETAIL, fields)))
        elif record == "T":
            control = csv_file.named(line, _TRAILER, fields)
        else:
            raise ValueError(line, "record", f"no record type {record!r}")
    return Opened(header, details, control, line, bool(control))


def _signed(record: Record, minor: Minor, field: str) -> int:
    """Positive where it is credited to us."""
    direction = record[f"{field}_dc"]
    amount = minor(field)
    if amount < 0:
        raise ValueError(field, "signed, where the direction stands beside it")
    if direction not in ("CR", "DR"):
        raise ValueError(f"{field}_dc", f"{direction!r} is neither CR nor DR")
    return amount if direction == "CR" else -amount


def _amounts(record: Record, minor: Minor) -> tuple[int, int, int]:
    return _signed(record, minor, "gross"), -_signed(record, minor, "fee"), _signed(record, minor, "net")


DEBIT_CREDIT = SettlementDialect(
    "debit_credit",
    _open,
    {"file_id": "file", "payout_id": "payout", "currency": "currency", "paid_on": "paid_on"},
    {
        "line_id": "transaction", "type": "type", "reference": "reference", "order_ref": "order",
        "currency": "currency",
    },
    {
        "SALE": "capture", "REFUND": "refund", "CHARGEBACK": "dispute", "CHARGEBACK_REVERSAL": "dispute_won",
        "FEE": "fee", "ADJUSTMENT": "adjustment",
    },
    _amounts,
    "count",
    _amounts,
)  # fmt: skip
