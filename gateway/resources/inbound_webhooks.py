"""/v1/inbound/{provider}/webhooks: what a provider tells by itself. Verified as it came, journaled, answered at once.

It goes the way of the provider's feed, under the id that the event has there: whichever way it comes first, or how
often, it is taken once, and in any order. An event that cannot be understood is taken for a person. CloudEvents are
taken in every content mode; the provider's event is the data.
"""

from __future__ import annotations

from typing import Any

from quart import Response

from actors.connectors.feed import pushed
from actors.connectors.provider import PROVIDER_EVENTS
from contracts.http_webhooks import InboundAnswer
from contracts.providers import PROVIDERS
from contracts.standard_webhooks import ID, StaleTimestamp, WrongSignature

from ..asked import request
from ..bodies import parse_json, read_body
from ..cloudevents import BATCH, STRUCTURED, NotAnEvent
from ..cloudevents import read as read_events
from ..door import Gateway, Route, json_response
from ..problems import Problem
from ..signatures import check


async def receive(gateway: Gateway, principal: None, provider: str) -> Response:
    """Events of a payment provider: 200 once they are durable. 401 for a wrong signature, 400 for a stale one."""
    known, secrets = PROVIDERS.get(provider), gateway.inbound.get(provider, ())
    if known is None:
        raise Problem("not-found", "there is no such provider")
    body = await read_body(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    system = gateway.system
    try:
        check(known, secrets, headers, body, system.ports.clock.now_ms() // 1_000)
    except WrongSignature:
        # One answer for whatever is wrong with it.
        raise Problem(
            "wrong-signature",
            "this was not signed by the provider, or is not what it signed",
            headers=[("www-authenticate", 'Signature realm="tidegate"')],
        ) from None
    except StaleTimestamp:
        raise Problem(
            "stale-timestamp", "it was signed too long ago, or in the future: sign it anew"
        ) from None
    new, latest, raws = 0, -1, _events(headers, body)
    for raw in raws:
        fresh, group = pushed(system.door, PROVIDER_EVENTS, "payments", raw)
        new += fresh
        latest = max(latest, group)
    await system.engine.until_durable(latest)
    return json_response(200, {"received": len(raws), "new": new})


def _events(headers: dict[str, str], body: bytes) -> list[Any]:
    """The provider's own events in what came. Raises Problem for what is no JSON, or holds a card number."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = parse_json(body)
    if kind in (STRUCTURED, BATCH) or "ce-id" in headers:
        try:
            events = read_events(headers, body)
        except NotAnEvent as error:
            raise Problem("not-an-event", str(error)) from None
        return [_named(event.get("data"), event["id"], event["type"]) for event in events]
    return [_named(raw, headers.get(ID, ""), "")]


def _named(raw: Any, id_: str, type_: str) -> Any:
    """With the id and the type that stand around it, where it has none of its own."""
    if not isinstance(raw, dict):
        return {"data": raw, "id": id_}
    around = {"id": id_, "type": type_.removeprefix("retail.")}
    return {**{name: one for name, one in around.items() if one}, **raw}


ROUTES = (
    Route(
        "POST", "/v1/inbound/<provider>/webhooks", None, receive, owner="finance", answers={200: InboundAnswer},
        problems=(
            "404 not-found",
            "401 wrong-signature", "400 stale-timestamp", "400 not-an-event", "408 body-timeout", "413 body-too-large",
            "400 truncated-body", "415 unsupported-media-type", "503 draining", "400 malformed-json",
            "400 malformed-encoding", "400 duplicate-key", "400 too-deep", "422 card-data-refused", "422 invalid-body",
        ),
    ),
)  # fmt: skip
