"""The end of a journal at its opening: what an interrupted write left there, and what was done about it.

One group is written at a time and nothing is written before its sync came back. So an interruption can tear the
last group alone, and nobody was told of that one: it is moved aside. Anything else that is broken had been whole
and acknowledged, and is refused.
"""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

import msgspec

from contracts.codec import unpack_group

from .engine import DamagedJournal, coordinates_of
from .schema import FILE

# Groups looked at when opening: enough to cover what was under way, little enough to cost nothing.
WINDOW = 8

_WAL_HEADER = 32
_FRAME_HEADER = 24


def crc_of(number: int, body: bytes) -> int:
    """The checksum of a group. The number is in it, so that a body in another's row is found out."""
    return zlib.crc32(body, number & 0xFFFFFFFF)


def span_at(partition: int, pos: int) -> int:
    """The primary key of a span: ordered by partition, then position."""
    return partition << 48 | pos


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
    rows = db.execute("SELECT id, crc, body FROM groups ORDER BY id DESC LIMIT ?", (WINDOW,)).fetchall()
    newest = rows[0][0] if rows else -1
    if type(newest) is not int or (not rows and db.execute("SELECT 1 FROM spans LIMIT 1").fetchone()):
        raise DamagedJournal(f"{path} is damaged: its groups are gone, their index is not")
    torn = ""
    later: dict[int, int] = {}  # partition -> first pos in the groups after this one
    for index, (number, crc, body) in enumerate(rows):
        if number != newest - index:
            raise DamagedJournal(f"{path} is damaged: group {newest - index} is missing")
        try:
            spans = _spans_of(number, crc, body)
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
            at = span_at(partition, first)
            if db.execute("SELECT group_id FROM spans WHERE at = ?", (at,)).fetchone() != (number,):
                raise DamagedJournal(f"{path} is damaged: group {number} is not in its index")
    if not torn:
        return []
    _move_aside(db, newest, torn)
    end = f"ends with group {newest - 1}" if newest else "is empty"
    return [
        f"group {newest}, the last, {torn}: it was moved to the table 'damaged', and the journal now {end}; "
        "had it been acknowledged, the disk lost a synced write: compare with a backup"
    ]


def _spans_of(number: int, crc: int, body: bytes) -> dict[int, tuple[int, int]]:
    """{partition: (first pos, pos after the last)} of a group. Raises _Torn."""
    if type(body) is not bytes or crc != crc_of(number, body):
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
    db.execute("DELETE FROM spans WHERE group_id = ?", (number,))
    db.execute("DELETE FROM groups WHERE id = ?", (number,))
    db.execute("COMMIT")
