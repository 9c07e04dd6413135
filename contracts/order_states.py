"""The order and its axes, as tables. See `contracts/states.py` for how they are read.

Four separate axes, never one: where the order is, its money, its goods, and its document in the ERP.
"""

from __future__ import annotations

from .states import machine

ORDER = machine(
    "order",
    "Received once for ever. What ends it says how its axes end; at rest it takes nothing but what its axes still\n"
    "hear. A hold and a review are no states of it: it stays what it is while they stand.",
    {
        "submit": "a channel sends it",
        "accept": "stock is reserved and the payment stands",
        "complete": "the last of three has come: it has left, it is paid, the ERP has it",
        "reject": "it will not be done: declined, unpriceable, out of stock, refused by the ERP",
        "cancel": "it is undone, as its customer or its warehouse wanted",
        "except": "a person has to decide",
        "ask_cancel": "its customer wants it cancelled: a request, which the flow decides",
        "hold": "a person wants it held back: a request, which the flow decides",
        "review": "the fraud review is decided",
        "edit": "its customer wants something else: a request, which the flow decides",
        "drop_lines": "the flow: some of it will never come, and is cancelled",
    },
    {
        "none": """received !not-received !not-received !not-received !not-received !not-received
            !not-found !order-not-found !order-not-found !order-not-found !not-received""",
        "received": """!duplicate-order accepted !not-accepted rejected cancelled excepted
            received received received !not-accepted-yet received""",
        "accepted": """!duplicate-order !already-accepted completed rejected cancelled excepted
            accepted accepted accepted accepted accepted""",
        "completed": """!duplicate-order !already-completed !already-completed !already-completed
            !already-completed !already-completed !not-cancellable !already-completed !already-completed
            !already-completed completed""",
        "rejected": """!duplicate-order !already-rejected !already-rejected !already-rejected
            !already-rejected !already-rejected !not-cancellable !already-rejected !already-rejected
            !already-rejected rejected""",
        "cancelled": """!duplicate-order !already-cancelled !already-cancelled !already-cancelled
            !already-cancelled !already-cancelled !not-cancellable !already-cancelled !already-cancelled
            !already-cancelled cancelled""",
        "excepted": """!duplicate-order !already-excepted !already-excepted !already-excepted
            !already-excepted !already-excepted !not-cancellable !already-excepted !already-excepted
            !already-excepted excepted""",
    },
)

PAYMENT_AXIS = machine(
    "payment of an order",
    "What was taken stays taken: an order that ends afterwards ends `captured`, and the money goes back by a refund.\n"
    "A declined payment rejects the order, a voided one cancels it, a failed capture is excepted, and a person who\n"
    "puts it right has it captured all the same, or written off.",
    {
        "authorize": "the order is accepted",
        "capture": "everything that left is paid and posted",
        "decline": "the order is rejected, its payment declined",
        "void": "the order is cancelled, its money let go",
        "fail": "the order is excepted: money could not be taken",
        "give_up": "a person ends it as it is: what is still owed is written off",
    },
    {
        "pending": "authorized !not-accepted declined voided failed !not-accepted",
        "authorized": "!already-accepted captured declined voided failed written_off",
        "captured": """!already-accepted !already-captured !already-captured !already-captured !already-captured
            !already-captured""",
        "declined": """!already-rejected !already-rejected !already-rejected !already-rejected !already-rejected
            !already-rejected""",
        "voided": """!already-cancelled !already-cancelled !already-cancelled !already-cancelled
            !already-cancelled !already-cancelled""",
        "failed": "!already-excepted captured !already-excepted !already-excepted !already-excepted written_off",
        "written_off": """!already-accepted !already-written-off !already-written-off !already-written-off
            !already-written-off !already-written-off""",
    },
)

FULFILLMENT_AXIS = machine(
    "fulfillment of an order",
    "How far its goods are. What waits for stock is accepted and pending. What leaves after somebody had to look is\n"
    "still noted; what leaves of an order that is cancelled is the business of its fulfillment order, and a person's.",
    {
        "release": "it is accepted, and on its way to a warehouse",
        "wait": "it is accepted, and waits for stock",
        "ship_part": "some of it has left",
        "ship": "all of it has left in one piece",
        "ship_rest": "what has not left is cancelled, or was the last of several shipments; all is paid",
        "cancel": "it is cancelled",
        "except": "a person has to decide; the goods are where they are",
    },
    {
        "pending": "released waiting !not-accepted !not-accepted !not-accepted cancelled pending",
        "waiting": "!already-accepted !already-accepted partly_dispatched dispatched dispatched cancelled waiting",
        "released": "!already-accepted !already-accepted partly_dispatched dispatched dispatched cancelled released",
        "partly_dispatched": """!already-accepted !already-accepted partly_dispatched dispatched dispatched
            !already-dispatched partly_dispatched""",
        "dispatched": """!already-accepted !already-accepted !already-dispatched !already-dispatched
            !already-dispatched !already-dispatched dispatched""",
        "cancelled": """!already-cancelled !already-cancelled !already-cancelled !already-cancelled
            !already-cancelled !already-cancelled !already-cancelled""",
    },
)

ERP_AXIS = machine(
    "ERP document of an order",
    "It is acknowledged later than the order is accepted, and may come first. What the ERP has acknowledged it has,\n"
    "however the order ends, unless it is cancelled there too.",
    {
        "submit": "the order is accepted and its sales order under way",
        "acknowledge": "the ERP has it, under a number",
        "reject": "the ERP will not have it: the order is rejected",
        "cancel": "the order is cancelled, and there too",
        "except": "a person has to decide",
    },
    {
        "pending": "submitted acknowledged rejected cancelled pending",
        "submitted": "!already-accepted acknowledged rejected cancelled submitted",
        "acknowledged": "!already-accepted !already-acknowledged rejected cancelled acknowledged",
        "rejected": "!already-rejected !already-rejected !already-rejected !already-rejected !already-rejected",
        "cancelled": "!already-cancelled !already-cancelled !already-cancelled !already-cancelled !already-cancelled",
    },
)
