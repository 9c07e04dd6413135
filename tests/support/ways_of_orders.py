"""The ways of an order and its axes, through `orders`."""

from __future__ import annotations

from typing import Any

from actors.domains.orders.actor import ORDERS
from contracts.edits import EditOrder
from contracts.fulfillment import ShipmentDispatched
from contracts.holds import HoldOrder, ReviewOrder
from contracts.inventory import DemandLine
from contracts.orders import (
    AcceptOrder,
    CancelledLine,
    CancelLines,
    CancelOrder,
    CloseOrder,
    MarkPaid,
    SubmitOrder,
)
from contracts.partners import ErpAcknowledged
from tests.support.shop import an_order
from tests.support.ways import Walker, Way, problem_code

ID = "ord_1"


def _accept(fulfillment: str) -> Any:
    return lambda w: AcceptOrder(ID, 510, 85, "authorized", fulfillment, "submitted")


def closed(status: str, payment: str = "", fulfillment: str = "", erp: str = "") -> Any:
    """End it; what is not said of an axis stays as the order has it."""

    def say(walker: Walker) -> CloseOrder:
        state = walker.state
        return CloseOrder(
            ID, status, "why", payment or state.payment_status, fulfillment or state.fulfillment_status,
            erp or state.erp_status,
        )  # fmt: skip

    return say


def _left(part: bool) -> Any:
    lines = (DemandLine("1", "TEA", 1),) if part else None
    return lambda w: ShipmentDispatched("f", ID, f"SH-{w.n}", "T", "WH1", "default", 0, lines)


SAY: dict[str, Any] = {
    "submit": lambda w: SubmitOrder(ID, an_order()),
    "accept": _accept("released"),
    "acknowledge": lambda w: ErpAcknowledged(ID, "SO-1"),
    "ship": _left(part=False),
    "ship_part": _left(part=True),
    "complete": lambda w: MarkPaid(ID, 510),
    "reject": closed("rejected", "voided", "cancelled", "rejected"),
    "cancel": closed("cancelled", "voided", "cancelled", "cancelled"),
    "except": closed("excepted"),
    "ask_cancel": lambda w: CancelOrder(ID, "changed my mind"),
    "hold": lambda w: HoldOrder(ID, "h1", "why", "pat"),
    "review": lambda w: ReviewOrder(ID, "accept", "pat"),
    "edit": lambda w: EditOrder(ID, f"e{w.n}", "pat", an_order(("TEA", 3)).lines),
    "drop_lines": lambda w: CancelLines(ID, (CancelledLine("1", 1),), "short"),
}
ACCEPTED = ("submit", "accept")


def _way(machine: str, axis: str, say: dict[str, Any], paths: dict[Any, Any], where: Any = None) -> Way:
    def on_axis(state: Any) -> str:
        found: str = getattr(state, axis)
        return found

    seen = where or on_axis
    return Way(machine, ORDERS, ID, {**SAY, **say}, paths, seen, seen, problem_code)


ORDER = _way(
    "order",
    "order_status",
    {},
    {
        "none": (),
        "received": ("submit",),
        "accepted": (*ACCEPTED, "acknowledge", "ship"),
        "completed": (*ACCEPTED, "acknowledge", "ship", "complete"),
        "rejected": ("submit", "reject"),
        "cancelled": (*ACCEPTED, "cancel"),
        "excepted": (*ACCEPTED, "except"),
    },
)

PAYMENT = _way(
    "payment of an order",
    "payment_status",
    {
        "authorize": SAY["accept"],
        "capture": SAY["complete"],
        "decline": closed("rejected", "declined"),
        "void": SAY["cancel"],
        "fail": closed("excepted", "failed"),
        "give_up": lambda w: MarkPaid(ID, 510, payment_status="written_off"),
    },
    {
        "pending": ("submit",),
        "authorized": ACCEPTED,
        "captured": (*ACCEPTED, "ship", "capture"),
        "declined": ("submit", "decline"),
        "voided": (*ACCEPTED, "void"),
        "failed": (*ACCEPTED, "ship", "fail"),
        "written_off": (*ACCEPTED, "ship", "give_up"),
    },
)


def _goods(state: Any) -> str:
    status: str = state.fulfillment_status
    return "waiting" if status == "pending" and state.total_minor else status


FULFILLMENT = _way(
    "fulfillment of an order",
    "fulfillment_status",
    {
        "release": _accept("released"),
        "wait": _accept("pending"),
        "ship_rest": lambda w: MarkPaid(ID, 510, "dispatched"),
        "cancel": closed("cancelled", "voided", "cancelled", "cancelled"),
    },
    {
        "pending": ("submit",),
        "waiting": ("submit", "wait"),
        "released": ("submit", "release"),
        "partly_dispatched": ("submit", "release", "ship_part"),
        "dispatched": ("submit", "release", "ship"),
        "cancelled": ("submit", "release", "cancel"),
    },
    lambda state: _goods(state),
)

ERP = _way(
    "ERP document of an order",
    "erp_status",
    {"submit": SAY["accept"], "receive": SAY["submit"]},
    {
        "pending": ("receive",),
        "submitted": ("receive", "submit"),
        "acknowledged": ("receive", "submit", "acknowledge"),
        "rejected": ("receive", "submit", "reject"),
        "cancelled": ("receive", "submit", "cancel"),
    },
)

WAYS = (ORDER, PAYMENT, FULFILLMENT, ERP)
