"""Stock by hand through the door: moved, counted, sent, held for a while; refused line by line."""

import pytest

from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

NORTH, SOUTH = "WH-NORTH", "WH-SOUTH"


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def at(door, sku, location):
    positions = (await door.get(f"/v1/inventory/{sku}")).json()["positions"]
    return next(one for one in positions if one["location"] == location)


def adjustment(*lines, **changes):
    rows = [{"sku": sku, "location": location, "quantity": units} for sku, location, units in lines]
    return {
        "adjustment_id": "A-1", "reason": "found broken", "from_bucket": "available", "to_bucket": "damaged",
        "lines": rows, **changes,
    }  # fmt: skip


async def test_units_go_from_one_bucket_to_another_once(door):
    before = await at(door, "22423", NORTH)
    body = adjustment(("22423", NORTH, 5))
    moved = await door.say("/v1/inventory/adjustments", body, "a")
    assert (moved.status_code, moved.json()) == (201, {"reference": "A-1", "status": "moved"})
    assert (await door.say("/v1/inventory/adjustments", body, "a")).content == moved.content
    after = await at(door, "22423", NORTH)
    assert (after["available"], after["damaged"]) == (before["available"] - 5, 5)
    assert after["on_hand"] == before["on_hand"]
    await door.quiet()
    items = (await door.get(f"/v1/inventory/22423/movements?location={NORTH}")).json()["items"]
    assert (items[-1]["reason"], items[-1]["reference"]) == ("found broken", "A-1")


async def test_too_little_is_refused_line_by_line_and_nothing_moves(door):
    before = await at(door, "22423", NORTH)
    much = before["available"]
    body = adjustment(("22423", NORTH, 1), ("22423", NORTH, much), ("22086", NORTH, 1))
    refused = await door.say("/v1/inventory/adjustments", body, "a")
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient-stock")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/lines/1"]
    assert set(refused.json()) == PROBLEM_FIELDS
    assert await at(door, "22423", NORTH) == before
    assert (await door.get("/v1/exceptions")).json()["items"] == []
    turns = door.turns()
    wrong = adjustment(("NOBODY", NORTH, 1), ("22423", "ATTIC", 1), to_bucket="available", pool="none")
    named = await door.say("/v1/inventory/adjustments", wrong, "b")
    pointers = {error["pointer"] for error in named.json()["errors"]}
    assert pointers >= {"/pool", "/to_bucket", "/lines/0/sku", "/lines/1/location"}
    buckets = await door.say("/v1/inventory/adjustments", adjustment(from_bucket="reserved"), "c")
    assert {error["pointer"] for error in buckets.json()["errors"]} == {"/from_bucket", "/lines"}
    assert door.turns() == turns


async def test_what_is_counted_is_what_the_book_says_then(door):
    before = await at(door, "22423", SOUTH)
    counted = before["on_hand"] - 3
    body = {"snapshot_id": "S-1", "location": SOUTH, "lines": [{"sku": "22423", "quantity": counted}]}
    applied = await door.say("/v1/inventory/snapshots", body, "a")
    assert applied.status_code == 201, applied.text
    assert applied.json()["changed"] == [{"sku": "22423", "book": before["on_hand"], "counted": counted}]
    assert (await at(door, "22423", SOUTH))["on_hand"] == counted
    stale = {**body, "lines": [{"sku": "22423", "quantity": counted, "expected": before["on_hand"]}]}
    refused = await door.say("/v1/inventory/snapshots", stale, "b")
    assert (refused.status_code, refused.json()["code"]) == (409, "stale-quantity")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/lines/0/expected"]
    twice = {**body, "location": "ATTIC", "lines": [{"sku": "22423", "quantity": counted}] * 2}
    wrong = await door.say("/v1/inventory/snapshots", twice, "c")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/location", "/lines/1/sku"}
    await door.quiet()
    postings = (await door.get("/v1/ledger/entries?limit=200")).json()["items"]
    assert [one for one in postings if one["step"] == "count"]


async def test_a_transfer_is_sent_received_in_parts_and_lost_in_part(door):
    before = (await at(door, "22086", NORTH), await at(door, "22086", SOUTH))
    lines = [{"sku": "22086", "quantity": 10}]
    body = {"transfer_id": "T-1", "from_location": NORTH, "to_location": SOUTH, "lines": lines}
    sent = await door.say("/v1/transfers", body, "a")
    assert (sent.status_code, sent.headers["location"]) == (201, "/v1/transfers/T-1")
    twice = await door.say("/v1/transfers", body, "b")
    assert (twice.status_code, twice.json()["code"]) == (409, "duplicate-transfer")
    path = "/v1/transfers/T-1"
    told = (await door.get(path)).json()
    assert (told["status"], told["lines"]) == (
        "on_the_road",
        [{"sku": "22086", "sent": 10, "received": 0, "lost": 0}],
    )
    some = {"lines": [{"sku": "22086", "quantity": 8}]}
    assert (await door.say(f"{path}/receipts", some, "c")).status_code == 201
    over = await door.say(f"{path}/receipts", some, "d")
    assert (over.status_code, over.json()["code"]) == (409, "over-receipt")
    assert [error["pointer"] for error in over.json()["errors"]] == ["/lines/0"]
    lost = {"outcome": "lost", "lines": [{"sku": "22086", "quantity": 2}]}
    assert (await door.say(f"{path}/receipts", lost, "e")).status_code == 201
    late = await door.say(f"{path}/receipts", lost, "f")
    assert (late.status_code, late.json()["code"]) == (404, "transfer-not-found")
    await door.quiet()
    told = (await door.get(path)).json()
    assert (told["status"], told["lines"][0]["received"], told["lines"][0]["lost"]) == ("done", 8, 2)
    after = (await at(door, "22086", NORTH), await at(door, "22086", SOUTH))
    assert after[0]["available"] == before[0]["available"] - 10
    assert after[1]["available"] == before[1]["available"] + 8
    assert after[1]["in_transit"] == 0
    assert (await door.get("/v1/transfers/T-2")).status_code == 404
    wrong = {**body, "to_location": NORTH, "lines": [{"sku": "NOBODY", "quantity": 0}]}
    bad = await door.say("/v1/transfers", wrong, "g")
    assert {error["pointer"] for error in bad.json()["errors"]} == {"/lines/0/quantity"}


async def test_units_are_held_for_a_while_and_let_go(door):
    before = (await door.get("/v1/availability?skus=22469")).json()["skus"][0]["available"]
    body = {"channel": "web", "lines": [{"line_id": "1", "sku": "22469", "quantity": 7}]}
    held = await door.say("/v1/reservations", body, "a")
    assert held.status_code == 201, held.text
    path = held.headers["location"]
    assert (await door.say("/v1/reservations", body, "a")).content == held.content
    told = (await door.get(path)).json()
    assert (told["status"], [line["quantity"] for line in told["lines"]]) == ("held", [7])
    now = (await door.get("/v1/availability?skus=22469")).json()["skus"][0]["available"]
    assert now == before - 7
    gone = await door.client.delete(path, headers={"idempotency-key": "b"})
    assert (gone.status_code, gone.content) == (204, b"")
    again = await door.client.delete(path, headers={"idempotency-key": "b"})
    assert (again.status_code, again.headers["idempotent-replayed"]) == (204, "true")
    twice = await door.client.delete(path, headers={"idempotency-key": "c"})
    assert (twice.status_code, twice.json()["code"]) == (410, "reservation-gone")
    assert (await door.get(path)).status_code == 410
    assert (await door.get("/v1/reservations/rsv_x")).status_code == 404
    assert (await door.get("/v1/availability?skus=22469")).json()["skus"][0]["available"] == before


async def test_all_is_held_or_nothing(door):
    lines = [
        {"line_id": "1", "sku": "22469", "quantity": 1},
        {"line_id": "2", "sku": "T-OUT", "quantity": 1},
    ]
    before = (await door.get("/v1/availability?skus=22469")).json()["skus"]
    refused = await door.say("/v1/reservations", {"channel": "web", "lines": lines}, "a")
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient-stock")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/lines/1"]
    assert (await door.get("/v1/availability?skus=22469")).json()["skus"] == before
    wrong = {"channel": "tv", "lines": [{"line_id": "1", "sku": "NOBODY", "quantity": 1}], "minutes": 0}
    bad = await door.say("/v1/reservations", wrong, "b")
    assert {error["pointer"] for error in bad.json()["errors"]} == {"/minutes"}
    bad = await door.say("/v1/reservations", {**wrong, "minutes": 1}, "c")
    assert {error["pointer"] for error in bad.json()["errors"]} == {"/channel", "/lines/0/sku"}


async def test_an_order_is_sold_beside_what_is_held(door):
    body = {"channel": "web", "lines": [{"line_id": "1", "sku": "85123A", "quantity": 6}]}
    assert (await door.say("/v1/reservations", body, "a")).status_code == 201
    order = await door.post(numbered(1), "o", prefer="wait=10")
    assert order.json()["order_status"] == "completed"
