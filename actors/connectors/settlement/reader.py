"""A provider's settlement files, as they are fetched: a header record and one record a line, or a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from contracts.providers import PROVIDERS
from contracts.settlement import ImportFile, RefuseFile, TakeLine

from ...runtime.intake import Call
from ..connector import check_wire
from ..feed import FeedDialect
from ..file_reader import FileReader, no_single_record
from . import read_file
from .dialect import SettlementRefused


class Listed(msgspec.Struct, frozen=True):
    """A row of the feed: its number, whose file it is, and what it is called."""

    n: int
    account: str
    name: str


SETTLEMENT_FILES = FeedDialect("payments", "settlement_files", no_single_record)


class SettlementReader(FileReader):
    """Takes each file of the list, line by line."""

    row = Listed
    content = "settlement_file"
    refusals = (RefuseFile,)

    def calls(self, row: Listed, digest: str, data: bytes) -> Iterator[Call]:
        """Its header and its lines, or its refusal."""
        for record, command in commands(row.account, row.name, digest, data):
            yield call_of(row.account, digest, record, command)


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
