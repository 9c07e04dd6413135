"""Fetches a provider's settlement files: the feed tells which there are, each is fetched, kept, read, and taken.

A file is one header record and one record a line, all through the door, so that what comes again is met there.
Its bytes are kept before its header is recorded, and the feed's cursor moves when all of it is durable: a crash in
between brings the file again, not half of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec
import trio

from contracts.ports import Clock, ForeignRequest, ForeignSystems, NoAnswer, NotSent
from contracts.providers import PROVIDERS
from contracts.settlement import ImportFile, RefuseFile, TakeLine

from ...runtime.actor import ActorSpec
from ...runtime.engine import Engine
from ...runtime.errors import RuntimeRefusal
from ...runtime.intake import Call, Door
from ..connector import BROKEN, check_wire
from ..feed import FeedDialect, FeedReader
from . import read_file
from .dialect import SettlementRefused
from .files import FileStore

BATCH = 64


class Listed(msgspec.Struct, frozen=True):
    """A row of the feed: its number, whose file it is, and what it is called."""

    n: int
    account: str
    name: str


def _unused(record: Mapping[str, Any]) -> Any:
    raise LookupError("a settlement file is no single record")


SETTLEMENT_FILES = FeedDialect("payments", "settlement_files", _unused)
CONTENT = "settlement_file"


class SettlementReader(FeedReader):
    """Polls the list of files and takes each of them."""

    def __init__(
        self,
        spec: ActorSpec,
        engine: Engine,
        door: Door,
        foreign: ForeignSystems,
        clock: Clock,
        files: FileStore,
        *,
        every_ms: int = 1_000,
    ) -> None:
        super().__init__(SETTLEMENT_FILES, spec, engine, door, foreign, clock, every_ms=every_ms)
        self.files = files
        self.counts |= {"files": 0, "refused": 0, "not_fetched": 0}

    async def _take(self, records: list[dict[str, Any]], cursor: int) -> int:
        """Take the files behind the cursor in their order; the number up to which all are durable."""
        listed: dict[int, Listed] = {}
        for raw in records:
            try:
                row = msgspec.convert(raw, Listed)
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

    async def _fetch(self, row: Listed) -> bytes | None:
        """The file's bytes, or None where they cannot be had now."""
        request = ForeignRequest("payments", CONTENT, "", row.name, {"n": row.n})
        try:
            with trio.move_on_after(self.timeout_ms / 1000):
                response = await self.foreign.call(request)
                content = response.body.get("content") if response.status == 200 else None
                return content.encode() if isinstance(content, str) else None
        except (NotSent, NoAnswer):
            pass
        return None

    async def _import(self, row: Listed, data: bytes) -> None:
        """Every record of the file; returns when all are durable. Raises RuntimeRefusal while draining."""
        digest = self.files.put(data)
        group = -1
        for n, (record, command) in enumerate(commands(row.account, row.name, digest, data)):
            if n % BATCH == BATCH - 1:
                await self._breathe()
            fresh, made_in = self.door.take_record_nowait(call_of(row.account, digest, record, command))
            self.counts["taken" if fresh else "repeated"] += 1
            group = max(group, made_in)
            if n == 0:
                self.counts["refused" if isinstance(command, RefuseFile) else "files"] += 1
        await self.engine.until_durable(group)

    async def _breathe(self) -> None:
        """Let others work, and wait while there is too much unfinished work."""
        await trio.lowlevel.checkpoint()
        while not self.door.has_credit():
            await self.clock.sleep_until_ms(self.clock.now_ms() + 100)


Command = ImportFile | RefuseFile | TakeLine


def call_of(account: str, digest: str, record: str, command: Command) -> Call:
    """A record of a file as the door takes it."""
    return Call(
        account, "RECORD", SETTLEMENT_FILES.operation, record, digest, "settlement", account, command.file_id,
        command, sheddable=False,
    )  # fmt: skip


def calls_of(account: str, name: str, data: bytes) -> Iterator[Call]:
    """All that a file would bring in, for a rehearsal of its import."""
    digest = sha256(data).hexdigest()
    for record, command in commands(account, name, digest, data):
        yield call_of(account, digest, record, command)


def commands(provider: str, name: str, digest: str, data: bytes) -> Iterator[tuple[str, Command]]:
    """(record id, command) of all that a file comes to: its header and its lines, or its refusal."""
    try:
        file = read_file(provider, name, data)
    except SettlementRefused as refused:
        told = refused.told()
        refusal = RefuseFile(provider, refused.file_id, name, digest, refused.code, told)
        yield f"{digest} refused", refusal
        return
    header = ImportFile(
        provider, file.file_id, name, digest, file.payout_id, PROVIDERS[provider].book, file.currency, file.paid_on,
        file.control,
    )  # fmt: skip
    check_wire(header)
    yield digest, header
    for line in file.lines:
        yield f"{digest} {line.line_id}", TakeLine(provider, file.file_id, digest, line)
