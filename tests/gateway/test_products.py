"""Products and prices through the door: listed, looked at, and changed by whoever has seen them."""

import pytest

from tests.support.gateway import PROBLEM_FIELDS, opened

NEW = {"name": "A new thing", "price_minor": 500, "cost_minor": 200, "currency": "GBP", "weight_g": 30}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def put(door, path, body, **headers):
    return await door.client.put(
        path, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


async def test_products_come_in_pages_that_miss_nothing(door):
    whole = (await door.get("/v1/products?limit=200")).json()
    assert len(whole["items"]) == 24
    assert "cost_minor" not in whole["items"][0]
    path, seen = "/v1/products?limit=7", []
    while path:
        answer = await door.get(path)
        seen += answer.json()["items"]
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert seen == whole["items"]
    assert [one["sku"] for one in (await door.get("/v1/prices?limit=200")).json()["items"]] == [
        one["sku"] for one in seen
    ]
    assert (await door.get("/v1/products?price_list=none")).status_code == 400
    assert (await door.get("/v1/products?price_list=euro")).json()["items"] == []


async def test_a_product_is_made_seen_and_changed_by_its_version(door):
    path = "/v1/products/NEW-1"
    assert (await door.get(path)).status_code == 404
    blind = await put(door, path, NEW)
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition-required")
    early = await put(door, path, NEW, if_match='"x"')
    assert (early.status_code, early.json()["code"]) == (412, "precondition-failed")
    made = await put(door, path, NEW, if_none_match="*", idempotency_key="k")
    assert made.status_code == 201, made.text
    assert (await put(door, path, NEW, if_none_match="*")).status_code == 412
    again = await put(door, path, NEW, if_none_match="*", idempotency_key="k")
    assert (again.content, again.headers["idempotent-replayed"]) == (made.content, "true")
    seen = await door.get(path)
    assert (seen.json()["name"], seen.json()["price_minor"]) == ("A new thing", 500)
    assert made.headers["etag"] == seen.headers["etag"]
    assert (await door.get(path, **{"if-none-match": seen.headers["etag"]})).status_code == 304
    changed = await put(door, path, {"name": "Another name"}, if_match=seen.headers["etag"])
    assert (changed.status_code, changed.json()["status"]) == (200, "changed")
    stale = await put(door, path, {"name": "A third"}, if_match=seen.headers["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    back = await put(door, path, {"name": "A new thing", "weight_g": 30}, if_match=changed.headers["etag"])
    assert back.status_code == 200
    assert (await door.get(path)).json()["name"] == "A new thing"


async def test_what_a_product_lacks_or_may_not_bring_is_named_and_leaves_no_turn(door):
    before = door.turns()
    lacking = await put(door, "/v1/products/NEW-2", {"name": "A thing"}, if_none_match="*")
    pointers = {error["pointer"] for error in lacking.json()["errors"]}
    assert (lacking.status_code, pointers) == (422, {"/price_minor", "/cost_minor", "/currency"})
    assert set(lacking.json()) == PROBLEM_FIELDS
    other = await put(door, "/v1/products/85123A", {"name": "T-light", "price_minor": 1}, if_match="*")
    assert [error["code"] for error in other.json()["errors"]] == ["not-changed-here"]
    wrong = await put(door, "/v1/products/85123A", {"name": "", "colour": "red"}, if_match="*")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/name", "/colour"}
    assert door.turns() == before


async def test_a_price_holds_from_now_or_from_its_instant_on(door):
    path = "/v1/prices/22423"
    seen = await door.get(path)
    assert (seen.json()["price_minor"], seen.json()["planned"]) == (1275, [])
    now = await put(door, path, {"price_minor": 1300, "currency": "GBP"}, if_match=seen.headers["etag"])
    assert (now.status_code, now.json()["status"]) == (200, "changed"), now.text
    assert (await door.get(path)).json()["price_minor"] == 1300
    later = {"price_minor": 1400, "currency": "GBP", "effective_at": "2999-01-01T00:00:00Z"}
    planned = await put(door, path, later, if_match=now.headers["etag"])
    assert planned.json()["status"] == "planned"
    told = (await door.get(path)).json()
    assert told["price_minor"] == 1300
    assert [one["price_minor"] for one in told["planned"]] == [1400]
    assert (await put(door, path, later, if_match=seen.headers["etag"])).status_code == 412
    assert (await put(door, path, later)).status_code == 428
    assert (await put(door, "/v1/prices/NOBODY", later, if_match="*")).status_code == 404
    wrong = await put(door, path, {"price_minor": -1, "currency": "XXX"}, if_match="*")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/price_minor"}
    unknown = await put(door, path, {"price_minor": 1, "currency": "XXX"}, if_match="*")
    assert {error["pointer"] for error in unknown.json()["errors"]} == {"/currency"}
