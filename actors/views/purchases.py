"""Purchase orders as a list: of whom, for where, for how much, and how each stands."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from contracts.purchasing import PurchaseSuggested
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .store import ViewStore


class PurchaseRow(Struct, frozen=True):
    """A purchase order. `total_minor` is what it comes to at its own prices."""

    row: int
    purchase_order_id: str
    supplier: str
    location: str
    currency: str
    total_minor: int
    status: str
    made_at_ms: int
    changed_at_ms: int


# What an event makes of an order: the state that it is in then.
_STATUS = {
    "purchase_order.issued": "issued",
    "purchase_order.acknowledged": "acknowledged",
    "goods.received": "receiving",
    "purchase_order.delivered": "delivered",
    "purchase_order.closed": "closed",
    "purchase_order.cancelled": "cancelled",
    "purchase_order.excepted": "excepted",
}
# Goods of an order that a person has to look at, and their documents, change nothing of that.
_UNLESS = ("excepted", "closed", "cancelled")
_ENDS = ("closed", "cancelled")


class PurchaseTables:
    """Filled from the events of `purchasing`."""

    schema = """
    CREATE TABLE purchases (
        row INTEGER PRIMARY KEY, purchase_order_id TEXT UNIQUE, supplier TEXT, location TEXT, currency TEXT,
        total_minor INTEGER, status TEXT, made_at_ms INTEGER, changed_at_ms INTEGER);
    """

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        if turn.actor != "purchasing":
            return
        for event in turn.events:
            if event.type == "purchase_order.suggested":
                _suggested(db, turn, body_of(event))
            elif (status := _STATUS.get(event.type)) is not None:
                _becomes(db, turn, status)


def _suggested(db: sqlite3.Connection, turn: Turn, body: PurchaseSuggested) -> None:
    total = sum(line.quantity * line.price_minor for line in body.lines)
    db.execute(
        "INSERT OR IGNORE INTO purchases VALUES (NULL, ?, ?, ?, ?, ?, 'suggested', ?, ?)",
        (body.order_id, body.supplier, body.location, body.currency, total, turn.at_ms, turn.at_ms),
    )


def _becomes(db: sqlite3.Connection, turn: Turn, status: str) -> None:
    unless = ("",) if status in _ENDS else _UNLESS
    later = ("delivered",) if status in ("issued", "acknowledged", "receiving") else ()
    earlier = ("receiving",) if status == "acknowledged" else ()
    skipped = (*unless, *later, *earlier)
    marks = ", ".join("?" * len(skipped))
    db.execute(
        f"UPDATE purchases SET status = ?, changed_at_ms = ? WHERE purchase_order_id = ? AND status NOT IN ({marks})",
        (status, turn.at_ms, turn.key, *skipped),
    )


def purchases(
    store: ViewStore,
    *,
    supplier: str | None = None,
    status: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[PurchaseRow]:
    """Purchase orders in the order in which they were made."""
    wanted = {"supplier": supplier, "status": status}
    return [PurchaseRow(*row) for row in store.page("purchases", wanted, after, limit)]
