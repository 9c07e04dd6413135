"""Every state machine there is, as tables. See `contracts/states.py` for how they are read."""

from __future__ import annotations

from .aside_states import APPROVAL, ASIDES
from .goods_states import FULFILLMENT_ORDER, RESERVATION, RETURN, SETTLEMENT_LINE
from .order_states import ERP_AXIS, FULFILLMENT_AXIS, ORDER, PAYMENT_AXIS
from .purchase_states import PURCHASE_ORDER
from .states import Machine

PERIOD = Machine(
    "period",
    "An accounting period of a book. Postings go to the first period that takes them and keep their document's date;\n"
    "a journal that a person writes is refused where its period is closed, instead of landing elsewhere.",
    {
        "post": "a flow posts a fact dated in this period (refused: it goes to the next one that is open)",
        "adjust": "two persons post a journal dated in this period",
        "soft_close": "the flows are done with it; adjustments still come",
        "close": "nothing is posted to it ever again",
        "reopen": "the flows were not done with it after all",
    },
    {
        "open": {
            "post": "open",
            "adjust": "open",
            "soft_close": "soft_closed",
            "close": "!period-not-soft-closed",
            "reopen": "!period-is-open",
        },
        "soft_closed": {
            "post": "!period-soft-closed",
            "adjust": "soft_closed",
            "soft_close": "!period-is-soft-closed",
            "close": "closed",
            "reopen": "open",
        },
        "closed": {
            "post": "!period-closed",
            "adjust": "!period-closed",
            "soft_close": "!period-closed",
            "close": "!period-closed",
            "reopen": "!period-closed",
        },
    },
)

JOURNAL = Machine(
    "manual journal",
    "Entries that a person writes. A second person, never the same, approves them; only then are they posted.\n"
    "What is posted stays; a reversal is a journal of its own, with the sides exchanged, and needs two persons too.",
    {
        "propose": "the maker writes it",
        "approve": "a checker, who is not the maker, has it posted",
        "reject": "a checker sends it back, with a reason",
        "withdraw": "the maker takes it back",
        "reverse": "its reversal was approved",
    },
    {
        "none": {
            "propose": "proposed",
            "approve": "!journal-not-found",
            "reject": "!journal-not-found",
            "withdraw": "!journal-not-found",
            "reverse": "!journal-not-found",
        },
        "proposed": {
            "propose": "!journal-exists",
            "approve": "posted",
            "reject": "rejected",
            "withdraw": "withdrawn",
            "reverse": "!journal-not-posted",
        },
        "posted": {
            "propose": "!journal-exists",
            "approve": "!journal-posted",
            "reject": "!journal-posted",
            "withdraw": "!journal-posted",
            "reverse": "reversed",
        },
        "rejected": {
            "propose": "!journal-exists",
            "approve": "!journal-rejected",
            "reject": "!journal-rejected",
            "withdraw": "!journal-rejected",
            "reverse": "!journal-not-posted",
        },
        "withdrawn": {
            "propose": "!journal-exists",
            "approve": "!journal-withdrawn",
            "reject": "!journal-withdrawn",
            "withdraw": "!journal-withdrawn",
            "reverse": "!journal-not-posted",
        },
        "reversed": {
            "propose": "!journal-exists",
            "approve": "!journal-reversed",
            "reject": "!journal-reversed",
            "withdraw": "!journal-reversed",
            "reverse": "!journal-reversed",
        },
    },
)

EXCEPTION = Machine(
    "exception",
    "What needs a person. It is listed with a team and a due time the moment it is opened; whoever claims it resolves\n"
    "it with a reason, unless what it was opened for ends by itself.\n"
    "At its due time, and at twice that, somebody further up is told.",
    {
        "open": "somewhere something needs a person",
        "claim": "a person takes it on",
        "hand_back": "that person gives it back to the team",
        "resolve": "that person has dealt with it",
        "end": "what it was opened for is over (said before it is listed, it never is)",
        "escalate": "its due time, or twice that, has passed",
    },
    {
        "none": {
            "open": "open",
            "claim": "!exception-not-found",
            "hand_back": "!exception-not-found",
            "resolve": "!exception-not-found",
            "end": "resolved",
            "escalate": "!exception-not-found",
        },
        "open": {
            "open": "!exception-exists",
            "claim": "claimed",
            "hand_back": "!exception-not-claimed",
            "resolve": "!exception-not-claimed",
            "end": "resolved",
            "escalate": "open",
        },
        "claimed": {
            "open": "!exception-exists",
            "claim": "!exception-claimed",
            "hand_back": "open",
            "resolve": "resolved",
            "end": "resolved",
            "escalate": "claimed",
        },
        "resolved": {
            "open": "!exception-exists",
            "claim": "!exception-resolved",
            "hand_back": "!exception-resolved",
            "resolve": "!exception-resolved",
            "end": "!exception-resolved",
            "escalate": "!exception-resolved",
        },
    },
)

MACHINES: tuple[Machine, ...] = (
    ORDER, PAYMENT_AXIS, FULFILLMENT_AXIS, ERP_AXIS, RESERVATION, FULFILLMENT_ORDER, RETURN, PURCHASE_ORDER,
    SETTLEMENT_LINE, PERIOD, JOURNAL, EXCEPTION, APPROVAL, *ASIDES,
)  # fmt: skip
