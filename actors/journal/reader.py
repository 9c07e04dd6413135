"""The reading half of the SQLite journal: a connection of its own, which never blocks the writer's.

Every query takes what it needs in one step and ends, so that no reader holds the log from being folded away.
"""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from contracts.codec import unpack_group
from contracts.ports import JournalHeader

from .engine import CannotOpen, DamagedJournal, JournalStatistics, NotAJournal, coordinates_of
from .schema import FILE, Connect, check_file, plain_errors, read_header
from .tail import crc_of, span_at

# At up to 512 KiB a group: what a reader holds at once, and what it keeps for the next look-up.
BATCH_GROUPS = 8
KEPT_GROUPS = 8


class SqliteReader:
    """Reads a journal's directory, also while another process owns it: what is committed is seen."""

    def __init__(self, directory: Path, db: sqlite3.Connection) -> None:
        self._directory = directory
        self._db = db
        self._kept: OrderedDict[int, dict[tuple[int, int], bytes]] = OrderedDict()

    @classmethod
    def open_read_only(cls, directory: Path, connect: Connect = sqlite3.connect) -> SqliteReader:
        """Open without a lock, changing nothing. The tail is not checked: `read` names what is damaged.

        Raises NotAJournal, NewerFormat, DamagedJournal, CannotOpen.
        """
        path = directory / FILE
        if not directory.is_dir():
            raise CannotOpen(f"{directory}: there is no such folder")
        if not path.is_file():
            raise NotAJournal(f"{directory} holds no journal: there is no {FILE} in it")
        with plain_errors(directory):
            check_file(directory)
            uri = f"{path.resolve().as_uri()}?mode=ro"
            if not os.access(directory, os.W_OK) and not (directory / f"{FILE}-wal").exists():
                uri += "&immutable=1"  # an archive on a read-only disk: nowhere to coordinate, nobody to do it with
            db = connect(uri, uri=True, isolation_level=None)
        reader = cls(directory, db)
        try:
            with plain_errors(directory):
                read_header(db, directory)
        except BaseException:
            db.close()
            raise
        return reader

    @property
    def header(self) -> JournalHeader:
        """The header as it stands now: another process may take over meanwhile."""
        with plain_errors(self._directory):
            return read_header(self._db, self._directory)

    def read(self, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """(group number, encoded turns) from group `start` on. Raises DamagedJournal, which names the group."""
        number = start
        while True:
            with plain_errors(self._directory):
                rows = self._db.execute(
                    "SELECT id, crc, body FROM groups WHERE id >= ? ORDER BY id LIMIT ?",
                    (number, BATCH_GROUPS),
                ).fetchall()
            for found, crc, body in rows:
                if found != number:
                    raise self._damaged(number, "is missing")
                yield number, self._unpack(number, crc, body)
                number += 1
            if len(rows) < BATCH_GROUPS:
                return

    def read_turns(self, coordinates: Iterable[tuple[int, int]]) -> list[bytes]:
        """The encoded turns at these (partition, pos), in the order asked. KeyError names a missing one."""
        asked = list(coordinates)
        by_group: dict[int, list[tuple[int, int]]] = {}
        for at in dict.fromkeys(asked):
            by_group.setdefault(self._group_of(at), []).append(at)
        found: dict[tuple[int, int], bytes] = {}
        for number, wanted in by_group.items():
            turns = self._group(number)
            for at in wanted:
                found[at] = turns[at]
        return [found[at] for at in asked]

    def _group_of(self, at: tuple[int, int]) -> int:
        partition, pos = at
        with plain_errors(self._directory):
            row = self._db.execute(
                "SELECT at, group_id FROM spans WHERE at <= ? ORDER BY at DESC LIMIT 1",
                (span_at(partition, pos),),
            ).fetchone()
        if row is None or row[0] < span_at(partition, 0):
            raise KeyError(at)
        return int(row[1])

    def _group(self, number: int) -> dict[tuple[int, int], bytes]:
        kept = self._kept
        if number in kept:
            kept.move_to_end(number)
            return kept[number]
        with plain_errors(self._directory):
            row = self._db.execute("SELECT crc, body FROM groups WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise self._damaged(number, "is missing")
        try:
            turns = {coordinates_of(turn): turn for turn in self._unpack(number, *row)}
        except msgspec.DecodeError as error:
            raise self._damaged(number, f"does not decode ({error})") from None
        kept[number] = turns
        if len(kept) > KEPT_GROUPS:
            kept.popitem(last=False)
        return turns

    def _unpack(self, number: int, crc: int, body: bytes) -> list[bytes]:
        if type(body) is not bytes or crc != crc_of(number, body):
            raise self._damaged(number, "has another checksum than was written")
        try:
            return unpack_group(body)
        except msgspec.DecodeError as error:
            raise self._damaged(number, f"does not decode ({error})") from None

    def _damaged(self, number: int, what: str) -> DamagedJournal:
        return DamagedJournal(f"{self._directory / FILE} is damaged: group {number} {what}")

    def get_rest(self, tenant: str, actor: str, key: str) -> bytes | None:
        """The kept state of a key, or None."""
        with plain_errors(self._directory):
            row = self._db.execute(
                "SELECT body FROM rest WHERE tenant = ? AND actor = ? AND key = ?", (tenant, actor, key)
            ).fetchone()
        return None if row is None else bytes(row[0])

    def statistics(self) -> JournalStatistics:
        """What is committed: one look at the last row, which carries the totals."""
        with plain_errors(self._directory):
            row = self._db.execute(
                "SELECT id + 1, turns, bytes FROM groups ORDER BY id DESC LIMIT 1"
            ).fetchone()
        groups, turns, size = row or (0, 0, 0)
        if not all(type(total) is int for total in (groups, turns, size)):
            raise DamagedJournal(f"{self._directory / FILE} is damaged: its last group has no totals")
        return JournalStatistics(groups, turns, size, self.header.epoch)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()
