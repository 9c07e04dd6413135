"""/v1/webhook-endpoints: who is told of events by requests of ours. A secret is told once, by what made it.

The secret stands sealed in the turns. The answer that the endpoint's writer renders, and that the journal keeps for
repeats, has none; it is opened here and added, for the first answer and for its repeats alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
import trio
from msgspec import Struct
from quart import Response

from actors.runtime.intake import Call
from actors.runtime.real import new_bytes
from contracts.events import unknown_types
from contracts.http import FieldError, time_of
from contracts.http_webhooks import (
    EndpointAnswer,
    EndpointChange,
    EndpointMade,
    EndpointsAnswer,
    EndpointStatus,
    EndpointSubmission,
    SecretRotated,
    SecretRotation,
    TryAccepted,
)
from contracts.ids import digest128
from contracts.private import PersonErased
from contracts.standard_webhooks import SECRET_BYTES, secret_of
from contracts.webhooks import (
    ENDPOINTS_AT_MOST,
    ChangeEndpoint,
    EndpointSecret,
    RegisterEndpoint,
    RemoveEndpoint,
    RotateSecret,
    SendTest,
)

from ..admission import Principal, etags, fingerprint, idempotency_key
from ..asked import request
from ..bodies import read_body, read_contract, read_if_any, read_optional
from ..door import Gateway, Route, call_of, json_response, response_of
from ..pages import Query
from ..problems import Problem
from ..web import empty

_PATH = "/v1/webhook-endpoints"
_OF = _PATH + "/{endpoint_id}"
LIVING = ("enabled", "disabled")
# How long the look at a new endpoint's host may take.
LOOK_SECONDS = 5.0


async def register(gateway: Gateway, principal: Principal) -> Response:
    """An endpoint, told of everything from now on: 201 with its secret. 422 forbidden-url where nothing is sent."""
    key = idempotency_key(request)
    body = await read_body(request)
    asked = _read(body, EndpointSubmission)
    endpoint_id = "we_" + digest128("webhook endpoint", principal.tenant, principal.key_id, key)
    command = RegisterEndpoint(
        endpoint_id, asked.url, asked.types, asked.mode, asked.description, _new_secret(), principal.key_id
    )
    call = call_of(
        principal, _PATH, body, to="webhooks", key=endpoint_id, command=command, sheddable=False
    )  # fmt: skip
    if not gateway.system.door.knows(call):
        await _check_url(gateway, asked.url)
        if len(gateway.system.webhooks.of(principal.tenant)) >= ENDPOINTS_AT_MOST:
            raise Problem(
                "too-many-endpoints", f"there are {ENDPOINTS_AT_MOST} already: remove one", status=409
            )
    return await _with_secret(gateway, call, endpoint_id)


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """Every endpoint of the asker's tenant, the oldest first."""
    Query(paged=False).check()
    found = [await _shown(gateway, id_) for id_ in gateway.system.webhooks.of(principal.tenant)]
    return json_response(200, {"items": [one for one in found if one is not None]})


async def look(gateway: Gateway, principal: Principal, endpoint_id: str) -> Response:
    """One endpoint, how it is doing, and which secrets sign; never a secret."""
    found = await _shown(gateway, endpoint_id)
    if found is None:
        raise Problem("not-found", "there is no such endpoint")
    return json_response(200, found, etag=str(found["version"]))


async def change(gateway: Gateway, principal: Principal, endpoint_id: str) -> Response:
    """Change what is given; with an If-Match only what the client has seen. Enabled, it goes on where it was."""
    version = await known(gateway, endpoint_id)
    body = await read_body(request)
    asked = _read(body, EndpointChange)
    enabled = None if asked.status is None else asked.status == "enabled"
    command = ChangeEndpoint(
        endpoint_id, asked.url, asked.types, asked.mode, asked.description, enabled, principal.key_id
    )
    once = f"change {version} {fingerprint(request, body)}"
    if "idempotency-key" in request.headers:
        once = idempotency_key(request)
    call = _call(principal, _OF, body, endpoint_id, command, once)
    async with gateway.one_at_a_time.holding(endpoint_id):
        if not gateway.system.door.knows(call):
            seen = etags(request, "if-match") or ["*"]
            if "*" not in seen and str(await known(gateway, endpoint_id)) not in seen:
                raise Problem(
                    "precondition-failed", "it is another by now: look at it and send what you want"
                )
            if asked.url is not None:
                await _check_url(gateway, asked.url)
        return response_of(await gateway.system.submit(call))


async def remove(gateway: Gateway, principal: Principal, endpoint_id: str) -> Response:
    """Nothing is sent there any more: 204, again and again. What waited is given up, and is in the journal still."""
    status = await gateway.system.read("webhooks", endpoint_id, lambda state, _: state.status)
    if status is None or status == "none":
        raise Problem("not-found", "there is no such endpoint")
    if status in LIVING:
        command = RemoveEndpoint(endpoint_id, principal.key_id)
        await gateway.system.submit(_call(principal, _OF, b"", endpoint_id, command, f"remove {endpoint_id}"))
    return empty(204)


async def rotate(gateway: Gateway, principal: Principal, endpoint_id: str) -> Response:
    """Another secret, told in this answer: 201. Those before sign beside it for `overlap_ms`, one day if not said."""
    await known(gateway, endpoint_id)
    key = idempotency_key(request)
    body, asked = await read_optional(request, SecretRotation)
    command = RotateSecret(endpoint_id, _new_secret(), asked.overlap_ms, principal.key_id)
    call = _call(principal, _OF + "/secret-rotations", body, endpoint_id, command, key)
    return await _with_secret(gateway, call, endpoint_id)


async def test(gateway: Gateway, principal: Principal, endpoint_id: str) -> Response:
    """Send `retail.webhook.tested.v1` to this endpoint, whatever else it wants to hear: 202."""
    await known(gateway, endpoint_id)
    key = idempotency_key(request)
    body = await read_if_any(request)
    test_id = "test_" + digest128(endpoint_id, principal.key_id, key)
    command = SendTest(endpoint_id, test_id, principal.key_id)
    return response_of(
        await gateway.system.submit(_call(principal, _OF + "/test", body, endpoint_id, command, key))
    )


async def known(gateway: Gateway, endpoint_id: str) -> int:
    """The version of an endpoint. Raises Problem 404 where there is none: it must leave no turn behind."""
    found = await gateway.system.read("webhooks", endpoint_id, lambda state, seq: (state.status, seq))
    if found is None or found[0] not in LIVING:
        raise Problem("not-found", "there is no such endpoint")
    return found[1]


def _call(
    principal: Principal, route: str, body: bytes, endpoint_id: str, command: Struct, once: str
) -> Call:
    return call_of(
        principal, route, body, to="webhooks", key=endpoint_id, command=command, sheddable=False, once=once
    )  # fmt: skip


def _new_secret() -> EndpointSecret:
    secret = secret_of(new_bytes(SECRET_BYTES))
    return EndpointSecret("whs_" + sha256(secret.encode()).hexdigest()[:12], secret)


def _read(body: bytes, contract: type[Any]) -> Any:
    """Raises Problem naming every bad field."""
    asked, tree, errors = read_contract(body, contract)
    types = tree.get("types") if isinstance(tree, dict) else None
    if isinstance(types, list):
        errors += type_errors(types)
    if errors or asked is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    return asked


def type_errors(types: Sequence[Any]) -> list[FieldError]:
    """Names under `/types` that no event has. What is no name at all, its contract refuses."""
    wrong = set(unknown_types([one for one in types if isinstance(one, str)]))
    return [
        FieldError(f"/types/{n}", "unknown-value", "no event has this name")
        for n, one in enumerate(types)
        if isinstance(one, str) and one in wrong
    ]


async def _check_url(gateway: Gateway, url: str) -> None:
    """Raises Problem 422 where nothing would be sent. It is looked at again at each delivery."""
    why = "its host could not be looked up in time"
    with trio.move_on_after(LOOK_SECONDS):
        why = await gateway.system.webhooks.refusal_of(url)
    if why:
        raise Problem("forbidden-url", why, errors=[FieldError("/url", "forbidden-url", why)])


async def _with_secret(gateway: Gateway, call: Call, endpoint_id: str) -> Response:
    answered = await gateway.system.submit(call)
    if answered.status != 201:
        return response_of(answered)
    told = msgspec.json.decode(answered.body)
    secrets = await gateway.system.read("webhooks", endpoint_id, lambda state, _: state.secrets)
    kept = next((one for one in secrets or () if one.secret_id == told["secret_id"]), None)
    try:
        secret = None if kept is None else gateway.system.sealer.unseal(kept).secret
    except PersonErased:
        secret = None
    body = msgspec.json.encode({**told, "secret": secret})
    return response_of(msgspec.structs.replace(answered, body=body))


async def _shown(gateway: Gateway, endpoint_id: str) -> dict[str, Any] | None:
    def render(state: Any, seq: int) -> dict[str, Any] | None:
        if state.status not in LIVING:
            return None
        now = gateway.system.engine.now()
        return {
            "endpoint_id": endpoint_id,
            "url": state.url,
            "types": state.types,
            "mode": state.mode,
            "description": state.description,
            "status": state.status,
            "disabled_reason": state.disabled_reason or None,
            "failing_since": time_of(state.failing_since_ms) if state.failing_since_ms else None,
            "paused_until": time_of(state.paused_until_ms) if state.paused_until_ms > now else None,
            "secrets": [
                {"secret_id": one.secret_id, "until": time_of(one.until_ms) if one.until_ms else None}
                for one in state.secrets
                if not one.until_ms or now < one.until_ms
            ],
            "delivered": state.delivered,
            "failed_tries": state.failed,
            "waiting": len(state.waiting),
            "exhausted": len(state.exhausted),
            "created_at": time_of(state.created_ms),
            "version": seq,
        }

    return await gateway.system.read("webhooks", endpoint_id, render)


_DISABLED = "409 webhook-endpoint-disabled"
_ONE = _PATH + "/<endpoint_id>"

ROUTES = (
    Route(
        "POST", _PATH, "webhooks:admin", register, owner="platform", body=EndpointSubmission, needs="K",
        answers={201: EndpointMade}, gives=("location",),
        problems=("422 forbidden-url", "409 too-many-endpoints", "409 webhook-endpoint-exists"),
    ),
    Route("GET", _PATH, "webhooks:admin", look_through, owner="platform", answers={200: EndpointsAnswer}),
    Route(
        "GET", _ONE, "webhooks:admin", look, owner="platform", answers={200: EndpointAnswer, 304: None},
        gives=("etag",),
    ),
    Route(
        "PATCH", _ONE, "webhooks:admin", change, owner="platform", body=EndpointChange, needs="k",
        answers={200: EndpointStatus},
        problems=("422 forbidden-url", "412 precondition-failed", "404 webhook-endpoint-not-found"),
    ),
    Route("DELETE", _ONE, "webhooks:admin", remove, owner="platform", answers={204: None}),
    Route(
        "POST", _ONE + "/secret-rotations", "webhooks:admin", rotate, owner="platform", body=SecretRotation,
        body_optional=True, needs="K", answers={201: SecretRotated}, gives=("location",),
        problems=("404 webhook-endpoint-not-found",),
    ),
    Route(
        "POST", _ONE + "/test", "webhooks:admin", test, owner="platform", needs="K", answers={202: TryAccepted},
        gives=("location",), problems=("404 webhook-endpoint-not-found", _DISABLED), is_async=True,
    ),
)  # fmt: skip
