"""/v1/approvals: what waits for a second person, and their decision. Whoever asked for it never approves it."""

from __future__ import annotations

from typing import Any

import msgspec
from quart import Response

from actors.runtime.approvals import ApprovalState
from actors.views.approvals import Waiting
from contracts.approvals import JOURNAL, KINDS, ApproveRequest, RejectRequest
from contracts.aside_states import APPROVAL
from contracts.http import time_of
from contracts.http_approvals import ApprovalAnswer, ApprovalDecided, ApprovalsAnswer
from contracts.http_desks import ApprovalSubmission

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read, read_body
from ..described import Param, refusals
from ..door import Gateway, Route, json_response, submitted
from ..pages import Query, page
from ..problems import Problem

_KINDS = (*KINDS, JOURNAL)


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """What waits (of a kind), the oldest first. Journals are among it, and are decided at their own place."""
    query = Query("kind")
    kind = query.one_of("kind", _KINDS)
    query.check()
    found = gateway.system.approvals.of(kind)
    rows = list(enumerate(found, 1))[query.after : query.after + query.limit + 1]
    return page(gateway, query, rows, lambda row: row[0], lambda row: _row(row[1]), waiting=len(found))


async def look(gateway: Gateway, principal: Principal, approval_id: str) -> Response:
    """An approval: who asks for what, who decided and why, and what became of it."""

    def render(state: ApprovalState, version: int) -> dict[str, Any] | None:
        return None if state.asked is None else _shown(state, version)

    found = await gateway.system.read("approvals", approval_id, render)
    if found is None:
        raise Problem("not-found", "there is no such approval")
    return json_response(200, found, etag=str(found["version"]))


async def decide(gateway: Gateway, principal: Principal, approval_id: str) -> Response:
    """Approve or reject: 202. 403 for whoever asked for it, and for a key without the scope that its kind needs."""
    asked = await gateway.system.read("approvals", approval_id, lambda state, _: state.asked)
    if asked is None:
        raise Problem("not-found", "there is no such approval")
    idempotency_key(request)
    body = await read_body(request)
    said = read(body, ApprovalSubmission)
    scope = KINDS[asked.kind].scope
    if scope not in principal.scopes:
        raise Problem("insufficient-scope", f"this needs the scope {scope}")
    kind = ApproveRequest if said.decision == "approve" else RejectRequest
    return await submitted(
        gateway, principal, "/v1/approvals/{approval_id}", body, to="approvals", key=approval_id,
        command=kind(approval_id, principal.client_id, said.reason),
    )  # fmt: skip


def _row(row: Waiting) -> dict[str, Any]:
    return {
        "approval_id": row.approval_id,
        "kind": row.kind,
        "subject": row.subject,
        "by": row.by,
        "reason": row.reason,
        "amount_minor": row.amount_minor or None,
        "currency": row.currency or None,
        "asked_at": time_of(row.asked_at_ms),
        "lapses_at": time_of(row.lapses_ms) if row.lapses_ms else None,
        "scope": row.scope,
        "decide_at": row.decide_at,
    }


def _shown(state: ApprovalState, version: int) -> dict[str, Any]:
    asked, outcome = state.asked, state.outcome
    assert asked is not None
    return {
        "approval_id": asked.approval_id,
        "status": state.status,
        "kind": asked.kind,
        "subject": asked.subject,
        "by": asked.by,
        "reason": asked.reason,
        "amount_minor": asked.amount_minor or None,
        "currency": asked.currency or None,
        "asked_at": time_of(state.asked_at_ms),
        "lapses_at": time_of(asked.lapses_ms),
        "scope": KINDS[asked.kind].scope,
        "decided_by": state.decided_by or None,
        "decision": state.decision or None,
        "outcome": None
        if outcome is None
        else {
            "status": outcome.status,
            "location": outcome.location or None,
            "body": msgspec.Raw(outcome.body or b"null"),
        },
        "version": version,
    }


ROUTES = (
    Route(
        "GET", "/v1/approvals", "approvals:decide", look_through, owner="platform", paged=True,
        answers={200: ApprovalsAnswer}, query=(Param("kind", str, f"one of {', '.join(_KINDS)}"),),
    ),
    Route(
        "GET", "/v1/approvals/<approval_id>", "approvals:read", look, owner="platform", gives=("etag",),
        answers={200: ApprovalAnswer, 304: None},
    ),
    Route(
        "POST", "/v1/approvals/<approval_id>", "approvals:decide", decide, owner="platform", needs="K",
        body=ApprovalSubmission, answers={202: ApprovalDecided}, gives=("location",), is_async=True,
        problems=(*refusals(APPROVAL, "approve", "reject"), "403 self-approval"),
    ),
)  # fmt: skip
