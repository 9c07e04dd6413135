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
from contracts.turn import PARTITIONS

from .engine import CannotOpen, DamagedJournal, JournalStatistics, NotAJournal, coordinates_of
from .schema import FILE, Connect, check_file, plain_errors, read_header
from .tail import crc_of, end_of, unpack_ends

# At up to 512 KiB a group: what a reader holds at once, and what it keeps for the next look-up.
BATCH_GROUPS = 8
BATCH_ROWS = 500
KEPT_GROUPS = 8
# 384 bytes each: the groups that look-ups pass through on their way.
KEPT_ENDS = 1_024


class SqliteReader:
    """Reads a journal's directory, also while another process owns it: what is committed is seen."""

    def __init__(self, directory: Path, db: sqlite3.Connection) -> None:
        self._directory = directory
        self._db = db
        self._kept: OrderedDict[int, dict[tuple[int, int], bytes]] = OrderedDict()
        self._kept_ends: dict[int, bytes] = {}

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
                    "SELECT id, crc, ends, body FROM groups WHERE id >= ? ORDER BY id LIMIT ?",
                    (number, BATCH_GROUPS),
                ).fetchall()
            for found, crc, ends, body in rows:
                if found != number:
                    raise self._damaged(number, "is missing")
                yield number, self._unpack(number, crc, ends, body)
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
        """The first group after which the partition's next position is beyond this one."""
        partition, pos = at
        with plain_errors(self._directory):
            ((newest,),) = self._db.execute("SELECT max(id) FROM groups").fetchall()
            last = -1 if newest is None else newest
            if last < 0 or pos < 0 or end_of(self._ends(last), partition) <= pos:
                raise KeyError(at)
            # By powers of two, so that the same few groups are looked at however many there are by now.
            before, step = -1, 1 << last.bit_length()
            while step := step >> 1:
                if before + step <= last and end_of(self._ends(before + step), partition) <= pos:
                    before += step
        return before + 1

    def _ends(self, number: int) -> bytes:
        kept = self._kept_ends
        ends = kept.get(number)
        if ends is None:
            row = self._db.execute("SELECT ends FROM groups WHERE id = ?", (number,)).fetchone()
            if row is None or type(row[0]) is not bytes:
                raise self._damaged(number, "is missing")
            ends = kept[number] = row[0]
            if len(kept) > KEPT_ENDS:
                del kept[next(iter(kept))]
        return ends

    def _group(self, number: int) -> dict[tuple[int, int], bytes]:
        kept = self._kept
        if number in kept:
            kept.move_to_end(number)
            return kept[number]
        with plain_errors(self._directory):
            row = self._db.execute("SELECT crc, ends, body FROM groups WHERE id = ?", (number,)).fetchone()
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

    def _unpack(self, number: int, crc: int, ends: bytes, body: bytes) -> list[bytes]:
        whole = type(body) is bytes and type(ends) is bytes
        if not whole or crc != crc_of(number, ends, body):
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

    def read_rest(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Every kept row, by key, in batches."""
        last = ("", "", "")
        while True:
            with plain_errors(self._directory):
                rows = self._db.execute(
                    "SELECT tenant, actor, key, body FROM rest WHERE (tenant, actor, key) > (?, ?, ?)"
                    " ORDER BY tenant, actor, key LIMIT ?",
                    (*last, BATCH_ROWS),
                ).fetchall()
            for tenant, actor, key, body in rows:
                yield tenant, actor, key, bytes(body)
            if len(rows) < BATCH_ROWS:
                return
            last = rows[-1][:3]

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

    def ends(self) -> list[int]:
        """The next position of each partition after the last group."""
        with plain_errors(self._directory):
            row = self._db.execute("SELECT ends FROM groups ORDER BY id DESC LIMIT 1").fetchone()
        return [0] * PARTITIONS if row is None else unpack_ends(row[0])

    def close(self) -> None:
        """Close the connection."""
        self._db.close()
