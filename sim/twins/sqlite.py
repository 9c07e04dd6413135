"""The living body's store: the same tables, followed into one SQLite file, group by group."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import trio

from .store import Changes, Row, Store, Table

FORMAT = 1


class TwinsRefused(Exception):
    """The data directory cannot be used; the message says why and names the file."""


class SqliteStore(Store):
    """Commits in groups: what changed while one commit ran is the next one.

    `run_committer` has to run as long as somebody waits in `committed`. One process at a time owns the
    file. Raises TwinsRefused for a file in use, of a newer format, or not of this kind.
    """

    durable = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changes: Changes = {}
        self._wanted = trio.Event()
        self._collecting = trio.Event()
        self._committing: trio.Event | None = None
        # Used by one thread at a time: the loop's at the start, the committer's after it.
        self._connection = sqlite3.connect(path, timeout=2.0, isolation_level=None, check_same_thread=False)
        try:
            self._open()
        except BaseException:
            self._connection.close()
            raise

    def _open(self) -> None:
        run = self._connection.execute
        try:
            run("PRAGMA locking_mode=EXCLUSIVE")
            run("PRAGMA journal_mode=WAL")
            run("PRAGMA synchronous=FULL")
            run("BEGIN EXCLUSIVE")
            found = run("PRAGMA user_version").fetchone()[0]
            if found > FORMAT:
                raise TwinsRefused(f"{self._path}: format {found} is newer than {FORMAT}")
            run("CREATE TABLE IF NOT EXISTS rows (name TEXT, key TEXT, row BLOB, PRIMARY KEY (name, key))")
            run(f"PRAGMA user_version={FORMAT}")
            run("COMMIT")
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise TwinsRefused(f"{self._path}: in use by another process") from error
            raise TwinsRefused(f"{self._path}: {error}") from error

    def table(self, name: str, row: type[Row]) -> Table[Row]:
        """The table of this name. Raises TwinsRefused for a row that cannot be read."""
        decode = msgspec.msgpack.Decoder(row).decode
        kept = self._connection.execute("SELECT key, row FROM rows WHERE name = ? ORDER BY rowid", (name,))
        try:
            rows = {key: decode(data) for key, data in kept}
        except msgspec.MsgspecError as error:
            raise TwinsRefused(f"{self._path}: table {name}: {error}") from error
        return Table(name, rows, self._changes)

    async def committed(self) -> None:
        """Return when every change made so far is on disk."""
        if self._changes:
            self._wanted.set()
            await self._collecting.wait()
        elif self._committing is not None:
            # Nothing new, but what was read may still be on its way to the disk.
            await self._committing.wait()

    async def run_committer(self) -> None:
        """Commit whenever somebody waits, until cancelled. Raises sqlite3.Error: then the process ends."""
        while True:
            await self._wanted.wait()
            self._wanted = trio.Event()
            group = list(self._changes.items())
            self._changes.clear()
            self._committing, self._collecting = self._collecting, trio.Event()
            await trio.to_thread.run_sync(self._commit, group)
            self._committing.set()
            self._committing = None

    def _commit(self, group: list[tuple[tuple[str, str], tuple[bool, bytes | None]]]) -> None:
        run = self._connection.execute
        run("BEGIN")
        for (name, key), (new, data) in group:
            if data is None:
                run("DELETE FROM rows WHERE name = ? AND key = ?", (name, key))
            elif new:
                # REPLACE gives a new rowid, so the order of the rowids is the order of creation.
                run("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", (name, key, data))
            else:
                run("UPDATE rows SET row = ? WHERE name = ? AND key = ?", (data, name, key))
        run("COMMIT")

    def close(self) -> None:
        """Let go of the file. What is not committed was never answered."""
        self._connection.close()
