"""/v1/rehearsals: what an order or a settlement file would do, and nothing of it done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec
from quart import Response

from actors.connectors.settlement.reader import calls_of
from actors.runtime.intake import Call
from actors.runtime.rehearsal import Rehearsal
from contracts.http import FieldError, to_order
from contracts.http_answers_desks import RehearsalAnswer
from contracts.http_desks import RehearsalSubmission
from contracts.ids import order_id_of
from contracts.orders import SubmitOrder
from contracts.providers import PROVIDERS

from ..admission import Principal
from ..asked import request
from ..bodies import read, read_body, read_order
from ..door import Gateway, Route, json_response
from ..problems import Problem

_ROUTE = "/v1/rehearsals"


async def rehearse(gateway: Gateway, principal: Principal) -> Response:
    """The dry run: the facts that would be, the calls that would be made, who would have to look. It is true of this
    moment, and goes as far as a foreign system would have to be asked. Nothing is recorded, so no idempotency key is.
    """
    asked = read(await read_body(request), RehearsalSubmission)
    given = [name for name in ("order", "settlement_file") if getattr(asked, name) is not None]
    if len(given) != 1:
        errors = [FieldError(f"/{name}", "one-of", "give one of them") for name in given or ("order",)]
        raise Problem("invalid-body", "rehearse an order or a settlement file", errors=errors)
    calls = _order(gateway, principal, asked) if asked.order is not None else _file(asked)
    return json_response(200, _told(gateway.system.rehearse(calls)))


def _order(gateway: Gateway, principal: Principal, asked: RehearsalSubmission) -> Iterable[Call]:
    try:
        submitted = read_order(msgspec.json.encode(asked.order), live=gateway.mode != "sandbox")
    except Problem as problem:
        problem.errors = [FieldError(f"/order{e.pointer}", e.code, e.detail) for e in problem.errors]
        raise
    order = to_order(submitted, principal.tenant)
    order_id = order_id_of(principal.tenant, order.channel, order.channel_order_id)
    command = SubmitOrder(order_id, order)
    at = ("orders", order_id, order_id)
    return [Call(principal.key_id, "POST", _ROUTE, order_id, "", *at, command, tenant=principal.tenant)]


def _file(asked: RehearsalSubmission) -> Iterable[Call]:
    file = asked.settlement_file
    assert file is not None
    if file.provider not in PROVIDERS:
        error = FieldError(
            "/settlement_file/provider", "unknown-provider", f"known are {', '.join(PROVIDERS)}"
        )
        raise Problem("invalid-body", "some fields are not valid", errors=[error])
    return calls_of(file.provider, file.name, file.content.encode())


def _told(found: Rehearsal) -> dict[str, Any]:
    """Names and counts, and of money and people's work what it would be; never a body, which may be personal."""
    return {
        "facts": dict(Counter(fact.type for fact in found.facts)),
        "calls": dict(Counter(f"{call.actor}: {call.type}" for call in found.calls)),
        "postings": [
            {
                "book": one.book,
                "step": one.step,
                "reference": one.reference,
                "currency": one.currency,
                "entries": [
                    {"account": entry.account, "side": entry.side, "amount_minor": entry.amount_minor}
                    for entry in one.entries
                ],
            }
            for one in found.of("ledger.posted")
        ],
        "needs_a_person": [
            {"category": one.category, "order_id": one.order_id, "detail": one.detail}
            for one in found.of("exception.opened")
        ],
        "would_break": len(found.failed),
        "repeats": found.repeats,
        "cut_off": found.cut_off,
        "done": False,
    }


ROUTES = (
    Route(
        "POST", _ROUTE, "orders:ops", rehearse, owner="platform", body=RehearsalSubmission,
        answers={200: RehearsalAnswer}, problems=("422 too-many-lines", "422 test-value-refused"),
    ),
)  # fmt: skip
