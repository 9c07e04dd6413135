"""The catalogue of exceptions: what needs a person, whose it is and by when."""

from __future__ import annotations

from msgspec import Struct


class ExceptionClass(Struct, frozen=True):
    """A row: owning team, hours until due, the next step."""

    team: str
    due_h: int
    next_step: str


CATALOGUE: dict[str, ExceptionClass] = {
    "fraud-review": ExceptionClass("risk", 4, "Review the order; accept or reject it."),
    "capture-failed": ExceptionClass("finance", 24, "Collect the amount another way, or credit the invoice."),
    "erp-rejected-after-dispatch": ExceptionClass("finance", 8, "Correct the order in the ERP and resubmit."),
    "fulfillment-rejected": ExceptionClass("warehouse", 8, "Re-source the order or cancel it."),
    "fulfillment-overdue": ExceptionClass("warehouse", 8, "Ask the partner for the shipment's state."),
    "payment-insufficient": ExceptionClass("finance", 24, "Ask the channel for the missing amount."),
    "return-unmatched": ExceptionClass(
        "warehouse", 24, "Find out whose goods these are; return or credit them."
    ),
    "refund-short": ExceptionClass("finance", 24, "Pay the rest of the credit another way."),
    "refund-failed": ExceptionClass("finance", 24, "Pay the credit another way."),
    "refund-unasked": ExceptionClass(
        "finance", 24, "Find who refunded it; credit the order or claim it back."
    ),
    "dispute-opened": ExceptionClass("risk", 72, "Send the evidence, or accept the loss."),
    "provider-event-unmatched": ExceptionClass("integration", 8, "Look the payment up at the provider."),
    "outcome-unknown": ExceptionClass("integration", 4, "Look the effect up in the foreign system."),
    "currency-mismatch": ExceptionClass(
        "finance", 8, "Find out what was taken in which currency; clear suspense."
    ),
    "compensation-refused": ExceptionClass("integration", 8, "Undo the effect by hand."),
    "stock-forced": ExceptionClass("warehouse", 24, "Count the SKU: more has left than the book had."),
    "stock-move-refused": ExceptionClass(
        "warehouse", 24, "Correct the movement or the count and send it again."
    ),
    "shipped-unreleased": ExceptionClass(
        "warehouse", 4, "Ask the partner why it shipped, and invoice or recall."
    ),
}
