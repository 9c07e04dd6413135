"""The vocabulary of fulfillment: fulfillment orders, release, dispatch."""

from __future__ import annotations

from msgspec import Struct

from .inventory import DemandLine
from .orders import Delivery, PostalAddress


class CreateFulfillmentOrder(Struct, array_like=True, frozen=True, gc=False):
    """Ship these lines from this location. Released after `window_ms`, in which it can be cancelled.

    `part`: the order has other lines, which leave from elsewhere or later. `held`: not before a hold is over.
    With `collect_ms` no warehouse ships it: it waits so long at its location for whoever collects it.
    `again`: it stands in for this shipment, which is lost.
    """

    fulfillment_order_id: str
    order_id: str
    location: str
    pool: str
    effect_key: str
    cancel_effect_key: str
    window_ms: int
    lines: tuple[DemandLine, ...]
    ship_to: PostalAddress
    delivery: Delivery
    part: bool = False
    held: bool = False
    collect_ms: int = 0
    again: str = ""


class CancelFulfillmentOrder(Struct, array_like=True, frozen=True, gc=False):
    """Cancel if not released; with `recall`, ask the warehouse too as long as nothing was dispatched."""

    fulfillment_order_id: str
    order_id: str
    reason: str
    recall: bool


class ConfirmDispatch(Struct, array_like=True, frozen=True, gc=False):
    """The warehouse's advice of what has left (EDI 945): all that is left of the order, or the `lines` named.

    `final`: no shipment was made after it, and `shipments` together; what none of them holds will not come.
    """

    fulfillment_order_id: str
    order_id: str
    shipment_id: str
    tracking: str
    dispatched_at_ms: int
    lines: tuple[DemandLine, ...] | None = None
    final: bool = True
    shipments: int = 1


class AcceptFulfillmentOrder(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.accept: its partner has it, and will ship."""

    fulfillment_order_id: str
    order_id: str


class FulfillmentOrderCreated(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.order_created"""

    fulfillment_order_id: str
    order_id: str
    location: str
    pool: str
    cancel_effect_key: str
    window_ms: int
    release: ReleaseToWarehouse
    part: bool = False
    held: bool = False
    collect_ms: int = 0
    again: str = ""


class FulfillmentReleased(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.released: from here on the warehouse may ship."""

    fulfillment_order_id: str
    order_id: str


class FulfillmentCancelled(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.cancelled: nothing of it will ship."""

    fulfillment_order_id: str
    order_id: str
    reason: str


class FulfillmentCancelRefused(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.cancel_refused: it is released or gone."""

    fulfillment_order_id: str
    order_id: str
    reason: str


class FulfillmentOverdue(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.overdue: released and not confirmed within the partner's SLA."""

    fulfillment_order_id: str
    order_id: str


class ShipmentDispatched(Struct, array_like=True, frozen=True, gc=False):
    """shipment.dispatched: the whole order has left, or the `lines` named of it.

    `awaits`: so many of the fulfillment order's shipments are not confirmed yet; -1 while their number is unknown.
    `collected`: the customer has taken it away; no carrier has. `again`: it stands in for this one, which is lost.
    """

    fulfillment_order_id: str
    order_id: str
    shipment_id: str
    tracking: str
    location: str
    pool: str
    dispatched_at_ms: int
    lines: tuple[DemandLine, ...] | None = None
    awaits: int = 0
    collected: bool = False
    again: str = ""


class ShortPicked(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.short_picked: these units were not found at the location and will not leave it."""

    fulfillment_order_id: str
    order_id: str
    location: str
    pool: str
    lines: tuple[DemandLine, ...]


# Port: the warehouse.


class ReleaseToWarehouse(Struct, array_like=True, frozen=True, gc=False):
    """warehouse.release: a warehouse shipping order (EDI 940)."""

    fulfillment_order_id: str
    order_id: str
    effect_key: str
    location: str
    lines: tuple[DemandLine, ...]
    ship_to: PostalAddress
    delivery: Delivery


class RecallFromWarehouse(Struct, array_like=True, frozen=True, gc=False):
    """warehouse.recall: do not ship, if it has not left."""

    fulfillment_order_id: str
    order_id: str
    effect_key: str


class WarehouseAccepted(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.accepted: the warehouse has the order."""

    fulfillment_order_id: str
    order_id: str


class WarehouseRejected(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.rejected: the warehouse will not ship it."""

    fulfillment_order_id: str
    order_id: str
    reason: str


class WarehouseRecalled(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.recalled: the warehouse has taken it back before it left."""

    fulfillment_order_id: str
    order_id: str


class WarehouseRecallRefused(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.recall_refused: it has left already."""

    fulfillment_order_id: str
    order_id: str
    reason: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "fulfillment.create_order": (1, CreateFulfillmentOrder),
    "fulfillment.cancel_order": (1, CancelFulfillmentOrder),
    "fulfillment.confirm_dispatch": (1, ConfirmDispatch),
    "fulfillment.accept": (1, AcceptFulfillmentOrder),
    "fulfillment.order_created": (1, FulfillmentOrderCreated),
    "fulfillment.released": (1, FulfillmentReleased),
    "fulfillment.cancelled": (1, FulfillmentCancelled),
    "fulfillment.cancel_refused": (1, FulfillmentCancelRefused),
    "fulfillment.overdue": (1, FulfillmentOverdue),
    "fulfillment.short_picked": (1, ShortPicked),
    "shipment.dispatched": (1, ShipmentDispatched),
    "warehouse.release": (1, ReleaseToWarehouse),
    "warehouse.recall": (1, RecallFromWarehouse),
    "fulfillment.accepted": (1, WarehouseAccepted),
    "fulfillment.rejected": (1, WarehouseRejected),
    "fulfillment.recalled": (1, WarehouseRecalled),
    "fulfillment.recall_refused": (1, WarehouseRecallRefused),
}
