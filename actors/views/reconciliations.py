"""Reconciliations as lists: what each run found, what is open; and our side of the books, as they are compared.

Our side is kept by reconciliation: a row for each thing that the other side should have as well, with its value, its
state and when it last changed. `asked` counts calls that are said and not concluded: while an order has one open,
what the other side knows of it may be ahead of what we heard.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from contracts.accounts import PSP_CLEARING, SUSPENSE, TAX_PAYABLE
from contracts.finance import LedgerPosted
from contracts.fulfillment import ShipmentDispatched
from contracts.partners import CreateSalesOrder, ErpAcknowledged, ErpCancelled, ErpRejected
from contracts.reconciliations import Difference, Line, ReconciliationCompleted, Total
from contracts.turn import Said, Turn
from contracts.vocabulary import body_of, decode_body

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


# What calls belong to which reconciliation, and which facts conclude them.
_ASKED = {
    "erp.create_sales_order": "erp-orders",
    "erp.cancel_sales_order": "erp-orders",
    "payments.capture": "captures",
    "payments.refund": "refunds",
    "tax.commit": "tax",
}
_CONCLUDED = {
    "erp.order_acknowledged": "erp-orders",
    "erp.order_rejected": "erp-orders",
    "erp.order_cancelled": "erp-orders",
    "payment.captured": "captures",
    "payment.capture_failed": "captures",
    "payment.refunded": "refunds",
    "payment.refund_pending": "refunds",
    "payment.refund_failed": "refunds",
    "tax.committed": "tax",
}
_GAVE_UP = {
    "sales_orders": "erp-orders",
    "sales_orders:cancel": "erp-orders",
    "captures": "captures",
    "refunds": "refunds",
    "commits": "tax",
}
_SAYERS = frozenset({"order_to_cash", "returns_to_refund", "reconciliations"})
_CONNECTORS = frozenset({"erp", "payments", "tax"})


class ReconciliationTables:
    """Filled from what flows ask foreign systems for, what those answer, what finance posts and what has left."""

    schema = """
    CREATE TABLE ours (
        name TEXT, ref TEXT, order_id TEXT, part TEXT, currency TEXT, value INTEGER, state TEXT, at_ms INTEGER,
        note TEXT, PRIMARY KEY (name, ref)) WITHOUT ROWID;
    CREATE TABLE asked (name TEXT, order_id TEXT, open INTEGER, PRIMARY KEY (name, order_id)) WITHOUT ROWID;
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
        actor = turn.actor
        if actor in _SAYERS:
            for n, said in enumerate(turn.said):
                if said.type in _ASKED and said.body is not None:
                    _asked(db, turn, n, said)
        if actor in _CONNECTORS:
            for event in turn.events:
                if event.body is not None:
                    _concluded(db, turn, event.type, event)
        elif actor in _FOLDS:
            for event in turn.events:
                fold = _FOLDS[actor].get(event.type)
                if fold is not None and event.body is not None:
                    fold(db, turn, body_of(event))


def _put(db: sqlite3.Connection, name: str, line: Line) -> None:
    db.execute(
        "INSERT OR REPLACE INTO ours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            name, line.ref, line.order_id, line.group, line.currency, line.value, line.state, line.at_ms, line.note,
        ),
    )  # fmt: skip


def _count(db: sqlite3.Connection, name: str, order_id: str, by: int) -> None:
    db.execute(
        "INSERT INTO asked VALUES (?, ?, max(0, ?)) ON CONFLICT DO UPDATE SET open = max(0, open + ?)",
        (name, order_id, by, by),
    )
    if by < 0:
        db.execute("DELETE FROM asked WHERE (name, order_id) = (?, ?) AND open = 0", (name, order_id))


def _asked(db: sqlite3.Connection, turn: Turn, n: int, said: Said) -> None:
    body = decode_body(said.type, said.version, said.body)
    name = _ASKED[said.type]
    _count(db, name, body.order_id, +1)
    place = f"{turn.partition}.{turn.pos}.{n}"
    if isinstance(body, CreateSalesOrder):
        line = Line(
            body.order_id, body.order_id, "", body.currency, body.total_minor, "asked", turn.at_ms, place
        )
        _put(db, name, line)
    elif said.type == "erp.cancel_sales_order":
        _move(db, name, body.order_id, "cancelling", turn.at_ms)
    elif said.type == "tax.commit" and turn.actor != "reconciliations":
        # Where what was committed can be read again: all of the order's.
        db.execute(
            "INSERT INTO ours VALUES ('tax', ?, ?, '', '', 0, '', ?, ?) ON CONFLICT DO UPDATE SET"
            " note = ltrim(note || ' ' || excluded.note), at_ms = excluded.at_ms",
            (body.order_id, body.order_id, turn.at_ms, place),
        )


def _move(db: sqlite3.Connection, name: str, ref: str, state: str, at_ms: int) -> None:
    db.execute("UPDATE ours SET state = ?, at_ms = ? WHERE (name, ref) = (?, ?)", (state, at_ms, name, ref))


def _concluded(db: sqlite3.Connection, turn: Turn, type_: str, event: Any) -> None:
    if type_ == "integration.gave_up":
        name = _GAVE_UP.get(body_of(event).operation)
        if name is not None:
            _count(db, name, turn.subject, -1)
        return
    name = _CONCLUDED.get(type_)
    if name is None:
        return
    if turn.message is not None:
        # The end of a call, not what a feed tells later.
        _count(db, name, turn.subject, -1)
    if name == "erp-orders":
        body: ErpAcknowledged | ErpRejected | ErpCancelled = body_of(event)
        if isinstance(body, ErpAcknowledged):
            db.execute(
                "UPDATE ours SET state = CASE state WHEN 'asked' THEN 'open' ELSE state END, at_ms = ?"
                " WHERE (name, ref) = (?, ?)",
                (turn.at_ms, name, body.order_id),
            )
        elif isinstance(body, ErpCancelled) and body.document_id is not None:
            _move(db, name, body.order_id, "cancelled", turn.at_ms)
        else:
            db.execute("DELETE FROM ours WHERE (name, ref) = (?, ?)", (name, body.order_id))


def _posted(db: sqlite3.Connection, turn: Turn, body: LedgerPosted) -> None:
    what, _, ref = body.reference.partition(" ")
    if what in ("capture", "refund") and ref:
        _money(db, turn, body, f"{what}s", ref)
    elif body.step == "invoice":
        tax = sum(entry.amount_minor for entry in body.entries if entry.account.startswith(TAX_PAYABLE))
        db.execute(
            "INSERT INTO ours VALUES ('tax', ?, ?, ?, ?, ?, '', ?, '') ON CONFLICT DO UPDATE SET"
            " value = value + excluded.value, part = excluded.part, currency = excluded.currency,"
            " at_ms = excluded.at_ms",
            (body.order_id, body.order_id, body.book, body.currency, tax, turn.at_ms),
        )


def _money(db: sqlite3.Connection, turn: Turn, body: LedgerPosted, name: str, ref: str) -> None:
    """What a posting says of the provider: a capture that is in suspense is booked too."""
    for entry in body.entries:
        account, _, provider = entry.account.rpartition(" ")
        if account in (PSP_CLEARING, SUSPENSE):
            known = Line(ref, body.order_id, provider, body.currency, entry.amount_minor, "", turn.at_ms)
            _put(db, name, known)
            return


def _dispatched(db: sqlite3.Connection, turn: Turn, body: ShipmentDispatched) -> None:
    line = Line(body.shipment_id, body.order_id, body.location, "", 1, "", turn.at_ms, turn.key)
    _put(db, "shipments", line)


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


def _repaired(db: sqlite3.Connection, turn: Turn, body: Any) -> None:
    db.execute(
        "UPDATE differences SET status = 'repairing', repair = ?, by = ? WHERE (name, ref) = (?, ?)"
        " AND status <> 'ended'",
        (body.repair, body.by, body.name, body.ref),
    )


_Fold = Callable[[sqlite3.Connection, Turn, Any], None]
_FOLDS: dict[str, dict[str, _Fold]] = {
    "finance": {"ledger.posted": _posted},
    "fulfillment": {"shipment.dispatched": _dispatched},
    "reconciliations": {"reconciliation.completed": _completed, "reconciliation.repaired": _repaired},
}


class OurBooks:
    """Our side of every reconciliation, page by page."""

    def __init__(self, store: ViewStore) -> None:
        self._store = store

    def holds_until(self, at_ms: int, now_ms: int) -> bool:
        """Whether everything committed up to this instant is in the lists."""
        return self._store.as_of_ms(now_ms) >= at_ms

    def line(self, name: str, ref: str) -> Line | None:
        """Our line of one thing."""
        found = self._store.select(f"{_LINE} WHERE (name, ref) = (?, ?)", name, ref)
        return Line(*found[0]) if found else None

    def page(self, name: str, after: str, since_ms: int, limit: int) -> list[Line]:
        """Our lines behind `after` that have changed since then, in the order of what they are about."""
        query = f"{_LINE} WHERE name = ? AND ref > ? AND at_ms > ? ORDER BY ref LIMIT ?"
        return [Line(*row) for row in self._store.select(query, name, after, since_ms, limit)]

    def is_asked(self, name: str, order_id: str) -> bool:
        """Whether a call of this order is open."""
        return bool(self._store.select("SELECT 1 FROM asked WHERE (name, order_id) = (?, ?)", name, order_id))


_LINE = "SELECT ref, order_id, part, currency, value, state, at_ms, note FROM ours"
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
