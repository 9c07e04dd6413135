"""The audit: who did what, and who read finance and personal data. Every entry holds the hash of the one before.

A file of its own, `audit.db`, written in one short transaction before an audited answer leaves; what is asked most,
placing orders and looking at them, is not audited: a submission is a turn already, and an order's page shows nobody.
Where an entry cannot be written, nothing is shown: who reads the books is on record, or does not read them.

Entries are only ever added. Changing one, taking one out or putting one in breaks the chain; taking the last ones
away does not, so whoever audits keeps the head (`GET /v1/audit` tells it) and has it looked for by `tidegate audit
verify --head`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from contracts.cards import holds_card_number
from contracts.ports import Clock

FILE = "audit.db"
FORMAT = 1
# Reading what these scopes open is audited; so is every change, but for what is a turn of its own already.
READS = ("finance:", "customers:", "gift-cards:", "recon:", "exports:", "clients:", "audit:")
NOT_REPEATED = frozenset(
    {"POST /v1/orders", "POST /v1/orders:batch", "POST /v1/price-quotes", "POST /v1/rehearsals"}
)
READ, DID = "read", "did"
# Whoever has the machine: the command line.
LOCAL = "local"

_TABLE = """
CREATE TABLE entries (
    n INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, tenant TEXT NOT NULL, client TEXT NOT NULL, key TEXT NOT NULL,
    action TEXT NOT NULL, operation TEXT NOT NULL, entity TEXT NOT NULL, status INTEGER NOT NULL, trace TEXT NOT NULL,
    hash TEXT NOT NULL);
CREATE INDEX by_entity ON entries (entity, n);
CREATE INDEX by_client ON entries (client, n);
"""
_encode = msgspec.msgpack.Encoder().encode


class AuditFailed(Exception):
    """The file cannot be used; the message is for a person."""


class Entry(Struct, frozen=True):
    """`client` and `key` did or read `entity` by `operation`; `status` is how it was answered."""

    n: int
    at_ms: int
    tenant: str
    client: str
    key: str
    action: str
    operation: str
    entity: str
    status: int
    trace: str
    hash: str


def is_audited(method: str, path: str, scope: str | None) -> bool:
    """Whether a route's requests are entries."""
    if scope is None:
        return False
    if method == "GET":
        return scope.startswith(READS)
    return f"{method} {path}" not in NOT_REPEATED


def entity_of(path: str) -> str:
    """What a path is about: `orders/ord_…`, or `clients`. What looks like a card number is left out."""
    parts = path.split("/")[2:4]
    return "/".join(["…" if holds_card_number(part) else part[:128] for part in parts])


def hash_of(before: str, fields: tuple[Any, ...]) -> str:
    """What an entry adds to the chain."""
    return sha256(before.encode() + _encode(fields)).hexdigest()


class Audit:
    """The entries of one data directory. The command line writes beside a running gateway."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Open or make the file. Raises AuditFailed."""
        self._path = path
        self._clock = clock
        self.failed = 0
        try:
            self._db = sqlite3.connect(path, timeout=5, isolation_level=None)
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
            if found > FORMAT:
                raise AuditFailed(f"{path} has format {found}, this version reads up to {FORMAT}")
            if found == 0:
                self._db.executescript(f"BEGIN;{_TABLE}PRAGMA user_version={FORMAT};COMMIT;")
        except (sqlite3.Error, OSError) as error:
            raise AuditFailed(f"{path} cannot be used: {error}") from error

    def note(
        self,
        tenant: str,
        client: str,
        key: str,
        action: str,
        operation: str,
        entity: str,
        status: int,
        trace: str,
    ) -> None:
        """Add an entry. Raises AuditFailed."""
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                n, before = self._last()
                fields = (
                    n + 1, self._clock.now_ms(), tenant, client, key, action, operation, entity, status, trace,
                )  # fmt: skip
                row = (*fields, hash_of(before, fields))
                db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            self.failed += 1
            raise AuditFailed(f"{self._path} cannot be written: {error}") from error

    def _last(self) -> tuple[int, str]:
        found = self._db.execute("SELECT n, hash FROM entries ORDER BY n DESC LIMIT 1").fetchone()
        return (0, "") if found is None else (found[0], found[1])

    def head(self) -> tuple[int, str]:
        """The number and the hash of the last entry."""
        return self._last()

    def select(
        self, tenant: str, entity: str | None, actor: str | None, after: int, limit: int
    ) -> list[Entry]:
        """Entries of a tenant behind the `after`-th: of an entity, of a client or key."""
        rows = self._db.execute(
            "SELECT * FROM entries WHERE n > ? AND tenant = ? AND (? IS NULL OR entity = ?)"
            " AND (? IS NULL OR client = ? OR key = ?) ORDER BY n LIMIT ?",
            (after, tenant, entity, entity, actor, actor, actor, limit),
        )
        return [Entry(*row) for row in rows]

    def mistakes(self, head: tuple[int, str] | None = None) -> Iterator[str]:
        """Everything that is wrong with the chain, in sentences. `head` is an entry that was there once."""
        before, expected, seen = "", 1, head is None
        for row in self._db.execute("SELECT * FROM entries ORDER BY n"):
            if row[0] != expected:
                yield f"entry {expected} is missing: {row[0]} comes next"
                expected = row[0]
            if row[-1] != hash_of(before, tuple(row[:-1])):
                yield f"entry {row[0]} is not what was written, or what stood before it is not"
            if head is not None and head == (row[0], row[-1]):
                seen = True
            before, expected = row[-1], expected + 1
        if not seen and head is not None:
            yield f"entry {head[0]} with the hash {head[1]} is not there: the end was cut off, or written anew"

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
