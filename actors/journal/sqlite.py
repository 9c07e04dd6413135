"""The embedded journal: one directory, one SQLite database, no server. The one owner of threads in the system.

A group is one row, one write and one sync. Its rows are inserted on the loop's own thread (memory only: the
pages stay in SQLite's cache) and the commit, which writes and syncs, runs in a worker thread. Inserting there too
would be wrong by a factor: each step of SQLite gives up the interpreter's lock, and the worker has to win it back
from a busy loop. `commit()` gives it up once, where execute("COMMIT") does twice.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import trio

from contracts.codec import pack_group
from contracts.ports import JournalFailed, JournalHeader, StaleEpoch
from contracts.turn import PARTITIONS

from .engine import JournalStatistics
from .lock import DirectoryLock
from .reader import SqliteReader
from .schema import FILE, Connect, check_file, check_mode, create, plain_errors, read_header, settle
from .tail import LogLeft, check_tail, crc_of, pack_ends

# How long a commit that is done waits for the interpreter's lock. The default, 5 ms, is worse than it looks: a loop
# lets go for an instant at each of its rounds, which starts the wait anew, so a busy loop with rounds of 0.5-2 ms
# kept commits waiting for a second (p99) where now it is 20 ms. Only ever lowered; it costs nothing but then.
SWITCH_S = 0.00005

_Rest = dict[tuple[str, str, str], bytes]


class SqliteJournal:
    """Implements contracts.ports.Journal. An acknowledged group survives kill -9 and the loss of power.

    `notes` says, in sentences, what the opening found and did; empty where the journal had been closed.
    """

    def __init__(
        self,
        lock: DirectoryLock,
        db: sqlite3.Connection,
        reader: SqliteReader,
        header: JournalHeader,
        durable: bool = True,
    ) -> None:
        """Use `open`."""
        self.notes: list[str] = []
        self._durable = durable
        self._lock = lock
        self._db = db
        self._reader = reader
        self._header = header
        self._totals = reader.statistics()
        # The next position of each partition, after all that was inserted.
        self._ends = reader.ends()
        self._owned = 0
        self._failed: str | None = None
        self._committing = False
        self._closed = False
        self._resting: _Rest = {}  # goes with the next group
        self._leaving: _Rest = {}  # goes with the group under way
        # Not the pool's own limit: a commit must not queue behind anybody else's threads.
        self._one = trio.CapacityLimiter(1)

    @classmethod
    def open(
        cls, directory: Path, mode: str, connect: Connect = sqlite3.connect, *, durable: bool = True
    ) -> SqliteJournal:
        """Open the journal in `directory`, or give birth to it. `connect` makes every connection.

        Not `durable`, nothing is synced, and commits are made where `append` is called: for a run in virtual time,
        which stands still for no thread and whose journal is thrown away.

        Raises the errors of `actors.journal.engine`, and leaves the directory as it was. Lowers the interpreter's
        switch interval to SWITCH_S, for the whole process.
        """
        lock = DirectoryLock(directory)
        opened: list[sqlite3.Connection] = []
        try:
            with plain_errors(directory):
                path = directory / FILE
                if not path.exists():
                    create(directory, mode, connect)
                check_file(directory)
                left = LogLeft(directory)
                # The commit's thread uses the same connection, never at the same time.
                db = connect(str(path), isolation_level=None, check_same_thread=False)
                opened.append(db)
                header = read_header(db, directory)
                check_mode(header, directory, mode)
                settle(db, durable)
                notes = left.notes(db) + check_tail(db, directory)
                reading = connect(str(path), isolation_level=None)
                opened.append(reading)
                reading.execute("PRAGMA query_only=ON")
                journal = cls(lock, db, SqliteReader(directory, reading), header, durable)
        except BaseException:
            for connection in opened:
                connection.close()
            lock.release()
            raise
        journal.notes = notes
        sys.setswitchinterval(min(SWITCH_S, sys.getswitchinterval()))
        return journal

    @staticmethod
    def open_read_only(directory: Path, connect: Connect = sqlite3.connect) -> SqliteReader:
        """Read a journal that another process may own: no lock, no change. See SqliteReader."""
        return SqliteReader.open_read_only(directory, connect)

    @property
    def header(self) -> JournalHeader:
        """Format, partitions, mode and the newest epoch."""
        return self._header

    def take_over(self) -> int:
        """Become the owner: the epoch grows by one and is returned. Durable when this returns."""
        self._refuse_if_unusable()
        header = self._header
        epoch = header.epoch + 1
        try:
            self._note({"epoch": epoch, "groups": self._totals.groups})
        except sqlite3.Error as error:
            raise self._fail(error) from error
        self._header = JournalHeader(header.format, header.partitions, header.mode, epoch)
        self._owned = epoch
        return epoch

    def _note(self, values: dict[str, int], rest: _Rest | None = None) -> None:
        """Change the header, and keep what is to rest, in one transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "UPDATE header SET value = ? WHERE name = ?", [(value, name) for name, value in values.items()]
        )
        self._insert_rest(rest or {})
        self._db.commit()

    async def append(
        self, group: Sequence[bytes], coordinates: Sequence[tuple[int, int]], epoch: int
    ) -> None:
        """Make a group durable, all or none; cancelling the caller does not interrupt it.

        One append at a time. Raises StaleEpoch, JournalFailed, ValueError (an empty group, or not one
        coordinate per turn).
        """
        self._refuse_if_unusable()
        if epoch != self._owned or not epoch:
            raise StaleEpoch(f"append with epoch {epoch}, the newest is {self._header.epoch}")
        kept = list(group)
        if not kept or len(kept) != len(coordinates):
            raise ValueError(f"{len(kept)} turns with {len(coordinates)} coordinates")
        totals = self._totals
        totals = JournalStatistics(
            totals.groups + 1, totals.turns + len(kept), totals.bytes + sum(map(len, kept)), epoch
        )
        self._committing = True
        self._leaving, self._resting = self._resting, {}
        try:
            self._insert(kept, coordinates, totals)
            if self._durable:
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(self._commit, abandon_on_cancel=False, limiter=self._one)
            else:
                self._commit()
        except Exception as error:
            # Whatever it was: what is on the disk is not known any more, and a second sync may be told a lie.
            raise self._fail(error) from error
        except BaseException as error:
            self._fail(error)
            raise
        self._totals = totals
        self._leaving = {}
        self._committing = False

    def _insert(
        self, group: list[bytes], coordinates: Sequence[tuple[int, int]], totals: JournalStatistics
    ) -> None:
        number = totals.groups - 1
        body = pack_group(group)
        ends = self._ends
        for partition, pos in coordinates:
            if partition < PARTITIONS:  # What a turn says of itself is judged by `verify`, not here.
                ends[partition] = pos + 1
        packed = pack_ends(ends)
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        db.execute(
            "INSERT INTO groups (id, crc, turns, bytes, ends, body) VALUES (?, ?, ?, ?, ?, ?)",
            (number, crc_of(number, packed, body), totals.turns, totals.bytes, packed, body),
        )
        self._insert_rest(self._leaving)

    def _insert_rest(self, rows: _Rest) -> None:
        if rows:
            self._db.executemany(
                "INSERT OR REPLACE INTO rest VALUES (?, ?, ?, ?)",
                [(*key, body) for key, body in rows.items()],
            )

    def _commit(self) -> None:
        self._db.commit()

    def _refuse_if_unusable(self) -> None:
        if self._failed is not None:
            raise JournalFailed(f"an earlier write failed, nothing is written after it: {self._failed}")
        if self._committing:
            raise RuntimeError("a group is being committed: one append at a time")
        if self._closed:
            raise RuntimeError("the journal is closed")

    def _fail(self, error: BaseException) -> JournalFailed:
        self._failed = f"{type(error).__name__}: {error}"
        self._committing = False
        return JournalFailed(self._failed)

    def read(self, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """(group number, encoded turns) from group `start` on, in the order of their commits, in batches."""
        return self._reader.read(start)

    def read_turns(self, coordinates: Iterable[tuple[int, int]]) -> list[bytes]:
        """The encoded turns at these (partition, pos), in the order asked. KeyError names a missing one."""
        return self._reader.read_turns(coordinates)

    def put_rest(self, rows: Sequence[tuple[str, str, str, bytes]]) -> None:
        """Keep the state of keys at rest: (tenant, actor, key, bytes). Durable with the next group, or at `close`.

        So a row never gets to the disk ahead of the turns that it sums up.
        """
        if not self._committing:
            self._refuse_if_unusable()
        for tenant, actor, key, body in rows:
            self._resting[tenant, actor, key] = body

    def get_rest(self, tenant: str, actor: str, key: str) -> bytes | None:
        """The kept state of a key, or None."""
        at = (tenant, actor, key)
        if at in self._resting:
            return self._resting[at]
        if at in self._leaving:
            return self._leaving[at]
        return self._reader.get_rest(tenant, actor, key)

    def read_rest(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Every kept row: what goes with a later group first, then what is on the disk and was not replaced."""
        newer = {**self._leaving, **self._resting}
        for at, body in newer.items():
            yield (*at, body)
        for row in self._reader.read_rest():
            if row[:3] not in newer:
                yield row

    def statistics(self) -> JournalStatistics:
        """What is committed."""
        totals = self._totals
        return JournalStatistics(totals.groups, totals.turns, totals.bytes, self._header.epoch)

    def close(self) -> None:
        """Write what is to rest, fold the log into the database and let the directory go. Again: nothing.

        After a failed write it only lets go. Raises JournalFailed.
        """
        if self._closed:
            return
        if self._committing:
            raise RuntimeError("a group is being committed: close after it")
        self._closed = True
        try:
            if self._failed is None:
                self._settle_up()
        except sqlite3.Error as error:
            raise self._fail(error) from error
        finally:
            self._reader.close()
            self._db.close()
            self._lock.release()

    def _settle_up(self) -> None:
        self._note({"groups": self._totals.groups}, self._resting)
        self._resting = {}
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
