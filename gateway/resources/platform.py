"""/v1/parked, /v1/connectors and /metrics: what could not be worked on, how foreign systems fare, and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from quart import Response

from actors.connectors.pump import Pump
from actors.domains.platform.connector_policies import NAME as POLICIES
from contracts.codec import decode_turn
from contracts.connectors import SetConnectorPolicy
from contracts.http import FieldError, time_of
from contracts.http_answers_platform import (
    BreakerAnswer,
    ConnectorAnswer,
    ConnectorPolicySet,
    ConnectorsAnswer,
    LimitsAnswer,
    ParkedAnswer,
    ParkedListAnswer,
)
from contracts.http_platform import ConnectorPolicySubmission
from contracts.platform import Parked
from contracts.turn import Turn
from contracts.vocabulary import body_of

from ..admission import Principal
from ..asked import request
from ..bodies import read, read_body
from ..described import Param
from ..door import Gateway, Route, json_response
from ..pages import Query, page_of
from ..preconditions import change, change_of, etag_of
from ..problems import Problem

METRICS = "text/plain"
# Parts of the statistics whose keys name things: they become labels.
_LABELLED = {
    "pumps": "system", "drains": "system", "feeds": "feed", "breakers": "operation", "mailboxes": "actor",
    "backlogs": "system", "restarts": "task",
}  # fmt: skip
_LIMITS = ("concurrency", "rate_per_s", "burst")
_NAME = re.compile(r"[^a-zA-Z0-9_]")


async def parked(gateway: Gateway, principal: Principal) -> Response:
    """Messages that could not be worked on, and those that wait behind them, the oldest first."""
    query = Query("actor")
    actor = query.one_of("actor", tuple(gateway.system.actors))
    query.check()
    engine, tenant = gateway.system.engine, gateway.system.settings.tenant
    places = sorted(
        {
            place
            for conversation, turns in engine.fold.parked.items()
            if conversation[0] == tenant and actor in (None, conversation[1])
            for place in turns
        }
    )
    await engine.until_durable(engine.group.number - 1)
    shown = places[query.after : query.after + query.limit + 1]
    turns = [decode_turn(data) for data in gateway.system.ports.journal.read_turns(_durable(gateway, shown))]
    rows = list(enumerate(turns, query.after + 1))
    at = time_of(engine.now())
    return page_of(query, rows, lambda row: row[0], lambda row: _parked(row[1]), at)


def _durable(gateway: Gateway, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the places that stand in the journal: the open group's are not there yet."""
    engine = gateway.system.engine
    groups = (engine.group, *engine.closed, *([engine.committing] if engine.committing is not None else []))
    under_way = {(turn.partition, turn.pos) for group in groups for turn in group.turns}
    return [place for place in places if place not in under_way]


def _parked(turn: Turn) -> ParkedAnswer:
    body: Parked = next(body_of(event) for event in turn.events if event.type == "integration.parked")
    return ParkedAnswer(
        f"{turn.partition}.{turn.pos}",
        turn.actor,
        turn.key,
        turn.subject,
        body.message_type,
        body.message_id,
        body.reason,
        body.behind,
        time_of(turn.at_ms),
    )


async def connectors(gateway: Gateway, principal: Principal) -> Response:
    """Every connector to a foreign system."""
    return json_response(
        200, ConnectorsAnswer(tuple([_connector(gateway, name) for name in gateway.system.pumps]))
    )


async def connector(gateway: Gateway, principal: Principal, connector_id: str) -> Response:
    """What waits for a foreign system, what is under way, and which of its operations are left alone."""
    _known(gateway, connector_id)
    return json_response(200, _connector(gateway, connector_id))


def _known(gateway: Gateway, connector_id: str) -> Pump:
    """Raises Problem 404."""
    pump = gateway.system.pumps.get(connector_id)
    if pump is None:
        known = ", ".join(gateway.system.pumps)
        raise Problem("not-found", f"there is no such connector: known are {known}")
    return pump


def _connector(gateway: Gateway, name: str) -> ConnectorAnswer:
    system = gateway.system
    pump: Pump = system.pumps[name]
    limits, forecast = pump.limits, system.forecast(name)
    return ConnectorAnswer(
        name,
        len(pump.backlog),
        pump.in_flight,
        pump.standing,
        pump.counts["calls"],
        pump.counts["retries"],
        pump.counts["throttled"],
        pump.counts["unknown"],
        LimitsAnswer(limits.concurrency, limits.rate_per_s, limits.burst, limits.timeout_ms),
        tuple([BreakerAnswer(type_, not one.is_closed, one.opened) for type_, one in pump.breakers.items()]),
        round(forecast.arriving_per_s, 3),
        round(forecast.leaving_per_s, 3),
        None if forecast.drained_in_s is None else round(forecast.drained_in_s, 1),
        {feed.dialect.operation: feed.statistics() for feed in system.feeds if feed.dialect.system == name},
        _policy_version(gateway, name),
    )


def _policy_version(gateway: Gateway, name: str) -> str:
    limits = gateway.system.pumps[name].limits
    return etag_of([limits.concurrency, limits.rate_per_s, limits.burst])


async def set_policy(gateway: Gateway, principal: Principal, connector_id: str) -> Response:
    """How much of its system a connector may use, never more than it bears. If-Match names the policy_version."""
    known = _known(gateway, connector_id)
    body = await read_body(request)
    asked = read(body, ConnectorPolicySubmission)
    now, most = known.limits, gateway.system.settings.limits[connector_id]
    wanted = {name: getattr(asked, name) or getattr(now, name) for name in _LIMITS}
    errors = [
        FieldError(f"/{name}", "over-quota", f"its system bears {getattr(most, name)}")
        for name in _LIMITS
        if wanted[name] > getattr(most, name)
    ]
    if errors:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    command = SetConnectorPolicy(
        connector_id, wanted["concurrency"], wanted["rate_per_s"], wanted["burst"], asked.by or principal.key_id,
        asked.reason,
    )  # fmt: skip
    call = change_of(
        gateway,
        principal,
        "/v1/connectors/{connector_id}",
        body,
        to=POLICIES,
        key=connector_id,
        command=command,
    )

    async def seen() -> str:
        gateway.system.heed_policy(connector_id)
        return _policy_version(gateway, connector_id)

    return await change(gateway, call, f"connector {connector_id}", seen)


async def metrics(gateway: Gateway, principal: Principal) -> Response:
    """Every number of /status, as Prometheus reads them."""
    told = {"gateway": gateway.admission.statistics(), **gateway.system.statistics()}
    lines: dict[str, list[str]] = {}
    for name, labels, value in _numbers(told, "tidegate", {}):
        text = ",".join(f'{key}="{_escaped(one)}"' for key, one in labels.items())
        lines.setdefault(name, []).append(f"{name}{'{' + text + '}' if text else ''} {value}\n")
    body = "".join([f"# TYPE {name} untyped\n{''.join(some)}" for name, some in lines.items()])
    return Response(body, 200, content_type=f"{METRICS}; version=0.0.4; charset=utf-8")


def _numbers(
    value: Any, name: str, labels: dict[str, str], names: str = ""
) -> Iterator[tuple[str, dict[str, str], float | int]]:
    """(name, labels, number) of everything below: `names` says what the keys here are the names of."""
    if isinstance(value, dict):
        for key, item in value.items():
            if names:
                yield from _numbers(item, name, {**labels, names: str(key)})
            else:
                below = f"{name}_{_NAME.sub('_', str(key))}"
                yield from _numbers(item, below, labels, _LABELLED.get(str(key), ""))
    elif isinstance(value, bool):
        yield name, labels, int(value)
    elif isinstance(value, int | float):
        yield name, labels, value


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


ROUTES = (
    Route(
        "GET", "/v1/parked", "parked:read", parked, owner="platform", paged=True,
        query=(Param("actor", str, "of this actor"),), answers={200: ParkedListAnswer},
    ),
    Route(
        "GET", "/v1/connectors", "connectors:read", connectors, owner="platform", answers={200: ConnectorsAnswer},
    ),
    Route(
        "GET", "/v1/connectors/<connector_id>", "connectors:read", connector, owner="platform",
        answers={200: ConnectorAnswer},
    ),
    Route(
        "PATCH", "/v1/connectors/<connector_id>", "connectors:write", set_policy, owner="platform",
        body=ConnectorPolicySubmission, needs="Mk", gives=("etag",), answers={200: ConnectorPolicySet},
    ),
    Route("GET", "/metrics", "ops", metrics, owner="platform", media=METRICS, answers={200: str}),
)  # fmt: skip
