"""Every operation of the table, asked by whoever may not: no key, wrong, expired, revoked, a scope short, another shop.

Drawn from the routes, so an operation that is added is asked too.
"""

import re

import pytest

from gateway.app import ROUTES
from gateway.auth import SCOPES
from gateway.problems import TITLES
from gateway.tenants import BY_TENANT
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

CLOSED = [route for route in ROUTES if route.scope is not None]
NAMES = [f"{route.method} {route.path}" for route in CLOSED]


def path_of(route, **known):
    """The path with something in the place of each parameter."""
    return re.sub(r"<(?:path:)?(\w+)>", lambda found: known.get(found.group(1), "x"), route.path)


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def ask(door, route, secret, **known):
    headers = {} if secret is None else {"authorization": f"Bearer {secret}"}
    door.client.headers.pop("authorization", None)
    if "stream" in route.path and secret is not None:
        # A stream that is opened has no end: what counts here is whether it is.
        async with door.client.stream(route.method, path_of(route, **known), headers=headers) as answer:
            if answer.status_code >= 400:
                await answer.aread()
            return answer
    return await door.client.request(route.method, path_of(route, **known), headers=headers)


async def test_nobody_without_a_living_key_is_let_in_anywhere_or_told_why(door):
    expired_key, expired = door.access.create("expired", expires_ms=1)
    revoked_key, revoked = door.access.create("revoked")
    door.access.revoke(revoked_key.id)
    gone = door.access.add_client("gone", "owner")
    _, disabled = door.access.create("disabled", client=gone.id)
    door.access.disable_client(gone.id)
    assert expired_key.expires_ms == 1
    before = door.turns()
    for route in CLOSED:
        told = set()
        for secret in (None, "tg_wrong", expired, revoked, disabled):
            answer = await ask(door, route, secret)
            assert answer.status_code == 401, (route.path, secret)
            assert set(answer.json()) == PROBLEM_FIELDS
            told.add((answer.json()["code"], answer.json()["detail"], answer.headers["www-authenticate"]))
        assert len(told) == 1, "it tells which of them it was"
    assert door.turns() == before


async def test_each_operation_needs_its_own_scope_and_says_which(door):
    keys: dict[str | None, str] = {
        scope: door.access.create(scope, [one for one in SCOPES if one != scope])[1]
        for scope in {route.scope for route in CLOSED if route.scope is not None}
    }
    before = door.turns()
    for route in CLOSED:
        answer = await ask(door, route, keys[route.scope])
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope"), route.path
        assert route.scope in answer.json()["detail"]
    assert door.turns() == before


async def test_another_shop_finds_nothing_that_is_not_its_own_and_cannot_tell_it_from_what_is_not_there(door):
    _, other = door.access.create("other shop", tenant="other")
    order = (await door.post(numbered(1), "one")).headers["location"].rpartition("/")[2]
    await door.rest(f"/v1/orders/{order}")
    mine = door.access.list_keys()[0]
    known = {
        "order_id": order, "customer_id": "C-17850", "client_id": mine.client, "key_id": mine.id, "book": "GB01",
        "sku": "85123A", "name": "erp-orders", "location": "WH1",
    }  # fmt: skip
    before = door.turns()
    for route in CLOSED:
        if ("<" not in route.path or route.method == "PUT") and f"{route.method} {route.path}" in BY_TENANT:
            continue  # A list of its own, or something new of its own.
        there = await ask(door, route, other, **known)
        absent = await ask(door, route, other)
        assert there.status_code == absent.status_code == 404, (route.method, route.path, there.text)
        assert there.json()["detail"] == absent.json()["detail"]
    assert door.turns() == before


def test_what_is_kept_by_tenant_is_a_route_that_there_is():
    assert set(NAMES) >= BY_TENANT
    assert TITLES["not-found"][0] == 404
