"""The vocabulary of money that goes back: credit notes, refunds, disputes, and the provider's own events."""

from __future__ import annotations

from msgspec import Struct

# finance


class CreditLine(Struct, array_like=True, frozen=True, gc=False):
    """What is credited of a line: net and tax as invoiced, and the share of the discount taken off then."""

    line_id: str
    sku: str
    quantity: int
    net_minor: int
    tax_minor: int
    discount_minor: int


class IssueCreditNote(Struct, array_like=True, frozen=True, gc=False):
    """finance.issue_credit_note: credit these lines, less a restocking fee."""

    order_id: str
    book: str
    return_id: str
    currency: str
    jurisdiction: str
    lines: tuple[CreditLine, ...]
    fee_minor: int


class ValueReturn(Struct, array_like=True, frozen=True, gc=False):
    """finance.value_return: goods of a return at cost: into quarantine, or out of it. Zeros are not posted."""

    order_id: str
    book: str
    reference: str
    currency: str
    location: str
    received_minor: int
    restocked_minor: int
    scrapped_minor: int
    refused_minor: int


class CreditNoteIssued(Struct, array_like=True, frozen=True, gc=False):
    """credit_note.issued: numbers are gap-free per book. `payable_minor` > 0 is what the customer gets."""

    order_id: str
    book: str
    number: int
    return_id: str
    currency: str
    payable_minor: int
    tax_minor: int


# payment provider


class RefundPayment(Struct, array_like=True, frozen=True, gc=False):
    """payments.refund: give back so much of a capture."""

    order_id: str
    effect_key: str
    provider: str
    capture_id: str
    amount_minor: int
    currency: str
    book: str
    return_id: str


class RefundRequested(Struct, array_like=True, frozen=True, gc=False):
    """payment.refund_requested: asked for, once per return and capture."""

    order_id: str
    return_id: str
    effect_key: str
    capture_id: str
    amount_minor: int
    currency: str


class RefundMade(Struct, array_like=True, frozen=True, gc=False):
    """Body of payment.refunded and payment.refund_pending: the provider has paid, or will say later.

    Where it settles in another currency it takes `settled_minor` of that for it.
    """

    order_id: str
    provider: str
    refund_id: str
    capture_id: str
    amount_minor: int
    currency: str
    book: str
    return_id: str
    settled_minor: int = 0
    settled_currency: str = ""


class RefundPending(RefundMade, array_like=True, frozen=True, gc=False):
    """payment.refund_pending"""


class RefundFailed(Struct, array_like=True, frozen=True, gc=False):
    """payment.refund_failed: refused at once (`refund_id` empty), or taken and not carried out."""

    order_id: str
    provider: str
    refund_id: str
    capture_id: str
    amount_minor: int
    currency: str
    book: str
    return_id: str
    reason: str


class Dispute(Struct, array_like=True, frozen=True, gc=False):
    """Body of payment.dispute_opened, dispute_won and dispute_lost: the shopper's bank has taken it back.

    Where the provider settles in another currency it takes `settled_minor` of that for it, or gives it back; its fee is
    in that too. `taken_minor` is what it took of it at first, on the fact of the dispute's end.
    """

    order_id: str
    provider: str
    dispute_id: str
    capture_id: str
    amount_minor: int
    fee_minor: int
    currency: str
    book: str
    settled_minor: int = 0
    settled_currency: str = ""
    taken_minor: int = 0


class ProviderEvent(Struct, array_like=True, frozen=True, gc=False):
    """payments.event: a record of the provider's feed. `kind` is refund.succeeded, refund.failed,
    dispute.opened, dispute.won or dispute.lost, and authorization.expired; `object_id` the refund, dispute or
    authorization.
    """

    order_id: str
    event_id: str
    kind: str
    object_id: str
    capture_id: str
    amount_minor: int
    fee_minor: int
    currency: str
    return_id: str
    reason: str
    settled_minor: int = 0
    settled_currency: str = ""


class PayCredit(Struct, array_like=True, frozen=True, gc=False):
    """returns.pay_credit: a person pays what of a return's credit nobody could be refunded onto this gift card."""

    return_id: str
    order_id: str
    card_id: str
    by: str
    reason: str


class CreditOwed(Struct, array_like=True, frozen=True, gc=False):
    """payment.refund_owed: so much of a return's credit could not be paid. A person is told, until all of it is."""

    order_id: str
    return_id: str
    exception_id: str
    category: str
    amount_minor: int
    currency: str


class TellCaptures(Struct, array_like=True, frozen=True, gc=False):
    """payments.tell_captures: what was taken for this order, and how much of it may go back?"""

    order_id: str
    return_id: str


class CaptureLeft(Struct, array_like=True, frozen=True, gc=False):
    """A capture, and what disputes and refunds that no return asked for have left of it."""

    provider: str
    capture_id: str
    left_minor: int
    # Captures of one authorization are one means of payment.
    authorization_id: str = ""
    purpose: str = ""


class CapturesTold(Struct, array_like=True, frozen=True, gc=False):
    """payments.captures_told"""

    order_id: str
    return_id: str
    captures: tuple[CaptureLeft, ...]


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "finance.issue_credit_note": (1, IssueCreditNote),
    "finance.value_return": (1, ValueReturn),
    "credit_note.issued": (1, CreditNoteIssued),
    "payments.refund": (1, RefundPayment),
    "payments.event": (1, ProviderEvent),
    "payments.tell_captures": (1, TellCaptures),
    "payments.captures_told": (1, CapturesTold),
    "returns.pay_credit": (1, PayCredit),
    "payment.refund_owed": (1, CreditOwed),
    "payment.refund_requested": (1, RefundRequested),
    "payment.refund_pending": (1, RefundPending),
    "payment.refunded": (1, RefundMade),
    "payment.refund_failed": (1, RefundFailed),
    "payment.dispute_opened": (1, Dispute),
    "payment.dispute_won": (1, Dispute),
    "payment.dispute_lost": (1, Dispute),
}
