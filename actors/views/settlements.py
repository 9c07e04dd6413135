"""Settlement as lists: files, their lines and what became of each, what is in suspense; and lines of an order."""

from __future__ import annotations

import sqlite3
from typing import Any

from msgspec import Struct

from contracts.settlement import FileImported, FileRefused, LineJudged, PayoutReconciled, SuspenseCleared
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .store import ViewStore


class FileRow(Struct, frozen=True):
    """A provider's file. `status` is importing, reconciled or refused (then `code` says why first)."""

    provider: str
    file_id: str
    name: str
    sha256: str
    status: str
    code: str
    payout_id: str
    book: str
    currency: str
    paid_on: str
    lines: int
    gross_minor: int
    fee_minor: int
    net_minor: int
    cleared_minor: int
    suspense_minor: int
    at_ms: int


class LineRow(Struct, frozen=True):
    """A line. `reason` is empty for a match; `left_minor` of its residue is still in suspense.

    `how` and `by` tell how it last left suspense, and who decided so.
    """

    provider: str
    file_id: str
    line_id: str
    reference: str
    reason: str
    currency: str
    gross_minor: int
    fee_minor: int
    cleared_minor: int
    residue_minor: int
    left_minor: int
    order_id: str
    how: str
    by: str
    at_ms: int
    turn: str


class SettlementTables:
    """Filled from the files that `settlement` imports and from what `finance` says of their lines."""

    schema = """
    CREATE TABLE files (
        provider TEXT, file_id TEXT, name TEXT, sha256 TEXT, status TEXT, code TEXT, payout_id TEXT, book TEXT,
        currency TEXT, paid_on TEXT, lines INTEGER, gross_minor INTEGER, fee_minor INTEGER, net_minor INTEGER,
        cleared_minor INTEGER, suspense_minor INTEGER, at_ms INTEGER, PRIMARY KEY (provider, file_id));
    CREATE TABLE lines (
        provider TEXT, file_id TEXT, line_id TEXT, reference TEXT, reason TEXT, currency TEXT,
        gross_minor INTEGER, fee_minor INTEGER, cleared_minor INTEGER, residue_minor INTEGER,
        left_minor INTEGER, order_id TEXT, how TEXT, by TEXT, at_ms INTEGER, turn TEXT,
        PRIMARY KEY (provider, file_id, line_id));
    CREATE INDEX lines_by_order ON lines (order_id) WHERE order_id <> '';
    CREATE INDEX lines_in_suspense ON lines (provider) WHERE left_minor <> 0;
    """

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        # Each fact from where it was decided: who is told of it keeps it without its body.
        if turn.actor in ("settlement", "finance"):
            for event in turn.events:
                fold = _FOLDS.get((turn.actor, event.type))
                if fold is not None:
                    fold(db, turn, body_of(event))


def _imported(db: sqlite3.Connection, turn: Turn, body: FileImported) -> None:
    control = body.control
    db.execute(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, 'importing', '', ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)",
        (
            body.provider, body.file_id, body.name, body.sha256, body.payout_id, body.book, body.currency,
            body.paid_on, control.count, control.gross_minor, control.fee_minor, control.net_minor, turn.at_ms,
        ),
    )  # fmt: skip


def _refused(db: sqlite3.Connection, turn: Turn, body: FileRefused) -> None:
    """Bytes that were refused never stand in the place of those that were imported."""
    db.execute(
        "INSERT INTO files VALUES (?, ?, ?, ?, 'refused', ?, '', '', '', '', 0, 0, 0, 0, 0, 0, ?)"
        " ON CONFLICT DO UPDATE SET name = excluded.name, sha256 = excluded.sha256, code = excluded.code,"
        " at_ms = excluded.at_ms WHERE status = 'refused'",
        (body.provider, body.file_id, body.name, body.sha256, body.code, turn.at_ms),
    )


def _judged(db: sqlite3.Connection, turn: Turn, body: LineJudged) -> None:
    db.execute(
        "INSERT OR REPLACE INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', ?, ?)",
        (
            body.provider, body.file_id, body.line_id, body.reference, body.reason, body.currency,
            body.gross_minor, body.fee_minor, body.cleared_minor, body.residue_minor, body.residue_minor,
            body.order_id, turn.at_ms, f"{turn.partition}.{turn.pos}",
        ),
    )  # fmt: skip


def _cleared(db: sqlite3.Connection, turn: Turn, body: SuspenseCleared) -> None:
    db.execute(
        "UPDATE lines SET left_minor = ?, how = ?, by = ? WHERE (provider, file_id, line_id) = (?, ?, ?)",
        (body.left_minor, body.how, body.principal, body.provider, body.file_id, body.line_id),
    )


def _reconciled(db: sqlite3.Connection, turn: Turn, body: PayoutReconciled) -> None:
    db.execute(
        "UPDATE files SET status = 'reconciled', cleared_minor = ?, suspense_minor = ?, fee_minor = ?"
        " WHERE (provider, file_id) = (?, ?)",
        (body.cleared_minor, body.suspense_minor, body.fee_minor, body.provider, body.file_id),
    )


_FOLDS: dict[tuple[str, str], Any] = {
    ("settlement", "settlement.file_imported"): _imported,
    ("settlement", "settlement.file_refused"): _refused,
    ("finance", "finance.line_judged"): _judged,
    ("finance", "finance.suspense_cleared"): _cleared,
    ("finance", "settlement.payout_reconciled"): _reconciled,
}


def files(store: ViewStore, *, after: int = 0, limit: int = 50) -> list[tuple[int, FileRow]]:
    """(place in the list, file), in the order in which they first came."""
    query = "SELECT rowid, * FROM files WHERE rowid > ? ORDER BY rowid LIMIT ?"
    return [(row[0], FileRow(*row[1:])) for row in store.select(query, after, limit)]


def file_of(store: ViewStore, provider: str, file_id: str) -> FileRow | None:
    """One file, or None."""
    found = store.select("SELECT * FROM files WHERE (provider, file_id) = (?, ?)", provider, file_id)
    return FileRow(*found[0]) if found else None


def lines(
    store: ViewStore,
    provider: str,
    file_id: str,
    *,
    in_suspense: bool = False,
    after: int = 0,
    limit: int = 50,
) -> list[tuple[int, LineRow]]:
    """(place in the list, line) of a file, in the order in which they were judged; or those in suspense alone."""
    query = "SELECT rowid, * FROM lines WHERE (provider, file_id) = (?, ?) AND rowid > ?"
    query += " AND left_minor <> 0" if in_suspense else ""
    found = store.select(f"{query} ORDER BY rowid LIMIT ?", provider, file_id, after, limit)
    return [(row[0], LineRow(*row[1:])) for row in found]


def in_suspense(
    store: ViewStore, *, provider: str | None = None, after: int = 0, limit: int = 50
) -> list[tuple[int, LineRow]]:
    """(place in the list, line) of every line that is in suspense, in the order in which they were judged."""
    query = "SELECT rowid, * FROM lines WHERE left_minor <> 0 AND rowid > ?"
    values: list[Any] = [after]
    if provider is not None:
        query += " AND provider = ?"
        values.append(provider)
    found = store.select(f"{query} ORDER BY rowid LIMIT ?", *values, limit)
    return [(row[0], LineRow(*row[1:])) for row in found]


def lines_of_order(store: ViewStore, order_id: str) -> list[LineRow]:
    """Every line of a settlement file that is about an order."""
    found = store.select("SELECT * FROM lines WHERE order_id = ? ORDER BY rowid", order_id)
    return [LineRow(*row) for row in found]
