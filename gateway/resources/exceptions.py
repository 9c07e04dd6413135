"""/v1/exceptions: the work list, and what people say of what stands on it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct
from quart import Response

from actors.views.exceptions import OpenException
from contracts.exceptions import TEAMS
from contracts.http import ClaimSubmission, HandBackSubmission, ResolutionSubmission, time_of
from contracts.http_answers_desks import ExceptionAnswer, ExceptionAsked, ExceptionsAnswer
from contracts.machines import EXCEPTION
from contracts.worklist import ClaimException, HandBackException, ResolveException

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..described import Param, Text, refusals
from ..door import Gateway, Route, json_response, submitted
from ..pages import Query, page
from ..problems import Problem


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """What is open (for a team, about an order), the one that is due first at the head."""
    query = Query("team", "order_id")
    team, order_id = query.one_of("team", sorted(TEAMS)), query.text("order_id")
    query.check()
    found = [row for row in gateway.system.work_list.of(team) if order_id in (None, row.order_id)]
    rows = list(enumerate(found, 1))[query.after : query.after + query.limit + 1]
    return page(gateway, query, rows, lambda row: row[0], lambda row: _shown(row[1]), open=len(found))


async def look(gateway: Gateway, principal: Principal, exception_id: str) -> Response:
    """One exception, open or not."""

    def render(state: Any, seq: int) -> dict[str, Any]:
        return {
            "exception_id": exception_id,
            "status": state.status,
            "category": state.category,
            "order_id": state.order_id,
            "team": state.team,
            "due": time_of(state.due_ms),
            "level": state.level,
            "by": state.by,
            "resolution": state.resolution,
            "version": seq,
        }

    found = await gateway.system.read("exceptions", exception_id, render)
    if found is None:
        raise Problem("not-found", "there is no such exception")
    return json_response(200, found, etag=str(found["version"]))


async def claim(gateway: Gateway, principal: Principal, exception_id: str) -> Response:
    """Somebody takes it on."""
    body = await _body()
    asked = read(body, ClaimSubmission)
    command = ClaimException(exception_id, asked.by or principal.key_id)
    return await _say(gateway, principal, "claim", body, exception_id, command)


async def hand_back(gateway: Gateway, principal: Principal, exception_id: str) -> Response:
    """Back to the team."""
    body = await _body()
    asked = read(body, HandBackSubmission)
    command = HandBackException(exception_id, asked.by or principal.key_id, asked.reason)
    return await _say(gateway, principal, "hand-back", body, exception_id, command)


async def resolve(gateway: Gateway, principal: Principal, exception_id: str) -> Response:
    """Dealt with, and how."""
    body = await _body()
    asked = read(body, ResolutionSubmission)
    command = ResolveException(exception_id, asked.by or principal.key_id, asked.resolution, asked.reason)
    return await _say(gateway, principal, "resolve", body, exception_id, command)


async def _body() -> bytes:
    idempotency_key(request)
    return await read_body(request)


async def _say(
    gateway: Gateway, principal: Principal, what: str, body: bytes, exception_id: str, command: Struct
) -> Response:
    """Tell the exception's writer. Raises Problem 404: an unknown exception must leave no turn behind."""
    order_id = await gateway.system.read("exceptions", exception_id, lambda state, _: state.order_id)
    if order_id is None:
        raise Problem("not-found", "there is no such exception")
    return await submitted(
        gateway, principal, f"/v1/exceptions/{{exception_id}}/{what}", body, to="exceptions", key=exception_id,
        command=command, subject=order_id or exception_id,
    )  # fmt: skip


def _shown(row: OpenException) -> dict[str, Any]:
    told = msgspec.structs.asdict(row)
    return {**told, "opened_at": time_of(row.opened_at_ms), "due": time_of(row.due_ms)}


ROUTES = (
    Route(
        "GET", "/v1/exceptions", "exceptions:read", look_through, owner="platform", paged=True,
        answers={200: ExceptionsAnswer},
        query=(
            Param("team", Literal[tuple(sorted(TEAMS))], "whose work"),
            Param("order_id", Text, "about this order"),
        ),
    ),
    Route(
        "GET", "/v1/exceptions/<exception_id>", "exceptions:read", look, owner="platform", gives=("etag",),
        answers={200: ExceptionAnswer, 304: None},
    ),
    Route(
        "POST", "/v1/exceptions/<exception_id>/claim", "exceptions:work", claim, owner="platform", needs="K",
        body=ClaimSubmission, answers={200: ExceptionAsked},
        problems=(*refusals(EXCEPTION, "claim"), "422 nobody-named"),
    ),
    Route(
        "POST", "/v1/exceptions/<exception_id>/hand-back", "exceptions:work", hand_back, owner="platform", needs="K",
        body=HandBackSubmission, answers={200: ExceptionAsked},
        problems=(*refusals(EXCEPTION, "hand_back"), "422 nobody-named", "409 claimed-by-other"),
    ),
    Route(
        "POST", "/v1/exceptions/<exception_id>/resolve", "exceptions:work", resolve, owner="platform", needs="K",
        body=ResolutionSubmission, answers={200: ExceptionAsked},
        problems=(
            *refusals(EXCEPTION, "resolve"), "422 nobody-named", "422 invalid", "409 claimed-by-other",
            "409 order-not-excepted", "409 resolution-under-way", "409 nothing-shipped", "409 already-shipped",
        ),
    ),
)  # fmt: skip
