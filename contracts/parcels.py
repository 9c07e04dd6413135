"""The vocabulary of parcels on their way: what the carrier's scans tell of a shipment, in whatever order they come."""

from __future__ import annotations

from msgspec import Struct

from .ids import digest128

IN_TRANSIT, DELIVERED, LOST = "in_transit", "delivered", "lost"
PARCEL_STATUSES = (IN_TRANSIT, LOST, DELIVERED)
# What a person is told of a shipment that is lost.
PARCEL_LOST = "parcel-lost"


def lost_id(order_id: str, shipment_id: str) -> str:
    """The id of the exception of a shipment that is lost: whoever ends the search knows it."""
    return "exc_" + digest128(PARCEL_LOST, order_id, shipment_id)


class RecordScan(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.record_scan: where the carrier saw a shipment at `at_ms`: in_transit, lost or delivered."""

    fulfillment_order_id: str
    order_id: str
    shipment_id: str
    status: str
    at_ms: int


class ScanKept(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.scan_kept: of a shipment that no warehouse has confirmed yet; told once it is."""

    fulfillment_order_id: str
    order_id: str
    shipment_id: str
    status: str
    at_ms: int


class ParcelMoved(Struct, array_like=True, frozen=True, gc=False):
    """Body of shipment.in_transit, shipment.delivered and shipment.lost: newer than whatever was told before."""

    fulfillment_order_id: str
    order_id: str
    shipment_id: str
    at_ms: int


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "fulfillment.record_scan": (1, RecordScan),
    "fulfillment.scan_kept": (1, ScanKept),
    "shipment.in_transit": (1, ParcelMoved),
    "shipment.delivered": (1, ParcelMoved),
    "shipment.lost": (1, ParcelMoved),
}
