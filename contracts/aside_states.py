"""What keeps an order from its plain way, as tables: cancellations, holds, edits, decisions, renewals; and parcels.

See `contracts/states.py` for how they are read. Those of the order itself stand in `contracts/order_states.py`.
"""

from __future__ import annotations

from .states import machine

CANCELLATION = machine(
    "cancellation of an order",
    "Asked for by its customer, once; the flow decides it, where it races the release at the fulfillment order.",
    {
        "ask": "its customer wants it cancelled",
        "refuse": "the flow: it has been released, and will not be taken back",
        "grant": "the flow: it is undone, and the order has its end",
    },
    {
        "none": "requested !not-requested over",
        "requested": "!not-cancellable refused over",
        "refused": "!not-cancellable !not-requested over",
        "over": "!not-cancellable !already-cancelled !already-cancelled",
    },
)

HOLD = machine(
    "hold of an order",
    "Asked for by a person, decided by the flow: it stands once what can be held back is. Each has an id of its own,\n"
    "and is there once for ever.",
    {
        "ask": "a person wants the order held",
        "stand": "the flow: what could be held back is",
        "come_too_late": "the flow: everything was released before",
        "let_go": "a person lets go of it",
    },
    {
        "none": "requested standing !hold-not-found !hold-not-found",
        "requested": "!hold-exists standing refused !hold-requested",
        "standing": "!hold-exists !hold-standing !hold-standing released",
        "refused": "!hold-exists !hold-refused !hold-refused !hold-refused",
        "released": "!hold-exists !hold-released !hold-released !hold-released",
    },
)

REVIEW = machine(
    "fraud review of an order",
    "A hold that nobody asks for and nobody lets go of: it ends with its decision, which may come before it is known.",
    {
        "hold_back": "the flow: the fraud service would have a person look",
        "accept": "a person, or the fraud service's own, lets it go on",
        "reject": "or does not",
        "let_go": "somebody tries to end it without a decision",
        "ask": "somebody tries to ask for it by hand",
    },
    {
        "none": "standing decided decided !hold-not-found !invalid",
        "decided": "over !already-reviewed !already-reviewed !hold-not-found !invalid",
        "standing": "!hold-standing over over !review-undecided !invalid",
        "over": "!hold-released !already-reviewed !already-reviewed !hold-released !invalid",
    },
)

EDIT = machine(
    "edit of an order",
    "One at a time: asked for, then applied when everything of it is done, or refused by name and nothing is changed.",
    {
        "ask": "a customer wants something else",
        "ask_another": "and something else again, under another id",
        "apply": "the flow: priced, taxed, paid for and reserved anew",
        "refuse": "the flow: some of that failed, or it comes too late",
        "order_ends": "the order has its end",
    },
    {
        "none": "requested none !no-edit !no-edit none",
        "requested": "!edit-under-way !edit-under-way applied refused refused",
        "applied": "!edit-exists applied !edit-applied !edit-applied applied",
        "refused": "!edit-exists refused !edit-refused !edit-refused refused",
    },
)

RESOLUTION = machine(
    "resolution of an excepted order",
    "An order is excepted at rest until a person names its end, which must be one that it can have: what has left is\n"
    "not cancelled, what has not is not completed. What was to be undone and left all the same is before a person\n"
    "again.",
    {
        "complete": "a person: it is done, whatever is missing is given up",
        "cancel": "a person: undo it",
        "correct": "a person: dealt with, but of an order that waits for it no end is named",
        "undone": "the flow: all of it is undone",
        "paid": "the flow: everything that left is paid, or given up",
        "left_again": "the flow: it has left all the same",
    },
    {
        "accepted": """!order-not-excepted !order-not-excepted accepted cancelled completed excepted_left""",
        "excepted": "!nothing-shipped undoing !order-excepted !already-excepted excepted !already-excepted",
        "excepted_left": "vouched !already-shipped !order-excepted !already-excepted excepted_left !already-excepted",
        "undoing": """!resolution-under-way !resolution-under-way !order-excepted cancelled undoing
            excepted_left""",
        "vouched": """!resolution-under-way !resolution-under-way !order-excepted cancelled completed
            excepted_left""",
        "completed": """!order-not-excepted !order-not-excepted completed !already-completed !already-completed
            !already-completed""",
        "cancelled": """!order-not-excepted !order-not-excepted cancelled !already-cancelled !already-cancelled
            !already-cancelled""",
    },
)

RENEWAL = machine(
    "authorization of an order that waits",
    "Made anew in time, or when the provider tells that it has expired; the new one stands in its place for what is\n"
    "left. What comes when nobody has asked is let go of again.",
    {
        "due": "it expires soon",
        "expire": "the provider tells that it has expired",
        "authorize": "the provider: a new one stands",
        "decline": "the provider: there will be no new one",
        "leave": "the order has left",
    },
    {
        "held": "renewing renewing !not-renewing !not-renewing over",
        "renewing": "!is-renewing renewing held unrenewable over",
        "unrenewable": "!is-unrenewable unrenewable !not-renewing !not-renewing over",
        "over": "!has-left !has-left !has-left !has-left !has-left",
    },
)

PARCEL = machine(
    "parcel",
    "A carrier's scans come twice, late and in any order, even before the warehouse has confirmed the shipment: then\n"
    "they are kept. The newest stands; delivered is delivered. A lost parcel that turns up is found.",
    {
        "confirm": "the warehouse confirms the shipment",
        "scan": "the carrier has seen it on its way",
        "lose": "the carrier says that it is lost",
        "deliver": "the carrier has delivered it",
        "scan_late": "a scan older than what is known",
    },
    {
        "unknown": "dispatched kept kept kept kept",
        "kept": "in_transit !already-kept kept kept !already-kept",
        "dispatched": "!already-confirmed in_transit lost delivered in_transit",
        "in_transit": "!already-confirmed in_transit lost delivered !older-scan",
        "lost": "!already-confirmed in_transit lost delivered !older-scan",
        "delivered": """!already-confirmed !already-delivered !already-delivered !already-delivered
            !already-delivered""",
    },
)

APPROVAL = machine(
    "approval",
    "What needs a second person waits for one, and lapses where nobody decides in time. Approved, it runs as the\n"
    "command that it is, and its answer concludes it.",
    {
        "request": "somebody asks for it",
        "approve": "a second person, who is not the first, has it done",
        "reject": "it is not to be done",
        "lapse": "nobody decided in time",
        "conclude": "what was approved is answered",
    },
    {
        "none": "waiting !approval-not-found !approval-not-found !approval-not-found !approval-not-found",
        "waiting": "!approval-exists approved rejected lapsed !approval-waits",
        "approved": "!approval-exists !approval-approved !approval-approved !approval-approved concluded",
        "rejected": "!approval-exists !approval-rejected !approval-rejected !approval-rejected !approval-rejected",
        "lapsed": "!approval-exists !approval-lapsed !approval-lapsed !approval-lapsed !approval-lapsed",
        "concluded": "!approval-exists !approval-concluded !approval-concluded !approval-concluded !approval-concluded",
    },
)

ASIDES = (CANCELLATION, HOLD, REVIEW, EDIT, RESOLUTION, RENEWAL, PARCEL)
