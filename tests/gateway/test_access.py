"""API keys: made once, hashed at rest, scoped, rotated, revoked, and never told again."""

import sqlite3

import pytest
import trio

from actors.runtime.real import RealClock
from gateway.auth import SCOPES, Access, AccessRefused
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

CALLS = (
    ("POST", "/v1/orders", "orders:submit"),
    ("GET", "/v1/orders/ord_x", "orders:read"),
    ("GET", "/v1/orders/ord_x/timeline", "orders:read"),
    ("POST", "/v1/orders/ord_x/cancellations", "orders:cancel"),
    ("POST", "/v1/returns", "returns:advise"),
    ("GET", "/v1/returns/ret_x", "returns:read"),
    ("POST", "/v1/returns/ret_x/receipts", "returns:receive"),
    ("POST", "/v1/returns/ret_x/inspections", "returns:inspect"),
    ("POST", "/v1/price-quotes", "pricing:quote"),
    ("GET", "/v1/price-quotes/quo_x", "pricing:read"),
    ("POST", "/v1/orders/ord_x/gift-cards/c1/refunds", "refunds:write"),
    ("GET", "/v1/availability?skus=85123A", "inventory:read"),
    ("GET", "/v1/orders", "orders:read"),
    ("GET", "/v1/orders/ord_x/payments", "orders:read"),
    ("POST", "/v1/orders/ord_x/refunds", "refunds:write"),
    ("POST", "/v1/settlement-files", "finance:import"),
    ("GET", "/v1/discrepancies", "finance:read"),
    ("GET", "/v1/products", "catalog:read"),
    ("GET", "/v1/customers", "customers:read"),
    ("POST", "/v1/customers", "customers:write"),
    ("GET", "/v1/customers/C-1/data", "customers:export"),
    ("POST", "/v1/partner-files/warehouse/confirmations", "partner:files"),
    ("POST", "/v1/exports", "exports:write"),
    ("GET", "/v1/operations/exp_x", "exports:read"),
    ("GET", "/v1/parked", "parked:read"),
    ("GET", "/v1/connectors/erp", "connectors:read"),
    ("GET", "/metrics", "ops"),
    ("POST", "/v1/inventory/adjustments", "inventory:adjust"),
    ("POST", "/v1/inventory/snapshots", "inventory:adjust"),
    ("POST", "/v1/transfers", "inventory:transfer"),
    ("POST", "/v1/transfers/T-1/receipts", "inventory:transfer"),
    ("POST", "/v1/reservations", "inventory:reserve"),
    ("DELETE", "/v1/reservations/rsv_x", "inventory:reserve"),
    ("GET", "/v1/fulfillment-orders/ful_x", "fulfillment:read"),
    ("POST", "/v1/fulfillment-orders/ful_x/accept", "fulfillment:work"),
    ("POST", "/v1/shipments", "fulfillment:work"),
    ("POST", "/v1/purchase-orders", "procure:order"),
    ("POST", "/v1/asns", "procure:receive"),
    ("POST", "/v1/goods-receipts", "procure:receive"),
    ("PUT", "/v1/replenishment-policies/85123A/WH-NORTH", "procure:order"),
    ("PUT", "/v1/products/85123A", "catalog:write"),
    ("GET", "/v1/prices/85123A", "pricing:read"),
    ("PUT", "/v1/prices/85123A", "pricing:write"),
)


class Watch:
    """A clock that is set by hand."""

    def __init__(self):
        self.at_ms = 1_000_000

    def now_ms(self):
        return self.at_ms

    async def sleep_until_ms(self, due_ms):
        self.at_ms = max(self.at_ms, due_ms)


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer tg_wrong", "Basic dGc6eA==", "tg_x"])
async def test_without_a_living_key_every_path_is_401(door, authorization):
    before = door.turns()
    for method, path, _ in CALLS:
        headers = {} if authorization is None else {"authorization": authorization}
        door.client.headers.pop("authorization", None)
        answer = await door.client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert set(answer.json()) == PROBLEM_FIELDS
    assert door.turns() == before


async def test_each_path_needs_its_scope(door):
    for method, path, scope in CALLS:
        _, without = door.access.create("without", [one for one in SCOPES if one != scope])
        answer = await door.client.request(method, path, headers={"authorization": f"Bearer {without}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
        assert scope in answer.json()["detail"]
        _, alone = door.access.create("alone", [scope])
        answer = await door.client.request(method, path, headers={"authorization": f"Bearer {alone}"})
        assert answer.status_code not in (401, 403)


async def test_numbers_in_status_need_the_scope_ops_and_the_mode_does_not(door):
    _, reader = door.access.create("reader", ["orders:read"])
    assert "statistics" in (await door.get("/status")).json()
    assert (await door.get("/status", authorization=f"Bearer {reader}")).status_code == 403
    del door.client.headers["authorization"]
    told = (await door.get("/status")).json()
    assert told["mode"] == "sandbox"
    assert "statistics" not in told


async def test_a_key_revoked_by_another_process_ends_within_seconds(door, tmp_path):
    other = Access(tmp_path, RealClock())
    [key] = other.list_keys()
    assert (await door.get("/v1/availability?skus=85123A")).status_code == 200
    other.revoke(key.id)
    other.close()
    with trio.fail_after(5):
        while (await door.get("/v1/availability?skus=85123A")).status_code == 200:
            await trio.sleep(0.1)


async def test_no_secret_and_nothing_personal_is_logged_or_kept_in_the_open(door, tmp_path, caplog, capfd):
    caplog.set_level("DEBUG")
    personal = {"name": "Zaphod Unmistakable", "email": "zaphod@example.org", "phone": "+441224000000"}
    answer = await door.post(numbered(1, contact=personal), "one")
    await door.rest(answer.headers["location"])
    told = (await door.get(answer.headers["location"])).text
    told += (await door.get(answer.headers["location"] + "/timeline")).text
    refused = await door.post(numbered(2, contact={**personal, "fax": "Unmistakable"}, currency=5), "two")
    assert refused.status_code == 422
    logged = caplog.text + "".join(capfd.readouterr())
    for private in ("Unmistakable", "zaphod@", "tok_visa", "High Street", "AB1 2CD"):
        assert private not in logged
        assert private not in refused.text
        assert private not in told
    assert door.secret not in logged
    assert all(door.secret.encode() not in file.read_bytes() for file in tmp_path.iterdir())


def id_of_key(access, secret):
    found = access.find(secret)
    assert found is not None
    return found.id


def test_a_rotated_key_keeps_its_id_and_its_old_secret_ends_with_the_grace(tmp_path):
    watch = Watch()
    access = Access(tmp_path, watch)
    key, first = access.create("client", ["orders:read"])
    second = access.rotate(key.id, grace_s=60)
    assert second != first
    assert {id_of_key(access, first), id_of_key(access, second)} == {key.id}
    watch.at_ms += 60_000
    assert access.find(first) is None
    third = access.rotate(key.id)
    assert access.find(second) is None
    assert id_of_key(access, third) == key.id
    access.revoke(key.id)
    assert access.find(third) is None
    assert access.list_keys()[0].revoked_ms == watch.at_ms
    access.close()


def test_only_hashes_are_kept_and_the_file_is_its_owners(tmp_path):
    access = Access(tmp_path, Watch())
    _, secret = access.create("client")
    assert secret.startswith("tg_")
    assert len(secret) >= 40
    rows = sqlite3.connect(tmp_path / "access.db").execute("SELECT * FROM keys").fetchall()
    assert secret not in repr(rows)
    assert (tmp_path / "access.db").stat().st_mode & 0o077 == 0
    access.close()


def test_the_environment_sets_its_own_key_and_follows_its_changes(tmp_path):
    access = Access(tmp_path, Watch())
    access.set_from_environment("tg_from_outside")
    access.set_from_environment("tg_from_outside")
    assert len(access.list_keys()) == 1
    access.set_from_environment("tg_another_one")
    assert access.find("tg_from_outside") is None
    assert access.find("tg_another_one") is not None
    with pytest.raises(AccessRefused, match="8 to 256"):
        access.set_from_environment("short")
    access.close()


def test_a_scope_that_is_none_and_a_newer_file_are_refused(tmp_path):
    access = Access(tmp_path, Watch())
    with pytest.raises(AccessRefused, match="no such scope: all"):
        access.create("client", ["all"])
    with pytest.raises(AccessRefused, match="no living key"):
        access.rotate("key_none")
    access.close()
    with sqlite3.connect(tmp_path / "access.db") as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(AccessRefused, match="format 99"):
        Access(tmp_path, Watch())
    (tmp_path / "access.db").write_bytes(b"no database at all, " * 100)
    with pytest.raises(AccessRefused, match="cannot be used"):
        Access(tmp_path, Watch())
