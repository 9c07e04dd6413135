"""/v1/audit: who did what, and who read finance and personal data. Whoever reads it is in it."""

from __future__ import annotations

import base64
from typing import Any

from quart import Response

from contracts.http import time_of
from contracts.http_audit import AuditAnswer

from ..admission import Principal
from ..audit import Entry
from ..described import Param
from ..door import Gateway, Route, json_response
from ..pages import Query


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """Entries, the oldest first: of an entity (`customers/C-1`), of an actor (a client or a key)."""
    query = Query("entity", "actor")
    query.check()
    audit = gateway.admission.access.audit
    found = audit.select(
        principal.tenant, query.text("entity"), query.text("actor"), query.after, query.limit + 1
    )
    shown = found[: query.limit]
    n, hash_ = audit.head()
    response = json_response(200, {"items": [_shown(one) for one in shown], "head": {"n": n, "hash": hash_}})
    if len(found) > query.limit:
        place = base64.urlsafe_b64encode(str(shown[-1].n).encode()).decode().rstrip("=")
        response.headers["link"] = query.link_to(place)
    return response


def _shown(entry: Entry) -> dict[str, Any]:
    return {
        "n": entry.n,
        "at": time_of(entry.at_ms),
        "client": entry.client,
        "key": entry.key,
        "action": entry.action,
        "operation": entry.operation,
        "entity": entry.entity,
        "status": entry.status,
        "trace_id": entry.trace,
        "hash": entry.hash,
    }


ROUTES = (
    Route(
        "GET", "/v1/audit", "audit:read", look_through, owner="platform", answers={200: AuditAnswer}, paged=True,
        query=(Param("entity", str, "as `orders/ord_…`"), Param("actor", str, "a client's or a key's id")),
    ),
)  # fmt: skip
