"""Finance through the door: journals by two persons, periods and their close, books compared on demand."""

import pytest
import trio

from contracts.accounts import BANK
from contracts.accounts import PSP_FEES as FEES
from tests.support.gateway import numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def say(door, path, body, key, secret=None):
    headers = {"idempotency-key": key}
    if secret is not None:
        headers["authorization"] = f"Bearer {secret}"
    return await door.client.post(path, json=body, headers=headers)


def a_journal(name="j1", amount=250, **changes):
    entries = [
        {"account": FEES, "side": "D", "amount_minor": 250},
        {"account": BANK, "side": "C", "amount_minor": amount},
    ]
    body = {"journal_id": name, "book": "GB01", "reason": "the bank's charges", "currency": "GBP"}
    return {**body, "entries": entries, **changes}


async def test_a_journal_is_posted_by_a_second_person(door):
    _, checker = door.access.create("checker", ["finance:approve", "finance:read"])
    wrote = await say(door, "/v1/journals", a_journal(), "a")
    assert (wrote.status_code, wrote.json()["status"]) == (201, "proposed"), wrote.text
    location = wrote.headers["location"]
    assert [one["journal_id"] for one in (await door.get("/v1/journals?book=GB01")).json()["items"]] == [
        "GB01:j1"
    ]
    approve = {"decision": "approve", "reason": "seen the statement"}
    own = await say(door, f"{location}/approval", approve, "b")
    assert (own.status_code, own.json()["code"]) == (403, "self-approval")
    done = await say(door, f"{location}/approval", approve, "c", checker)
    assert (done.status_code, done.json()["status"]) == (200, "posted")
    found = (await door.get(location)).json()
    assert (found["status"], found["reason"]) == ("posted", "the bank's charges")
    assert found["kept_until"] % 10_000 == 1231
    with trio.fail_after(20):
        posted = None
        while posted is None:
            rows = (await door.get("/v1/ledger/entries?book=GB01")).json()["items"]
            posted = next((row for row in rows if row["step"] == "journal"), None)
            await trio.sleep(0.05)
    assert (posted["by"], posted["reason"]) == (found["by"], "the bank's charges")
    assert posted["approved_by"] not in ("", found["by"])
    assert posted["kept_until"] == found["kept_until"]


async def test_a_journal_that_cannot_stand_is_refused_by_name(door):
    uneven = await say(door, "/v1/journals", a_journal(amount=249), "a")
    assert (uneven.status_code, uneven.json()["code"]) == (422, "unbalanced")
    wrong = await say(door, "/v1/journals", a_journal(book="XX01", reason="", currency="pounds"), "b")
    assert {e["pointer"] for e in wrong.json()["errors"]} == {"/book", "/reason", "/currency"}
    nobody = await say(door, "/v1/journals/GB01:none/withdrawal", {"reason": "r"}, "c")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "journal-not-found")


async def test_its_maker_takes_a_journal_back_and_nobody_else_does(door):
    _, another = door.access.create("another", ["finance:journals"])
    path = (await say(door, "/v1/journals", a_journal(), "a")).headers["location"]
    other = await say(door, f"{path}/withdrawal", {"reason": "not mine"}, "b", another)
    assert (other.status_code, other.json()["code"]) == (409, "not-the-maker")
    done = await say(door, f"{path}/withdrawal", {"reason": "a mistake"}, "c")
    assert (done.status_code, done.json()["status"]) == (200, "withdrawn")
    again = await say(door, f"{path}/withdrawal", {"reason": "a mistake"}, "d")
    assert (again.status_code, again.json()["code"]) == (409, "journal-withdrawn")


async def closed_by_two(door, period):
    """One person asks for a close; nothing is closed until another approves it."""
    _, checker = door.access.create("checker", ["finance:approve", "approvals:decide"])
    asked = await say(door, f"/v1/periods/GB01:{period}/close", {"reason": "month end"}, "c")
    assert (asked.status_code, asked.json()["status"]) == (202, "waiting"), asked.text
    approve = {"decision": "approve", "reason": "the books are done"}
    own = await say(door, asked.headers["location"], approve, "own")
    assert (own.status_code, own.json()["code"]) == (403, "self-approval")
    assert (await door.get("/v1/periods?book=GB01")).json()["closed_through"] is None
    assert (await say(door, asked.headers["location"], approve, "yes", checker)).status_code == 202
    with trio.fail_after(10):
        while (found := (await door.get(asked.headers["location"])).json())["status"] != "concluded":
            await trio.sleep(0.01)
    assert found["outcome"]["status"] == 200, found


async def test_a_period_closes_when_nothing_stands_against_it(door):
    shown = (await door.get("/v1/periods?book=GB01")).json()
    now = max(one["period"] for one in shown["items"])
    early = await say(door, f"/v1/periods/GB01:{now}/soft-close", {"reason": "too early"}, "a")
    assert (early.status_code, early.json()["code"]) == (409, "period-blocked")
    assert [e["code"] for e in early.json()["errors"]] == ["period-not-ended"]
    before = now - 1 if now % 100 > 1 else now - 89
    moved = await say(door, f"/v1/periods/GB01:{before}/soft-close", {"reason": "month end"}, "b")
    assert moved.status_code == 200, moved.text
    await closed_by_two(door, before)
    late = a_journal("late", day=f"{before // 100}-{before % 100:02d}-15")
    refused = await say(door, "/v1/journals", late, "d")
    assert (refused.status_code, refused.json()["code"]) == (409, "period-closed")
    assert (await door.get("/v1/periods?book=GB01")).json()["closed_through"] == before
    assert (await door.get("/v1/periods?book=XX")).status_code == 400


async def test_books_are_compared_on_demand_and_a_difference_has_its_named_repair(door):
    order = await door.post(numbered(1), "o", prefer="wait=10")
    order_id = order.json()["order_id"]
    with trio.fail_after(20):
        while not door.system.is_quiet():
            await trio.sleep(0.02)
    # A hand at the ERP loses the sales order.
    erp = door.twins._twins["erp"].books
    (document,) = [row for row in erp._documents.rows.values() if row.external_ref == order_id]
    del erp._documents.rows[document.doc_no]
    erp._by_ref.pop(order_id)
    path = "/v1/reconciliations/erp-orders"
    started = await say(door, f"{path}/runs", {"settle_ms": 0}, "a")
    assert (started.status_code, started.json()["run"]) == (202, 1)
    with trio.fail_after(20):
        while not (found := (await door.get(f"{path}/differences")).json()["items"]):
            await trio.sleep(0.05)
    (one,) = found
    assert (one["order_id"], one["kind"], one["named_repair"]) == (
        order_id, "missing_there", "send-order-again",
    )  # fmt: skip
    assert (await door.get(path)).json()["open"] == 1
    repair = f"{path}/differences/{one['ref']}/repairs"
    wrong = await say(door, repair, {"repair": "book-capture", "reason": "no"}, "b")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "repair-does-not-fit")
    asked = {"repair": "send-order-again", "reason": "the ERP lost it"}
    assert (await say(door, repair, asked, "c")).status_code == 202
    with trio.fail_after(20):
        while order_id not in erp._by_ref:
            await trio.sleep(0.05)
    await say(door, f"{path}/runs", {"settle_ms": 0}, "d")
    with trio.fail_after(20):
        while (await door.get(path)).json()["open"]:
            await trio.sleep(0.05)
    assert (await say(door, repair, asked, "c")).headers["idempotent-replayed"] == "true"
    gone = await say(door, repair, asked, "e")
    assert (gone.status_code, gone.json()["code"]) == (404, "difference-not-found")
    with trio.fail_after(20):
        while len((await door.get(f"{path}/runs")).json()["items"]) < 2:
            await trio.sleep(0.05)
    names = [row["name"] for row in (await door.get("/v1/reconciliations")).json()["items"]]
    assert "erp-orders" in names
    scheduled = await say(door, f"{path}/schedule", {"every_ms": 60_000}, "f")
    assert scheduled.json()["every_ms"] == 60_000
