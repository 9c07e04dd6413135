"""/v1/reconciliations: the books compared with others', on a schedule or on demand; what differs, and its repair."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from quart import Response

from actors.connectors.reconcile.repairs import CannotRepair
from actors.views import reconciliations as lists
from contracts.http import time_of
from contracts.http_answers_desks import (
    DifferencesAnswer,
    ReconciliationAnswer,
    ReconciliationsAnswer,
    RepairAsked,
    RunAsked,
    RunsAnswer,
    ScheduleAsked,
)
from contracts.http_desks import RepairSubmission, RunSubmission, ScheduleSubmission
from contracts.reconciliations import (
    RECONCILIATIONS,
    Line,
    RepairDifference,
    ScheduleReconciliation,
    StartReconciliation,
)

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..described import Param
from ..door import Gateway, Route, json_response, submitted
from ..pages import Query, page, store_of
from ..problems import Problem

_PATH = "/v1/reconciliations/{name}"


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """Every reconciliation, how often it runs, and what is open of it."""
    Query(paged=False).check()
    return json_response(200, {"items": [await _look(gateway, name) for name in RECONCILIATIONS]})


async def look(gateway: Gateway, principal: Principal, name: str) -> Response:
    """One of them."""
    return json_response(200, await _look(gateway, _checked(name)))


async def _look(gateway: Gateway, name: str) -> dict[str, Any]:
    def render(state: Any, _: int) -> dict[str, Any]:
        return {
            "every_ms": state.every_ms,
            "run": state.run,
            "running": state.running,
            "open": len(state.open),
            "equal_up_to": time_of(state.watermark_ms) if state.watermark_ms else None,
        }

    row = RECONCILIATIONS[name]
    never = {"every_ms": 0, "run": 0, "running": False, "open": 0, "equal_up_to": None}
    found = await gateway.system.read("reconciliations", name, render)
    return {"name": name, "title": row.title, "team": row.team, **(found or never)}


async def runs(gateway: Gateway, principal: Principal, name: str) -> Response:
    """Its runs, the newest first, with the totals of both sides."""
    query = Query()
    query.check()
    rows = lists.runs(store_of(gateway), _checked(name), before=query.after, limit=query.limit + 1)
    return page(gateway, query, rows, lambda row: row.row, _shown_run)


async def differences(gateway: Gateway, principal: Principal, name: str) -> Response:
    """What differs, or with `status=ended` what did; each with its exception and the repair that there is."""
    query = Query("status")
    ended = query.one_of("status", ("open", "ended")) == "ended"
    query.check()
    rows = lists.differences(
        store_of(gateway), _checked(name), ended=ended, after=query.after, limit=query.limit + 1
    )
    return page(gateway, query, rows, lambda row: row.row, lambda row: _shown(name, row))


async def run(gateway: Gateway, principal: Principal, name: str) -> Response:
    """Run it now: 202 with the number of the run; one under way is that one."""
    _checked(name)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, RunSubmission)
    command = StartReconciliation(name, asked.by or principal.key_id, asked.settle_ms)
    return await submitted(
        gateway, principal, f"{_PATH}/runs", body, to="reconciliations", key=name, command=command
    )


async def schedule(gateway: Gateway, principal: Principal, name: str) -> Response:
    """How often it runs by itself."""
    _checked(name)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, ScheduleSubmission)
    command = ScheduleReconciliation(name, asked.every_ms, asked.by or principal.key_id)
    return await submitted(
        gateway, principal, f"{_PATH}/schedule", body, to="reconciliations", key=name, command=command
    )


async def repair(gateway: Gateway, principal: Principal, name: str, ref: str) -> Response:
    """Start the named repair of a difference: 202; the next run says whether it helped."""
    _checked(name)
    idempotency_key(request)
    body = await read_body(request)
    asked = read(body, RepairSubmission)
    by = asked.by or principal.key_id
    try:
        made = await gateway.system.reconciler.repair_of(name, ref, by, asked.reason)
        command = msgspec.structs.replace(made, repair=asked.repair)
    except CannotRepair as error:
        # Decided by its writer all the same, so that a repeat is told what was told at first.
        command = RepairDifference(name, ref, asked.repair, by, asked.reason, (), str(error))
    return await submitted(
        gateway,
        principal,
        f"{_PATH}/differences/{{ref}}/repairs",
        body,
        to="reconciliations",
        key=name,
        command=command,
    )


def _checked(name: str) -> str:
    if name not in RECONCILIATIONS:
        raise Problem("not-found", f"there is no such reconciliation: known are {', '.join(RECONCILIATIONS)}")
    return name


def _shown_run(row: lists.RunRow) -> dict[str, Any]:
    told = msgspec.structs.asdict(row)
    told.pop("row")
    told["totals"] = [msgspec.structs.asdict(total) for total in row.totals]
    return {**told, "at": time_of(row.at_ms)}


def _shown(name: str, row: lists.DifferenceRow) -> dict[str, Any]:
    told = msgspec.structs.asdict(row)
    told.pop("row")
    kind = RECONCILIATIONS[name].kinds[row.kind]
    sides = {"ours": _side(row.ours), "theirs": _side(row.theirs)}
    return {**told, **sides, "named_repair": kind.repair or None, "at": time_of(row.at_ms)}


def _side(line: Line | None) -> dict[str, Any] | None:
    """A side without the foreign system's own record, which may hold anything."""
    if line is None:
        return None
    told = msgspec.structs.asdict(line)
    told.pop("record")
    return told


ROUTES = (
    Route(
        "GET", "/v1/reconciliations", "recon:read", look_through, owner="platform",
        answers={200: ReconciliationsAnswer}, problems=("400 invalid-parameter",),
    ),
    Route(
        "GET", "/v1/reconciliations/<name>", "recon:read", look, owner="platform", answers={200: ReconciliationAnswer}
    ),
    Route(
        "GET", "/v1/reconciliations/<name>/runs", "recon:read", runs, owner="platform", paged=True,
        answers={200: RunsAnswer},
    ),
    Route(
        "POST", "/v1/reconciliations/<name>/runs", "recon:run", run, owner="platform", body=RunSubmission, needs="K",
        answers={202: RunAsked}, problems=("404 reconciliation-not-found",), is_async=True,
    ),
    Route(
        "POST", "/v1/reconciliations/<name>/schedule", "recon:run", schedule, owner="platform",
        body=ScheduleSubmission, needs="K", answers={200: ScheduleAsked}, problems=("404 reconciliation-not-found",),
    ),
    Route(
        "GET", "/v1/reconciliations/<name>/differences", "recon:read", differences, owner="platform", paged=True,
        query=(Param("status", Literal["open", "ended"], "open where it is left out"),),
        answers={200: DifferencesAnswer},
    ),
    Route(
        "POST", "/v1/reconciliations/<name>/differences/<path:ref>/repairs", "recon:run", repair, owner="platform",
        body=RepairSubmission, needs="K", answers={202: RepairAsked}, is_async=True,
        problems=(
            "404 reconciliation-not-found", "404 difference-not-found", "409 repair-does-not-fit",
            "409 repair-needs-a-person", "409 cannot-repair",
        ),
    ),
)  # fmt: skip
