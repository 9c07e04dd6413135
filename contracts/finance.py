"""The vocabulary of finance: invoices, double-entry postings, receivables."""

from __future__ import annotations

from msgspec import Struct


class Entry(Struct, array_like=True, frozen=True, gc=False):
    """One side of a posting. `side` is `D` or `C`; `amount_minor` > 0."""

    account: str
    side: str
    amount_minor: int


class InvoiceLine(Struct, array_like=True, frozen=True, gc=False):
    """An invoiced line: net and tax in minor units, and its cost."""

    line_id: str
    sku: str
    quantity: int
    net_minor: int
    tax_minor: int
    cost_minor: int


class IssueInvoice(Struct, array_like=True, frozen=True, gc=False):
    """Invoice a shipment and post it, with the cost of what left.

    Line amounts are after discounts; `discount_minor` says how much was taken off, so that revenue is posted
    at list price against discounts.
    """

    order_id: str
    book: str
    shipment_id: str
    location: str
    currency: str
    jurisdiction: str
    lines: tuple[InvoiceLine, ...]
    shipping_net_minor: int
    shipping_tax_minor: int
    discount_minor: int


class InvoiceIssued(Struct, array_like=True, frozen=True, gc=False):
    """invoice.issued: numbers are gap-free per book."""

    order_id: str
    book: str
    number: int
    shipment_id: str
    currency: str
    gross_minor: int
    tax_minor: int


class LedgerPosted(Struct, array_like=True, frozen=True, gc=False):
    """ledger.posted: one posting, debits equal to credits, append-only."""

    posting_id: str
    book: str
    order_id: str
    reference: str
    step: str
    currency: str
    entries: tuple[Entry, ...]


class ReceivableCleared(Struct, array_like=True, frozen=True, gc=False):
    """receivable.cleared: what the order's invoices asked for is captured and posted."""

    order_id: str
    book: str
    captured_minor: int


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "finance.issue_invoice": (1, IssueInvoice),
    "invoice.issued": (1, InvoiceIssued),
    "ledger.posted": (1, LedgerPosted),
    "receivable.cleared": (1, ReceivableCleared),
}
