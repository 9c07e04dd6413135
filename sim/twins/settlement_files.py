"""How the provider's accounts write their settlement files: three ways, amounts in decimal text.

Each row of a payout has its id, type, what it is about, the order as the merchant named it, gross and fee in minor
units; gross is positive where it is the merchant's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from msgspec import Struct

# Minor-unit digits of what the twin's shoppers pay in; others have two (source: ISO 4217 list one).
DIGITS = {"JPY": 0, "KRW": 0, "KWD": 3, "BHD": 3}


class PayoutRow(Struct, frozen=True):
    """One transaction. `kind` is sale, refund, dispute, reversal or fee."""

    id: str
    kind: str
    about: str
    order: str
    gross: int
    fee: int


class Payout(Struct, frozen=True):
    """A file's content: one payout to one account in one currency."""

    file: str
    account: str
    payout: str
    currency: str
    paid_on: str
    rows: tuple[PayoutRow, ...]

    @property
    def gross(self) -> int:
        """All rows' gross."""
        return sum(row.gross for row in self.rows)

    @property
    def fee(self) -> int:
        """All rows' fees."""
        return sum(row.fee for row in self.rows)


def decimal(minor: int, currency: str) -> str:
    """Minor units as the provider writes them."""
    digits = DIGITS.get(currency, 2)
    text = str(abs(minor)).rjust(digits + 1, "0")
    whole = text if digits == 0 else f"{text[:-digits]}.{text[-digits:]}"
    return f"-{whole}" if minor < 0 else whole


def _with_direction(minor: int, currency: str) -> str:
    return f"{decimal(abs(minor), currency)},{'DR' if minor < 0 else 'CR'}"


def _records(payout: Payout) -> str:
    """H, D and T records; a direction beside each unsigned amount."""
    types = {"sale": "SALE", "refund": "REFUND", "dispute": "CHARGEBACK", "reversal": "CHARGEBACK_REVERSAL",
             "fee": "FEE"}  # fmt: skip
    currency = payout.currency

    def amounts(gross: int, fee: int) -> str:
        return ",".join(_with_direction(one, currency) for one in (gross, -fee, gross - fee))

    out = [f"H,{payout.file},{payout.payout},{currency},{payout.paid_on}"]
    out += [
        f"D,{row.id},{types[row.kind]},{row.about},{row.order},{currency},{amounts(row.gross, row.fee)}"
        for row in payout.rows
    ]
    out.append(f"T,{len(payout.rows)},{amounts(payout.gross, payout.fee)}")
    return "".join(f"{line}\r\n" for line in out)


def _columns(payout: Payout) -> str:
    """A debit and a credit column, under a preamble with the totals."""
    types = {"sale": "Settled", "refund": "Refunded", "dispute": "Chargeback", "reversal": "ChargebackReversed",
             "fee": "Fee"}  # fmt: skip
    currency, rows = payout.currency, payout.rows

    def total(amounts: Sequence[int]) -> str:
        return decimal(sum(amounts), currency)

    def pair(minor: int) -> str:
        text = decimal(abs(minor), currency) if minor else ""
        return f"{text}," if minor < 0 else f",{text}"

    gross, net = [row.gross for row in rows], [row.gross - row.fee for row in rows]
    out = [
        f"#batch,{payout.file}", f"#payout,{payout.payout}", f"#currency,{currency}", f"#paid,{payout.paid_on}",
        f"#lines,{len(rows)}",
        f"#gross_debit,{total([-one for one in gross if one < 0])}",
        f"#gross_credit,{total([one for one in gross if one > 0])}",
        f"#commission,{total([row.fee for row in rows])}",
        f"#net_debit,{total([-one for one in net if one < 0])}",
        f"#net_credit,{total([one for one in net if one > 0])}",
        "Psp Reference,Type,Modification Reference,Merchant Reference,Currency,Gross Debit,Gross Credit,Commission,"
        "Net Debit,Net Credit",
    ]  # fmt: skip
    out += [
        f"{row.id},{types[row.kind]},{row.about},{row.order},{currency},{pair(row.gross)},"
        f"{decimal(row.fee, currency)},{pair(row.gross - row.fee)}"
        for row in rows
    ]
    return "".join(f"{line}\n" for line in [*out, "#end"])


def _transactions(payout: Payout) -> str:
    """A payout and its balance transactions as JSON, signed."""
    types = {
        "sale": "charge",
        "refund": "refund",
        "dispute": "dispute",
        "reversal": "dispute_reversal",
        "fee": "fee",
    }
    parts = {"sale": "charges", "refund": "refunds"}
    currency = payout.currency
    gross: dict[str, int] = {"adjustments": 0, "charges": 0, "refunds": 0}
    fees = dict(gross)
    for row in payout.rows:
        part = parts.get(row.kind, "adjustments")
        gross[part] += row.gross
        fees[part] += row.fee
    summary = {f"{part}_gross_amount": decimal(amount, currency) for part, amount in gross.items()}
    summary |= {f"{part}_fee_amount": decimal(amount, currency) for part, amount in fees.items()}
    whole = {
        "file": payout.file,
        "payout": {
            "id": payout.payout, "status": "paid", "date": payout.paid_on, "currency": currency,
            "amount": decimal(payout.gross - payout.fee, currency), "transactions_count": len(payout.rows),
            "summary": summary,
        },
        "transactions": [
            {
                "id": row.id, "type": types[row.kind], "currency": currency, "amount": decimal(row.gross, currency),
                "fee": decimal(row.fee, currency), "net": decimal(row.gross - row.fee, currency),
                "source_id": row.about or None, "source_order_id": row.order or None,
            }
            for row in payout.rows
        ],
    }  # fmt: skip
    return json.dumps(whole, indent=1) + "\n"


class Account(Struct, frozen=True):
    """How an account is charged and writes: its fee in basis points and per sale, its files' writer and suffix."""

    fee_bp: int
    fee_each: int
    write: Callable[[Payout], str]
    suffix: str

    def fee_of(self, amount: int) -> int:
        """What a sale costs, halves up."""
        return (amount * self.fee_bp + 5_000) // 10_000 + self.fee_each


ACCOUNTS: dict[str, Account] = {
    "psp-a": Account(140, 20, _records, "csv"),
    "psp-b": Account(290, 30, _columns, "txt"),
    "psp-c": Account(95, 5, _transactions, "json"),
}
