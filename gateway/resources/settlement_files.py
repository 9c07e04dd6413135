"""POST /v1/settlement-files, and /v1/discrepancies: a file as it came, and what of all files is in suspense.

The file goes the way of one that is fetched from its provider: its bytes are kept, its header is taken once, and its
lines after it. 202 is said when all of them are durable; a repeat after a crash brings what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio
from quart import Response

from actors.connectors.settlement import SettlementRefused, read_file
from actors.connectors.settlement.reader import call_of as line_call_of
from actors.connectors.settlement.reader import commands
from actors.domains.finance.settlement_model import IMPORTING, ProviderState
from actors.views import settlements
from contracts.http import DiscrepancySubmission, FieldError
from contracts.http_answers_money import DiscrepancyAsked
from contracts.http_answers_rows import DiscrepanciesAnswer, SettlementTaken
from contracts.http_desks import SettlementFileText
from contracts.providers import PROVIDERS

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..described import Param
from ..door import Gateway, Route, submitted
from ..pages import Query, page, store_of
from ..problems import Problem
from .settlements import resolve, shown

_ROUTE = "/v1/settlement-files"
# Lines taken before others have their turn.
BATCH = 64


async def bring(gateway: Gateway, principal: Principal) -> Response:
    """Import a file: 202, and its lines are judged as they come. 422 names everything that is wrong with it."""
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, SettlementFileText)
    if asked.provider not in PROVIDERS:
        error = FieldError("/provider", "unknown-provider", f"known are {', '.join(PROVIDERS)}")
        raise Problem("invalid-body", "some fields are not valid", errors=[error])
    data = asked.content.encode()
    _check(asked.provider, asked.name, data)
    digest = gateway.system.ports.files.put(data)
    (_, header), *lines = commands(asked.provider, asked.name, digest, data)
    with trio.CancelScope(shield=True):
        # The client may go away; a file that was begun comes in whole.
        response = await submitted(
            gateway, principal, _ROUTE, body, to="settlement", key=asked.provider, command=header,
            subject=header.file_id,
        )  # fmt: skip
        # Also of a file that came before, if it is not whole yet: whoever brought it may never come again.
        if await gateway.system.read("settlement", asked.provider, _wants(header.file_id, digest)):
            await _take(gateway, asked.provider, digest, lines)
    response.headers.setdefault("retry-after", "1")
    return response


def _check(provider: str, name: str, data: bytes) -> None:
    """Raises Problem 422: what cannot be meant so is not recorded at all."""
    try:
        read_file(provider, name, data)
    except SettlementRefused as refused:
        wrong = any(one.code == "control-total" for one in refused.problems)
        code = "control-total-mismatch" if wrong else "settlement-file-refused"
        errors = [
            FieldError(
                "/content", one.code, f"line {one.line}{', ' if one.field else ''}{one.field}: {one.detail}"
            )
            for one in refused.problems
        ]
        raise Problem(code, "nothing of the file was recorded", status=422, errors=errors) from None


def _wants(file_id: str, digest: str) -> Callable[[ProviderState, int], bool]:
    """Whether the file with these bytes is being imported."""

    def wants(state: ProviderState, seq: int) -> bool:
        file = state.files.get(file_id)
        return file is not None and (file.sha256, file.status) == (digest, IMPORTING)

    return wants


async def _take(gateway: Gateway, provider: str, digest: str, lines: list[tuple[str, Any]]) -> None:
    """Every line, each once however often the file comes; returns when all are durable."""
    system = gateway.system
    group = -1
    for n, (record, command) in enumerate(lines):
        if n % BATCH == BATCH - 1:
            await trio.lowlevel.checkpoint()
        _, made_in = system.door.take_record_nowait(line_call_of(provider, digest, record, command))
        group = max(group, made_in)
    await system.engine.until_durable(group)


async def discrepancies(gateway: Gateway, principal: Principal) -> Response:
    """Lines of all files that are in suspense, wholly or in part."""
    query = Query("provider")
    provider = query.one_of("provider", tuple(PROVIDERS))
    query.check()
    rows = settlements.in_suspense(
        store_of(gateway), provider=provider, after=query.after, limit=query.limit + 1
    )
    return page(gateway, query, rows, lambda row: row[0], lambda row: _shown(row[1]))


def _shown(row: settlements.LineRow) -> dict[str, Any]:
    return {"discrepancy_id": f"{row.provider}:{row.file_id}:{row.line_id}", **shown(row)}


async def resolve_one(gateway: Gateway, principal: Principal, discrepancy_id: str) -> Response:
    """A person decides over a line in suspense, named `provider:file:line`."""
    settlement_id, _, line_id = discrepancy_id.rpartition(":")
    return await resolve(gateway, principal, settlement_id, line_id)


ROUTES = (
    Route(
        "POST", _ROUTE, "finance:import", bring, owner="finance", body=SettlementFileText, needs="K",
        answers={202: SettlementTaken}, gives=("location", "retry-after"), is_async=True,
        problems=("409 already-imported", "422 control-total-mismatch", "422 settlement-file-refused"),
    ),
    Route(
        "GET", "/v1/discrepancies", "finance:read", discrepancies, owner="finance", paged=True,
        query=(Param("provider", str, "in files of this provider"),), answers={200: DiscrepanciesAnswer},
    ),
    Route(
        "POST", "/v1/discrepancies/<discrepancy_id>/resolution", "finance:resolve", resolve_one, owner="finance",
        body=DiscrepancySubmission, needs="K", answers={202: DiscrepancyAsked}, is_async=True,
        problems=(
            "404 not-in-suspense", "409 being-resolved", "422 unknown-action", "422 nobody-named",
            "422 reference-required", "503 no-lists",
        ),
    ),
)  # fmt: skip
