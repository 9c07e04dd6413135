"""A debit column and a credit column for gross and net, one of them empty; the commission always costs.

A preamble of `#key,value`, a line of column names, one line a record, `#end` last:

    #batch,..  #payout,..  #currency,..  #paid,..  #lines,..  and the totals by column
"""

from __future__ import annotations

from . import csv_file
from .dialect import Minor, Opened, Record, SettlementDialect

_COLUMNS = (
    "Psp Reference", "Type", "Modification Reference", "Merchant Reference", "Currency", "Gross Debit", "Gross Credit",
    "Commission", "Net Debit", "Net Credit",
)  # fmt: skip


def _open(text: str) -> Opened:
    preamble: dict[str, str] = {}
    rows: list[tuple[int, Record]] = []
    has_names = ended = False
    line = 1
    for line, fields in csv_file.rows(text):
        if ended:
            raise ValueError(line, "", "a line after #end")
        if fields[0].startswith("#"):
            ended = fields[0] == "#end"
            if not ended:
                pair = csv_file.named(line, ("key", "value"), fields)
                preamble[pair["key"]] = pair["value"]
        elif not has_names:
            if tuple(fields) != _COLUMNS:
                wrong = next((f for f, name in zip(fields, _COLUMNS, strict=False) if f != name), fields[-1])
                raise ValueError(line, wrong, f"the columns are not {', '.join(_COLUMNS)}")
            has_names = True
        else:
            rows.append((line, csv_file.named(line, _COLUMNS, fields)))
    return Opened(preamble, rows, preamble, line, ended)


def _difference(record: Record, minor: Minor, debit: str, credit: str, *, both: bool = False) -> int:
    """Credit less debit. In a record only one of them may stand."""
    if not both and record.get(debit) and record.get(credit):
        raise ValueError(credit, f"both {debit} and {credit}")
    taken, given = minor(debit), minor(credit)
    if taken < 0 or given < 0:
        raise ValueError(debit if taken < 0 else credit, "signed, in a column of its own direction")
    return given - taken


def _amounts(record: Record, minor: Minor) -> tuple[int, int, int]:
    gross = _difference(record, minor, "Gross Debit", "Gross Credit")
    net = _difference(record, minor, "Net Debit", "Net Credit")
    return gross, minor("Commission"), net


def _control(record: Record, minor: Minor) -> tuple[int, int, int]:
    gross = _difference(record, minor, "#gross_debit", "#gross_credit", both=True)
    net = _difference(record, minor, "#net_debit", "#net_credit", both=True)
    return gross, minor("#commission"), net


TWO_COLUMNS = SettlementDialect(
    "two_columns",
    _open,
    {"file_id": "#batch", "payout_id": "#payout", "currency": "#currency", "paid_on": "#paid"},
    {
        "line_id": "Psp Reference", "type": "Type", "reference": "Modification Reference",
        "order_ref": "Merchant Reference", "currency": "Currency",
    },
    {
        "Settled": "capture", "Refunded": "refund", "Chargeback": "dispute", "ChargebackReversed": "dispute_won",
        "Fee": "fee", "MiscCosts": "adjustment",
    },
    _amounts,
    "#lines",
    _control,
)  # fmt: skip
