"""Reservations, fulfillment orders, returns and settlement lines, as tables. See `contracts/states.py`."""

from __future__ import annotations

from .states import machine

RESERVATION = machine(
    "reservation",
    "What an order holds of a pool. `waiting`: some of it is still to come, and what is there may leave; `kept`:\n"
    "nothing leaves before all of it is there. The pool takes shipments as facts: what has left has left.\n"
    "With its last unit a reservation is gone; asked for again, it is told and not made twice.",
    {
        "reserve": "there is enough",
        "reserve_some": "there is too little, and the channel ships what there is",
        "reserve_kept": "there is too little, and the channel keeps an order together",
        "reserve_much": "there is too little, and the channel rejects",
        "stock_comes": "all that is waited for arrives",
        "release": "the order is undone: all of it goes back",
        "give_up": "the order waits no more",
        "expire_early": "its time is looked at before it has come",
        "expire": "its time has come",
        "ship_part": "a unit has left",
        "ship": "the rest has left",
        "find_elsewhere": "a unit was not found; another place has one",
        "find_none": "a unit was not found, and no other place has one; the channel waits",
        "reserve_there": "for a customer who will collect it at one place, which has enough",
        "too_much_there": "for a customer who will collect it at one place, which has not",
        "release_some": "a unit of it is not wanted any more",
        "change": "an edit: other lines in its place, which can be had",
        "change_much": "an edit: other lines in its place, which cannot",
    },
    {
        "none": """held waiting kept !out-of-stock !not-reserved !not-reserved !not-reserved !not-reserved
            !not-reserved !not-reserved !not-reserved !not-reserved !not-reserved held !out-of-stock
            !not-reserved !not-reserved !not-reserved""",
        "held": """!already-reserved !already-reserved !already-reserved !already-reserved !nothing-waits none
            !nothing-waits !nothing-waits !nothing-waits held none held waiting !already-reserved
            !already-reserved held held !out-of-stock""",
        "waiting": """!already-reserved !already-reserved !already-reserved !already-reserved held none
            held !not-expired held waiting waiting waiting waiting !already-reserved !already-reserved waiting
            !not-all-here !not-all-here""",
        "kept": """!already-reserved !already-reserved !already-reserved !already-reserved held none
            held !not-expired none kept kept kept kept !already-reserved !already-reserved kept
            !not-all-here !not-all-here""",
    },
)

FULFILLMENT_ORDER = machine(
    "fulfillment order",
    "What a place is to ship of an order. Here the race between a cancellation and the release is decided: once it is\n"
    "released only its warehouse can still stop it. Whatever leaves that was not released, or was cancelled, is shown\n"
    "to a person under the name by which it is refused here. `ready`: it waits in a store for its customer, and is\n"
    "released by being collected.",
    {
        "create": "with a window in which it can be cancelled",
        "create_at_once": "without a window: released in the same turn",
        "create_held": "while a hold stands",
        "hold": "it is not to be released, if it is not",
        "go_on": "no hold stands any more: its window begins anew",
        "window_over": "its window is over: released",
        "cancel": "cancel it, if it is not released",
        "recall": "cancel it; if it is released, ask the warehouse",
        "recalled": "the warehouse has taken it back",
        "recall_refused": "the warehouse says it has left already",
        "warehouse_rejects": "the warehouse will not ship it",
        "ship_part": "the warehouse confirms a shipment that is not the last",
        "ship": "the warehouse confirms all that was left",
        "find_none": "the warehouse confirms its last shipment, and what was left was not in it",
        "overdue": "no confirmation came in the partner's time",
        "create_to_collect": "its customer will come for it",
        "collect": "the customer stands at the counter",
        "never_came": "the time in which it should have been collected is over",
        "revise": "an edit: other lines, or another place",
    },
    {
        "none": """created released held !already-none !not-held !not-created cancelled cancelled !not-released
            !not-released !not-released !shipped-unreleased !shipped-unreleased !shipped-unreleased
            !not-released ready !not-waiting !not-waiting !not-held""",
        "created": """!already-created !already-created !already-created held !not-held released cancelled
            cancelled !not-released !not-released !not-released !shipped-unreleased !shipped-unreleased
            !shipped-unreleased !not-released !already-created !not-waiting !not-waiting !not-held""",
        "held": """!already-created !already-created !already-created held created !is-held cancelled cancelled
            !not-released !not-released !not-released !shipped-unreleased !shipped-unreleased
            !shipped-unreleased !not-released !already-created !not-waiting !not-waiting held""",
        "ready": """!already-created !already-created !already-created held !not-held !is-collected cancelled
            cancelled !not-released !not-released !not-released !shipped-unreleased !shipped-unreleased
            !shipped-unreleased !not-released !already-created dispatched cancelled !not-held""",
        "released": """!already-created !already-created !already-created !already-released !not-held
            !already-released !already-released released cancelled released cancelled partly_dispatched
            dispatched cancelled released !already-created !not-waiting !not-waiting !not-held""",
        "partly_dispatched": """!already-created !already-created !already-created !already-released !not-held
            !already-released !already-released partly_dispatched cancelled partly_dispatched cancelled
            partly_dispatched dispatched dispatched partly_dispatched !already-created !not-waiting
            !not-waiting !not-held""",
        "dispatched": """!already-created !already-created !already-created !already-dispatched !not-held
            !already-dispatched !already-dispatched !already-dispatched !not-released dispatched
            !not-released !shipped-unreleased !shipped-unreleased !shipped-unreleased !not-released
            !already-created !not-waiting !not-waiting !not-held""",
        "cancelled": """!already-created !already-created !already-created !already-cancelled !not-held
            !already-cancelled !already-cancelled !already-cancelled !not-released !not-released
            !not-released !shipped-unreleased !shipped-unreleased !shipped-unreleased !not-released
            !already-created !not-waiting !not-waiting !not-held""",
    },
)

RETURN = machine(
    "return",
    "Goods that nobody advised are checked as if they had been, and are received the moment that they fit. What comes\n"
    "for a return that cannot take it lies at the dock: a person looks.",
    {
        "advise": "the customer means to send units back",
        "allow": "with all returns of the order, no more comes back than was shipped",
        "deny": "the order is unknown or not shipped, or more would come back than was",
        "receive": "the dock has some of its units",
        "receive_more": "the dock has more than was advised",
        "inspect": "every unit received has its grade",
        "inspect_else": "the grades do not add up to what was received",
        "never_came": "the time in which it should have come is over",
        "close": "everything is credited and paid, or there was nothing to credit",
    },
    {
        "none": """advised !not-advised !not-advised advised advised !not-received !not-received
            !not-authorized !not-inspected""",
        "advised": """!duplicate-return authorized closed !return-closed !return-closed !not-received
            !not-received !not-authorized !not-inspected""",
        "authorized": """!duplicate-return !not-advised !not-advised received !over-return !not-received
            !not-received closed !not-inspected""",
        "received": """!duplicate-return !not-advised !not-advised received !over-return inspected
            !inspection-differs !not-authorized !not-inspected""",
        "inspected": """!duplicate-return !not-advised !not-advised !return-closed !return-closed !not-received
            !not-received !not-authorized closed""",
        "closed": """!duplicate-return !not-advised !not-advised !return-closed !return-closed !not-received
            !not-received !not-authorized !not-inspected""",
    },
)

SETTLEMENT_LINE = machine(
    "settlement line",
    "A line of a provider's file. It meets what the book has open, or is in suspense until a person, or a fact of our\n"
    "own that comes late, explains it.",
    {
        "take": "it is read",
        "matched": "its whole gross meets what is open",
        "mismatched": "some of it does not",
        "resolve": "a person decides over it",
        "cleared": "the book has done what was decided",
        "kept": "the book cannot do it",
        "found": "our own record came later and explains the rest",
        "found_part": "it explains a part",
    },
    {
        "none": """asked !not-taken !not-taken !not-in-suspense !not-in-suspense !not-in-suspense
            !not-in-suspense !not-in-suspense""",
        "asked": """!already-taken matched suspended !not-in-suspense !not-in-suspense !not-in-suspense
            !not-in-suspense !not-in-suspense""",
        "matched": """!already-taken !already-judged !already-judged !not-in-suspense !not-in-suspense
            !not-in-suspense !not-in-suspense !not-in-suspense""",
        "suspended": """!already-taken !already-judged !already-judged resolving !not-resolving !not-resolving
            resolved suspended""",
        "resolving": """!already-taken !already-judged !already-judged !being-resolved resolved suspended
            resolved resolving""",
        "resolved": """!already-taken !already-judged !already-judged !not-in-suspense !not-in-suspense
            !not-in-suspense !not-in-suspense !not-in-suspense""",
    },
)
