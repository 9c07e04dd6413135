"""What every engine shares: the errors of opening, the numbers told, and where an encoded turn stands.

Errors of opening; nothing was changed in the directory:

    JournalError
    ├── DirectoryInUse     another living process owns it: stop that one, or name another directory
    ├── CannotOpen         the operating system refuses: permissions, a full disk, a file where a folder should be
    ├── NotAJournal        something else stands there: another program's database, or no database at all
    ├── WrongMode          a whole journal, but of another mode: a sandbox is never continued as the real shop
    ├── NewerFormat        a whole journal, written by a newer version of this program
    └── DamagedJournal     a journal that is broken where an interrupted write cannot have broken it

While it runs, `contracts.ports` has two more: StaleEpoch (somebody else owns the journal now) and JournalFailed
(a write or sync failed; the engine refuses everything after it).
"""

from __future__ import annotations

import msgspec
from msgspec import Struct


class JournalError(Exception):
    """The directory cannot be used as it is. The message is for the person who named it."""


class DirectoryInUse(JournalError):
    """Another living process holds the directory's lock."""


class CannotOpen(JournalError):
    """The operating system refuses: the journal itself may be whole."""


class NotAJournal(JournalError):
    """What stands in the directory was not written by this program."""


class WrongMode(JournalError):
    """The journal belongs to another mode."""


class NewerFormat(JournalError):
    """The journal was written by a newer version; this one cannot read it."""


class DamagedJournal(JournalError):
    """The journal is broken in a place that was whole once. A backup is the way out, not this program."""


class JournalStatistics(Struct, frozen=True):
    """What an engine holds. `bytes` are those of the encoded turns alone, whatever the engine adds."""

    groups: int
    turns: int
    bytes: int
    epoch: int


class _Head(Struct, array_like=True, frozen=True, gc=False):
    # The first fields of a Turn: msgspec skips the rest, which makes this ten times quicker than decoding it.
    format: int
    tenant: str
    partition: int
    pos: int


_decode_head = msgspec.msgpack.Decoder(_Head).decode


def coordinates_of(encoded: bytes) -> tuple[int, int]:
    """The (partition, pos) of an encoded turn. Raises msgspec.DecodeError if it is none."""
    head = _decode_head(encoded)
    return head.partition, head.pos
