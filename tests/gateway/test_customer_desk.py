"""Customers through the door: made, changed by their version, listed, and all that is held of one."""

import pytest

from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

PERSON = {"contact": {"name": "Zaphod B.", "email": "zaphod@example.org", "phone": None}}
TOLD = {**PERSON, "changed_at": "2026-05-17T10:00:00Z"}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def test_a_customer_is_made_once_and_changed_by_whoever_has_seen_them(door):
    made = await door.say("/v1/customers", {**TOLD, "customer_id": "C-1"}, "a")
    assert (made.status_code, made.headers["location"]) == (201, "/v1/customers/C-1"), made.text
    assert (await door.say("/v1/customers", {**TOLD, "customer_id": "C-1"}, "a")).content == made.content
    twice = await door.say("/v1/customers", {**TOLD, "customer_id": "C-1"}, "b")
    assert (twice.status_code, twice.json()["code"]) == (409, "customer-exists")
    path = "/v1/customers/C-1"
    seen = await door.get(path)
    assert seen.json()["contact"]["name"] == "Zaphod B."
    assert (await door.get(path, **{"if-none-match": seen.headers["etag"]})).status_code == 304
    newer = {**TOLD, "changed_at": "2026-05-18T10:00:00Z"}
    blind = await door.client.put(path, json=newer)
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition-required")
    changed = await door.client.put(path, json=newer, headers={"if-match": seen.headers["etag"]})
    assert (changed.status_code, changed.json()["status"]) == (200, "known")
    stale = await door.client.put(path, json=newer, headers={"if-match": seen.headers["etag"]})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")


async def test_customers_are_listed_by_number_and_never_by_name(door):
    await door.say("/v1/customers", {**TOLD, "customer_id": "C-1"}, "a")
    await door.rest((await door.post(numbered(1, customer_id="C-2"), "o")).headers["location"])
    await door.rest((await door.post(numbered(2, customer_id=None), "g")).headers["location"])
    await door.client.delete("/v1/customers/C-1", headers={"idempotency-key": "e"})
    await door.quiet()
    told = await door.get("/v1/customers")
    assert [(one["customer_id"], one["status"]) for one in told.json()["items"]] == [
        ("C-1", "erased"),
        ("C-2", "known"),
    ]
    assert "Zaphod" not in told.text
    assert "Shopper" not in told.text
    first = await door.get("/v1/customers?limit=1")
    assert [one["customer_id"] for one in first.json()["items"]] == ["C-1"]
    assert "link" in first.headers
    known = (await door.get("/v1/customers?status=known")).json()["items"]
    assert [one["customer_id"] for one in known] == ["C-2"]
    assert (await door.get("/v1/customers?status=gone")).status_code == 400


async def test_everything_that_is_held_of_a_person_is_told_and_nothing_once_they_are_erased(door):
    order = numbered(1, customer_id="C-2")
    await door.rest((await door.post(order, "o")).headers["location"])
    await door.quiet()
    path = "/v1/customers/C-2/data"
    held = (await door.get(path)).json()
    (one,) = held["orders"]
    assert one["contact"]["email"] == "a@example.org"
    assert (one["ship_to"]["lines"], one["ship_to"]["city"]) == (["1 High Street"], "Aberdeen")
    assert one["channel_order_id"] == "G-1"
    assert "tok_visa" not in str(held)
    assert (
        await door.client.delete("/v1/customers/C-2", headers={"idempotency-key": "e"})
    ).status_code == 202
    await door.quiet()
    gone = await door.get(path)
    assert (gone.json()["status"], gone.json()["contact"], gone.json()["orders"]) == ("erased", None, [])
    assert "Shopper" not in gone.text
    assert (await door.get("/v1/customers/C-404/data")).status_code == 404
    _, reader = door.access.create("reader", ["customers:read"])
    refused = await door.get(path, authorization=f"Bearer {reader}")
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient-scope")


async def test_a_bad_customer_names_every_wrong_field_and_leaves_no_turn(door):
    before = door.turns()
    wrong = await door.say("/v1/customers", {"customer_id": "guest:x", "contact": 1, "colour": "red"}, "a")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {
        "/customer_id", "/contact", "/colour", "/changed_at",
    }  # fmt: skip
    assert set(wrong.json()) == PROBLEM_FIELDS
    early = await door.client.put("/v1/customers/C-9", json=TOLD, headers={"if-match": '"1"'})
    assert early.status_code == 412
    assert (await door.client.put("/v1/customers/guest:x", json=TOLD)).status_code == 404
    assert door.turns() == before
