"""Orders as a list: when each was received, of whom, and how it stands. Nothing of it is personal but whose it is."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct

from contracts.orders import Order, OrderAccepted, OrderClosed, OrderReceived, order_total_minor
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .store import ViewStore


class OrderRow(Struct, frozen=True):
    """An order. `total_minor` is what was asked for until it is accepted, then what it comes to."""

    row: int
    order_id: str
    channel: str
    channel_order_id: str
    customer_id: str
    currency: str
    total_minor: int
    order_status: str
    reason: str
    received_at_ms: int
    changed_at_ms: int


class OrderTables:
    """Filled from the events of `orders`."""

    schema = """
    CREATE TABLE orders (
        row INTEGER PRIMARY KEY, order_id TEXT UNIQUE, channel TEXT, channel_order_id TEXT, customer_id TEXT,
        currency TEXT, total_minor INTEGER, order_status TEXT, reason TEXT, received_at_ms INTEGER,
        changed_at_ms INTEGER);
    CREATE INDEX orders_by_customer ON orders (customer_id, row) WHERE customer_id <> '';
    CREATE INDEX orders_by_status ON orders (order_status, row);
    """

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        if turn.actor != "orders":
            return
        for event in turn.events:
            fold = _FOLDS.get(event.type)
            if fold is not None and event.body is not None:
                fold(db, turn, event.type.partition(".")[2], body_of(event))


def _received(db: sqlite3.Connection, turn: Turn, status: str, body: OrderReceived) -> None:
    order: Order = body.order
    db.execute(
        "INSERT OR IGNORE INTO orders VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)",
        (
            body.order_id, order.channel, order.channel_order_id, order.customer_id or "", order.currency,
            order_total_minor(order), status, turn.at_ms, turn.at_ms,
        ),
    )  # fmt: skip


def _accepted(db: sqlite3.Connection, turn: Turn, status: str, body: OrderAccepted) -> None:
    db.execute(
        "UPDATE orders SET order_status = ?, total_minor = ?, changed_at_ms = ? WHERE order_id = ?",
        (status, body.total_minor, turn.at_ms, body.order_id),
    )


def _closed(db: sqlite3.Connection, turn: Turn, status: str, body: OrderClosed) -> None:
    _ends(db, turn, status, body.reason, body.order_id)


def _completed(db: sqlite3.Connection, turn: Turn, status: str, body: Any) -> None:
    # Why it was excepted before, if it was, stands.
    _ends(db, turn, status, None, body.order_id)


def _ends(db: sqlite3.Connection, turn: Turn, status: str, reason: str | None, order_id: str) -> None:
    db.execute(
        "UPDATE orders SET order_status = ?, reason = ifnull(?, reason), changed_at_ms = ? WHERE order_id = ?",
        (status, reason, turn.at_ms, order_id),
    )


_FOLDS: dict[str, Any] = {
    "order.received": _received,
    "order.accepted": _accepted,
    "order.rejected": _closed,
    "order.cancelled": _closed,
    "order.excepted": _closed,
    "order.completed": _completed,
}


def orders(
    store: ViewStore,
    *,
    channel: str | None = None,
    customer_id: str | None = None,
    status: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[OrderRow]:
    """Orders in the order in which they were received."""
    wanted = {"channel": channel, "customer_id": customer_id, "order_status": status}
    return [OrderRow(*row) for row in store.page("orders", wanted, after, limit)]
