"""The file `journal.db`: its tables, its birth, its header, and what SQLite's errors mean to a person.

groups   one row per commit group; `turns` and `bytes` are totals up to and with this group, `ends` is the next
         position of each partition after it: a turn is found by bisection, and no index has to be kept
rest     the state of keys that left memory
header   format, partitions, mode, epoch, created; groups there were when an owner last took over or let go
damaged  groups that were moved out of the way at an open, with the reason
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from contracts.ports import JournalHeader
from contracts.turn import FORMAT, PARTITIONS

from .engine import CannotOpen, DamagedJournal, JournalError, NewerFormat, NotAJournal, WrongMode
from .lock import sync_directory

FILE = "journal.db"
# 16 MiB of log before it is copied into the database: the copy is a second sync, on the committer's time.
CHECKPOINT_PAGES = 4096

Connect = Callable[..., sqlite3.Connection]

# The blob stands last in its row, so that the small columns are read without walking over its pages.
TABLES = """
CREATE TABLE groups (id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, turns INTEGER NOT NULL,
                     bytes INTEGER NOT NULL, ends BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE rest (tenant TEXT, actor TEXT, key TEXT, body BLOB NOT NULL, PRIMARY KEY (tenant, actor, key));
CREATE TABLE header (name TEXT PRIMARY KEY, value NOT NULL);
CREATE TABLE damaged (group_id INTEGER NOT NULL, crc INTEGER, body BLOB, why TEXT NOT NULL);
"""
TABLE_NAMES = {"groups", "rest", "header", "damaged"}


@contextmanager
def plain_errors(directory: Path) -> Iterator[None]:
    """Turn what SQLite or the operating system raise into a JournalError that names the directory."""
    try:
        yield
    except sqlite3.Error as error:
        raise _named(directory, error) from error
    except UnicodeDecodeError as error:  # SQLite quotes a broken schema in its message, and Python cannot
        raise DamagedJournal(f"{directory / FILE} is damaged: its schema is not text") from error
    except OSError as error:
        raise CannotOpen(f"{directory}: {error.strerror or error}") from error


def _named(directory: Path, error: sqlite3.Error) -> JournalError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    path = directory / FILE
    if code == sqlite3.SQLITE_NOTADB:
        return NotAJournal(f"{path} is not a journal: {error}")
    if code in (sqlite3.SQLITE_CORRUPT, 0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH):
        return DamagedJournal(f"{path} is damaged: {error}")
    return CannotOpen(f"{path} cannot be opened: {error}")


def create(directory: Path, mode: str, connect: Connect) -> None:
    """Give birth to an empty journal, all or nothing: made under another name, synced, then renamed."""
    path = directory / FILE
    if (directory / f"{FILE}-wal").exists():
        raise DamagedJournal(f"{path} is missing, but its log {FILE}-wal is there: put the two back together")
    new = directory / f"{FILE}.new"
    for left_over in (new, directory / f"{FILE}.new-journal"):
        left_over.unlink(missing_ok=True)
    db = connect(str(new), isolation_level=None)
    try:
        db.executescript(f"BEGIN;{TABLES}COMMIT;")
        db.execute("BEGIN")
        rows: list[tuple[str, int | str]] = [
            ("format", FORMAT),
            ("partitions", PARTITIONS),
            ("mode", mode),
            ("epoch", 0),
            ("groups", 0),
        ]
        db.executemany("INSERT INTO header VALUES (?, ?)", rows)
        # For people only; SQLite's clock, because no rule of this program may depend on it.
        db.execute("INSERT INTO header VALUES ('created', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))")
        db.execute("COMMIT")
    finally:
        db.close()
    os.rename(new, path)
    sync_directory(directory)


def check_file(directory: Path) -> None:
    """Refuse before SQLite looks: it takes an empty file for a new database, and throws its log away."""
    path = directory / FILE
    if path.stat().st_size == 0:
        raise DamagedJournal(f"{path} is empty: no journal ever is; it was cut off, or is not one")


def settle(db: sqlite3.Connection, durable: bool) -> None:
    """Set the writer's connection up: if `durable`, an acknowledged commit survives the loss of power."""
    db.execute("PRAGMA journal_mode=WAL")
    db.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
    db.execute("PRAGMA fullfsync=ON")  # macOS: without it a sync stops at the drive's cache
    db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    # A group's pages stay in memory until its COMMIT, which writes them in the worker thread.
    db.execute("PRAGMA cache_spill=OFF")


def read_header(db: sqlite3.Connection, directory: Path) -> JournalHeader:
    """The header as it stands. Raises NotAJournal, NewerFormat, DamagedJournal."""
    path = directory / FILE
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "header" not in names or "groups" not in names:
        raise NotAJournal(f"{path} is not a journal: it is the database of another program")
    values: dict[str, Any] = dict(db.execute("SELECT name, value FROM header"))
    format_ = values.get("format")
    if isinstance(format_, int) and format_ > FORMAT:
        raise NewerFormat(
            f"{path} has format {format_}, this version reads up to {FORMAT}: use a newer version of the program"
        )
    partitions, mode, epoch = values.get("partitions"), values.get("mode"), values.get("epoch")
    whole = names >= TABLE_NAMES and format_ == FORMAT and partitions == PARTITIONS
    if not whole or not isinstance(mode, str) or not isinstance(epoch, int):
        raise DamagedJournal(f"{path} has a broken header: {values}")
    return JournalHeader(FORMAT, PARTITIONS, mode, epoch)


def check_mode(header: JournalHeader, directory: Path, mode: str) -> None:
    """Raises WrongMode."""
    if header.mode != mode:
        raise WrongMode(f"{directory} holds a journal of mode {header.mode!r}, not {mode!r}")
