"""The ways of cancellations, holds, reviews, edits, decisions, renewals and parcels."""

from __future__ import annotations

from typing import Any

from actors.domains.fulfillment.actor import FULFILLMENT
from actors.domains.orders.actor import ORDERS
from actors.flows.order_to_cash.flow import ORDER_TO_CASH
from contracts.edits import ApplyEdit, EditOrder, RefuseEdit
from contracts.fulfillment import ConfirmDispatch, CreateFulfillmentOrder, ShipmentDispatched
from contracts.holds import FRAUD_REVIEW, HoldOrder, PutOnHold, RefuseHold, ReleaseHold, ReviewOrder
from contracts.inventory import DemandLine, EnrichedLine, OrderPriced, StockReserved
from contracts.orders import (
    AcceptOrder,
    CancelOrder,
    CloseOrder,
    Delivery,
    MarkPaid,
    OrderReceived,
    RefuseCancellation,
    ResolveOrder,
    SubmitOrder,
)
from contracts.parcels import DELIVERED, IN_TRANSIT, LOST, RecordScan
from contracts.partners import FraudAssessed, LineTax, PaymentAuthorized, PaymentDeclined, TaxCalculated
from contracts.platform import TimerFired
from contracts.renewals import AuthorizationExpired
from tests.support.shop import an_order
from tests.support.ways import Walker, Way, problem_code

ID, F, SH = "ord_1", "ful_1", "SH-1"
HOUR_MS = 3_600_000
ACCEPTED = (SubmitOrder(ID, an_order()), AcceptOrder(ID, 510, 85, "authorized", "released", "acknowledged"))


# -- through `orders`


def _on_orders(machine: str, say: Any, paths: Any, where: Any) -> Way:
    return Way(machine, ORDERS, ID, say, paths, where, where, problem_code, before=ACCEPTED)


def _cancellation(state: Any) -> str:
    return "over" if state.order_status == "cancelled" else state.cancellation or "none"


CANCELLATION = _on_orders(
    "cancellation of an order",
    {
        "ask": lambda w: CancelOrder(ID, "changed my mind"),
        "refuse": lambda w: RefuseCancellation(ID, "already-released"),
        "grant": lambda w: CloseOrder(ID, "cancelled", "why", "voided", "cancelled", "cancelled"),
    },
    {"none": (), "requested": ("ask",), "refused": ("ask", "refuse"), "over": ("ask", "grant")},
    _cancellation,
)


def _hold(state: Any) -> str:
    return state.holds["h1"].status if "h1" in state.holds else "none"


HOLD = _on_orders(
    "hold of an order",
    {
        "ask": lambda w: HoldOrder(ID, "h1", "why", "eve"),
        "stand": lambda w: PutOnHold(ID, "h1", "why", "eve"),
        "come_too_late": lambda w: RefuseHold(ID, "h1", "already-released"),
        "let_go": lambda w: ReleaseHold(ID, "h1", "eve", "answered"),
    },
    {
        "none": (),
        "requested": ("ask",),
        "standing": ("ask", "stand"),
        "refused": ("ask", "come_too_late"),
        "released": ("ask", "stand", "let_go"),
    },
    _hold,
)


def _review(state: Any) -> str:
    if FRAUD_REVIEW in state.holds:
        return "standing" if state.holds[FRAUD_REVIEW].status == "standing" else "over"
    return "decided" if state.reviewed is not None else "none"


REVIEW = _on_orders(
    "fraud review of an order",
    {
        "hold_back": lambda w: PutOnHold(ID, FRAUD_REVIEW, "score 60", "fraud"),
        "accept": lambda w: ReviewOrder(ID, "accept", "eve"),
        "reject": lambda w: ReviewOrder(ID, "reject", "eve"),
        "let_go": lambda w: ReleaseHold(ID, FRAUD_REVIEW, "eve", "why"),
        "ask": lambda w: HoldOrder(ID, FRAUD_REVIEW, "why", "eve"),
    },
    {"none": (), "decided": ("accept",), "standing": ("hold_back",), "over": ("hold_back", "reject")},
    _review,
)


def _edit(edit_id: str) -> Any:
    return lambda w: EditOrder(ID, edit_id, "eve", an_order(("TEA", 3)).lines)


EDIT = _on_orders(
    "edit of an order",
    {
        "ask": _edit("e1"),
        "ask_another": _edit("e2"),
        "apply": lambda w: ApplyEdit(ID, "e1", 765, 127),
        "refuse": lambda w: RefuseEdit(ID, "e1", "out-of-stock"),
        "order_ends": lambda w: CloseOrder(ID, "cancelled", "why", "voided", "cancelled", "cancelled"),
    },
    {"none": (), "requested": ("ask",), "applied": ("ask", "apply"), "refused": ("ask", "refuse")},
    lambda state: state.edits.get("e1", "none").partition(":")[0],
)


def _decide(outcome: str) -> Any:
    return lambda w: ResolveOrder(ID, "exc_1", "capture-failed", outcome, "olga", "looked into")


def _except(fulfillment: str) -> CloseOrder:
    return CloseOrder(ID, "excepted", "capture-failed", "failed", fulfillment, "acknowledged", "exc_1")


def _paid(walker: Walker) -> MarkPaid:
    """Of what has not left nothing is paid; what has, is known to have."""
    left = walker.where in ("accepted", "excepted_left", "vouched")
    return MarkPaid(ID, 510, "dispatched" if left else "")


def _resolution(state: Any) -> str:
    status: str = state.order_status
    if status != "excepted":
        return status
    if state.resolving:
        return "vouched" if state.resolving == "completed" else "undoing"
    return "excepted_left" if state.fulfillment_status == "dispatched" else "excepted"


RESOLUTION = _on_orders(
    "resolution of an excepted order",
    {
        "complete": _decide("completed"),
        "cancel": _decide("cancelled"),
        "correct": _decide("corrected"),
        "undone": lambda w: CloseOrder(ID, "cancelled", "why", "voided", "cancelled", "cancelled"),
        "paid": _paid,
        "left_again": lambda w: _except("dispatched"),
        # Not of the table: how an order is excepted of which nothing has left.
        "stop": lambda w: _except("released"),
    },
    {
        "accepted": (),
        "excepted": ("stop",),
        "excepted_left": ("left_again",),
        "undoing": ("stop", "cancel"),
        "vouched": ("left_again", "complete"),
        "completed": ("paid",),
        "cancelled": ("undone",),
    },
    _resolution,
)


# -- through the flow: an order that waits for its release


def _waiting(state: Any) -> str:
    if state.step != "fulfilling":
        return "over"
    aside = state.aside
    if aside is not None and aside.renewing:
        return "renewing"
    return "unrenewable" if aside is not None and aside.unrenewable else "held"


def _authorized(walker: Walker) -> PaymentAuthorized:
    return PaymentAuthorized(ID, "psp-a", f"pi_{walker.n}", 510, "GBP", 30 * 24 * HOUR_MS)


RENEWAL = Way(
    "authorization of an order that waits",
    ORDER_TO_CASH,
    ID,
    {
        "due": lambda w: TimerFired(0),
        "expire": lambda w: AuthorizationExpired(ID, w.state.held[0].authorization_id),
        "authorize": _authorized,
        "decline": lambda w: PaymentDeclined(ID, "psp-a", "card_declined"),
        "leave": lambda w: ShipmentDispatched(F, ID, SH, "T", "WH1", "default", 0, None),
    },
    {
        "held": (),
        "renewing": ("due",),
        "unrenewable": ("due", "decline"),
        "over": ("leave",),
    },
    _waiting,
    lambda state: (_waiting(state), state.held),
    problem_code,
    types={"due": "timer.authorization"},
    before=(
        OrderReceived(ID, an_order(channel="phone")),
        OrderPriced(ID, (EnrichedLine("1", "standard", 100, 10),)),
        PaymentAuthorized(ID, "psp-a", "pi_0", 510, "GBP", 2 * HOUR_MS),
        FraudAssessed(ID, "accept", 3),
        TaxCalculated(ID, "TX-1", "GB", (LineTax("1", 85),), 0),
        StockReserved(ID, "default", "WH1", (DemandLine("1", "TEA", 2),)),
    ),
)


# -- through a fulfillment order that is released


def _scan(status: str, at_ms: int = 0) -> Any:
    return lambda w: RecordScan(F, ID, SH, status, at_ms or 1_000 * w.n)


def _parcel(state: Any) -> str:
    if SH in state.parcels:
        status: str = state.parcels[SH].status
        return status
    if SH in state.heard:
        return "dispatched"
    return "kept" if state.kept else "unknown"


PARCEL = Way(
    "parcel",
    FULFILLMENT,
    F,
    {
        "confirm": lambda w: ConfirmDispatch(F, ID, SH, "T", 5),
        "scan": _scan(IN_TRANSIT),
        "lose": _scan(LOST),
        "deliver": _scan(DELIVERED),
        "scan_late": _scan(IN_TRANSIT, 1),
    },
    {
        "unknown": (),
        "kept": ("scan",),
        "dispatched": ("confirm",),
        "in_transit": ("confirm", "scan"),
        "lost": ("confirm", "lose"),
        "delivered": ("confirm", "deliver"),
    },
    _parcel,
    lambda state: (_parcel(state), state.kept, state.heard),
    problem_code,
    before=(
        CreateFulfillmentOrder(
            F, ID, "WH1", "default", "k", "c", 0, (DemandLine("1", "A", 3),), an_order().ship_to, Delivery()
        ),
    ),
)

WAYS = (CANCELLATION, HOLD, REVIEW, EDIT, RESOLUTION, RENEWAL, PARCEL)
