"""Where the books are kept: tables of rows in memory, which a durable store follows change by change."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

Row = TypeVar("Row", bound=Struct)

# (table, key) -> (is it a new row, its bytes or None when the row is gone), in the order of the changes.
Changes = dict[tuple[str, str], tuple[bool, bytes | None]]


class Table(Generic[Row]):
    """Rows of one kind by key, in the order of their creation. Rows are frozen: a change is a `put`."""

    __slots__ = ("_changes", "_encode", "name", "rows")

    def __init__(self, name: str, rows: dict[str, Row], changes: Changes | None) -> None:
        self.name = name
        self.rows = rows
        self._changes = changes
        self._encode = msgspec.msgpack.Encoder().encode

    def put(self, key: str, row: Row) -> None:
        """Add or replace the row of this key; a replaced row keeps its place."""
        changes = self._changes
        if changes is not None:
            place = (self.name, key)
            if key in self.rows:
                new = changes[place][0] if place in changes else False
            else:
                # Taken out first: a row that comes back stands behind the others again.
                changes.pop(place, None)
                new = True
            changes[place] = (new, self._encode(row))
        self.rows[key] = row

    def drop(self, key: str) -> None:
        """Remove the row. Raises KeyError where there is none."""
        del self.rows[key]
        changes = self._changes
        if changes is not None:
            changes.pop((self.name, key), None)
            changes[self.name, key] = (False, None)


class Store:
    """Tables in memory alone: nothing to wait for."""

    durable = False

    def table(self, name: str, row: type[Row]) -> Table[Row]:
        """The table of this name, with the rows kept so far."""
        return Table(name, {}, None)

    async def committed(self) -> None:
        """Return when every change made so far would survive the process. Asked where `durable` is set."""
