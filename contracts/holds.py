"""The vocabulary of holds: an order that is not to be released to a warehouse until somebody lets go of it.

Several holds may stand at once, each by its own id; the order goes on when none does. A hold asked for by a person
stands only once what can still be held back is: what was released before is out of reach, and no warehouse is asked.
"""

from __future__ import annotations

from msgspec import Struct

# The hold of an order that the fraud service wants looked at. It ends by `orders.review` and by nothing else.
FRAUD_REVIEW = "fraud-review"
ACCEPT, REJECT = "accept", "reject"

# Commands to `orders`.


class HoldOrder(Struct, array_like=True, frozen=True, gc=False):
    """orders.hold: hold it, with the reason, by whom. Not ended by `until_ms`, a person has to look; 0: at once."""

    order_id: str
    hold_id: str
    reason: str
    by: str
    until_ms: int = 0


class ReleaseHold(Struct, array_like=True, frozen=True, gc=False):
    """orders.release_hold: this hold is over."""

    order_id: str
    hold_id: str
    by: str
    reason: str


class ReviewOrder(Struct, array_like=True, frozen=True, gc=False):
    """orders.review: what came of the fraud review, `accept` or `reject`. It may come before the hold is known."""

    order_id: str
    decision: str
    by: str
    reason: str = ""


class PutOnHold(Struct, array_like=True, frozen=True, gc=False):
    """orders.put_on_hold: the flow holds the order back. Why and by whom the request says, where there was one."""

    order_id: str
    hold_id: str
    reason: str = ""
    by: str = ""


class RefuseHold(Struct, array_like=True, frozen=True, gc=False):
    """orders.refuse_hold: it came too late; the order goes on."""

    order_id: str
    hold_id: str
    reason: str


# Facts of `orders`.


class HoldRequested(Struct, array_like=True, frozen=True, gc=False):
    """order.hold_requested: a hold was asked for; whether it stands the flow finds out."""

    order_id: str
    hold_id: str
    reason: str
    by: str
    until_ms: int


class OrderHeld(Struct, array_like=True, frozen=True, gc=False):
    """order.held: nothing more of it is released while this hold stands."""

    order_id: str
    hold_id: str
    reason: str
    by: str


class HoldRefused(Struct, array_like=True, frozen=True, gc=False):
    """order.hold_refused: `reason` is a stable code, `already-released` above all."""

    order_id: str
    hold_id: str
    reason: str


class ReleasedFromHold(Struct, array_like=True, frozen=True, gc=False):
    """order.released_from_hold: this hold stands no more. `decision` is `reject` where a review rejects the order."""

    order_id: str
    hold_id: str
    by: str
    reason: str
    decision: str = ACCEPT


class OrderReviewed(Struct, array_like=True, frozen=True, gc=False):
    """order.reviewed: the review is decided and the hold not known yet; it will end as soon as it is."""

    order_id: str
    decision: str
    by: str
    reason: str


# To a fulfillment order, from the flow.


class HoldFulfillmentOrder(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.hold_order: do not release it, if it is not released."""

    fulfillment_order_id: str
    order_id: str


class GoOnWithFulfillment(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.go_on: no hold stands any more. Its window begins anew."""

    fulfillment_order_id: str
    order_id: str


class FulfillmentHeld(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.held"""

    fulfillment_order_id: str
    order_id: str


class FulfillmentHoldRefused(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.hold_refused: `already-released`, or what else it is."""

    fulfillment_order_id: str
    order_id: str
    reason: str


class FulfillmentWentOn(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.went_on: held no more."""

    fulfillment_order_id: str
    order_id: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "orders.hold": (1, HoldOrder),
    "orders.release_hold": (1, ReleaseHold),
    "orders.review": (1, ReviewOrder),
    "orders.put_on_hold": (1, PutOnHold),
    "orders.refuse_hold": (1, RefuseHold),
    "order.hold_requested": (1, HoldRequested),
    "order.held": (1, OrderHeld),
    "order.hold_refused": (1, HoldRefused),
    "order.released_from_hold": (1, ReleasedFromHold),
    "order.reviewed": (1, OrderReviewed),
    "fulfillment.hold_order": (1, HoldFulfillmentOrder),
    "fulfillment.go_on": (1, GoOnWithFulfillment),
    "fulfillment.held": (1, FulfillmentHeld),
    "fulfillment.hold_refused": (1, FulfillmentHoldRefused),
    "fulfillment.went_on": (1, FulfillmentWentOn),
}
