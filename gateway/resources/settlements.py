"""/v1/settlement-files and /v1/settlements: providers' files, their lines, and what of them is in suspense."""

from __future__ import annotations

from typing import Any

import msgspec
from quart import Response

from actors.domains.finance.settlement_model import ProviderState
from actors.views import settlements
from contracts.http import DiscrepancySubmission, time_of
from contracts.http_answers_money import (
    DiscrepancyAsked,
    SettlementAnswer,
    SettlementLinesAnswer,
    SettlementsAnswer,
)
from contracts.settlement import ResolveDiscrepancy

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..door import Gateway, Route, json_response, submitted
from ..pages import Query, as_of, page, store_of
from ..problems import Problem


async def files(gateway: Gateway, principal: Principal) -> Response:
    """Every file, in the order in which they first came."""
    query = Query()
    query.check()
    rows = settlements.files(store_of(gateway), after=query.after, limit=query.limit + 1)
    return page(gateway, query, rows, lambda row: row[0], lambda row: shown(row[1]))


async def look(gateway: Gateway, principal: Principal, settlement_id: str) -> Response:
    """One file. What was imported a moment ago is told as it is known before the lists have it."""
    try:
        file = _file(gateway, settlement_id)
    except Problem:
        fresh = await _fresh(gateway, settlement_id)
        if fresh is None:
            raise
        file = fresh
    return json_response(200, {"as_of": as_of(gateway), **shown(file)})


async def lines(gateway: Gateway, principal: Principal, settlement_id: str) -> Response:
    """The file's lines, in the order in which they were judged."""
    return _lines(gateway, settlement_id, in_suspense=False)


async def discrepancies(gateway: Gateway, principal: Principal, settlement_id: str) -> Response:
    """The file's lines that are in suspense, wholly or in part."""
    return _lines(gateway, settlement_id, in_suspense=True)


async def resolve(gateway: Gateway, principal: Principal, settlement_id: str, line_id: str) -> Response:
    """A person decides over a line in suspense: 202, the book follows."""
    file = _file(gateway, settlement_id)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, DiscrepancySubmission)
    command = ResolveDiscrepancy(
        file.provider, file.file_id, line_id, asked.action, asked.reference, principal.key_id, asked.reason
    )
    return await submitted(
        gateway, principal, "/v1/settlements/{settlement_id}/discrepancies/{line_id}/resolution", body,
        to="settlement", key=file.provider, command=command, subject=file.file_id,
    )  # fmt: skip


def _file(gateway: Gateway, settlement_id: str) -> settlements.FileRow:
    """A file by `provider:file_id`. Raises Problem 404."""
    provider, _, file_id = settlement_id.partition(":")
    file = settlements.file_of(store_of(gateway), provider, file_id)
    if file is None:
        raise Problem("not-found", "there is no such settlement file")
    return file


async def _fresh(gateway: Gateway, settlement_id: str) -> settlements.FileRow | None:
    provider, _, file_id = settlement_id.partition(":")
    at_ms = gateway.system.engine.now()

    def render(state: ProviderState, seq: int) -> settlements.FileRow | None:
        file = state.files.get(file_id)
        if file is None:
            return None
        control = file.control
        return settlements.FileRow(
            provider, file_id, file.name, file.sha256, file.status, "", file.payout_id, file.book, file.currency,
            "", control.count, control.gross_minor, control.fee_minor, control.net_minor, file.cleared_minor,
            file.suspense_minor, at_ms,
        )  # fmt: skip

    return await gateway.system.read("settlement", provider, render)


def _lines(gateway: Gateway, settlement_id: str, *, in_suspense: bool) -> Response:
    query = Query()
    query.check()
    file = _file(gateway, settlement_id)
    rows = settlements.lines(
        store_of(gateway),
        file.provider,
        file.file_id,
        in_suspense=in_suspense,
        after=query.after,
        limit=query.limit + 1,
    )
    return page(gateway, query, rows, lambda row: row[0], lambda row: shown(row[1]))


def shown(row: settlements.FileRow | settlements.LineRow) -> dict[str, Any]:
    """A file or a line as it is told: with its file's name, and its time readable."""
    told = msgspec.structs.asdict(row)
    return {"settlement_id": f"{row.provider}:{row.file_id}", **told, "at": time_of(row.at_ms)}


ROUTES = (
    Route(
        "GET", "/v1/settlement-files", "finance:read", files, owner="finance", paged=True,
        answers={200: SettlementsAnswer},
    ),
    Route(
        "GET", "/v1/settlements/<settlement_id>", "finance:read", look, owner="finance",
        answers={200: SettlementAnswer}, problems=("503 no-lists",),
    ),
    Route(
        "GET", "/v1/settlements/<settlement_id>/lines", "finance:read", lines, owner="finance", paged=True,
        answers={200: SettlementLinesAnswer},
    ),
    Route(
        "GET", "/v1/settlements/<settlement_id>/discrepancies", "finance:read", discrepancies, owner="finance",
        paged=True, answers={200: SettlementLinesAnswer},
    ),
    Route(
        "POST", "/v1/settlements/<settlement_id>/discrepancies/<line_id>/resolution", "finance:resolve", resolve,
        owner="finance", body=DiscrepancySubmission, needs="K", answers={202: DiscrepancyAsked}, is_async=True,
        problems=(
            "404 not-in-suspense", "409 being-resolved", "422 unknown-action", "422 nobody-named",
            "422 reference-required", "503 no-lists",
        ),
    ),
)  # fmt: skip
