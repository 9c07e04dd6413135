"""A feed of files: the feed tells which there are, each is fetched, kept, read, and taken.

A file is one or more records, all through the door, so that what comes again is met there. Its bytes are kept before
any of them is recorded, and the feed's cursor moves when all of it is durable: a crash in between brings the file
again, not half of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec
import trio

from contracts.ports import Clock, ForeignRequest, ForeignSystems, NoAnswer, NotSent

from ..runtime.actor import ActorSpec
from ..runtime.engine import Engine
from ..runtime.errors import RuntimeRefusal
from ..runtime.intake import Call, Door
from .connector import BROKEN
from .feed import FeedDialect, FeedReader
from .settlement.files import FileStore

BATCH = 64


class Row(Protocol):
    """A row of the feed, whatever else stands in it."""

    @property
    def n(self) -> int:
        """Its number in the feed."""

    @property
    def name(self) -> str:
        """What the file is called."""


def no_single_record(record: Mapping[str, Any]) -> Any:
    """The dialect of a feed whose records are files."""
    raise LookupError("a file is no single record")


class FileReader(FeedReader):
    """Polls a list of files and takes each of them. A subclass says how a row reads, and what a file comes to."""

    # The form of a row, the operation that gives a file's content, and the commands that refuse a whole file.
    row: type[Any]
    content: str
    refusals: tuple[type, ...]

    def __init__(
        self,
        dialect: FeedDialect,
        spec: ActorSpec,
        engine: Engine,
        door: Door,
        foreign: ForeignSystems,
        clock: Clock,
        files: FileStore,
        *,
        every_ms: int = 1_000,
    ) -> None:
        super().__init__(dialect, spec, engine, door, foreign, clock, every_ms=every_ms)
        self.files = files
        self.counts |= {"files": 0, "refused": 0, "not_fetched": 0}

    def calls(self, row: Any, digest: str, data: bytes) -> Iterator[Call]:
        """All that a file comes to, its header or its refusal first."""
        raise NotImplementedError

    async def _take(self, records: list[dict[str, Any]], cursor: int) -> int:
        """Take the files behind the cursor in their order; the number up to which all are durable."""
        listed: dict[int, Row] = {}
        for raw in records:
            try:
                row: Row = msgspec.convert(raw, self.row)
            except BROKEN:
                self.counts["unreadable"] += 1
                continue
            listed[row.n] = row
        self.busy = bool(listed)
        while (row_ := listed.get(cursor + 1)) is not None:
            data = await self._fetch(row_)
            if data is None:
                self.counts["not_fetched"] += 1
                break
            try:
                await self._import(row_, data)
            except RuntimeRefusal:
                break
            cursor += 1
        self.busy = False
        return cursor

    async def _fetch(self, row: Row) -> bytes | None:
        """The file's bytes, or None where they cannot be had now."""
        request = ForeignRequest(self.dialect.system, self.content, "", row.name, {"n": row.n})
        try:
            with trio.move_on_after(self.timeout_ms / 1000):
                response = await self.foreign.call(request)
                content = response.body.get("content") if response.status == 200 else None
                return content.encode() if isinstance(content, str) else None
        except (NotSent, NoAnswer):
            pass
        return None

    async def _import(self, row: Row, data: bytes) -> None:
        """Every record of the file; returns when all are durable. Raises RuntimeRefusal while draining."""
        digest = self.files.put(data)
        group = -1
        for n, call in enumerate(self.calls(row, digest, data)):
            if n % BATCH == BATCH - 1:
                await self._breathe()
            fresh, made_in = self.door.take_record_nowait(call)
            self.counts["taken" if fresh else "repeated"] += 1
            group = max(group, made_in)
            if n == 0:
                self.counts["refused" if isinstance(call.command, self.refusals) else "files"] += 1
        await self.engine.until_durable(group)

    async def _breathe(self) -> None:
        """Let others work, and wait while there is too much unfinished work."""
        await trio.lowlevel.checkpoint()
        while not self.door.has_credit():
            await self.clock.sleep_until_ms(self.clock.now_ms() + 100)
