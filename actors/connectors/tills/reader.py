"""The stores' tills as a foreign system: nothing is asked of them, their files are fetched now and then."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from contracts.tills import ImportTillFile, RefuseTillFile

from ...runtime.intake import Call
from ..connector import Dialect, check_wire, outcome_by_status
from ..feed import FeedDialect
from ..file_reader import FileReader, no_single_record
from ..refusals import FileRefused
from .read import read_till_file

TILLS = Dialect("tills", {}, {}, outcome_by_status, {})
# Tills upload hours late: nobody waits for a poll.
TILL_FILES = FeedDialect("tills", "till_files", no_single_record, slower=20)


class Listed(msgspec.Struct, frozen=True):
    """A row of the feed: its number, whose file it is, and what it is called."""

    n: int
    store: str
    name: str


class TillReader(FileReader):
    """Takes each file of the list, whole, as one record."""

    row = Listed
    content = "till_file"
    refusals = (RefuseTillFile,)

    def calls(self, row: Listed, digest: str, data: bytes) -> Iterator[Call]:
        """The one call that it is."""
        yield call_of(row.store, row.name, digest, data)


def calls_of(store: str, name: str, data: bytes) -> Iterator[Call]:
    """All that a file would bring in, for a rehearsal of its import."""
    yield call_of(store, name, sha256(data).hexdigest(), data)


def call_of(store: str, name: str, digest: str, data: bytes) -> Call:
    """A file as the door takes it: the closing, or its refusal."""
    command: ImportTillFile | RefuseTillFile
    try:
        file = read_till_file(store, name, digest, data)
        command, record = ImportTillFile(store, file.file_id, file), digest
        check_wire(command)
    except FileRefused as refused:
        told = refused.told()
        command = RefuseTillFile(store, refused.file_id, name, digest, refused.code, told)
        record = f"{digest} refused"
    return Call(
        store, "RECORD", TILL_FILES.operation, record, digest, "stores", store, command.file_id, command,
        sheddable=False,
    )  # fmt: skip
