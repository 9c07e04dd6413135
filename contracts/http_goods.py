"""What clients submit over HTTP about goods: moved by hand, counted, sent, held, shipped, bought."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .http import Amount, Code, Name, Quantity, Reason, Time, Units
from .http_desks import Currency

MAX_ROWS = 1_000
Bucket = Literal["outside", "available", "safety", "damaged", "quality_hold"]


class PlacedUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU at a location."""

    sku: Code
    location: Code
    quantity: Quantity


class SkuUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU."""

    sku: Code
    quantity: Quantity


class CountedUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """What was counted of a SKU; `expected` is what the book was seen to have."""

    sku: Code
    quantity: Units
    expected: Units | None = None


class LineUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a line."""

    line_id: Code
    quantity: Quantity


class AdjustmentSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Units go from one bucket to another at their location; `outside` is none of ours."""

    adjustment_id: Code
    reason: Name
    from_bucket: Bucket
    to_bucket: Bucket
    lines: Annotated[tuple[PlacedUnits, ...], Meta(min_length=1, max_length=MAX_ROWS)]
    pool: Code = "default"


class SnapshotSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What lies at a location now, of the SKUs named."""

    snapshot_id: Code
    location: Code
    lines: Annotated[tuple[CountedUnits, ...], Meta(min_length=1, max_length=MAX_ROWS)]
    pool: Code = "default"


class TransferSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Units leave a location for another one of the pool."""

    transfer_id: Code
    from_location: Code
    to_location: Code
    lines: Annotated[tuple[SkuUnits, ...], Meta(min_length=1, max_length=MAX_ROWS)]
    pool: Code = "default"


class TransferReceiptSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What has come of a transfer, or never will."""

    lines: Annotated[tuple[SkuUnits, ...], Meta(min_length=1, max_length=MAX_ROWS)]
    outcome: Literal["arrived", "lost"] = "arrived"
    pool: Code = "default"


class WantedLine(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU that are to be kept."""

    line_id: Code
    sku: Code
    quantity: Quantity


class ReservationSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Keep these units for an order that may come, so long and no longer."""

    channel: Code
    lines: Annotated[tuple[WantedLine, ...], Meta(min_length=1, max_length=200)]
    minutes: Annotated[int, Meta(ge=1, le=1_440)] = 15


class ShipmentSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What has left of a fulfillment order: all that is left of it, or the lines named.

    `final`: no shipment comes after it, and `shipments` were made together.
    """

    fulfillment_order_id: Code
    shipment_id: Code
    tracking: Code
    dispatched_at: Time
    lines: Annotated[tuple[LineUnits, ...], Meta(min_length=1, max_length=2_000)] | None = None
    final: bool = True
    shipments: Annotated[int, Meta(ge=1, le=100)] = 1


class TrackingSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the carrier saw a shipment."""

    status: Literal["in_transit", "lost", "delivered"]
    at: Time


class FulfillmentRejection(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a partner will not ship it."""

    reason: Reason


class PurchaseLineSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a purchase order, at the supplier's price for a unit."""

    line_id: Code
    sku: Code
    quantity: Quantity
    price_minor: Amount


class PurchaseSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Buy this. `purchase_ref` is the client's own number for it."""

    purchase_ref: Code
    supplier: Code
    location: Code
    currency: Currency
    lines: Annotated[tuple[PurchaseLineSubmission, ...], Meta(min_length=1, max_length=MAX_ROWS)]
    lead_time_days: Annotated[int, Meta(ge=0, le=365)] = 7
    pool: Code = "default"


class AsnSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """An advance ship notice. After one that is `final` no other follows."""

    purchase_order_id: Code
    asn_id: Code
    lines: Annotated[tuple[LineUnits, ...], Meta(min_length=1, max_length=MAX_ROWS)]
    arrives_at: Time
    final: bool = True


class GoodsReceiptSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What was counted at the dock of a purchase order."""

    purchase_order_id: Code
    receipt_id: Code
    lines: Annotated[tuple[LineUnits, ...], Meta(min_length=1, max_length=MAX_ROWS)]
    received_at: Time


class PolicySubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """When a SKU is replenished at a location: below `reorder_point`, in whole lots, `order_quantity` units or up to
    `target`.
    """

    reorder_point: Units
    supplier: Code
    price_minor: Amount
    currency: Currency
    lead_time_days: Annotated[int, Meta(ge=0, le=365)]
    lot_size: Quantity = 1
    order_quantity: Units = 0
    target: Units = 0
