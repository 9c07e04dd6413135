"""What leaves, as lists: fulfillment orders, the shipments of each, and what carriers told of them."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct

from contracts.fulfillment import FulfillmentOrderCreated, ShipmentDispatched
from contracts.parcels import PARCEL_STATUSES, ParcelMoved
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .store import ViewStore


class FulfillmentRow(Struct, frozen=True):
    """A fulfillment order: of which order, and from where."""

    row: int
    fulfillment_order_id: str
    order_id: str
    location: str
    at_ms: int


class ShipmentRow(Struct, frozen=True):
    """A shipment. `status` is dispatched, collected, or what its carrier told last."""

    row: int
    shipment_id: str
    fulfillment_order_id: str
    order_id: str
    location: str
    tracking: str
    status: str
    status_at_ms: int
    dispatched_at_ms: int
    at_ms: int


class ScanRow(Struct, frozen=True):
    """What a carrier told of a shipment: where it was seen when, and when that was heard."""

    row: int
    shipment_id: str
    status: str
    seen_at_ms: int
    at_ms: int


class ShipmentTables:
    """Filled from the events of `fulfillment`."""

    schema = """
    CREATE TABLE fulfillment_orders (
        row INTEGER PRIMARY KEY, fulfillment_order_id TEXT UNIQUE, order_id TEXT, location TEXT, at_ms INTEGER);
    CREATE INDEX fulfillment_orders_by_order ON fulfillment_orders (order_id);
    CREATE TABLE shipments (
        row INTEGER PRIMARY KEY, shipment_id TEXT UNIQUE, fulfillment_order_id TEXT, order_id TEXT, location TEXT,
        tracking TEXT, status TEXT, status_at_ms INTEGER, dispatched_at_ms INTEGER, at_ms INTEGER);
    CREATE INDEX shipments_by_order ON shipments (order_id);
    CREATE TABLE scans (
        row INTEGER PRIMARY KEY, shipment_id TEXT, status TEXT, seen_at_ms INTEGER, at_ms INTEGER);
    CREATE INDEX scans_by_shipment ON scans (shipment_id, row);
    """

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        if turn.actor != "fulfillment":
            return
        for event in turn.events:
            fold = _FOLDS.get(event.type)
            if fold is not None:
                fold(db, turn, event.type.partition(".")[2], body_of(event))


def _created(db: sqlite3.Connection, turn: Turn, what: str, body: FulfillmentOrderCreated) -> None:
    db.execute(
        "INSERT OR IGNORE INTO fulfillment_orders VALUES (NULL, ?, ?, ?, ?)",
        (body.fulfillment_order_id, body.order_id, body.location, turn.at_ms),
    )


def _dispatched(db: sqlite3.Connection, turn: Turn, what: str, body: ShipmentDispatched) -> None:
    db.execute(
        "INSERT OR IGNORE INTO shipments VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            body.shipment_id, body.fulfillment_order_id, body.order_id, body.location, body.tracking,
            "collected" if body.collected else what, body.dispatched_at_ms, body.dispatched_at_ms, turn.at_ms,
        ),
    )  # fmt: skip


def _moved(db: sqlite3.Connection, turn: Turn, what: str, body: ParcelMoved) -> None:
    db.execute(
        "INSERT INTO scans VALUES (NULL, ?, ?, ?, ?)", (body.shipment_id, what, body.at_ms, turn.at_ms)
    )
    db.execute(
        "UPDATE shipments SET status = ?, status_at_ms = ? WHERE shipment_id = ?",
        (what, body.at_ms, body.shipment_id),
    )


_FOLDS: dict[str, Any] = {
    "fulfillment.order_created": _created,
    "shipment.dispatched": _dispatched,
    **{f"shipment.{status}": _moved for status in PARCEL_STATUSES},
}


def fulfillment_orders(
    store: ViewStore,
    *,
    order_id: str | None = None,
    location: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[FulfillmentRow]:
    """Fulfillment orders in the order in which they were made."""
    wanted = {"order_id": order_id, "location": location}
    return [FulfillmentRow(*row) for row in store.page("fulfillment_orders", wanted, after, limit)]


def shipments(
    store: ViewStore,
    *,
    order_id: str | None = None,
    status: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[ShipmentRow]:
    """Shipments in the order in which they were confirmed."""
    wanted = {"order_id": order_id, "status": status}
    return [ShipmentRow(*row) for row in store.page("shipments", wanted, after, limit)]


def shipment_of(store: ViewStore, shipment_id: str) -> ShipmentRow | None:
    """One shipment, or None."""
    found = store.page("shipments", {"shipment_id": shipment_id}, 0, 1)
    return ShipmentRow(*found[0]) if found else None


def scans(store: ViewStore, shipment_id: str, *, after: int = 0, limit: int = 50) -> list[ScanRow]:
    """What carriers told of a shipment, in the order in which it was heard."""
    return [ScanRow(*row) for row in store.page("scans", {"shipment_id": shipment_id}, after, limit)]
