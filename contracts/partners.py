"""The vocabulary of foreign systems: payment provider, fraud, tax and ERP (the warehouse's stands with
fulfillment). Commands to a port carry `effect_key`, minted once by the flow; facts are what a result
means in our words."""

from __future__ import annotations

from msgspec import Struct

from .private import Private

# payment provider


class AuthorizePayment(Struct, array_like=True, frozen=True, gc=False):
    """Hold the amount on the shopper's means of payment."""

    order_id: str
    effect_key: str
    provider: str
    method: str
    token: Private[str]
    amount_minor: int
    currency: str


class VoidAuthorization(Struct, array_like=True, frozen=True, gc=False):
    """Let go of what is held and not captured."""

    order_id: str
    effect_key: str
    provider: str
    authorization_id: str


class CapturePayment(Struct, array_like=True, frozen=True, gc=False):
    """Take the amount from what is held. `purpose`: `deposit` where nothing is invoiced for it
    yet; `gift_card` and its id where a card is sold.
    """

    order_id: str
    effect_key: str
    provider: str
    authorization_id: str
    amount_minor: int
    currency: str
    book: str
    purpose: str = ""


class PaymentAuthorized(Struct, array_like=True, frozen=True, gc=False):
    """payment.authorized"""

    order_id: str
    provider: str
    authorization_id: str
    amount_minor: int
    currency: str
    expires_at_ms: int


class PaymentDeclined(Struct, array_like=True, frozen=True, gc=False):
    """payment.declined"""

    order_id: str
    provider: str
    reason: str


class AuthorizationVoided(Struct, array_like=True, frozen=True, gc=False):
    """payment.auth_voided"""

    order_id: str
    provider: str
    authorization_id: str


class PaymentCaptured(Struct, array_like=True, frozen=True, gc=False):
    """payment.captured: for what was invoiced, or for the `purpose` that its command named.

    Where the provider settles in another currency it owes us `settled_minor` of that for it.
    """

    order_id: str
    provider: str
    capture_id: str
    authorization_id: str
    amount_minor: int
    currency: str
    book: str
    settled_minor: int = 0
    settled_currency: str = ""
    purpose: str = ""


class BookCapture(Struct, array_like=True, frozen=True, gc=False):
    """payments.book_capture: the provider has taken this and nobody here has booked it."""

    order_id: str
    capture: PaymentCaptured


class CaptureFailed(Struct, array_like=True, frozen=True, gc=False):
    """payment.capture_failed"""

    order_id: str
    provider: str
    authorization_id: str
    reason: str


# fraud


class AssessFraud(Struct, array_like=True, frozen=True, gc=False):
    """How far may this order be trusted?"""

    order_id: str
    effect_key: str
    amount_minor: int
    currency: str
    country: str
    customer_id: str | None
    token: Private[str]


class FraudAssessed(Struct, array_like=True, frozen=True, gc=False):
    """fraud.assessed: `decision` is accept, review or reject; `score` 0..100."""

    order_id: str
    decision: str
    score: int


# tax


class TaxableLine(Struct, array_like=True, frozen=True, gc=False):
    """An amount to be taxed."""

    line_id: str
    tax_class: str
    amount_minor: int


class CalculateTax(Struct, array_like=True, frozen=True, gc=False):
    """The tax of each line and of shipping, halves up. `rounding` is `line`, or `document`: rounded once as well."""

    order_id: str
    effect_key: str
    currency: str
    country: str
    region: str | None
    prices_include_tax: bool
    lines: tuple[TaxableLine, ...]
    shipping_minor: int
    rounding: str = "line"


class LineTax(Struct, array_like=True, frozen=True, gc=False):
    """The tax of a line, in minor units."""

    line_id: str
    tax_minor: int


class TaxCalculated(Struct, array_like=True, frozen=True, gc=False):
    """tax.calculated. `rounding_minor`: so much more is owed on the document than its lines and shipping come to."""

    order_id: str
    document_id: str
    jurisdiction: str
    lines: tuple[LineTax, ...]
    shipping_tax_minor: int
    rounding_minor: int = 0


class CommitTax(Struct, array_like=True, frozen=True, gc=False):
    """The invoice stands: this much tax is owed. `partial`: of the document, other invoices have the rest."""

    order_id: str
    effect_key: str
    document_id: str
    invoice_number: int
    tax_minor: int
    partial: bool = False


class TaxCommitted(Struct, array_like=True, frozen=True, gc=False):
    """tax.committed"""

    order_id: str
    document_id: str
    tax_minor: int


# ERP


class ErpLine(Struct, array_like=True, frozen=True, gc=False):
    """A line of a sales order."""

    line_id: str
    sku: str
    quantity: int
    amount_minor: int


class CreateSalesOrder(Struct, array_like=True, frozen=True, gc=False):
    """erp.create_sales_order. `again`: it was said before, so the ERP is asked whether it has the document."""

    order_id: str
    effect_key: str
    customer_id: str | None
    currency: str
    total_minor: int
    lines: tuple[ErpLine, ...]
    again: bool = False


class CancelSalesOrder(Struct, array_like=True, frozen=True, gc=False):
    """erp.cancel_sales_order"""

    order_id: str
    effect_key: str
    reason: str


class ErpAcknowledged(Struct, array_like=True, frozen=True, gc=False):
    """erp.order_acknowledged"""

    order_id: str
    document_id: str


class ErpRejected(Struct, array_like=True, frozen=True, gc=False):
    """erp.order_rejected"""

    order_id: str
    reason: str


class ErpCancelled(Struct, array_like=True, frozen=True, gc=False):
    """erp.order_cancelled: the ERP's document is cancelled, or there never was one."""

    order_id: str
    document_id: str | None


# any system


class CallGaveUp(Struct, array_like=True, frozen=True, gc=False):
    """A call's outcome stayed unknown past its deadline, or was refused where no refusal is expected.

    `exception_id`: a person is told of it already, under this id; whoever is told needs to open no other.
    """

    order_id: str
    system: str
    operation: str
    reason: str
    exception_id: str = ""


class ExceptionOpened(Struct, array_like=True, frozen=True, gc=False):
    """exception.opened: a person has to look. `category` is a row of the exceptions catalogue."""

    exception_id: str
    category: str
    order_id: str
    detail: str


class ReportUnreadable(Struct, array_like=True, frozen=True, gc=False):
    """feed.report_unreadable: a record of a feed says nothing that can be understood; `raw` is its JSON, cut."""

    feed: str
    digest: str
    n: int
    why: str
    raw: str


class FeedAdvanced(Struct, array_like=True, frozen=True, gc=False):
    """Every record of the feed up to `cursor` is durable here."""

    feed: str
    cursor: int


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "payments.authorize": (1, AuthorizePayment),
    "payments.void": (1, VoidAuthorization),
    "payments.capture": (1, CapturePayment),
    "payment.authorized": (1, PaymentAuthorized),
    "payment.declined": (1, PaymentDeclined),
    "payment.auth_voided": (1, AuthorizationVoided),
    "payment.captured": (1, PaymentCaptured),
    "payments.book_capture": (1, BookCapture),
    "payment.capture_failed": (1, CaptureFailed),
    "fraud.assess": (1, AssessFraud),
    "fraud.assessed": (1, FraudAssessed),
    "tax.calculate": (1, CalculateTax),
    "tax.calculated": (1, TaxCalculated),
    "tax.commit": (1, CommitTax),
    "tax.committed": (1, TaxCommitted),
    "erp.create_sales_order": (1, CreateSalesOrder),
    "erp.cancel_sales_order": (1, CancelSalesOrder),
    "erp.order_acknowledged": (1, ErpAcknowledged),
    "erp.order_rejected": (1, ErpRejected),
    "erp.order_cancelled": (1, ErpCancelled),
    "integration.gave_up": (1, CallGaveUp),
    "exception.opened": (1, ExceptionOpened),
    "feed.report_unreadable": (1, ReportUnreadable),
    "feed.advanced": (1, FeedAdvanced),
}
