"""/v1/clients and their keys. A secret is told once, by what made it, and nobody gives more than they have."""

from __future__ import annotations

from typing import Any

from quart import Response

from contracts.http import FieldError, ms_of, time_of
from contracts.http_access import (
    ClientAnswer,
    ClientsAnswer,
    ClientSubmission,
    KeyMadeAnswer,
    KeysAnswer,
    KeySubmission,
    RotationSubmission,
)

from ..admission import Principal, idempotency_key
from ..asked import request
from ..auth import SCOPES, Access, Client, Key
from ..bodies import read_body, read_contract, read_optional
from ..door import Gateway, Route, json_response
from ..once import once
from ..pages import Query
from ..problems import Problem
from ..roles import ROLES, scopes_of
from ..web import empty


async def look_through(gateway: Gateway, principal: Principal) -> Response:
    """The clients of the asker's tenant, active or not, the oldest first."""
    Query(paged=False).check()
    access = gateway.admission.access
    found = [_client(access, one) for one in access.list_clients() if one.tenant == principal.tenant]
    return json_response(200, {"items": found})


async def add(gateway: Gateway, principal: Principal) -> Response:
    """A client, without a key yet: 201. 403 for a role that may more than whoever asks."""
    idempotency_key(request)
    body = await read_body(request)
    asked, tree, errors = read_contract(body, ClientSubmission)
    errors += _role_errors(tree, errors)
    if errors or asked is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    name, role = asked.name, asked.role
    _check_gives_no_more(principal, scopes_of(role, SCOPES))
    access = gateway.admission.access

    def make() -> tuple[int, Any, str]:
        made = access.add_client(name, role, principal.tenant)
        return 201, _client(access, made), f"/v1/clients/{made.id}"

    return once(gateway, principal, "/v1/clients", body, make)


async def look(gateway: Gateway, principal: Principal, client_id: str) -> Response:
    """A client and what it may."""
    access = gateway.admission.access
    return json_response(200, _client(access, _known(access, principal, client_id)))


async def disable(gateway: Gateway, principal: Principal, client_id: str) -> Response:
    """The client ends now, and each of its keys: 204, again and again."""
    access = gateway.admission.access
    known = _known(access, principal, client_id)
    if not known.disabled_ms:
        access.disable_client(client_id)
    return empty(204)


async def keys(gateway: Gateway, principal: Principal, client_id: str) -> Response:
    """Every key that the client ever had. Secrets are not kept."""
    access = gateway.admission.access
    _known(access, principal, client_id)
    return json_response(200, {"items": [_key(one) for one in access.list_keys(client_id)]})


async def add_key(gateway: Gateway, principal: Principal, client_id: str) -> Response:
    """A key: 201, and the only answer that ever tells its secret."""
    access = gateway.admission.access
    client = _known(access, principal, client_id)
    idempotency_key(request)
    body = await read_body(request)
    asked, tree, errors = read_contract(body, KeySubmission)
    errors += _role_errors(tree, errors)
    expires_ms = 0
    if asked is not None:
        unknown = [n for n, scope in enumerate(asked.scopes) if scope not in SCOPES]
        errors += [
            FieldError(f"/scopes/{n}", "unknown-scope", f"known are {', '.join(SCOPES)}") for n in unknown
        ]
        if asked.scopes and asked.role:
            errors.append(FieldError("/role", "contradiction", "a key has a role or scopes of its own"))
        expires_ms = 0 if asked.expires_at is None else ms_of(asked.expires_at)
        if asked.expires_at is not None and expires_ms <= access.clock.now_ms():
            errors.append(FieldError("/expires_at", "in-the-past", "a key ends in the future"))
    if errors or asked is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    _check_gives_no_more(principal, asked.scopes or scopes_of(asked.role or client.role, SCOPES))
    if client.disabled_ms:
        raise Problem("client-disabled", "the client is disabled", status=409)
    scopes, role, name = asked.scopes, asked.role or "", asked.name or client.name

    def make() -> tuple[int, Any, str]:
        key, secret = access.create(name, scopes, role=role, client=client_id, expires_ms=expires_ms)
        return 201, {**_key(key), "secret": secret}, _path(key)

    return once(gateway, principal, f"/v1/clients/{client_id}/keys", body, make)


async def rotate(gateway: Gateway, principal: Principal, client_id: str, key_id: str) -> Response:
    """Another secret, told in this answer alone: 200. The old one works for `grace_s` more seconds."""
    access = gateway.admission.access
    key = _key_of(access, principal, client_id, key_id)
    idempotency_key(request)
    body, asked = await read_optional(request, RotationSubmission)
    grace_s = asked.grace_s
    # Who is told a key's secret may do what it may.
    _check_gives_no_more(principal, key.scopes)

    def make() -> tuple[int, Any, str]:
        if key.revoked_ms:
            raise Problem("key-revoked", "the key is revoked", status=409)
        secret = access.rotate(key_id, grace_s)
        return 200, {**_key(_key_of(access, principal, client_id, key_id)), "secret": secret}, _path(key)

    return once(gateway, principal, f"{_path(key)}/rotate", body, make)


async def revoke(gateway: Gateway, principal: Principal, client_id: str, key_id: str) -> Response:
    """The key ends now: 204, again and again."""
    access = gateway.admission.access
    if not _key_of(access, principal, client_id, key_id).revoked_ms:
        access.revoke(key_id)
    return empty(204)


def _known(access: Access, principal: Principal, client_id: str) -> Client:
    """Raises Problem 404, also for another tenant's."""
    found = access.client(client_id)
    if found is None or found.tenant != principal.tenant:
        raise Problem("not-found", "there is no such client")
    return found


def _key_of(access: Access, principal: Principal, client_id: str, key_id: str) -> Key:
    _known(access, principal, client_id)
    for key in access.list_keys(client_id):
        if key.id == key_id:
            return key
    raise Problem("not-found", "the client has no such key")


def _role_errors(tree: Any, errors: list[FieldError]) -> list[FieldError]:
    wrong = {error.pointer for error in errors}
    role = tree.get("role") if isinstance(tree, dict) else None
    if role is None or "/role" in wrong or role in ROLES:
        return []
    return [FieldError("/role", "unknown-role", f"known are {', '.join(ROLES)}")]


def _check_gives_no_more(principal: Principal, scopes: tuple[str, ...]) -> None:
    if more := [scope for scope in scopes if scope not in principal.scopes]:
        raise Problem("more-than-yours", f"your own key lacks {', '.join(more[:20])}")


def _client(access: Access, client: Client) -> dict[str, Any]:
    return {
        "client_id": client.id,
        "name": client.name,
        "kind": client.kind,
        "role": client.role or None,
        "status": "disabled" if client.disabled_ms else "active",
        "created_at": time_of(client.created_ms),
        "keys": len([key for key in access.list_keys(client.id) if not key.revoked_ms]),
    }


def _key(key: Key) -> dict[str, Any]:
    return {
        "key_id": key.id,
        "client_id": key.client,
        "name": key.name,
        "role": key.role or None,
        "scopes": list(key.scopes),
        "status": "revoked" if key.revoked_ms else "active",
        "created_at": time_of(key.created_ms),
        "rotated_at": time_of(key.rotated_ms) if key.rotated_ms else None,
        "expires_at": time_of(key.expires_ms) if key.expires_ms else None,
    }


def _path(key: Key) -> str:
    return f"/v1/clients/{key.client}/keys/{key.id}"


_MADE = ("403 more-than-yours", "409 made-before")

ROUTES = (
    Route(
        "GET", "/v1/clients", "clients:admin", look_through, owner="platform", answers={200: ClientsAnswer},
        problems=("400 invalid-parameter",),
    ),
    Route(
        "POST", "/v1/clients", "clients:admin", add, owner="platform", body=ClientSubmission, needs="K",
        answers={201: ClientAnswer}, gives=("location",), problems=_MADE,
    ),
    Route(
        "GET", "/v1/clients/<client_id>", "clients:admin", look, owner="platform", answers={200: ClientAnswer}
    ),
    Route(
        "DELETE", "/v1/clients/<client_id>", "clients:admin", disable, owner="platform", answers={204: None}
    ),
    Route(
        "GET", "/v1/clients/<client_id>/keys", "clients:admin", keys, owner="platform", answers={200: KeysAnswer}
    ),
    Route(
        "POST", "/v1/clients/<client_id>/keys", "clients:admin", add_key, owner="platform", body=KeySubmission,
        needs="K", answers={201: KeyMadeAnswer}, gives=("location",), problems=(*_MADE, "409 client-disabled"),
    ),
    Route(
        "POST", "/v1/clients/<client_id>/keys/<key_id>/rotate", "clients:admin", rotate, owner="platform",
        body=RotationSubmission, body_optional=True, needs="K", answers={200: KeyMadeAnswer}, gives=("location",),
        problems=(*_MADE, "409 key-revoked"),
    ),
    Route(
        "DELETE", "/v1/clients/<client_id>/keys/<key_id>", "clients:admin", revoke, owner="platform",
        answers={204: None},
    ),
)  # fmt: skip
