"""Clients and keys over HTTP: made, shown once, rotated, revoked, expired; roles; and whose shop a thing is."""

import sqlite3
from hashlib import sha256

import pytest
from click.testing import CliRunner

from actors.runtime.real import RealClock
from contracts.http import time_of
from gateway.auth import SCOPES, Access
from gateway.roles import OWNER, ROLES, Role, scopes_of
from sim.cli import main
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


def bearer(secret):
    return {"authorization": f"Bearer {secret}"}


async def made(door, path, body, key, **headers):
    return await door.client.post(path, json=body, headers={"idempotency-key": key, **headers})


async def a_client(door, role="storefront", name="Web shop", key="c1"):
    answer = await made(door, "/v1/clients", {"name": name, "role": role}, key)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/clients/{answer.json()['client_id']}"
    return answer.json()["client_id"]


async def test_a_client_gets_a_key_that_may_what_its_role_may_and_nothing_else(door):
    client = await a_client(door)
    answer = await made(door, f"/v1/clients/{client}/keys", {"name": "first"}, "k1")
    told = answer.json()
    assert (answer.status_code, told["role"], told["client_id"]) == (201, "storefront", client)
    assert set(told["scopes"]) == set(scopes_of("storefront", SCOPES))
    secret = told["secret"]
    assert (await door.post(numbered(1), "one", **bearer(secret))).status_code == 202
    refused = await door.get("/v1/exceptions", **bearer(secret))
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient-scope")
    listed = (await door.get(f"/v1/clients/{client}/keys")).json()["items"]
    assert [one["key_id"] for one in listed] == [told["key_id"]]
    assert "secret" not in listed[0]
    assert (await door.get(f"/v1/clients/{client}")).json()["keys"] == 1


async def test_a_repeat_is_told_the_same_bytes_and_makes_no_second_key(door):
    client = await a_client(door)
    path = f"/v1/clients/{client}/keys"
    first = await made(door, path, {"name": "a"}, "k1")
    again = await made(door, path, {"name": "a"}, "k1")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    other = await made(door, path, {"name": "b"}, "k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len((await door.get(path)).json()["items"]) == 1
    door.app.extensions["tidegate"].told_once.clear()  # as after a restart
    late = await made(door, path, {"name": "a"}, "k1")
    assert (late.status_code, late.json()["code"]) == (409, "made-before")
    assert late.headers["location"] == first.headers["location"]
    assert len((await door.get(path)).json()["items"]) == 1


async def test_a_rotation_tells_a_new_secret_and_the_old_one_ends_with_its_grace(door):
    client = await a_client(door)
    key = (await made(door, f"/v1/clients/{client}/keys", {}, "k1")).json()
    path = f"/v1/clients/{client}/keys/{key['key_id']}"
    graceful = await made(door, f"{path}/rotate", {"grace_s": 3_600}, "r1")
    assert graceful.status_code == 200
    for secret in (key["secret"], graceful.json()["secret"]):
        assert (await door.get("/v1/availability?skus=A", **bearer(secret))).status_code == 200
    at_once = await door.client.post(f"{path}/rotate", headers={"idempotency-key": "r2"})
    assert (await door.get("/v1/availability?skus=A", **bearer(key["secret"]))).status_code == 401
    last = at_once.json()["secret"]
    assert (await door.get("/v1/availability?skus=A", **bearer(last))).status_code == 200
    for _ in range(2):
        assert (await door.client.delete(path)).status_code == 204
    assert (await door.get("/v1/availability?skus=A", **bearer(last))).status_code == 401
    revoked = await door.client.post(f"{path}/rotate", headers={"idempotency-key": "r3"})
    assert (revoked.status_code, revoked.json()["code"]) == (409, "key-revoked")


async def test_an_expired_key_is_refused_like_any_that_is_none(door, monkeypatch):
    client = await a_client(door)
    now = door.access.clock.now_ms()
    soon = {"expires_at": time_of(now + 60_000)}
    key = (await made(door, f"/v1/clients/{client}/keys", soon, "k1")).json()
    assert key["expires_at"] == soon["expires_at"]
    assert (await door.get("/v1/availability?skus=A", **bearer(key["secret"]))).status_code == 200
    monkeypatch.setattr(door.access.clock, "now_ms", lambda: now + 60_000)
    expired = await door.get("/v1/availability?skus=A", **bearer(key["secret"]))
    wrong = await door.get("/v1/availability?skus=A", **bearer("tg_wrong"))
    monkeypatch.undo()
    assert expired.status_code == wrong.status_code == 401
    for answer in (expired, wrong):
        assert answer.json()["detail"] == wrong.json()["detail"]
    late = await made(door, f"/v1/clients/{client}/keys", {"expires_at": time_of(now - 1)}, "k2")
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/expires_at")


async def test_a_disabled_client_ends_with_all_its_keys(door):
    client = await a_client(door)
    secrets = [
        (await made(door, f"/v1/clients/{client}/keys", {}, f"k{n}")).json()["secret"] for n in range(2)
    ]
    for _ in range(2):
        assert (await door.client.delete(f"/v1/clients/{client}")).status_code == 204
    for secret in secrets:
        assert (await door.get("/v1/availability?skus=A", **bearer(secret))).status_code == 401
    assert (await door.get(f"/v1/clients/{client}")).json()["status"] == "disabled"
    refused = await made(door, f"/v1/clients/{client}/keys", {}, "k9")
    assert (refused.status_code, refused.json()["code"]) == (409, "client-disabled")


async def test_every_wrong_field_is_named_and_nothing_is_made(door):
    client = await a_client(door)
    before = len(door.access.list_keys())
    answer = await made(
        door, f"/v1/clients/{client}/keys", {"role": "king", "scopes": ["orders:read", "x"]}, "k"
    )
    assert answer.status_code == 422
    assert set(answer.json()) == PROBLEM_FIELDS
    pointers = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert pointers == {("/role", "unknown-role"), ("/scopes/1", "unknown-scope"), ("/role", "contradiction")}
    answer = await made(door, "/v1/clients", {"name": "", "role": "king", "more": 1}, "k")
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/name", "/role", "/more"}
    assert len(door.access.list_keys()) == before
    assert (await made(door, "/v1/clients", {"name": "x", "role": "support"}, "")).status_code == 400
    for path in ("/v1/clients/cli_none", "/v1/clients/cli_none/keys", f"/v1/clients/{client}/keys/key_none"):
        assert (
            await door.client.request("DELETE" if path.endswith("none") else "GET", path)
        ).status_code == 404


async def test_nobody_gives_more_than_they_may_themselves(door):
    _, operator = door.access.create("operator", role="operator")
    answer = await made(door, "/v1/clients", {"name": "x", "role": "finance"}, "n", **bearer(operator))
    assert (answer.status_code, answer.json()["code"]) == (403, "more-than-yours")
    client = await a_client(door, "finance")
    for path, body in ((f"/v1/clients/{client}/keys", {}), ("/v1/clients", {"name": "x", "role": "owner"})):
        answer = await made(door, path, body, "n", **bearer(operator))
        assert (answer.status_code, answer.json()["code"]) == (403, "more-than-yours")
    key = (await made(door, f"/v1/clients/{client}/keys", {}, "f")).json()
    path = f"/v1/clients/{client}/keys/{key['key_id']}/rotate"
    answer = await made(door, path, {}, "r", **bearer(operator))
    assert (answer.status_code, answer.json()["code"]) == (403, "more-than-yours")


def test_no_role_is_granted_or_denied_what_there_is_not(monkeypatch):
    for name, row in list(ROLES.items()):
        for grant in (*row.grants, *row.never):
            monkeypatch.setitem(ROLES, OWNER, Role("whoever", (grant,)))
            assert scopes_of(OWNER, SCOPES), f"{name}: {grant}"


def test_every_role_may_something_and_every_scope_is_some_roles(tmp_path):
    for name, row in ROLES.items():
        assert scopes_of(name, SCOPES), name
        assert row.who
    beside_the_owner = {scope for name in ROLES if name != "owner" for scope in scopes_of(name, SCOPES)}
    assert set(SCOPES) - beside_the_owner == set()
    assert not {"refunds:approve", "gift-cards:approve"} & set(scopes_of("support", SCOPES))
    assert scopes_of("nobody", SCOPES) == ()


# -- whose shop -------------------------------------------------------------------------------------


async def test_what_is_one_tenants_is_not_there_for_another(door):
    _, other = door.access.create("other shop", tenant="other")
    first = await door.post(numbered(1), "one")
    path = first.headers["location"]
    await door.rest(path)
    theirs = bearer(other)
    for asked in (path, f"{path}/timeline", f"{path}/lineage"):
        answer = await door.get(asked, **theirs)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    cancelled = await door.client.post(f"{path}/cancellations", headers={"idempotency-key": "c", **theirs})
    assert cancelled.status_code == 404
    for list_ in (
        "/v1/exceptions",
        "/v1/ledger/entries",
        "/v1/settlements",
        "/v1/reconciliations",
        "/v1/no-such",
    ):
        assert (await door.get(list_, **theirs)).status_code == 404
    assert (await door.get("/v1/events", **theirs)).json()["items"] == []
    client = door.access.list_clients()[0].id
    assert (await door.get(f"/v1/clients/{client}", **theirs)).status_code == 404
    assert [one["name"] for one in (await door.get("/v1/clients", **theirs)).json()["items"]] == [
        "other shop"
    ]


async def test_another_tenant_finds_its_own_order_and_the_first_shop_does_not(door):
    _, other = door.access.create("other shop", tenant="other")
    mine = await door.post(numbered(1), "one")
    theirs = await door.post(numbered(1), "one", **bearer(other))
    assert theirs.status_code == 202
    assert theirs.json()["order_id"] != mine.json()["order_id"]
    path = theirs.headers["location"]
    found = await door.get(path, **bearer(other))
    assert (found.status_code, found.json()["channel_order_id"]) == (200, "G-1")
    assert (await door.get(path)).status_code == 404
    assert (await door.get(f"{path}/timeline", **bearer(other))).status_code == 200


# -- the file ---------------------------------------------------------------------------------------

OLD = """
CREATE TABLE keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, tenant TEXT NOT NULL, scopes TEXT NOT NULL,
    hash TEXT NOT NULL, previous TEXT NOT NULL, previous_until_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, rotated_ms INTEGER NOT NULL, revoked_ms INTEGER NOT NULL)
"""


def test_a_file_of_the_first_format_is_brought_up_and_its_keys_go_on(tmp_path):
    with sqlite3.connect(tmp_path / "access.db") as db:
        db.execute(OLD)
        for n, (revoked, scopes) in enumerate(((0, "orders:read ops"), (5, "ops"))):
            hashed = sha256(f"tg_old_{n}".encode()).hexdigest()
            db.execute(
                "INSERT INTO keys VALUES (?, ?, 'main', ?, ?, '', 0, 1, 0, ?)",
                (f"key_00000000000{n}", f"old {n}", scopes, hashed, revoked),
            )
        db.execute("PRAGMA user_version=1")
    for _ in range(2):
        access = Access(tmp_path, RealClock())
        key = access.find("tg_old_0")
        assert key is not None
        assert (key.id, key.scopes, key.role, key.expires_ms) == (
            "key_000000000000", ("orders:read", "ops"), "", 0,
        )  # fmt: skip
        assert access.find("tg_old_1") is None
        client = access.client(key.client)
        assert client is not None
        assert (client.name, client.tenant, client.kind) == ("old 0", "main", "client")
        assert len(access.list_clients()) == 2
        access.close()


def test_keys_have_roles_and_ends_and_operators_are_added_listed_and_disabled(tmp_path):
    def said(*words, exit_code=0):
        done = CliRunner().invoke(main, [*words, "--data", str(tmp_path)])
        assert done.exit_code == exit_code, done.output
        return done.output

    key_id, secret = said("keys", "create", "--role", "storefront", "--expires", "90d").split()
    assert "active until" in said("keys", "list")
    assert "role storefront" in said("keys", "list")
    client = Access(tmp_path, RealClock()).list_clients()[0].id
    second = said("keys", "create", "--client", client, "--scope", "orders:read").split()[0]
    assert [key.id for key in Access(tmp_path, RealClock()).list_keys(client)] == [key_id, second]
    for wrong, why in ((("--role", "king"), "no such role"), (("--expires", "soon"), "neither a duration"),
                       (("--expires", "2001-01-01T00:00:00Z"), "over already"), (("--client", "x"), "no active client"),
                       (("--role", "support", "--scope", "ops"), "not both")):  # fmt: skip
        assert why in said("keys", "create", *wrong, exit_code=2)
    person, opening = said("operators", "add", "A. Person", "--role", "finance").split()
    assert "already" in said("operators", "add", "A. Person", exit_code=2)
    access = Access(tmp_path, RealClock())
    found = access.find(opening)
    assert found is not None
    assert (found.client, found.role) == (person, "finance")
    assert person in said("operators", "list")
    said("operators", "disable", "A. Person")
    assert "disabled" in said("operators", "list")
    assert Access(tmp_path, RealClock()).find(opening) is None
    assert Access(tmp_path, RealClock()).find(secret) is not None
    assert "no active operator" in said("operators", "disable", person, exit_code=2)
