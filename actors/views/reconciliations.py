"""Reconciliations as lists: what each run found, and what is open of it."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec
from msgspec import Struct

from contracts.reconciliations import Difference, DifferenceRepaired, Line, ReconciliationCompleted, Total
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .store import ViewStore


class RunRow(Struct, frozen=True):
    """A run of a reconciliation. `found` differences, `in_flight` things left out because they still move."""

    row: int
    name: str
    run: int
    by: str
    since_ms: int
    as_of_ms: int
    through_ms: int
    complete: bool
    why: str
    compared: int
    in_flight: int
    found: int
    totals: list[Total]
    at_ms: int


class DifferenceRow(Struct, frozen=True):
    """A difference. `status` is open, repairing (by `repair`) or ended."""

    row: int
    name: str
    ref: str
    kind: str
    order_id: str
    ours: Line | None
    theirs: Line | None
    exception_id: str
    status: str
    repair: str
    by: str
    found_run: int
    at_ms: int


class ReconciliationTables:
    """Filled from what `reconciliations` is told by its job."""

    schema = """
    CREATE TABLE runs (
        row INTEGER PRIMARY KEY, name TEXT, run INTEGER, by TEXT, since_ms INTEGER, as_of_ms INTEGER,
        through_ms INTEGER, complete INTEGER, why TEXT, compared INTEGER, in_flight INTEGER, found INTEGER,
        totals BLOB, at_ms INTEGER);
    CREATE INDEX runs_by_name ON runs (name, row);
    CREATE TABLE differences (
        row INTEGER PRIMARY KEY, name TEXT, ref TEXT, kind TEXT, order_id TEXT, body BLOB, exception_id TEXT,
        status TEXT, repair TEXT, by TEXT, found_run INTEGER, at_ms INTEGER);
    CREATE INDEX differences_by_name ON differences (name, status, row);
    CREATE UNIQUE INDEX differences_open ON differences (name, ref) WHERE status <> 'ended';
    """

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        if turn.actor == "reconciliations":
            for event in turn.events:
                if event.type == "reconciliation.completed":
                    _completed(db, turn, body_of(event))
                elif event.type == "reconciliation.repaired":
                    _repaired(db, turn, body_of(event))


def _completed(db: sqlite3.Connection, turn: Turn, body: ReconciliationCompleted) -> None:
    encode = msgspec.msgpack.encode
    db.execute(
        "INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            body.name, body.run, body.by, body.since_ms, body.as_of_ms, body.through_ms, body.complete, body.why,
            body.compared, body.in_flight, body.found, encode(body.totals), turn.at_ms,
        ),
    )  # fmt: skip
    for ref in body.ended:
        db.execute(
            "UPDATE differences SET status = 'ended', at_ms = ? WHERE (name, ref) = (?, ?) AND status <> 'ended'",
            (turn.at_ms, body.name, ref),
        )
    for one in body.open:
        difference = one.difference
        db.execute(
            "INSERT INTO differences VALUES (NULL, ?, ?, ?, ?, ?, ?, 'open', '', '', ?, ?)"
            " ON CONFLICT (name, ref) WHERE status <> 'ended' DO UPDATE SET kind = excluded.kind,"
            " body = excluded.body, exception_id = excluded.exception_id, status = 'open'",
            (
                body.name, difference.ref, difference.kind, difference.order_id, encode(difference),
                one.exception_id, body.run, turn.at_ms,
            ),
        )  # fmt: skip


def _repaired(db: sqlite3.Connection, turn: Turn, body: DifferenceRepaired) -> None:
    db.execute(
        "UPDATE differences SET status = 'repairing', repair = ?, by = ? WHERE (name, ref) = (?, ?)"
        " AND status <> 'ended'",
        (body.repair, body.by, body.name, body.ref),
    )


_totals = msgspec.msgpack.Decoder(list[Total]).decode
_difference = msgspec.msgpack.Decoder(Difference).decode


def runs(store: ViewStore, name: str | None = None, *, before: int = 0, limit: int = 50) -> list[RunRow]:
    """Runs (of a reconciliation), the newest first."""
    query, values = "SELECT * FROM runs WHERE true", list[Any]()
    if name is not None:
        query, values = query + " AND name = ?", [name]
    if before:
        query, values = query + " AND row < ?", [*values, before]
    found = []
    for row in store.select(f"{query} ORDER BY row DESC LIMIT ?", *values, limit):
        values = [*row]
        values[7], values[12] = bool(row[7]), _totals(row[12])
        found.append(RunRow(*values))
    return found


def differences(
    store: ViewStore, name: str, *, ended: bool = False, after: int = 0, limit: int = 50
) -> list[DifferenceRow]:
    """Differences of a reconciliation, in the order in which they were found: the open ones, or those that ended."""
    query = (
        f"SELECT * FROM differences WHERE name = ? AND status {'=' if ended else '<>'} 'ended' AND row > ?"
    )
    found = []
    for row in store.select(f"{query} ORDER BY row LIMIT ?", name, after, limit):
        body = _difference(row[5])
        values = [*row[:5], body.ours, body.theirs, *row[6:]]
        found.append(DifferenceRow(*values))
    return found
