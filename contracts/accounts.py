"""The chart of accounts as data: what may be debited and credited, and on which side it normally stands.

An account written in a posting is its label, or its label and a sub-account: `1200 PSP clearing psp-a`. The sub-account
is of the kind that the row names (`per`): a location, a provider, a jurisdiction, another entity.
"""

from __future__ import annotations

from msgspec import Struct

BANK = "1000 bank"
CASH = "1050 cash in tills"
AR = "1100 accounts receivable"
INTERCOMPANY_RECEIVABLE = "1150 intercompany receivable"
PSP_CLEARING = "1200 PSP clearing"
SUSPENSE = "1210 settlement suspense"
CURRENCY_CLEARING = "1230 currency clearing"
DISPUTES = "1220 dispute receivable"
VALUATION = "1240 currency valuation"
INVENTORY = "1300 inventory"
IN_TRANSIT = "1310 inventory in transit"
QUARANTINE = "1320 quarantine"
AP = "2000 accounts payable"
GR_IR = "2050 GR-IR"
DEPOSITS = "2100 customer deposits"
GIFT_CARDS = "2110 gift-card liability"
REFUNDS_PAYABLE = "2120 refunds payable"
INTERCOMPANY_PAYABLE = "2150 intercompany payable"
TAX_PAYABLE = "2200 tax payable"
OPENING = "3000 opening balances"
REVENUE = "4000 revenue"
SHIPPING_REVENUE = "4100 shipping revenue"
RESTOCKING_FEES = "4200 restocking fees"
SALES_RETURNS = "4800 sales returns"
DISCOUNTS = "4900 discounts"
COGS = "5000 cost of goods sold"
PRICE_VARIANCE = "5100 purchase price variance"
SHRINKAGE = "5200 shrinkage"
SCRAP = "5300 scrap"
PSP_FEES = "6000 PSP fees"
DISPUTE_FEES = "6100 dispute fees"
DISPUTE_LOSSES = "6110 dispute losses"
BAD_DEBTS = "6200 bad debts"
ROUNDING = "7000 rounding"
DIFFERENCES = "7020 settlement differences"
FX_GAIN = "7100 FX gain"
FX_LOSS = "7110 FX loss"

KINDS = ("asset", "liability", "equity", "revenue", "expense")
PER = ("", "location", "provider", "jurisdiction", "entity")


class Account(Struct, frozen=True):
    """A row: number and name, what it is, its normal side (`D` or `C`), what its sub-accounts stand for."""

    label: str
    kind: str
    normal: str
    per: str = ""

    @property
    def number(self) -> str:
        """The number: what sorts it."""
        return self.label.split(" ", 1)[0]

    @property
    def name(self) -> str:
        """The name, for people."""
        return self.label.split(" ", 1)[1]


_STANDARD = (
    Account(BANK, "asset", "D"),
    Account(CASH, "asset", "D", "location"),
    Account(AR, "asset", "D"),
    Account(INTERCOMPANY_RECEIVABLE, "asset", "D", "entity"),
    Account(PSP_CLEARING, "asset", "D", "provider"),
    Account(SUSPENSE, "asset", "D", "provider"),
    Account(DISPUTES, "asset", "D", "provider"),
    Account(CURRENCY_CLEARING, "asset", "D"),
    Account(VALUATION, "asset", "D"),
    Account(INVENTORY, "asset", "D", "location"),
    Account(IN_TRANSIT, "asset", "D"),
    Account(QUARANTINE, "asset", "D", "location"),
    Account(AP, "liability", "C"),
    Account(GR_IR, "liability", "C"),
    Account(DEPOSITS, "liability", "C"),
    Account(GIFT_CARDS, "liability", "C"),
    Account(REFUNDS_PAYABLE, "liability", "C"),
    Account(INTERCOMPANY_PAYABLE, "liability", "C", "entity"),
    Account(TAX_PAYABLE, "liability", "C", "jurisdiction"),
    Account(OPENING, "equity", "C"),
    Account(REVENUE, "revenue", "C"),
    Account(SHIPPING_REVENUE, "revenue", "C"),
    Account(RESTOCKING_FEES, "revenue", "C"),
    Account(SALES_RETURNS, "revenue", "D"),
    Account(DISCOUNTS, "revenue", "D"),
    Account(COGS, "expense", "D"),
    Account(PRICE_VARIANCE, "expense", "D"),
    Account(SHRINKAGE, "expense", "D"),
    Account(SCRAP, "expense", "D"),
    Account(PSP_FEES, "expense", "D"),
    Account(DISPUTE_FEES, "expense", "D"),
    Account(DISPUTE_LOSSES, "expense", "D"),
    Account(BAD_DEBTS, "expense", "D"),
    Account(ROUNDING, "expense", "D"),
    Account(DIFFERENCES, "expense", "D"),
    Account(FX_GAIN, "revenue", "C"),
    Account(FX_LOSS, "expense", "D"),
)

CHARTS: dict[str, dict[str, Account]] = {"standard": {account.label: account for account in _STANDARD}}


def sub(label: str, part: str) -> str:
    """The sub-account of an account."""
    return f"{label} {part}"


def account_of(written: str, chart: str = "standard") -> Account | None:
    """The row that an account written in a posting belongs to, or None if the chart has none.

    An account with sub-accounts is never posted to without one, and one without them never with one.
    """
    rows = CHARTS[chart]
    exact = rows.get(written)
    if exact is not None:
        return exact if not exact.per else None
    number = written.split(" ", 1)[0]
    for label, row in rows.items():
        if row.per and label.startswith(f"{number} ") and written.startswith(f"{label} "):
            return row
    return None
