"""Who did what and who read what, in a chain: what is in it, what is not, and that nobody changes it unseen."""

import re
import sqlite3

import pytest
from click.testing import CliRunner

from actors.runtime.real import RealClock
from gateway.app import ROUTES
from gateway.audit import FILE, Audit, entity_of, is_audited
from sim.cli import main
from tests.support.gateway import numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def entries(door, query=""):
    return (await door.get(f"/v1/audit{query}")).json()["items"]


def verify(directory, *options):
    done = CliRunner().invoke(main, ["audit", "verify", str(directory), *options])
    return done.exit_code, done.output


async def test_who_reads_the_books_or_a_person_is_in_it_and_who_places_orders_is_not(door):
    placed = await door.post(numbered(1), "one")
    await door.get(placed.headers["location"])
    await door.get("/v1/availability?skus=A")
    assert await entries(door) == []
    _, clerk = door.access.create("clerk", role="finance")
    client = door.access.find(clerk).client
    await door.get("/v1/ledger/entries?book=GB01", authorization=f"Bearer {clerk}")
    await door.get("/v1/customers/C-17850")
    await door.client.post(f"{placed.headers['location']}/cancellations", headers={"idempotency-key": "c"})
    found = await entries(door)
    told = [(one["action"], one["operation"], one["entity"], one["status"]) for one in found]
    order = placed.headers["location"].removeprefix("/v1/")
    assert told[0] == ("read", "audit.look_through", "audit", 200)
    assert ("read", "customers.look", "customers/C-17850", 200) in told
    assert ("did", "orders.cancel", order) in [one[:3] for one in told]
    theirs = await entries(door, f"?actor={client}")
    assert [(one["operation"], one["entity"]) for one in theirs] == [("ledger.entries", "ledger/entries")]
    assert all(re.fullmatch(r"[0-9a-f]{32}", one["trace_id"]) for one in found)


async def test_who_was_refused_is_in_it_too(door):
    _, front = door.access.create("front", role="storefront")
    refused = await door.get("/v1/customers/C-1", authorization=f"Bearer {front}")
    assert refused.status_code == 403
    missing = await door.get("/v1/customers/C-none")
    assert missing.status_code == 404
    told = [(one["entity"], one["status"]) for one in await entries(door)]
    assert told == [("customers/C-1", 403), ("customers/C-none", 404)]


async def test_entries_come_in_pages_by_entity_and_by_actor_and_of_one_tenant(door):
    for n in range(5):
        await door.get(f"/v1/customers/C-{n % 2}")
    first = await door.get("/v1/audit?entity=customers/C-0&limit=2")
    assert [one["n"] for one in first.json()["items"]] == [1, 3]
    link = re.findall(r"<(.*)>", first.headers["link"])[0]
    assert [one["n"] for one in (await door.get(link)).json()["items"]] == [5]
    _, other = door.access.create("other", tenant="other")
    theirs = await door.get("/v1/audit", authorization=f"Bearer {other}")
    assert (theirs.status_code, theirs.json()["items"]) == (200, [])
    assert (await door.get("/v1/audit?nobody=1")).status_code == 400


async def test_no_card_number_gets_into_it(door, tmp_path):
    await door.get("/v1/customers/4111111111111111")
    assert [one["entity"] for one in await entries(door)] == ["customers/…"]
    assert b"4111111111111111" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


async def test_what_cannot_be_put_on_record_is_not_shown_and_what_was_done_is_answered(door, monkeypatch):
    door.access.audit._db.execute("PRAGMA query_only=1")
    kept_back = await door.get("/v1/customers/C-17850")
    assert (kept_back.status_code, kept_back.json()["code"]) == (503, "no-audit")
    placed = await door.post(numbered(1), "one")
    done = await door.client.post(
        f"{placed.headers['location']}/cancellations", headers={"idempotency-key": "c"}
    )
    assert done.status_code in (202, 409)
    assert door.access.audit.failed == 2
    door.access.audit._db.execute("PRAGMA query_only=0")


def an_audit(directory, count=5):
    made = Audit(directory / FILE, RealClock())
    for n in range(count):
        made.note("main", "cli_a", "key_a", "did", "orders.cancel", f"orders/{n}", 202, "0" * 32)
    return made


def test_a_chain_that_is_whole_is_said_to_be_and_its_head_told(tmp_path):
    made = an_audit(tmp_path)
    n, hash_ = made.head()
    code, told = verify(tmp_path)
    assert (code, n) == (0, 5)
    assert f"5 entries, head 5:{hash_}" in told
    made.note("main", "cli_b", "", "read", "x", "y", 200, "")
    assert verify(tmp_path, "--head", f"{n}:{hash_}")[0] == 0
    made.close()
    assert verify(tmp_path / "none")[0] == 2
    assert verify(tmp_path, "--head", "x")[0] == 2


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("UPDATE entries SET client = 'cli_b' WHERE n = 3", "entry 3 is not what was written"),
        ("UPDATE entries SET status = 403 WHERE n = 5", "entry 5"),
        ("DELETE FROM entries WHERE n = 2", "entry 2 is missing"),
        ("DELETE FROM entries WHERE n = 1", "entry 1 is missing"),
        ("UPDATE entries SET n = 9 WHERE n = 5", "entry 5 is missing"),
        ("DELETE FROM entries WHERE n = 5", "the end was cut off"),
    ],
)
def test_a_hand_that_changes_takes_out_or_cuts_off_an_entry_is_seen(tmp_path, what, names):
    made = an_audit(tmp_path)
    n, hash_ = made.head()
    made.close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute(what)
    code, told = verify(tmp_path, "--head", f"{n}:{hash_}")
    assert code == 1
    assert names in told


def test_the_command_line_is_on_record_and_writes_beside_a_running_gateway(tmp_path):
    running = an_audit(tmp_path, 1)
    done = CliRunner().invoke(main, ["keys", "create", "--role", "support", "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    running.note("main", "cli_a", "key_a", "read", "x", "y", 200, "")
    told = [(one.client, one.operation) for one in running.select("main", None, None, 0, 10)]
    assert told == [("cli_a", "orders.cancel"), ("local", "keys.create"), ("cli_a", "x")]
    running.close()
    assert verify(tmp_path)[0] == 0


def test_every_change_and_every_read_of_finance_and_people_is_audited_and_nothing_hot_is():
    audited = {f"{one.method} {one.path}" for one in ROUTES if is_audited(one.method, one.path, one.scope)}
    for route in ROUTES:
        name = f"{route.method} {route.path}"
        if route.early:
            assert name not in audited
        elif route.method != "GET" and route.scope is not None and "orders:batch" not in name:
            assert name in audited or name in ("POST /v1/price-quotes", "POST /v1/rehearsals"), name
        elif (route.scope or "").partition(":")[0] in (
            "finance",
            "customers",
            "gift-cards",
            "recon",
            "audit",
        ):
            assert name in audited, name
    assert entity_of("/v1/orders/ord_x/cancellations") == "orders/ord_x"
    assert entity_of("/v1/audit") == "audit"
