"""Changes of sales orders that the ERP has not answered yet: until then a document comes to what it came to."""

from __future__ import annotations

import sqlite3

from contracts.edits import ChangeSalesOrder
from contracts.turn import Turn

CHANGES = """
    CREATE TABLE changes (order_id TEXT, n INTEGER, total INTEGER, PRIMARY KEY (order_id, n)) WITHOUT ROWID;"""


def change_asked(db: sqlite3.Connection, turn: Turn, body: ChangeSalesOrder) -> None:
    """The ERP is asked for a change, which it may refuse."""
    db.execute("INSERT INTO changes VALUES (?, ?, ?)", (body.order_id, turn.pos, body.total_minor))


def is_asked(db: sqlite3.Connection, order_id: str) -> bool:
    """Whether the sales order was asked for and there is no answer yet."""
    found = db.execute("SELECT state FROM ours WHERE (name, ref) = ('erp-orders', ?)", (order_id,)).fetchone()
    return found is not None and found[0] == "asked"


def change_ends(db: sqlite3.Connection, turn: Turn, order_id: str, changed: bool) -> None:
    """The order's oldest change was made, or refused: then the document is what it was."""
    oldest = "SELECT n, total FROM changes WHERE order_id = ? ORDER BY n LIMIT 1"
    found = db.execute(oldest, (order_id,)).fetchone()
    if found is None:
        return
    db.execute("DELETE FROM changes WHERE (order_id, n) = (?, ?)", (order_id, found[0]))
    if changed:
        db.execute(
            "UPDATE ours SET value = ?, at_ms = ? WHERE (name, ref) = ('erp-orders', ?)",
            (found[1], turn.at_ms, order_id),
        )
