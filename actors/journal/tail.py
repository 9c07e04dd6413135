"""The end of a journal at its opening: what an interrupted write left there, and what was done about it.

One group is written at a time and nothing is written before its sync came back. So an interruption can tear the
last group alone, and nobody was told of that one: it is moved aside. Anything else that is broken had been whole
and acknowledged, and is refused.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from contracts.codec import unpack_group
from contracts.turn import PARTITIONS

from .engine import DamagedJournal, coordinates_of
from .schema import FILE

# Groups looked at when opening: enough to cover what was under way, little enough to cost nothing.
WINDOW = 8

_WAL_HEADER = 32
_FRAME_HEADER = 24
_END_BYTES = 6


def crc_of(number: int, ends: bytes, body: bytes) -> int:
    """The checksum of a group. The number is in it, so that a body in another's row is found out."""
    return zlib.crc32(body, zlib.crc32(ends, number & 0xFFFFFFFF))


def pack_ends(ends: Sequence[int]) -> bytes:
    """The next position of each partition, six bytes each: small enough to stay in the row's own page."""
    return b"".join([end.to_bytes(_END_BYTES, "big") for end in ends])


def end_of(ends: bytes, partition: int) -> int:
    """One partition's next position."""
    at = partition * _END_BYTES
    return int.from_bytes(ends[at : at + _END_BYTES], "big")


def unpack_ends(ends: bytes) -> list[int]:
    """The next position of each partition."""
    return [end_of(ends, partition) for partition in range(PARTITIONS)]


class LogLeft:
    """What the last owner left in the write-ahead log, read before SQLite recovers it."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / f"{FILE}-wal"
        self.size = self._path.stat().st_size if self._path.exists() else 0
        self._frame = 0
        self._frames = 0
        if self.size >= _WAL_HEADER:
            self._count_frames()

    def _count_frames(self) -> None:
        # https://www.sqlite.org/fileformat2.html#walformat: frames of the running log carry its two salts,
        # those of the log before it carry others.
        with self._path.open("rb") as log:
            header = log.read(_WAL_HEADER)
            self._frame = _FRAME_HEADER + int.from_bytes(header[8:12], "big")
            while True:
                log.seek(_WAL_HEADER + self._frames * self._frame)
                frame = log.read(_FRAME_HEADER)
                begun = 0 < len(frame) < 16  # cut off before the salts
                if frame[8:16] != header[16:24] and not begun:
                    return
                self._frames += 1

    def notes(self, db: sqlite3.Connection) -> list[str]:
        """What to tell, once `db` has recovered the log. Empty where the journal had been closed."""
        if not self.size:
            return []
        taken = max(0, db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])
        last = db.execute("SELECT max(id) FROM groups").fetchone()[0]
        end = "it is empty" if last is None else f"it ends with group {last}"
        notes = [f"the journal was not closed by its last owner; its log was recovered, and {end}"]
        unfinished = self._frames - taken
        if unfinished > 0 or self.size < _WAL_HEADER:
            notes.append(
                f"the log ended in a commit that was never finished ({max(unfinished, 0)} pages): it was left out"
            )
        return notes


class _Torn(Exception):
    """A group's bytes are not those that were written."""


def check_tail(db: sqlite3.Connection, directory: Path) -> list[str]:
    """Check the last groups; move the last one aside if it is torn. Returns what was done, in sentences.

    Raises DamagedJournal where an earlier group is torn, or whole groups do not join.
    """
    path = directory / FILE
    rows = db.execute("SELECT id, crc, ends, body FROM groups ORDER BY id DESC LIMIT ?", (WINDOW,)).fetchall()
    newest = rows[0][0] if rows else -1
    ((known,),) = db.execute("SELECT value FROM header WHERE name = 'groups'").fetchall() or ((None,),)
    if type(newest) is not int or type(known) is not int:
        raise DamagedJournal(f"{path} is damaged: its groups cannot be counted")
    if newest + 1 < known:
        raise DamagedJournal(f"{path} is damaged: its groups are gone: there were {known}, now {newest + 1}")
    torn = ""
    later: dict[int, int] = {}  # partition -> first pos in the groups after this one
    # What the ends of a group must be: those of the group after it, less that one's turns.
    wanted: list[int] | None = None
    for index, (number, crc, ends, body) in enumerate(rows):
        if number != newest - index:
            raise DamagedJournal(f"{path} is damaged: group {newest - index} is missing")
        try:
            spans = _spans_of(number, crc, ends, body)
        except _Torn as why:
            if index:
                raise DamagedJournal(
                    f"{path} is damaged: group {number} {why}, and others follow it"
                ) from None
            torn = str(why)
            continue
        for partition, (first, end_pos) in spans.items():
            if later.get(partition, end_pos) != end_pos:
                raise DamagedJournal(
                    f"{path} is damaged: turn {end_pos} of partition {partition} is not after group {number}"
                )
            later[partition] = first
        found = unpack_ends(ends)
        if found != (wanted or found) or any(found[p] != end_pos for p, (_, end_pos) in spans.items()):
            raise DamagedJournal(f"{path} is damaged: group {number} has other positions than its turns")
        wanted = [spans[p][0] if p in spans else end for p, end in enumerate(found)]
    if not torn:
        return []
    _move_aside(db, newest, torn)
    end = f"ends with group {newest - 1}" if newest else "is empty"
    return [
        f"group {newest}, the last, {torn}: it was moved to the table 'damaged', and the journal now {end}; "
        "had it been acknowledged, the disk lost a synced write: compare with a backup"
    ]


def _spans_of(number: int, crc: int, ends: bytes, body: bytes) -> dict[int, tuple[int, int]]:
    """{partition: (first pos, pos after the last)} of a group. Raises _Torn."""
    if type(body) is not bytes or type(ends) is not bytes or crc != crc_of(number, ends, body):
        raise _Torn("has another checksum than was written")
    spans: dict[int, tuple[int, int]] = {}
    try:
        for turn in unpack_group(body):
            partition, pos = coordinates_of(turn)
            spans[partition] = (spans.get(partition, (pos, pos))[0], pos + 1)
    except msgspec.DecodeError as error:
        raise _Torn(f"does not decode ({error})") from None
    return spans


def _move_aside(db: sqlite3.Connection, number: int, why: str) -> None:
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO damaged SELECT id, crc, body, ? FROM groups WHERE id = ?", (why, number))
    db.execute("DELETE FROM groups WHERE id = ?", (number,))
    db.execute("UPDATE header SET value = min(value, ?) WHERE name = 'groups'", (number,))
    db.execute("COMMIT")
