"""/v1/deprecations: which contracts are going away, when, and which clients still use them."""

from __future__ import annotations

from quart import Response

from contracts.http import ms_of, time_of
from contracts.http_lifecycle import DeprecationsAnswer

from ..admission import Principal
from ..door import Gateway, Route, json_response
from ..lifecycle import CHANGED
from ..pages import Query


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """Every deprecated and retired contract, with its use by client."""
    Query(paged=False).check()
    access = gateway.admission.access
    own = {one.id for one in access.list_clients() if one.tenant == principal.tenant}
    items = [
        {
            "contract": row.name,
            "state": row.state,
            "deprecated_at": time_of(ms_of(row.deprecated_at)),
            "sunset_at": time_of(ms_of(row.sunset_at)),
            "instead": row.instead,
            "uses": [
                {"client": use.client, "times": use.times, "last_used_at": time_of(use.last_ms)}
                for use in access.uses.of(row.name)
                if use.client in own
            ],
        }
        for row in CHANGED
    ]
    return json_response(200, {"items": items})


ROUTES = (
    Route(
        "GET", "/v1/deprecations", "ops", look_through, owner="platform", answers={200: DeprecationsAnswer},
        problems=("400 invalid-parameter",),
    ),
)  # fmt: skip
