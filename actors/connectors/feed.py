"""A feed: records that a foreign system numbers and that are fetched by a poll, each taken once.

The cursor is durable only after every record up to it is, so a crash repeats records and loses none;
repeats meet intake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
import trio
from msgspec import Struct

from contracts.ids import external_id
from contracts.partners import FeedAdvanced, ReportUnreadable
from contracts.ports import Clock, ForeignRequest, ForeignSystems, NoAnswer, NotSent
from contracts.reference import ReportWatermark
from contracts.turn import DEFAULT_TENANT, NORMAL, Message

from ..runtime.actor import ActorSpec
from ..runtime.engine import Engine
from ..runtime.errors import RuntimeRefusal
from ..runtime.intake import Call, Door
from .connector import BROKEN, check_wire

PAGE = 200
# A record that cannot be read for so long is passed over, with an exception that keeps so much of it.
PATIENCE_MS = 60_000
RAW_AT_MOST = 16 * 1024


class FeedRecord(Struct, frozen=True):
    """One record: its number in the feed, its natural id, and the command it becomes."""

    n: int
    record_id: str
    to: str
    key: str
    subject: str
    command: Any


@dataclass(frozen=True, slots=True)
class FeedDialect:
    """Where a feed is read, and how one of its records reads. One nobody waits for is polled `slower` times.

    A `watermarked` one says where it ends (`head`), and leaves nothing out: if it goes back, or does, a person hears of
    it. Of a `personal` one no record is kept that cannot be read.
    """

    system: str
    operation: str
    read: Callable[[Mapping[str, Any]], FeedRecord]
    slower: int = 1
    watermarked: bool = False
    personal: bool = False


class FeedReader:
    """Polls one feed."""

    def __init__(
        self,
        dialect: FeedDialect,
        spec: ActorSpec,
        engine: Engine,
        door: Door,
        foreign: ForeignSystems,
        clock: Clock,
        *,
        every_ms: int = 1_000,
        timeout_ms: int = 5_000,
    ) -> None:
        self.dialect = dialect
        self.spec = spec
        self.engine = engine
        self.door = door
        self.foreign = foreign
        self.clock = clock
        self.every_ms = every_ms * dialect.slower
        self.timeout_ms = timeout_ms
        # Records that cannot be read, and since when: of the last page only.
        self._waiting: dict[str, int] = {}
        # Behind which record something is left out, and since when.
        self._gap_at, self._gap_since_ms = -1, 0
        # Records are being taken that nothing pending tells of yet.
        self.busy = False
        self.counts = {"polls": 0, "failed_polls": 0, "taken": 0, "repeated": 0, "unreadable": 0}

    @property
    def key(self) -> str:
        """The connector's key that keeps the cursor."""
        return f"feed:{self.dialect.operation}"

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            full = self.door.has_credit() and await self.poll()
            if not full:
                await self.clock.sleep_until_ms(self.clock.now_ms() + self.every_ms)

    async def poll(self) -> bool:
        """Fetch one page and take its records. True if there may be more."""
        self.counts["polls"] += 1
        cursor: int = self.engine.fold.key(DEFAULT_TENANT, self.spec.name, self.key).state.cursor
        request = ForeignRequest(
            self.dialect.system, self.dialect.operation, "", self.key, {"after": cursor, "limit": PAGE}
        )
        records: list[dict[str, Any]] | None = None
        head: Any = None
        try:
            with trio.move_on_after(self.timeout_ms / 1000):
                response = await self.foreign.call(request)
                found = response.body.get("records") if response.status == 200 else None
                records = found if isinstance(found, list) else None
                head = response.body.get("head")
        except (NotSent, NoAnswer):
            records = None
        if records is None:
            self.counts["failed_polls"] += 1
            return False
        if self.dialect.watermarked and type(head) is int and head < cursor:
            self._report("behind", cursor, head)
            return True
        last = await self._take(records, cursor)
        if self.dialect.watermarked:
            self._watch_for_a_gap(records, last)
        if last > cursor:
            self._advance(last)
        return len(records) >= PAGE

    async def _take(self, records: list[dict[str, Any]], cursor: int) -> int:
        """Take what is new; the number up to which every record is durable."""
        numbers = []
        group = -1
        now = self.clock.now_ms()
        waiting: dict[str, int] = {}
        for raw in records:
            try:
                record = self.dialect.read(raw)
                check_wire(record.command)
            except BROKEN as error:
                self.counts["unreadable"] += 1
                record = unreadable(self.dialect, self.spec.name, raw, error)
                since = waiting[record.record_id] = self._waiting.get(record.record_id, now)
                if now - since < PATIENCE_MS:
                    # Left where it is, the cursor before it: what was broken on its way may come whole.
                    continue
                # From here on it is a person's work: it must not hold up those behind it for ever.
            try:
                fresh, made_in = self.door.take_record_nowait(record_call(self.dialect, record))
            except RuntimeRefusal:
                break
            group = max(group, made_in)
            self.counts["taken" if fresh else "repeated"] += 1
            numbers.append(record.n)
        self._waiting = waiting
        await self.engine.until_durable(group)
        seen = set(numbers)
        while cursor + 1 in seen:
            cursor += 1
        return cursor

    def _watch_for_a_gap(self, records: list[dict[str, Any]], cursor: int) -> None:
        """What is left out for so long will not be told by itself: those behind it are not held up for ever."""
        numbers = [raw["n"] for raw in records if isinstance(raw, dict) and type(raw.get("n")) is int]
        behind = [n for n in numbers if n > cursor]
        if not behind or cursor + 1 in behind:
            self._gap_at, self._gap_since_ms = -1, 0
        elif self._gap_at != cursor:
            self._gap_at, self._gap_since_ms = cursor, self.clock.now_ms()
        elif self.clock.now_ms() - self._gap_since_ms >= PATIENCE_MS:
            self._report("gap", cursor, min(behind))

    def _report(self, what: str, cursor: int, n: int) -> None:
        body = ReportWatermark(self.dialect.operation, what, cursor, n)
        self._say("feed.report_watermark", body, f"{what} {cursor} {n} {self.clock.now_ms()}")

    def _advance(self, cursor: int) -> None:
        body = FeedAdvanced(self.dialect.operation, cursor)
        # Rewound, it passes the same places again.
        seq = self.engine.fold.key(DEFAULT_TENANT, self.spec.name, self.key).seq
        name = f"{cursor} {seq}" if self.dialect.watermarked else str(cursor)
        self._say("feed.advanced", body, name)

    def _say(self, type_: str, body: Any, name: str) -> None:
        id_ = external_id(self.dialect.system, self.key, name)
        message = Message(
            self.spec.name,
            self.key,
            self.key,
            type_,
            1,
            NORMAL,
            None,
            body,
            id_,
            DEFAULT_TENANT,
            id_,
            id_,
            "",
        )
        self.engine.decide(self.spec, message)

    def statistics(self) -> dict[str, int]:
        """Counts of polls and records."""
        return dict(self.counts)


def pushed(door: Door, dialect: FeedDialect, actor: str, raw: Any) -> tuple[bool, int]:
    """Take a record that its system tells by itself, beside the feed: (whether it is new, its group).

    It is known by the id that it has in the feed too, so that it is taken once whichever way it comes first. One that
    cannot be read is put before a person, as it is when the feed has it. Raises RuntimeRefusal.
    """
    try:
        record = dialect.read({**raw, "n": 0})
        check_wire(record.command)
    except BROKEN as error:
        record = unreadable(dialect, actor, raw, error)
    return door.take_record_nowait(record_call(dialect, record))


def unreadable(dialect: FeedDialect, actor: str, raw: Any, error: Exception) -> FeedRecord:
    """The report of a record that cannot be read. One without a number of its own moves no cursor."""
    data = msgspec.json.encode(raw)
    digest = sha256(data).hexdigest()
    n = raw.get("n") if isinstance(raw, dict) else None
    number = n if type(n) is int and n > 0 else 0
    why = f"{type(error).__name__}: {error}"[:300]
    text = "" if dialect.personal else data[:RAW_AT_MOST].decode(errors="replace")
    report = ReportUnreadable(dialect.operation, digest, number, why, text)
    key = f"feed:{dialect.operation}"
    return FeedRecord(number, f"unreadable:{digest}", actor, key, key, report)


def record_call(dialect: FeedDialect, record: FeedRecord) -> Call:
    """A record as the door takes it: once, whether the feed brings it or somebody else does."""
    return Call(
        principal=dialect.system,
        method="RECORD",
        route=dialect.operation,
        key=record.record_id,
        fingerprint=sha256(msgspec.msgpack.encode(record.command)).hexdigest(),
        to=record.to,
        to_key=record.key,
        subject=record.subject,
        command=record.command,
        sheddable=False,
    )
