"""Customers as a list: who there is, and how far their erasure is. Who they are stands under seals, and not here."""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from contracts.customers import GUEST
from contracts.turn import Turn

from .store import ViewStore


class CustomerRow(Struct, frozen=True):
    """A customer by the number that their channel gave them."""

    row: int
    customer_id: str
    status: str
    known_at_ms: int
    changed_at_ms: int


_STATUS = {
    "customer.upserted": "known",
    "customers.note_order": "",
    "customer.erasure_requested": "asking",
    "customer.erasure_deferred": "deferred",
    "customer.erasing": "erasing",
    "customer.erased": "erased",
}


class CustomerTables:
    """Filled from what `customers` decides of whom; guests are nobody's customers."""

    schema = """
    CREATE TABLE customers (
        row INTEGER PRIMARY KEY, customer_id TEXT UNIQUE, status TEXT, known_at_ms INTEGER, changed_at_ms INTEGER);
    """

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        if turn.actor != "customers" or turn.key.startswith(GUEST):
            return
        for event in turn.events:
            status = _STATUS.get(event.type)
            if status is not None:
                db.execute(
                    "INSERT INTO customers VALUES (NULL, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                    " status = CASE ? WHEN '' THEN status ELSE ? END, changed_at_ms = ?",
                    (turn.key, status or "known", turn.at_ms, turn.at_ms, status, status, turn.at_ms),
                )


def customers(
    store: ViewStore, *, status: str | None = None, after: int = 0, limit: int = 50
) -> list[CustomerRow]:
    """Customers in the order in which they became known."""
    return [CustomerRow(*row) for row in store.page("customers", {"status": status}, after, limit)]
