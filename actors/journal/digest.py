"""What can be told about any journal by reading it once: its hash, its mistakes, its numbers.

Nothing here knows an engine. Memory is bounded by what is pending and by the number of keys, never by turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Protocol

import msgspec

from contracts.codec import decode_turn
from contracts.ids import partition_of
from contracts.ports import JournalHeader
from contracts.turn import FORMAT, MAX_TURN_BYTES, PARTITIONS, Fact, Said, Turn, message_id
from contracts.vocabulary import UnknownType, decode_body

from .engine import DamagedJournal, coordinates_of

# A journal with one mistake may have a million that follow from it.
FINDINGS_AT_MOST = 100


class Readable(Protocol):
    """A journal as far as reading goes: an engine, or SqliteJournal.open_read_only."""

    @property
    def header(self) -> JournalHeader: ...

    def read(self, start: int = 0) -> Iterator[tuple[int, list[bytes]]]: ...


def journal_sha256(journal: Readable) -> str:
    """SHA-256 over the encoded turns in (partition, pos) order, as 64 hexadecimal digits.

    Exactly: for each partition p, in order, d(p) is the 32-byte SHA-256 of the concatenation of p's encoded
    turns in order of pos (of nothing, where p has none); the result is the SHA-256 of d(0) || d(1) || ... ||
    d(63). Encoded turns are msgpack arrays, which delimit themselves, so no two journals run together alike.
    Groups, and so the speed of the disk, do not enter; nor does the header. The journal is read once, since
    turns of one partition are committed in order of pos (`verify` checks that).
    """
    hashers = [sha256() for _ in range(PARTITIONS)]
    for _, group in journal.read():
        for turn in group:
            hashers[coordinates_of(turn)[0]].update(turn)
    return sha256(b"".join(hasher.digest() for hasher in hashers)).hexdigest()


def verify(journal: Readable) -> list[str]:
    """Every rule of the record that the journal breaks, one sentence each, at most 100. Empty: it is whole.

    Every turn decodes, with the bodies known here, and is no larger than the limit; pos is dense per partition,
    seq per (tenant, actor, key) from 1; a key is in its own partition; epochs never decrease nor pass the
    header's; at_ms never decreases within a partition; what was said is the cause of at most one turn, which
    comes after it.
    """
    checker = _Checker()
    try:
        for number, group in journal.read():
            for encoded in group:
                checker.check(number, encoded)
    except DamagedJournal as error:
        checker.find(str(error))
    header = journal.header
    if header.format != FORMAT or header.partitions != PARTITIONS:
        checker.find(f"the header says format {header.format}, partitions {header.partitions}")
    if checker.epoch > header.epoch:
        checker.find(f"a turn has epoch {checker.epoch}, the header's newest is {header.epoch}")
    if checker.beyond:
        checker.findings.append(f"and {checker.beyond} more")
    return checker.findings


class _Checker:
    def __init__(self) -> None:
        self.findings: list[str] = []
        self.beyond = 0
        self.epoch = 0
        self._next_pos = [0] * PARTITIONS
        self._at_ms = [0] * PARTITIONS
        self._seqs: dict[tuple[str, str, str], int] = {}
        self._pending: set[str] = set()

    def find(self, what: str) -> None:
        """Note a mistake; those beyond the limit are only counted."""
        if len(self.findings) < FINDINGS_AT_MOST:
            self.findings.append(what)
        else:
            self.beyond += 1

    def check(self, number: int, encoded: bytes) -> None:
        """Check the next turn of the journal, of group `number`."""
        try:
            turn = decode_turn(encoded)
        except msgspec.MsgspecError as error:
            self.find(f"group {number}: a turn does not decode: {error}")
            return
        if not 0 <= turn.partition < PARTITIONS:
            self.find(f"group {number}: a turn has partition {turn.partition}")
            return
        where = f"turn {turn.partition}.{turn.pos} (group {number}, {turn.actor} {turn.key})"
        for what in self._wrong_with(turn):
            self.find(f"{where}: {what}")
        if len(encoded) > MAX_TURN_BYTES:
            self.find(f"{where}: has {len(encoded)} bytes, the limit is {MAX_TURN_BYTES}")
        for what in _wrong_bodies(turn):
            self.find(f"{where}: {what}")

    def _wrong_with(self, turn: Turn) -> Iterator[str]:
        partition = turn.partition
        if turn.format != FORMAT:
            yield f"has format {turn.format}, not {FORMAT}"
        if partition != partition_of(turn.tenant, turn.key):
            yield f"its key belongs to partition {partition_of(turn.tenant, turn.key)}"
        if turn.pos != self._next_pos[partition]:
            yield f"pos {turn.pos} where {self._next_pos[partition]} is next"
        self._next_pos[partition] = turn.pos + 1
        writer = (turn.tenant, turn.actor, turn.key)
        expected = self._seqs.get(writer, 0) + 1
        if turn.seq != expected:
            yield f"seq {turn.seq} where {expected} is next"
        self._seqs[writer] = turn.seq
        if turn.epoch < self.epoch:
            yield f"epoch {turn.epoch} after epoch {self.epoch}"
        self.epoch = max(self.epoch, turn.epoch)
        if turn.at_ms < self._at_ms[partition]:
            yield f"at_ms {turn.at_ms} after {self._at_ms[partition]}"
        self._at_ms[partition] = max(self._at_ms[partition], turn.at_ms)
        if _is_internal(turn.cause):
            if turn.cause not in self._pending:
                yield f"its cause {turn.cause} was never said, or was taken before"
            self._pending.discard(turn.cause)
        self._pending.update(message_id(partition, turn.pos, index) for index in range(len(turn.said)))


_NIL = msgspec.Raw(b"\xc0")


def _is_internal(cause: str) -> bool:
    # Coordinates of an entry begin with a digit; timers' ids with "t:", those from outside with "x:".
    return cause[:1].isdigit()


def _wrong_bodies(turn: Turn) -> Iterator[str]:
    # An event without a body is the message taken as it is; its content stands where it was said.
    bodies: list[Fact | Said] = [event for event in turn.events if event.body != _NIL]
    for entry in turn.said:
        if entry.event is None:
            bodies.append(entry)
        elif not 0 <= entry.event < len(turn.events):
            yield f"says event {entry.event}, and has {len(turn.events)}"
    for item in bodies:
        try:
            decode_body(item.type, item.version, item.body)
        except UnknownType:
            pass  # a contract of another version of this program: not ours to judge
        except msgspec.MsgspecError as error:
            yield f"the body of {item.type} v{item.version} does not decode: {error}"


def stats(journal: Readable) -> dict[str, Any]:
    """The journal in numbers, ready for JSON.

    {format, mode, epoch, groups, turns, bytes (of encoded turns), turns_by_actor {actor: {kind: n}},
    events_by_type {type: n}, first_at_ms, last_at_ms (None where empty), said, caused, pending}, where pending
    = said - caused: entries that no turn has taken yet.
    """
    groups = turns = size = said = caused = 0
    first: int | None = None
    last: int | None = None
    kinds: dict[str, Counter[str]] = {}
    events: Counter[str] = Counter()
    for _, group in journal.read():
        groups += 1
        for encoded in group:
            turn = decode_turn(encoded)
            turns += 1
            size += len(encoded)
            kinds.setdefault(turn.actor, Counter())[turn.kind] += 1
            events.update(event.type for event in turn.events)
            said += len(turn.said)
            caused += _is_internal(turn.cause)
            first = turn.at_ms if first is None else min(first, turn.at_ms)
            last = turn.at_ms if last is None else max(last, turn.at_ms)
    header = journal.header
    return {
        "format": header.format,
        "mode": header.mode,
        "epoch": header.epoch,
        "groups": groups,
        "turns": turns,
        "bytes": size,
        "turns_by_actor": {actor: dict(sorted(kinds[actor].items())) for actor in sorted(kinds)},
        "events_by_type": dict(sorted(events.items())),
        "first_at_ms": first,
        "last_at_ms": last,
        "said": said,
        "caused": caused,
        "pending": said - caused,
    }
