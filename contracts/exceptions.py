"""The catalogue of exceptions: what needs a person, whose it is, by when, and who hears of it if nothing happens.

Every `exception.opened` names a row. The actor `exceptions` lists it for the row's team, due `due_h` hours later;
unresolved by then it is escalated to the team's lead, unresolved after twice that to whoever answers for the team.
Shops and their partners work every day; who sits in an office has the hours of its entity's working days.
"""

from __future__ import annotations

from msgspec import Struct

from .entities import ENTITIES, HOME
from .working_days import later_ms

HOUR_MS = 3_600_000


class Team(Struct, frozen=True):
    """Whom an exception of this team is escalated to: at its due time, and at twice that.

    `calendar` is the entity whose working days the team keeps; "" is every day, around the clock.
    """

    at_due: str
    at_twice: str
    calendar: str = ""

    def later_ms(self, at_ms: int, span_ms: int) -> int:
        """When the team has had so much time."""
        return later_ms(at_ms, span_ms, ENTITIES[self.calendar]) if self.calendar else at_ms + span_ms


TEAMS: dict[str, Team] = {
    "risk": Team("risk lead", "chief financial officer"),
    "finance": Team("finance lead", "chief financial officer", HOME),
    "warehouse": Team("warehouse lead", "head of operations"),
    "integration": Team("integration lead", "head of engineering"),
    "support": Team("support lead", "head of operations"),
    "purchasing": Team("purchasing lead", "head of operations", HOME),
    "stores": Team("store operations lead", "head of operations"),
}


class ExceptionClass(Struct, frozen=True):
    """A row: owning team, hours until due, the next step, and its kind: business, money or technical."""

    team: str
    due_h: int
    next_step: str
    kind: str = "business"

    @property
    def due_in_ms(self) -> int:
        """How long the team has, of the time in which it works."""
        return self.due_h * HOUR_MS


KINDS = ("business", "money", "technical")

CATALOGUE: dict[str, ExceptionClass] = {
    "fraud-review": ExceptionClass("risk", 4, "Review the order; accept or reject it."),
    "order-held": ExceptionClass(
        "support", 24, "Find out what the hold is for; release or cancel the order."
    ),
    "authorization-expiring": ExceptionClass(
        "finance", 24, "Ask the customer for another means of payment, or cancel the order.", "money"
    ),
    "capture-failed": ExceptionClass(
        "finance", 24, "Collect the amount another way, or credit the invoice.", "money"
    ),
    "erp-rejected-after-dispatch": ExceptionClass("finance", 8, "Correct the order in the ERP and resubmit."),
    "fulfillment-rejected": ExceptionClass("warehouse", 8, "Re-source the order or cancel it."),
    "fulfillment-overdue": ExceptionClass("warehouse", 8, "Ask the partner for the shipment's state."),
    "parcel-lost": ExceptionClass(
        "support", 24, "Claim on the carrier; send the customer the goods again, or credit them."
    ),
    "erasure-overdue": ExceptionClass(
        "support", 72, "Bring the open order to an end, so that its customer can be erased."
    ),
    "return-unmatched": ExceptionClass(
        "warehouse", 24, "Find out whose goods these are; return or credit them."
    ),
    "gift-card-unissued": ExceptionClass(
        "finance", 8, "A card was paid for and is not there: issue it by hand, or refund it.", "money"
    ),
    "refund-short": ExceptionClass("finance", 24, "Pay the rest of the credit another way."),
    "refund-failed": ExceptionClass("finance", 24, "Pay the credit another way."),
    "refund-unasked": ExceptionClass(
        "finance", 24, "Find who refunded it; credit the order or claim it back."
    ),
    "dispute-opened": ExceptionClass("risk", 72, "Send the evidence, or accept the loss."),
    "provider-event-unmatched": ExceptionClass("integration", 8, "Look the payment up at the provider."),
    "payment-insufficient": ExceptionClass("finance", 24, "Ask the channel for the missing amount.", "money"),
    "currency-mismatch": ExceptionClass(
        "finance", 8, "Find out what was taken in which currency; clear suspense.", "money"
    ),
    "exchange-rate-missing": ExceptionClass(
        "finance", 24, "Import the rate; post the gain or loss by a journal.", "money"
    ),
    "settlement-file-refused": ExceptionClass(
        "finance",
        24,
        "Ask the provider for the corrected file; nothing of this one is in the books.",
        "money",
    ),
    "settlement-mismatch": ExceptionClass(
        "finance",
        24,
        "Find what the line is about: write it off, match it by hand, or wait for our own record.",
        "money",
    ),
    "till-file-refused": ExceptionClass(
        "stores", 24, "Have the till upload its closing again; nothing of this file is in the books.", "money"
    ),
    "till-file-waits": ExceptionClass(
        "stores",
        8,
        "Find the difference: have the till's corrected file sent, or post it as it is, or discard it.",
        "money",
    ),
    "work-parked": ExceptionClass(
        "integration", 8, "Mend what the message met; what came behind it waits with it.", "technical"
    ),
    "work-discarded": ExceptionClass(
        "integration", 24, "Find out why: the client was told that nothing was changed.", "technical"
    ),
    "subscriber-silent": ExceptionClass(
        "integration",
        4,
        "See why the subscriber is not reached; what it misses it is told then.",
        "technical",
    ),
    "sync-refused": ExceptionClass(
        "integration",
        8,
        "Find out why the subscriber refuses it; it is told again when it changes.",
        "technical",
    ),
    "webhook-exhausted": ExceptionClass(
        "integration",
        24,
        "See why the endpoint did not take the event; have it delivered again (redeliver).",
        "technical",
    ),
    "webhook-disabled": ExceptionClass(
        "integration",
        24,
        "Ask whoever has the endpoint; enable it again, or remove it.",
        "technical",
    ),
    "reconciliation-unfinished": ExceptionClass(
        "integration", 8, "See why the other side's books cannot be read, and start it again.", "technical"
    ),
    "channel-order-missing": ExceptionClass(
        "integration", 4, "Have the channel send the order again: we never received it.", "money"
    ),
    "channel-order-differs": ExceptionClass(
        "integration", 8, "Ask the channel what its customer has ordered, and edit or cancel ours.", "money"
    ),
    "erp-order-missing": ExceptionClass(
        "integration", 8, "Repair it (send-order-again): the ERP has lost a sales order.", "money"
    ),
    "erp-order-unknown": ExceptionClass("integration", 8, "Find who entered it in the ERP.", "money"),
    "erp-order-differs": ExceptionClass(
        "integration", 8, "Correct the sales order in the ERP, or ours.", "money"
    ),
    "capture-unbooked": ExceptionClass(
        "finance", 8, "Repair it (book-capture), or refund it: the ledger knows nothing of it.", "money"
    ),
    "capture-not-at-provider": ExceptionClass(
        "finance", 8, "Ask the provider; reverse the posting by a journal.", "money"
    ),
    "capture-differs": ExceptionClass("finance", 8, "Find out which amount was taken.", "money"),
    "refund-unbooked": ExceptionClass(
        "finance", 8, "Repair it (book-refund): the ledger knows nothing of it.", "money"
    ),
    "refund-not-at-provider": ExceptionClass(
        "finance", 8, "Ask the provider; reverse the posting by a journal.", "money"
    ),
    "refund-differs": ExceptionClass("finance", 8, "Find out which amount was paid.", "money"),
    "tax-uncommitted": ExceptionClass(
        "finance", 24, "Repair it (commit-tax): the tax service does not know what is owed.", "money"
    ),
    "tax-differs": ExceptionClass("finance", 24, "Find which side has the tax wrong.", "money"),
    "tax-rate-differs": ExceptionClass(
        "finance",
        8,
        "Find out which side has the rate wrong: the ERP, or the tax service that reckons.",
        "money",
    ),
    "shipment-unheard": ExceptionClass(
        "warehouse", 8, "Repair it (take-confirmation), or ask the partner why it shipped.", "money"
    ),
    "shipment-not-at-partner": ExceptionClass("warehouse", 8, "Ask the partner where the parcel is."),
    "shipment-differs": ExceptionClass("warehouse", 8, "Ask the partner how many units left."),
    "stock-unvalued": ExceptionClass(
        "finance", 24, "Import the product, and post what moved of it by a journal.", "money"
    ),
    "stock-differs": ExceptionClass(
        "warehouse", 24, "Count again; repair it (correct-book) if the count is right.", "money"
    ),
    "payout-differs": ExceptionClass(
        "finance", 24, "Ask the provider for the file, or for what it paid out.", "money"
    ),
    "revenue-differs": ExceptionClass("finance", 24, "Find what was invoiced and not posted.", "money"),
    "ledger-differs": ExceptionClass("finance", 24, "Find what moved one and not the other.", "money"),
    "stock-forced": ExceptionClass("warehouse", 24, "Count the SKU: more has left than the book had."),
    "stock-move-refused": ExceptionClass(
        "warehouse", 24, "Correct the movement or the count and send it again."
    ),
    "shipped-unreleased": ExceptionClass(
        "warehouse", 4, "Ask the partner why it shipped, and invoice or recall."
    ),
    "feed-record-unreadable": ExceptionClass(
        "integration", 8, "Read the record in the journal, enter by hand what it says.", "technical"
    ),
    "reference-data-behind": ExceptionClass(
        "integration",
        8,
        "Find out to when the ERP has gone back, and enter there what it has lost.",
        "technical",
    ),
    "reference-data-gap": ExceptionClass(
        "integration",
        8,
        "Ask the ERP for the changes that are missing, and have them told anew.",
        "technical",
    ),
    "outcome-unknown": ExceptionClass(
        "integration", 4, "Look the effect up in the foreign system.", "technical"
    ),
    "compensation-refused": ExceptionClass("integration", 8, "Undo the effect by hand.", "technical"),
    "purchase-approval": ExceptionClass("purchasing", 24, "Approve the purchase order or cancel it."),
    "purchase-order-rejected": ExceptionClass("purchasing", 8, "Buy elsewhere, and cancel the order here."),
    "acknowledgment-differs": ExceptionClass(
        "purchasing", 8, "Agree with the supplier, or cancel the order."
    ),
    "goods-unexpected": ExceptionClass("warehouse", 8, "Find out whose goods stand at the dock."),
    "goods-over-delivered": ExceptionClass(
        "purchasing", 24, "Keep the surplus or send it back; close the order."
    ),
    "goods-short": ExceptionClass("purchasing", 24, "Ask for the rest or buy it elsewhere; close the order."),
    "delivery-overdue": ExceptionClass("purchasing", 8, "Ask the supplier where the goods are."),
    "invoice-unexpected": ExceptionClass("finance", 24, "Ask the supplier what the invoice is for."),
    "invoice-differs": ExceptionClass("finance", 24, "Ask the supplier for a correct invoice."),
    "invoice-price-differs": ExceptionClass(
        "finance", 24, "Dispute the price, or accept it and close the order."
    ),
    "invoice-quantity-differs": ExceptionClass(
        "finance", 24, "Dispute the units, or accept them and close the order."
    ),
    "supplier-invoice-missing": ExceptionClass("finance", 72, "Ask the supplier for the invoice."),
}

# An order may be excepted for these: they end with the order's end, or by whoever is asked about the order.
EXCEPTING = frozenset(
    {"outcome-unknown", "capture-failed", "erp-rejected-after-dispatch", "compensation-refused"}
)

# Whose an exception is whose category nobody has put into the catalogue: it is never without an owner.
UNLISTED = ExceptionClass("integration", 4, "Put this category into the catalogue.", "technical")


def class_of(category: str) -> ExceptionClass:
    """The row of a category."""
    return CATALOGUE.get(category, UNLISTED)
