"""/v1/partner-files: records in a partner's own words, as its feed would bring them, each acknowledged.

A record that came by the feed, or in another file, is met where the door keeps what it took: nothing is done twice.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import islice
from typing import Any

import trio
from quart import Response

from actors.connectors.connector import BROKEN, check_wire
from actors.connectors.feed import FeedDialect, FeedRecord, record_call
from actors.domains.platform.partner_files import NAME, PartnerFileState
from actors.system import FEEDS
from contracts.exports import RecordRead, TakePartnerFile
from contracts.http import time_of
from contracts.http_answers_platform import PartnerFileListed, PartnerFilesAnswer, PartnerFileTaken
from contracts.http_platform import PartnerFileSubmission

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..door import Gateway, Route, submitted
from ..pages import Query, page_of
from ..problems import Problem

# Records of persons come from whoever answers for them, not in files.
DOCUMENTS: dict[tuple[str, str], FeedDialect] = {
    (feed.system, feed.operation): feed for feed in FEEDS if not feed.personal
}
BATCH = 64
_PATH = "/v1/partner-files/{partner}/{doctype}"


async def bring(gateway: Gateway, principal: Principal, partner: str, doctype: str) -> Response:
    """A file of records: 202, with an acknowledgment of each. Those that can be read are taken, each once."""
    dialect = _dialect(partner, doctype)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, PartnerFileSubmission)
    records, acknowledged = _read(dialect, asked.records)
    digest = sha256(body).hexdigest()
    command = TakePartnerFile(partner, doctype, asked.control_number, digest, principal.key_id, acknowledged)
    key = f"{partner}/{doctype}"
    with trio.CancelScope(shield=True):
        # The client may go away; a file that was begun comes in whole.
        response = await submitted(
            gateway, principal, _PATH, body, to=NAME, key=key, command=command, subject=asked.control_number
        )
        # Also of a file that came before: whoever brought it may not have got to its end.
        if await gateway.system.read(NAME, key, lambda state, _: _is(state, asked.control_number, digest)):
            await _take(gateway, dialect, records)
    return response


def _dialect(partner: str, doctype: str) -> FeedDialect:
    dialect = DOCUMENTS.get((partner, doctype))
    if dialect is None:
        known = ", ".join(f"{one}/{what}" for one, what in DOCUMENTS)
        raise Problem("not-found", f"there is no such document: known are {known}")
    return dialect


def _read(
    dialect: FeedDialect, raw: tuple[dict[str, Any], ...]
) -> tuple[list[FeedRecord], tuple[RecordRead, ...]]:
    """The records that can be read, and the acknowledgment of all. A record's number in a feed is its place here."""
    records, acknowledged = [], []
    for n, one in enumerate(raw):
        try:
            record = dialect.read({**one, "n": n + 1})
            check_wire(record.command)
        except BROKEN as error:
            # The kind of mistake and the field, never what stands there.
            field = f" {error.args[0]}" if isinstance(error, KeyError) and error.args else ""
            acknowledged.append(RecordRead(n, "rejected", f"{type(error).__name__}{field}"[:200]))
        else:
            records.append(record)
            acknowledged.append(RecordRead(n, "taken"))
    return records, tuple(acknowledged)


def _is(state: PartnerFileState, control_number: str, digest: str) -> bool:
    known = state.files.get(control_number)
    return known is not None and known.sha256 == digest


async def _take(gateway: Gateway, dialect: FeedDialect, records: list[FeedRecord]) -> None:
    system = gateway.system
    group = -1
    for n, record in enumerate(records):
        if n % BATCH == BATCH - 1:
            await trio.lowlevel.checkpoint()
        group = max(group, system.door.take_record_nowait(record_call(dialect, record))[1])
    await system.engine.until_durable(group)


async def look_through(gateway: Gateway, principal: Principal, partner: str, doctype: str) -> Response:
    """The files that came, in that order."""
    _dialect(partner, doctype)
    query = Query()
    query.check()

    def render(state: PartnerFileState, seq: int) -> list[tuple[int, PartnerFileListed]]:
        rows = islice(enumerate(state.files.values(), 1), query.after, query.after + query.limit + 1)
        return [
            (
                n,
                PartnerFileListed(
                    one.control_number, one.taken, one.rejected, one.sha256, time_of(one.at_ms)
                ),
            )
            for n, one in rows
        ]

    found = await gateway.system.read(NAME, f"{partner}/{doctype}", render) or []
    at = time_of(gateway.system.engine.now())
    return page_of(
        query, found, lambda row: row[0], lambda row: row[1], at, partner=partner, doctype=doctype
    )  # fmt: skip


ROUTES = (
    Route(
        "POST", "/v1/partner-files/<partner>/<doctype>", "partner:files", bring, owner="platform",
        body=PartnerFileSubmission, needs="K", answers={202: PartnerFileTaken}, gives=("location",), is_async=True,
        problems=("409 duplicate-control-number",),
    ),
    Route(
        "GET", "/v1/partner-files/<partner>/<doctype>", "partner:files", look_through, owner="platform", paged=True,
        answers={200: PartnerFilesAnswer},
    ),
)  # fmt: skip
