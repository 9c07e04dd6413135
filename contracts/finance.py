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
    at list price against discounts. `rounding` is `line` or `document`, where tax was rounded; `rounding_minor` is
    what the document's total differs by from the sum of its lines, at most half a minor unit for each of them.
    `document_at_ms` is when the goods left, if that is not now: a late fact.
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
    rounding: str = "line"
    rounding_minor: int = 0
    document_at_ms: int | None = None


class InvoiceIssued(Struct, array_like=True, frozen=True, gc=False):
    """invoice.issued: numbers are gap-free per book.

    `gross_minor` = `net_minor` (of its `lines`) + `tax_minor` (all of it) + `shipping_minor` (net) + `rounding_minor`.
    """

    order_id: str
    book: str
    number: int
    shipment_id: str
    currency: str
    gross_minor: int
    tax_minor: int
    net_minor: int = 0
    shipping_minor: int = 0
    rounding_minor: int = 0
    lines: int = 0
    # What a unit of its currency was worth in the book's own then, in billionths; 0 if it is that, or nobody knew.
    rate_e9: int = 0


class LedgerPosted(Struct, array_like=True, frozen=True, gc=False):
    """ledger.posted: one posting, debits equal to credits, append-only.

    Who, when and why: its turn says when and by which actor, from which message; `by` and `reason` where a person
    acted, `approved_by` where a second one did. `document_date` (yyyymmdd) and `period` (yyyymm) are the entity's
    local ones; a fact that comes when its period is closed is posted to the first open one and keeps its date.
    """

    posting_id: str
    book: str
    order_id: str
    reference: str
    step: str
    currency: str
    entries: tuple[Entry, ...]
    period: int = 0
    document_date: int = 0
    by: str = ""
    reason: str = ""
    approved_by: str = ""
    # What a unit of its currency was worth in the book's own then, in billionths; 0 if it is that, or nobody knew.
    rate_e9: int = 0


class ReceivableCleared(Struct, array_like=True, frozen=True, gc=False):
    """receivable.cleared: what the order's invoices asked for is captured and posted, or written off by a person."""

    order_id: str
    book: str
    captured_minor: int
    written_off_minor: int = 0


class WriteOff(Struct, array_like=True, frozen=True, gc=False):
    """finance.write_off: what the order still owes will not come, or has come another way. A person says so."""

    order_id: str
    book: str
    by: str
    reason: str


class PaySupplier(Struct, array_like=True, frozen=True, gc=False):
    """finance.pay_supplier: a matched invoice is due; pay it. `order_id` is the purchase order's."""

    order_id: str
    book: str
    supplier: str
    invoice_id: str
    currency: str
    amount_minor: int


class OpeningStock(Struct, array_like=True, frozen=True, gc=False):
    """What the stock at a location cost when the book was opened."""

    location: str
    cost_minor: int


class PostOpeningStock(Struct, array_like=True, frozen=True, gc=False):
    """finance.post_opening_stock: put the value of what is on the shelves into the book. Once a reference."""

    book: str
    reference: str
    currency: str
    rows: tuple[OpeningStock, ...]


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "finance.issue_invoice": (1, IssueInvoice),
    "finance.pay_supplier": (1, PaySupplier),
    "finance.post_opening_stock": (1, PostOpeningStock),
    "finance.write_off": (1, WriteOff),
    "invoice.issued": (1, InvoiceIssued),
    "ledger.posted": (1, LedgerPosted),
    "receivable.cleared": (1, ReceivableCleared),
}
