"""`views.db`: what lists and searches read. A file of its own, thrown away and rebuilt from the journal at will.

Its tables are filled in batches after the commit, so they may lag behind: every answer from them says as of when.
Nothing waits for it, and nothing decides by it. A damaged file, one of another version or of another journal is
made anew.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from contracts.codec import decode_turn
from contracts.ports import Clock, Journal
from contracts.turn import DEFAULT_TENANT, Turn

from ..runtime.mailbox import Signal

FILE = "views.db"
# Raised by whoever changes a table or what goes into it.
VERSION = 7
# Turns folded in one transaction: a few milliseconds of the loop's time.
BATCH_TURNS = 200
# Turns that may wait in memory; past it they are dropped, and read back from the journal later.
WAITING_TURNS = 20_000
# How long turns gather before they are folded.
GATHER_MS = 100


class Table(Protocol):
    """One question's tables: `schema` makes them, `take` folds a committed turn into them."""

    schema: str

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""


class ViewStore:
    """Holds the tables of `tables`, and the number of the group up to which they are filled."""

    def __init__(
        self, tables: Sequence[Table], path: Path | None = None, *, gather_ms: int = GATHER_MS
    ) -> None:
        """Open the file at `path`, or make it; None: in memory, for tests and simulations."""
        self._tables = tables
        # Whose turns go into the tables.
        self.tenant = DEFAULT_TENANT
        self._path = path
        self._gather_ms = gather_ms
        self._db: sqlite3.Connection
        self._open()
        self._journal: Journal | None = None
        self._waiting: deque[tuple[int, Sequence[Turn]]] = deque()
        self._waiting_turns = 0
        self._told = 0  # groups committed, as far as anybody said
        self._must_read = False
        self._changed = Signal()
        self.folded = 0
        self.rebuilt = 0

    # -- the file -------------------------------------------------------------------------------------

    def _open(self) -> None:
        try:
            self._connect()
        except sqlite3.DatabaseError:
            self._make_anew()

    def _connect(self) -> None:
        db = sqlite3.connect(self._path or ":memory:", isolation_level=None)
        try:
            # What is lost with the power is made again.
            db.execute("PRAGMA synchronous=OFF")
            db.execute("PRAGMA journal_mode=WAL")
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                db.executescript("".join(table.schema for table in self._tables))
                db.execute("CREATE TABLE filled (groups INTEGER, as_of_ms INTEGER, mark TEXT)")
                db.execute("INSERT INTO filled VALUES (0, 0, '')")
                db.execute(f"PRAGMA user_version={VERSION}")
            elif db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                raise sqlite3.DatabaseError("of another version")
            found = db.execute("SELECT groups, as_of_ms, mark FROM filled").fetchone()
        except sqlite3.DatabaseError:
            db.close()
            raise
        self._db = db
        self._groups, self._as_of_ms, self._mark = found

    def _make_anew(self) -> None:
        if self._path is not None:
            for tail in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + tail).unlink(missing_ok=True)
        self._connect()

    def rebuild(self) -> None:
        """Throw everything away; it is filled again from the journal's first group on."""
        with suppress(sqlite3.Error):
            self._db.close()
        self._make_anew()
        self._waiting.clear()
        self._waiting_turns = 0
        self._must_read = self._told > 0
        self.rebuilt += 1
        self._changed.give()

    # -- filling --------------------------------------------------------------------------------------

    def attach(self, journal: Journal) -> None:
        """Fill from this journal. What was filled from another one, or from turns it lost, is thrown away."""
        self._journal = journal
        self._waiting.clear()
        self._waiting_turns = self._told = 0
        if self._groups:
            group = next(iter(journal.read(self._groups - 1)), None)
            if group is None or _mark(decode_turn(group[1][-1])) != self._mark:
                self.rebuild()

    def take(self, turns: Sequence[Turn]) -> None:
        """A group is committed; also at the start, when the journal is read back from its first group on."""
        number = self._told
        self._told += 1
        if number < self._groups or self._must_read:
            return
        if self._waiting_turns + len(turns) > WAITING_TURNS:
            self._waiting.clear()
            self._waiting_turns = 0
            self._must_read = True
        else:
            self._waiting.append((number, turns))
            self._waiting_turns += len(turns)
        self._changed.give()

    def fill(self, most: int = BATCH_TURNS) -> int:
        """Fold the next groups, at least one and about `most` turns. How many turns it were; 0: all is folded."""
        batch: list[tuple[int, Sequence[Turn]]] = []
        count = 0
        while self._waiting and count < most:
            batch.append(self._waiting.popleft())
            count += len(batch[-1][1])
        self._waiting_turns -= count
        if not batch and self._must_read:
            batch = self._read(most)
        if batch:
            self._fold(batch)
        return sum(len(turns) for _, turns in batch)

    def _read(self, most: int) -> list[tuple[int, Sequence[Turn]]]:
        assert self._journal is not None
        batch: list[tuple[int, Sequence[Turn]]] = []
        count = 0
        for number, group in self._journal.read(self._groups):
            if number >= self._told or count >= most:
                break
            batch.append((number, [decode_turn(data) for data in group]))
            count += len(group)
        if self._groups + len(batch) >= self._told:
            self._must_read = False
        return batch

    def _fold(self, batch: list[tuple[int, Sequence[Turn]]]) -> None:
        db = self._db
        db.execute("BEGIN")
        for _, turns in batch:
            for turn in turns:
                if turn.tenant == self.tenant:
                    for table in self._tables:
                        table.take(db, turn)
        number, turns = batch[-1]
        groups, as_of_ms, mark = number + 1, turns[-1].at_ms, _mark(turns[-1])
        db.execute("UPDATE filled SET groups = ?, as_of_ms = ?, mark = ?", (groups, as_of_ms, mark))
        db.execute("COMMIT")
        self._groups, self._as_of_ms, self._mark = groups, as_of_ms, mark
        self.folded += sum(len(turns) for _, turns in batch)

    async def run(self, clock: Clock) -> None:
        """Fill until cancelled, a batch at a time. A file that turns out to be damaged is made anew."""
        while True:
            try:
                folded = self.fill()
            except sqlite3.DatabaseError:
                self.rebuild()
                folded = 1
            if folded == 0:
                await self._changed.wait()
            # Others have their turn between two batches, and single turns gather.
            await clock.sleep_until_ms(clock.now_ms() + (self._gather_ms if folded == 0 else 1))

    # -- reading --------------------------------------------------------------------------------------

    def select(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self._db.execute(query, values).fetchall()

    def page(
        self, table: str, wanted: Mapping[str, str | None], after: int, limit: int
    ) -> list[tuple[Any, ...]]:
        """Rows of a table behind one, in their order; of a column where a value is wanted, those that have it."""
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(["row > ?", *(f"{column} = ?" for column in given)])
        query = f"SELECT * FROM {table} WHERE {where} ORDER BY row LIMIT ?"
        return self.select(query, after, *given.values(), limit)

    def as_of_ms(self, now_ms: int) -> int:
        """The instant up to which everything committed is in the tables."""
        return now_ms if self._groups >= self._told else self._as_of_ms

    def statistics(self) -> dict[str, int]:
        """How far it is, and how much is still to be folded."""
        return {
            "groups": self._groups,
            "groups_behind": max(0, self._told - self._groups),
            "turns_folded": self.folded,
            "rebuilt": self.rebuilt,
        }

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _mark(turn: Turn) -> str:
    """Tells a group's last turn from any other that ever stood at its place."""
    return f"{turn.partition}.{turn.pos} {turn.epoch} {turn.at_ms} {turn.cause}"
