"""The order and its four status axes. Pure: what may follow what."""

from __future__ import annotations

from msgspec import Struct

from contracts.edits import EditRequested
from contracts.holds import OrderReviewed
from contracts.orders import TERMINAL, Order, OrderClosed, order_total_minor

# A hold is asked for, then stands or is refused, then is released.
REQUESTED, STANDING = "requested", "standing"


class HoldState(Struct):
    """A hold, by whom and why. `status` is requested, standing, refused or released."""

    status: str
    reason: str
    by: str


class OrderState(Struct):
    """One order. `order` is None until it is received.

    `reviewed` is what a fraud review came to that was told before its hold; `edit` is under way, `edits` says
    what became of each. `exception_id` is what an excepted order waits for, `resolving` what a person has decided that
    it becomes.
    """

    order: Order | None = None
    order_status: str = "none"
    payment_status: str = "pending"
    fulfillment_status: str = "pending"
    erp_status: str = "pending"
    reason: str | None = None
    total_minor: int = 0
    tax_minor: int = 0
    paid: bool = False
    erp_document: str | None = None
    shipment: str | None = None
    cancellation: str | None = None
    received_at_ms: int = 0
    cancelled_lines: dict[str, int] = {}
    holds: dict[str, HoldState] = {}
    reviewed: OrderReviewed | None = None
    edit: EditRequested | None = None
    edits: dict[str, str] = {}
    exception_id: str = ""
    resolving: str = ""


def is_terminal(state: OrderState) -> bool:
    """Completed, rejected, cancelled or excepted: at rest."""
    return state.order_status in TERMINAL


def _is_promised(state: OrderState) -> bool:
    """Accepted, or excepted since."""
    # One that stopped before its acceptance has no document in the ERP, not even one under way.
    return state.order_status == "accepted" or (
        state.order_status == "excepted" and state.erp_status != "pending"
    )


def may_be_paid(state: OrderState) -> bool:
    """What is accepted is paid once; what a person had to look at since, too."""
    return _is_promised(state) and not state.paid


def may_leave(state: OrderState) -> bool:
    """Goods leave of what was accepted, and of what a person had to look at since; of what has left, nothing more."""
    return _is_promised(state) and state.fulfillment_status != "dispatched"


def goods_at_the_end(state: OrderState, told: str) -> str:
    """How far its goods are when an order ends, if it is told so: what has left has left."""
    known = state.fulfillment_status
    return known if "dispatched" in known and "dispatched" not in told else told


def completes(
    state: OrderState, *, paid: bool, erp_status: str, fulfillment_status: str | None = None
) -> bool:
    """Whether the order is completed once it is paid like this, the ERP says that and it left like this."""
    # Of an excepted order a person vouches that the ERP has it.
    vouched = state.order_status == "excepted" and state.resolving == "completed"
    return (
        (vouched or (state.order_status == "accepted" and erp_status == "acknowledged"))
        and paid
        and (fulfillment_status or state.fulfillment_status) == "dispatched"
    )


def fold_closed(state: OrderState, status: str, body: OrderClosed) -> None:
    """The order came to rest without being completed. What was cancelled first stays so."""
    state.order_status = status
    state.reason = body.reason
    state.payment_status = body.payment_status
    state.fulfillment_status = body.fulfillment_status
    state.erp_status = body.erp_status
    state.exception_id, state.resolving = body.exception_id, ""


def amount_minor(order: Order) -> int:
    """What the order comes to, tax included where its prices include it."""
    return order_total_minor(order)
