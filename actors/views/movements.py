"""Movements of stock as a list: what moved which units of a SKU, from where to where, and why.

The pool's events stand for their movements: a reservation is available to reserved, line by line; a dispatch is
reserved to outside, and may say only that everything the order held has left. So what each order holds is kept too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from contracts.inventory import DemandLine, StockMoved, StockPart
from contracts.stock import OUTSIDE
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .our_stock import crosses, stock_counted
from .store import ViewStore

AVAILABLE, RESERVED = "available", "reserved"

Units = dict[str, dict[str, int]]  # by location, then SKU


class MovementRow(Struct, frozen=True):
    """`quantity` > 0 units of a SKU went from one bucket of `location` to another, or to one of `to_location`."""

    row: int
    pool: str
    sku: str
    location: str
    from_bucket: str
    to_bucket: str
    to_location: str
    quantity: int
    reason: str
    reference: str
    at_ms: int
    turn: str


class MovementTables:
    """Filled from the events of `inventory`. What crosses a location's door is counted in our books too; that alone is
    kept where `crossing` is set."""

    schema = """
    CREATE TABLE movements (
        row INTEGER PRIMARY KEY, pool TEXT, sku TEXT, location TEXT, from_bucket TEXT, to_bucket TEXT,
        to_location TEXT, quantity INTEGER, reason TEXT, reference TEXT, at_ms INTEGER, turn TEXT);
    CREATE INDEX movements_by_sku ON movements (sku, row);
    CREATE INDEX movements_on_the_road ON movements (reference)
        WHERE 'in_transit' IN (from_bucket, to_bucket);
    CREATE TABLE held (order_id TEXT PRIMARY KEY, units TEXT) WITHOUT ROWID;
    """

    def __init__(self, *, crossing: bool = False) -> None:
        self._crossing = crossing

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        if turn.actor != "inventory":
            return
        writer = _Writer(db, turn, self._crossing)
        for event in turn.events:
            fold = _FOLDS.get(event.type)
            if fold is not None:
                fold(writer, body_of(event))


class _Writer:
    """Writes the movements of one turn."""

    def __init__(self, db: sqlite3.Connection, turn: Turn, crossing: bool) -> None:
        self.db = db
        self.turn = turn
        self.crossing = crossing

    def held(self, order_id: str) -> Units:
        """What an order holds."""
        found = self.db.execute("SELECT units FROM held WHERE order_id = ?", (order_id,)).fetchone()
        return {} if found is None else msgspec.json.decode(found[0], type=Units)

    def hold(self, order_id: str, units: Units) -> None:
        """An order holds this from now on."""
        left = {at: {sku: n for sku, n in skus.items() if n} for at, skus in units.items()}
        left = {at: skus for at, skus in left.items() if skus}
        if left:
            self.db.execute(
                "INSERT OR REPLACE INTO held VALUES (?, ?)", (order_id, msgspec.json.encode(left).decode())
            )
        else:
            self.db.execute("DELETE FROM held WHERE order_id = ?", (order_id,))

    def move(
        self,
        pool: str,
        units: Iterable[tuple[str, str, int]],
        buckets: tuple[str, str],
        reason: str,
        reference: str,
        to_location: str = "",
    ) -> None:
        """Write (location, SKU, units) as movements between two buckets."""
        turn = self.turn
        if crosses(buckets, to_location):
            units = list(units)
            stock_counted(self.db, units, buckets, to_location, turn.at_ms)
        if self.crossing:
            return
        at = f"{turn.partition}.{turn.pos}"
        self.db.executemany(
            "INSERT INTO movements VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (pool, sku, location, *buckets, to_location, n, reason, reference, turn.at_ms, at)
                for location, sku, n in units
                if n
            ],
        )


def _of(parts: Iterable[StockPart]) -> Units:
    units: Units = {}
    for part in parts:
        at = units.setdefault(part.location, {})
        for line in part.lines:
            at[line.sku] = at.get(line.sku, 0) + line.quantity
    return units


def _at(location: str, lines: Iterable[DemandLine]) -> Units:
    return _of((StockPart(location, tuple(lines)),))


def _rows(units: Units) -> list[tuple[str, str, int]]:
    return [(location, sku, n) for location, skus in units.items() for sku, n in skus.items()]


def _changed(held: Units, units: Units, sign: int) -> Units:
    for location, skus in units.items():
        at = held.setdefault(location, {})
        for sku, n in skus.items():
            at[sku] = at.get(sku, 0) + sign * n
    return held


def _moved(writer: _Writer, body: StockMoved) -> None:
    units = [(row.location, row.sku, row.quantity) for row in body.rows]
    buckets = (body.from_bucket, body.to_bucket)
    writer.move(body.pool, units, buckets, body.reason, body.reference, body.to_location)


def _take(writer: _Writer, pool: str, order_id: str, units: Units, reason: str) -> None:
    writer.move(pool, _rows(units), (AVAILABLE, RESERVED), reason, order_id)
    writer.hold(order_id, _changed(writer.held(order_id), units, +1))


def _leave(writer: _Writer, pool: str, order_id: str, units: Units | None, to: str, reason: str) -> None:
    """Units that an order holds, or all of them, leave `reserved`."""
    held = writer.held(order_id)
    going = held if units is None else units
    writer.move(pool, _rows(going), (RESERVED, to), reason, order_id)
    writer.hold(order_id, {} if units is None else _changed(held, going, -1))


def _reserved(writer: _Writer, body: Any) -> None:
    parts = (StockPart(body.location, body.lines), *body.elsewhere)
    _take(writer, body.pool, body.order_id, _of(parts), "reserved")


def _filled(writer: _Writer, body: Any) -> None:
    _take(writer, body.pool, body.order_id, _at(body.location, body.lines), "backorder filled")


def _resourced(writer: _Writer, body: Any) -> None:
    gone = _at(body.location, body.lines)
    _leave(writer, body.pool, body.order_id, gone, body.bucket, "not shipped from here")
    _take(writer, body.pool, body.order_id, _of(body.parts), "sourced elsewhere")


def _released(writer: _Writer, body: Any) -> None:
    units = _of(body.parts) if body.partly else None
    _leave(writer, body.pool, body.order_id, units, AVAILABLE, body.reason or "released")


def _expired(writer: _Writer, body: Any) -> None:
    _leave(writer, body.pool, body.order_id, _of(body.parts), AVAILABLE, "expired")


def _committed(writer: _Writer, body: Any) -> None:
    units = None if body.lines is None else _at(body.location, body.lines)
    _leave(writer, body.pool, body.order_id, units, OUTSIDE, f"dispatched as {body.shipment_id}")


_FOLDS = {
    "inventory.moved": _moved,
    "inventory.reserved": _reserved,
    "inventory.backorder_filled": _filled,
    "inventory.resourced": _resourced,
    "inventory.reservation_released": _released,
    "inventory.reservation_expired": _expired,
    "inventory.reservation_committed": _committed,
}


def on_the_road(store: ViewStore, reference: str) -> list[MovementRow]:
    """What a transfer put on the road and took from it, the oldest first."""
    query = "SELECT * FROM movements WHERE reference = ? AND 'in_transit' IN (from_bucket, to_bucket) ORDER BY row"
    return [MovementRow(*row) for row in store.select(query, reference)]


def all_movements(store: ViewStore, *, after: int = 0, limit: int = 50) -> list[MovementRow]:
    """Movements of everything, the oldest first."""
    return [MovementRow(*row) for row in store.page("movements", {}, after, limit)]


def movements(
    store: ViewStore, sku: str, *, location: str | None = None, after: int = 0, limit: int = 50
) -> list[MovementRow]:
    """Movements of a SKU (from or to a location), the oldest first."""
    query = "SELECT * FROM movements WHERE sku = ? AND row > ?"
    values: list[Any] = [sku, after]
    if location is not None:
        query += " AND ? IN (location, to_location)"
        values.append(location)
    return [MovementRow(*row) for row in store.select(f"{query} ORDER BY row LIMIT ?", *values, limit)]
