"""Double entry: what is posted at which step, in integers, debits equal to credits. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from contracts.finance import Entry, IssueInvoice

AR = "1100 accounts receivable"
PSP_CLEARING = "1200 PSP clearing"
INVENTORY = "1300 inventory"
TAX_PAYABLE = "2200 tax payable"
REVENUE = "4000 revenue"
SHIPPING_REVENUE = "4100 shipping revenue"
DISCOUNTS = "4900 discounts"
COGS = "5000 cost of goods sold"


class Receivable(Struct):
    """What an order still owes: invoiced less captured."""

    invoiced_minor: int = 0
    captured_minor: int = 0


class BookState(Struct):
    """A book of a legal entity: the next invoice number, the number of postings, open receivables only."""

    next_invoice: int = 1
    postings: int = 0
    open: dict[str, Receivable] = {}


def debit(account: str, amount_minor: int) -> Entry:
    """A debit entry."""
    return Entry(account, "D", amount_minor)


def credit(account: str, amount_minor: int) -> Entry:
    """A credit entry."""
    return Entry(account, "C", amount_minor)


def nonzero(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries without those of amount zero: a posting has none."""
    return tuple(entry for entry in entries if entry.amount_minor)


def is_balanced(entries: Iterable[Entry]) -> bool:
    """Debits equal credits, two entries or more, every amount over zero."""
    rows = tuple(entries)
    signed = sum([e.amount_minor if e.side == "D" else -e.amount_minor for e in rows])
    return signed == 0 and len(rows) >= 2 and min([e.amount_minor for e in rows]) > 0


def invoice_gross_minor(invoice: IssueInvoice) -> int:
    """What the customer owes for this shipment."""
    return sum([line.net_minor + line.tax_minor for line in invoice.lines]) + (
        invoice.shipping_net_minor + invoice.shipping_tax_minor
    )


def invoice_tax_minor(invoice: IssueInvoice) -> int:
    """The tax within the invoice."""
    return sum([line.tax_minor for line in invoice.lines]) + invoice.shipping_tax_minor


def invoice_entries(invoice: IssueInvoice) -> tuple[Entry, ...]:
    """AR, discounts / revenue, shipping revenue, tax payable by jurisdiction."""
    return nonzero(
        (
            debit(AR, invoice_gross_minor(invoice)),
            debit(DISCOUNTS, invoice.discount_minor),
            credit(REVENUE, sum([line.net_minor for line in invoice.lines]) + invoice.discount_minor),
            credit(SHIPPING_REVENUE, invoice.shipping_net_minor),
            credit(f"{TAX_PAYABLE} {invoice.jurisdiction}", invoice_tax_minor(invoice)),
        )
    )


def cost_entries(invoice: IssueInvoice) -> tuple[Entry, ...]:
    """COGS / inventory by location."""
    cost = sum([line.cost_minor * line.quantity for line in invoice.lines])
    return nonzero((debit(COGS, cost), credit(f"{INVENTORY} {invoice.location}", cost)))


def capture_entries(provider: str, amount_minor: int) -> tuple[Entry, ...]:
    """PSP clearing by provider / AR."""
    return nonzero((debit(f"{PSP_CLEARING} {provider}", amount_minor), credit(AR, amount_minor)))
