"""/v1/webhook-endpoints/{id}/deliveries and /replays: what came of what an endpoint is told, and telling it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import trio
from quart import Response

from actors.connectors.webhooks import event_at
from actors.connectors.webhooks.message import webhook_id
from contracts.http import FieldError, ms_of, time_of
from contracts.http_webhooks import (
    DeliveriesAnswer,
    DeliveryAnswer,
    RedeliveryAnswer,
    ReplayAnswer,
    ReplaysAnswer,
    ReplaySubmission,
)
from contracts.ids import digest128
from contracts.webhooks import RedeliverEvent, ReplayEvents

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read_body, read_contract, read_if_any
from ..described import Param
from ..door import Gateway, Route, call_of, json_response, response_of, submitted
from ..pages import Query, page
from ..problems import Problem
from .webhook_endpoints import known, type_errors

_OF = "/v1/webhook-endpoints/{endpoint_id}"
STATUSES = ("waiting", "exhausted", "delivered")


async def deliveries(gateway: Gateway, principal: Principal, endpoint_id: str) -> Response:
    """What waits for its next try, what was given up, what was delivered lately."""
    query = Query("status")
    status = query.one_of("status", STATUSES)
    query.check()
    await known(gateway, endpoint_id)
    found = await gateway.system.read("webhooks", endpoint_id, lambda state, _: list(_rows(state)))
    rows = [row for row in found or () if status in (None, row["status"])]
    numbered = list(enumerate(rows, 1))[query.after : query.after + query.limit + 1]
    return page(gateway, query, numbered, lambda row: row[0], lambda row: row[1])


async def delivery(gateway: Gateway, principal: Principal, endpoint_id: str, event_id: str) -> Response:
    """What came of one event."""
    await known(gateway, endpoint_id)
    found = await gateway.system.read("webhooks", endpoint_id, lambda state, _: list(_rows(state)))
    for row in found or ():
        if row["event_id"] == event_id:
            return json_response(200, row)
    raise Problem("not-found", "this endpoint remembers no such delivery")


async def redeliver(gateway: Gateway, principal: Principal, endpoint_id: str, event_id: str) -> Response:
    """Tell the endpoint of this event again, whenever it was and whatever came of it: 202."""
    await known(gateway, endpoint_id)
    key = idempotency_key(request)
    body = await read_if_any(request)
    found = event_at(gateway.system.ports.journal, event_id)
    if found is None or found[0].tenant != principal.tenant:
        raise Problem("not-found", "there is no such event")
    command = RedeliverEvent(endpoint_id, event_id, found[1].name, principal.key_id)
    return await submitted(
        gateway, principal, f"{_OF}/deliveries/{event_id}/redeliver", body, to="webhooks", key=endpoint_id,
        command=command, once=key,
    )  # fmt: skip


async def replay(gateway: Gateway, principal: Principal, endpoint_id: str) -> Response:
    """What was told in a time, once more and under the same ids: 200 says how much that is, 202 does it."""
    await known(gateway, endpoint_id)
    key = idempotency_key(request)
    body = await read_body(request)
    asked = _read(body)
    now = gateway.system.engine.now()
    since, until = ms_of(asked.since), now if asked.until is None else min(ms_of(asked.until), now)
    replay_id = "rep_" + digest128(endpoint_id, principal.key_id, key)
    command = ReplayEvents(endpoint_id, replay_id, since, until, asked.types, 0, 0, 0, principal.key_id)
    webhooks, system = gateway.system.webhooks, gateway.system

    def call(command: ReplayEvents) -> Any:
        return call_of(
            principal, _OF + "/replays", body, to="webhooks", key=endpoint_id, command=command, sheddable=False
        )  # fmt: skip

    if not asked.dry_run and system.door.knows(call(command)):
        return response_of(await system.submit(call(command)))
    types = asked.types or await system.read("webhooks", endpoint_id, lambda state, _: state.types) or ()
    first, behind = webhooks.groups_between(since, until)
    by_type: dict[str, int] = {}
    for name in webhooks.told(principal.tenant, types, since, until, first, behind):
        if name is None:
            await trio.lowlevel.checkpoint()
        else:
            by_type[name] = by_type.get(name, 0) + 1
    events = sum(by_type.values())
    if asked.dry_run:
        told = {
            "dry_run": True, "status": "would-run", "events": events, "replay_id": None,
            "since": time_of(since), "until": time_of(until), "sent": None, "by_type": by_type,
        }  # fmt: skip
        return json_response(200, told)
    whole = ReplayEvents(
        endpoint_id, replay_id, since, until, asked.types, first, behind, events, principal.key_id
    )
    return response_of(await system.submit(call(whole)))


async def replays(gateway: Gateway, principal: Principal, endpoint_id: str) -> Response:
    """The replays of an endpoint, and how far each has come."""
    Query(paged=False).check()
    await known(gateway, endpoint_id)
    return json_response(200, {"items": await _replays(gateway, endpoint_id)})


async def look_at_replay(
    gateway: Gateway, principal: Principal, endpoint_id: str, replay_id: str
) -> Response:
    """One replay, and how far it has come."""
    await known(gateway, endpoint_id)
    for one in await _replays(gateway, endpoint_id):
        if one["replay_id"] == replay_id:
            return json_response(200, one)
    raise Problem("not-found", "this endpoint remembers no such replay")


async def _replays(gateway: Gateway, endpoint_id: str) -> list[dict[str, Any]]:
    def render(state: Any, _: int) -> list[dict[str, Any]]:
        return [
            {
                "dry_run": False,
                "status": "done" if one.done else "running",
                "events": one.events,
                "replay_id": id_,
                "since": time_of(one.since_ms),
                "until": time_of(one.until_ms),
                "sent": one.sent,
                "by_type": None,
            }
            for id_, one in state.replays.items()
        ]

    return await gateway.system.read("webhooks", endpoint_id, render) or []


def _read(body: bytes) -> ReplaySubmission:
    """Raises Problem naming every bad field."""
    asked, _, errors = read_contract(body, ReplaySubmission)
    if asked is not None:
        errors += type_errors(asked.types)
        if asked.until is not None and asked.until <= asked.since:
            errors.append(FieldError("/until", "out-of-range", "it ends after it begins"))
    if errors or asked is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    return asked


def _rows(state: Any) -> Iterator[dict[str, Any]]:
    for id_, one in state.waiting.items():
        yield _row(
            id_, one.type, "waiting", one.attempts, one.status, one.reason, 0, one.due_ms, one.exception_id
        )
    for one in reversed(state.exhausted.values()):
        if one.event_id not in state.waiting:
            yield _row(
                one.event_id, one.type, "exhausted", one.attempts, one.status, one.reason, one.at_ms, 0,
                one.exception_id,
            )  # fmt: skip
    for one in state.recent:
        yield _row(
            one.event_id, one.type, "delivered", one.attempts, one.status, one.reason, one.at_ms, 0, ""
        )


def _row(
    id_: str,
    type_: str,
    status: str,
    attempts: int,
    http: int,
    reason: str,
    at_ms: int,
    due_ms: int,
    exc: str,
) -> dict[str, Any]:
    return {
        "event_id": id_,
        "webhook_id": webhook_id(id_),
        "type": type_,
        "status": status,
        "attempts": attempts,
        "http_status": http,
        "reason": reason,
        "at": time_of(at_ms) if at_ms else None,
        "next_try_at": time_of(due_ms) if due_ms else None,
        "exception_id": exc or None,
    }


_ONE = "/v1/webhook-endpoints/<endpoint_id>"
_DISABLED = "409 webhook-endpoint-disabled"
_GONE = "404 webhook-endpoint-not-found"

ROUTES = (
    Route(
        "GET", _ONE + "/deliveries", "webhooks:admin", deliveries, owner="platform", paged=True,
        answers={200: DeliveriesAnswer}, query=(Param("status", str, "waiting, exhausted or delivered"),),
    ),
    Route(
        "GET", _ONE + "/deliveries/<event_id>", "webhooks:admin", delivery, owner="platform",
        answers={200: DeliveryAnswer},
    ),
    Route(
        "POST", _ONE + "/deliveries/<event_id>/redeliver", "webhooks:admin", redeliver, owner="platform", needs="K",
        answers={202: RedeliveryAnswer}, gives=("location",), problems=(_GONE, _DISABLED), is_async=True,
    ),
    Route(
        "POST", _ONE + "/replays", "webhooks:admin", replay, owner="platform", body=ReplaySubmission, needs="K",
        answers={200: ReplayAnswer, 202: ReplayAnswer}, gives=("location",),
        problems=(_GONE, _DISABLED, "409 too-many-replays"), is_async=True,
    ),
    Route("GET", _ONE + "/replays", "webhooks:admin", replays, owner="platform", answers={200: ReplaysAnswer}),
    Route(
        "GET", _ONE + "/replays/<replay_id>", "webhooks:admin", look_at_replay, owner="platform",
        answers={200: ReplayAnswer},
    ),
)  # fmt: skip
