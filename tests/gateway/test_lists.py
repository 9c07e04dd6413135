"""Lists through the door: pages, filters, as of when; the work list and discrepancies, decided over HTTP."""

import pytest
import trio

from tests.support.gateway import PROBLEM_FIELDS, numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def completed(door, *numbers):
    ids = []
    for number in numbers:
        answer = await door.post(numbered(number), f"order-{number}", prefer="wait=10")
        assert answer.json()["order_status"] == "completed"
        ids.append(answer.json()["order_id"])
    return ids


async def listed(door, path):
    """The answer once everything committed is in it."""
    await door.quiet()
    answer = await door.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_lineage_tells_what_was_invoiced_posted_and_from_which_turn(door):
    (order_id,) = await completed(door, 1)
    told = await listed(door, f"/v1/orders/{order_id}/lineage")
    assert told["order_id"] == order_id
    (invoice,) = told["documents"]
    assert (invoice["kind"], invoice["gross_minor"], invoice["number"]) == ("invoice", 2025, 1)
    assert sorted(one["step"] for one in told["postings"]) == ["capture", "cost", "invoice"]
    turns = {one["id"] for one in (await door.get(f"/v1/orders/{order_id}/timeline")).json()["turns"]}
    assert all(one["turn"] in turns and one["caused_by"] in turns for one in told["postings"])
    nobody = await door.get("/v1/orders/ord_" + "a" * 26 + "/lineage")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not-found")


async def test_a_list_comes_in_pages_that_miss_nothing_and_repeat_nothing(door):
    ids = await completed(door, 1, 2, 3)
    whole = await listed(door, "/v1/ledger/entries")
    assert whole["as_of"].endswith("Z")
    assert {one["order_id"] for one in whole["items"]} >= set(ids)
    path, seen = "/v1/ledger/entries?limit=2&book=GB01", []
    while path:
        answer = await door.get(path)
        seen += answer.json()["items"]
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == whole["items"]
    (one,) = (await listed(door, f"/v1/invoices?order_id={ids[1]}"))["items"]
    assert one["order_id"] == ids[1]
    assert (await listed(door, "/v1/credit-notes"))["items"] == []


async def test_the_trial_balance_is_zero_and_receivables_are_empty_once_all_is_paid(door):
    await completed(door, 1)
    told = await listed(door, "/v1/ledger/trial-balance")
    books = {(book["book"], book["currency"]): book for book in told["books"]}
    assert all(book["difference_minor"] == 0 for book in books.values())
    accounts = {row["account"]: row["balance_minor"] for row in books["GB01", "GBP"]["accounts"]}
    assert accounts["1200 PSP clearing psp-a"] == 2025
    assert (await listed(door, "/v1/ledger/trial-balance?as_of=2000-01-01"))["books"] == []
    assert (await listed(door, "/v1/ledger/receivables"))["items"] == []


async def test_a_position_is_told_by_bucket_and_its_movements_lead_to_it(door):
    await completed(door, 1)
    told = await listed(door, "/v1/inventory/85123A")
    moved = await listed(door, "/v1/inventory/85123A/movements?limit=200")
    for row in told["positions"]:
        available = sum(
            (one["to_bucket"] == "available") * one["quantity"]
            - (one["from_bucket"] == "available") * one["quantity"]
            for one in moved["items"]
            if one["location"] == row["location"]
        )
        assert row["available"] == available
        assert row["on_hand"] == row["available"] + row["safety"]
    assert [one["quantity"] for one in moved["items"] if one["to_bucket"] == "reserved"] == [6]
    answer = await door.get("/v1/inventory/85123A")
    assert (
        await door.get("/v1/inventory/85123A", **{"if-none-match": answer.headers["etag"]})
    ).status_code == 304
    assert (await door.get("/v1/inventory/NOBODY")).status_code == 404
    assert (await door.get("/v1/inventory/NOBODY/movements")).status_code == 404


@pytest.mark.parametrize(
    ("path", "pointers"),
    [
        ("/v1/ledger/entries?limit=0", ["/limit"]),
        ("/v1/ledger/entries?limit=201&after=%2A&colour=red", ["", "/after", "/limit"]),
        ("/v1/ledger/trial-balance?as_of=2026-13-01", ["/as_of"]),
        ("/v1/ledger/entries?book=A&book=B", ["/book"]),
        ("/v1/exceptions?team=nobody", ["/team"]),
        ("/v1/inventory/85123A?limit=1", [""]),
        ("/v1/invoices?order_id=", ["/order_id"]),
    ],
)
async def test_every_wrong_parameter_is_named(door, path, pointers):
    answer = await door.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")
    assert sorted(error["pointer"] for error in answer.json()["errors"]) == pointers
    assert set(answer.json()) == PROBLEM_FIELDS


async def an_exception(door):
    """An order whose capture fails opens one."""
    payments = [{"provider": "psp-a", "method": "card", "token": "tok_capture_fails", "amount_minor": 2025}]
    answer = await door.post(numbered(7, payments=payments), "failing")
    await door.rest(answer.headers["location"])
    with trio.fail_after(10):
        while not (found := (await door.get("/v1/exceptions?team=finance")).json()["items"]):
            await trio.sleep(0.02)
    return found[0]


async def test_an_exception_is_listed_claimed_and_resolved_by_whoever_claimed_it(door):
    one = await an_exception(door)
    assert (one["category"], one["team"], one["by"]) == ("capture-failed", "finance", "")
    path = f"/v1/exceptions/{one['exception_id']}"
    assert (await door.say(f"{path}/claim", {"by": "ann"}, "a")).json()["status"] == "claimed"
    told = (await door.get(path)).json()
    assert (told["status"], told["by"]) == ("claimed", "ann")
    done = {"resolution": "completed", "reason": "collected by hand"}
    other = await door.say(f"{path}/resolve", {**done, "by": "bob"}, "b")
    assert (other.status_code, other.json()["code"]) == (409, "claimed-by-other")
    assert set(other.json()) == PROBLEM_FIELDS
    assert (await door.say(f"{path}/hand-back", {"by": "ann", "reason": "holidays"}, "c")).status_code == 200
    assert (await door.say(f"{path}/claim", {"by": "bob"}, "d")).status_code == 200
    wrong = await door.say(f"{path}/resolve", {"resolution": "forgotten", "by": "bob"}, "e")
    assert wrong.status_code == 422
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/resolution", "/reason"}
    assert (await door.say(f"{path}/resolve", {**done, "by": "bob"}, "f")).json()["status"] == "resolved"
    await listed(door, "/v1/exceptions")
    assert (await door.get("/v1/exceptions")).json()["items"] == []
    nobody = await door.say("/v1/exceptions/exc_none/claim", {}, "g")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "not-found")


async def test_scopes_keep_finance_and_the_work_list_apart(door):
    _, secret = door.access.create("shop", ["orders:submit", "inventory:read"])
    for path in ("/v1/ledger/entries", "/v1/settlement-files", "/v1/exceptions"):
        answer = await door.client.get(path, headers={"authorization": f"Bearer {secret}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")


async def test_what_is_not_a_settlement_file_is_404_and_leaves_no_turn(door):
    assert (await listed(door, "/v1/settlement-files"))["items"] == []
    before = door.turns()
    for path in (
        "/v1/settlements/psp-a:S1",
        "/v1/settlements/x/lines",
        "/v1/settlements/psp-a:S1/discrepancies",
    ):
        assert (await door.get(path)).status_code == 404
    body = {"action": "write_off", "reason": "small"}
    answer = await door.say("/v1/settlements/psp-a:S1/discrepancies/t1/resolution", body, "a")
    assert answer.status_code == 404
    assert door.turns() == before
