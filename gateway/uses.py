"""How often each client uses a contract that is going away. Counted in memory and written down every few seconds."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from contracts.ports import Clock

WRITTEN_EVERY_MS = 10_000

_TABLE = """
CREATE TABLE IF NOT EXISTS uses (
    contract TEXT NOT NULL, client TEXT NOT NULL, times INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    PRIMARY KEY (contract, client))
"""


class Use(NamedTuple):
    """How often a client has used a contract, and when last."""

    contract: str
    client: str
    times: int
    last_ms: int


class Uses:
    """The counts of one data directory. What a crash takes with it are the last seconds' counts."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._written_ms = clock.now_ms()
        self._changed: set[tuple[str, str]] = set()
        db.execute(_TABLE)
        rows = db.execute("SELECT contract, client, times, last_ms FROM uses")
        self._uses = {(row[0], row[1]): Use(*row) for row in rows}

    def count(self, contract: str, client: str) -> None:
        """Once more."""
        now, at = self._clock.now_ms(), (contract, client)
        before = self._uses.get(at)
        self._uses[at] = Use(contract, client, 1 if before is None else before.times + 1, now)
        self._changed.add(at)
        if now - self._written_ms >= WRITTEN_EVERY_MS:
            self.write()

    def write(self) -> None:
        """Put what has changed into the file. A file that takes nothing now takes it the next time."""
        self._written_ms = self._clock.now_ms()
        try:
            self._db.executemany(
                "INSERT OR REPLACE INTO uses VALUES (?, ?, ?, ?)",
                [self._uses[at] for at in sorted(self._changed)],
            )
        except sqlite3.Error:
            return
        self._changed.clear()

    def of(self, contract: str) -> list[Use]:
        """Who uses it, the most frequent first."""
        found = [use for use in self._uses.values() if use.contract == contract]
        return sorted(found, key=lambda use: (-use.times, use.client))
