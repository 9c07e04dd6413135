"""Buying through the door: ordered, advised, received, replenished by itself."""

import pytest

from tests.support.gateway import PROBLEM_FIELDS, opened

NORTH = "WH-NORTH"


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def available(door):
    positions = (await door.get("/v1/inventory/22423")).json()["positions"]
    return next(one["available"] for one in positions if one["location"] == NORTH)


def purchase(**changes):
    line = {"line_id": "1", "sku": "22423", "quantity": 10, "price_minor": 500}
    return {
        "purchase_ref": "P-1", "supplier": "SUP-B", "location": NORTH, "currency": "GBP", "lead_time_days": 7,
        "lines": [line], **changes,
    }  # fmt: skip


def receipt(order_id, units, receipt_id="R-1"):
    at = "2026-05-17T12:00:00Z"
    lines = [{"line_id": "1", "quantity": units}]
    return {"purchase_order_id": order_id, "receipt_id": receipt_id, "lines": lines, "received_at": at}


async def bought(door, **changes):
    answer = await door.say("/v1/purchase-orders", purchase(**changes), "buy")
    assert answer.status_code == 201, answer.text
    return answer.json()["purchase_order_id"]


async def test_what_is_ordered_is_advised_received_and_on_the_shelf(door):
    first = await door.say("/v1/purchase-orders", purchase(), "a")
    assert (first.status_code, first.json()["status"]) == (201, "issued"), first.text
    order_id = first.json()["purchase_order_id"]
    assert first.headers["location"] == f"/v1/purchase-orders/{order_id}"
    assert (await door.say("/v1/purchase-orders", purchase(), "a")).content == first.content
    twice = await door.say("/v1/purchase-orders", purchase(), "b")
    assert (twice.status_code, twice.json()["code"]) == (409, "already-suggested")
    at = "2026-05-20T12:00:00Z"
    notice = {"purchase_order_id": order_id, "asn_id": "N-1", "arrives_at": at}
    advised = await door.say("/v1/asns", {**notice, "lines": [{"line_id": "1", "quantity": 10}]}, "c")
    assert advised.status_code == 201, advised.text
    await door.quiet()
    before = await available(door)
    over = await door.say("/v1/goods-receipts", receipt(order_id, 12), "d")
    assert (over.status_code, over.json()["code"]) == (409, "over-receipt")
    assert [error["pointer"] for error in over.json()["errors"]] == ["/lines/0"]
    assert set(over.json()) == PROBLEM_FIELDS
    taken = await door.say("/v1/goods-receipts", receipt(order_id, 10), "e")
    assert taken.status_code == 201, taken.text
    repeated = await door.say("/v1/goods-receipts", receipt(order_id, 10), "f")
    assert (repeated.status_code, repeated.json()["code"]) == (409, "repeated")
    await door.quiet()
    order = (await door.get(f"/v1/purchase-orders/{order_id}")).json()
    assert (order["ship_notices"], order["receipts"], order["to_put_away"]) == (["N-1"], ["R-1"], [])
    assert await available(door) == before + 10
    (one,) = (await door.get("/v1/purchase-orders?supplier=SUP-B")).json()["items"]
    assert (one["purchase_order_id"], one["total_minor"], one["status"]) == (order_id, 5_000, order["status"])
    assert (await door.get("/v1/purchase-orders?status=cancelled")).json()["items"] == []
    assert (await door.get("/v1/purchase-orders?status=lost")).status_code == 400
    assert (await door.get("/v1/exceptions")).json()["items"] == []


async def test_an_order_over_the_limit_waits_for_a_person(door):
    line = {"line_id": "1", "sku": "22423", "quantity": 1_000_000, "price_minor": 500}
    order_id = await bought(door, lines=[line])
    assert (await door.get(f"/v1/purchase-orders/{order_id}")).json()["status"] == "suggested"
    path = f"/v1/purchase-orders/{order_id}/decision"
    agreed = await door.say(path, {"decision": "approve", "reason": "a big season"}, "a")
    assert agreed.json()["status"] == "issued"


async def test_everything_unknown_in_a_document_is_named_and_leaves_no_turn(door):
    before = door.turns()
    wrong = purchase(supplier="NOBODY", location="ATTIC", currency="JPY")
    wrong["lines"] = [{**wrong["lines"][0], "sku": "X"}, wrong["lines"][0]]
    named = await door.say("/v1/purchase-orders", wrong, "a")
    assert {error["pointer"] for error in named.json()["errors"]} == {
        "/supplier", "/location", "/currency", "/lines/0/sku", "/lines/1/line_id",
    }  # fmt: skip
    assert (await door.say("/v1/goods-receipts", receipt("po_x", 1), "b")).status_code == 404
    empty = await door.say("/v1/asns", {"colour": 1}, "c")
    assert {error["pointer"] for error in empty.json()["errors"]} == {
        "/purchase_order_id", "/asn_id", "/lines", "/arrives_at", "/colour",
    }  # fmt: skip
    assert door.turns() == before
    order_id = await bought(door)
    body = receipt(order_id, 1)
    body["lines"] = [{"line_id": "9", "quantity": 1}]
    unknown = await door.say("/v1/goods-receipts", body, "d")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-line")
    assert [error["pointer"] for error in unknown.json()["errors"]] == ["/lines/0/line_id"]


async def test_a_policy_is_set_by_its_version_and_what_is_low_is_ordered(door):
    path = "/v1/replenishment-policies/22423/STORE-1"
    assert (await door.get(path)).status_code == 404
    body = {
        "reorder_point": 10, "supplier": "SUP-A", "price_minor": 500, "currency": "GBP", "lead_time_days": 3,
        "order_quantity": 100,
    }  # fmt: skip
    blind = await door.client.put(path, json=body)
    assert (blind.status_code, blind.json()["code"]) == (428, "precondition-required")
    made = await door.client.put(path, json=body, headers={"if-none-match": "*"})
    assert (made.status_code, made.json()["ordered"]) == (201, 0), made.text
    seen = await door.get(path)
    assert (seen.json()["reorder_point"], seen.headers["etag"]) == (10, made.headers["etag"])
    higher = {**body, "reorder_point": 300_000}
    stale = await door.client.put(path, json=higher, headers={"if-match": '"x"'})
    assert stale.status_code == 412
    changed = await door.client.put(path, json=higher, headers={"if-match": seen.headers["etag"]})
    assert (changed.status_code, changed.json()["ordered"]) == (200, 1)
    await door.quiet()
    (order,) = (await door.get("/v1/purchase-orders")).json()["items"]
    assert (order["supplier"], order["total_minor"]) == ("SUP-A", 50_000)
    wrong = {**body, "supplier": "NOBODY", "currency": "JPY"}
    named = await door.client.put(path, json=wrong, headers={"if-match": "*"})
    assert {error["pointer"] for error in named.json()["errors"]} == {"/supplier", "/currency"}
    other = await door.client.put(f"{path}X", json=body, headers={"if-none-match": "*"})
    assert other.status_code == 422
