"""What clients get over HTTP about goods: moved by hand, counted, sent, held, shipped, bought."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType


class StockAsked(Struct, frozen=True):
    """What became of it."""

    reference: str
    status: str


class CountChange(Struct, frozen=True):
    """What the book had, and what was counted."""

    sku: str
    book: int
    counted: int


class SnapshotApplied(Struct, frozen=True):
    """The book says what was counted; these were different."""

    reference: str
    status: str
    changed: tuple[CountChange, ...]


class TransferLine(Struct, frozen=True):
    """Units of a SKU: sent, come, and never to come."""

    sku: str
    sent: int
    received: int
    lost: int


class TransferAnswer(Struct, frozen=True):
    """A transfer: `on_the_road` while something of it is still to come, then `done`."""

    transfer_id: str
    pool: str
    from_location: str
    to_location: str
    status: str
    lines: tuple[TransferLine, ...]
    as_of: str


class ReservationAsked(Struct, frozen=True):
    """It is held."""

    reservation_id: str
    status: str


class ReservedLine(Struct, frozen=True):
    """Units held at a location."""

    line_id: str
    sku: str
    quantity: int
    location: str


class ReservationAnswer(Struct, frozen=True):
    """What is held until when."""

    reservation_id: str
    status: str
    expires_at: str
    lines: tuple[ReservedLine, ...]


class FulfillmentLine(Struct, frozen=True):
    """Units that have not left yet."""

    line_id: str
    sku: str
    quantity: int


class ParcelAnswer(Struct, frozen=True):
    """Where a shipment was seen last."""

    shipment_id: str
    status: str
    at: str


class FulfillmentOrderAnswer(Struct, frozen=True):
    """A fulfillment order: `created`, `released`, `dispatched` or `cancelled`, and what of it is still to leave."""

    fulfillment_order_id: str
    order_id: str
    status: str
    location: str
    held: bool
    accepted: bool
    overdue: bool
    lines: tuple[FulfillmentLine, ...]
    shipments: tuple[str, ...]
    parcels: tuple[ParcelAnswer, ...]
    version: int


class FulfillmentListed(Struct, frozen=True):
    """A fulfillment order in a list."""

    fulfillment_order_id: str
    order_id: str
    location: str
    made_at: str


class FulfillmentOrdersAnswer(Struct, frozen=True):
    """A page of fulfillment orders."""

    as_of: str
    items: tuple[FulfillmentListed, ...]


class FulfillmentAsked(Struct, frozen=True):
    """What became of it."""

    fulfillment_order_id: str
    order_id: str
    status: str
    shipment_id: str | UnsetType = UNSET


class ShipmentAnswer(Struct, frozen=True):
    """A shipment: dispatched, collected, or what its carrier told last."""

    shipment_id: str
    fulfillment_order_id: str
    order_id: str
    location: str
    tracking: str
    status: str
    status_at: str
    dispatched_at: str
    as_of: str | UnsetType = UNSET


class ShipmentsAnswer(Struct, frozen=True):
    """A page of shipments in the order in which they were confirmed."""

    as_of: str
    items: tuple[ShipmentAnswer, ...]


class TrackingAnswer(Struct, frozen=True):
    """What a carrier told of a shipment: seen when, and heard when."""

    status: str
    at: str
    heard_at: str


class TrackingsAnswer(Struct, frozen=True):
    """A page of what was told of a shipment and was news."""

    shipment_id: str
    as_of: str
    items: tuple[TrackingAnswer, ...]


class TrackingAsked(Struct, frozen=True):
    """Taken, or superseded where something newer is known."""

    shipment_id: str
    status: str


class PurchaseListed(Struct, frozen=True):
    """A purchase order in a list."""

    purchase_order_id: str
    supplier: str
    location: str
    currency: str
    total_minor: int
    status: str
    made_at: str
    changed_at: str


class PurchasesAnswer(Struct, frozen=True):
    """A page of purchase orders in the order in which they were made."""

    as_of: str
    items: tuple[PurchaseListed, ...]


class PolicyAnswer(Struct, frozen=True):
    """When a SKU is replenished at a location."""

    sku: str
    location: str
    reorder_point: int
    supplier: str
    price_minor: int
    currency: str
    lead_time_ms: int
    lot_size: int
    order_quantity: int
    target: int


class PolicySet(Struct, frozen=True):
    """It holds; so many positions were low at once."""

    pool: str
    status: str
    ordered: int
