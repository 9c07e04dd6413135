"""Orders as a list, what was paid for one, and refunds of what the customer keeps."""

import pytest

from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

NOBODY = "ord_" + "a" * 26


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def completed(door, number, **changes):
    answer = await door.post(numbered(number, **changes), f"order-{number}", prefer="wait=10")
    assert answer.json()["order_status"] == "completed"
    return answer.json()["order_id"]


async def filled(door, path):
    await door.quiet()
    return await door.get(path)


async def test_orders_are_listed_in_pages_and_by_what_they_are(door):
    ids = [await completed(door, n, customer_id=f"C-{n}") for n in (1, 2, 3)]
    whole = (await filled(door, "/v1/orders")).json()
    assert [one["order_id"] for one in whole["items"]] == ids
    one = whole["items"][1]
    assert (one["channel_order_id"], one["customer_id"], one["order_status"]) == ("G-2", "C-2", "completed")
    assert (one["total_minor"], one["currency"]) == (2025, "GBP")
    assert "Shopper" not in str(whole)
    first = await door.get("/v1/orders?limit=2")
    path = first.headers["link"].partition(">")[0].removeprefix("<")
    assert [one["order_id"] for one in (await door.get(path)).json()["items"]] == ids[2:]
    theirs = (await door.get("/v1/orders?customer_id=C-3&status=completed&channel=web")).json()
    assert [one["order_id"] for one in theirs["items"]] == ids[2:]
    assert (await door.get("/v1/orders?status=rejected")).json()["items"] == []
    wrong = await door.get("/v1/orders?status=lost&channel=tv&colour=red")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"", "/status", "/channel"}


async def test_what_was_captured_and_refunded_of_an_order_is_told(door):
    order_id = await completed(door, 1)
    told = (await door.get(f"/v1/orders/{order_id}/payments")).json()
    assert told["means"] == [{"provider": "psp-a", "method": "card", "amount_minor": 2025, "card_id": None}]
    (capture,) = told["captures"]
    assert (capture["amount_minor"], capture["currency"], told["payment_status"]) == (2025, "GBP", "captured")
    assert "tok_visa" not in str(told)
    assert (told["refunds"], told["disputes"]) == ([], [])
    nobody = await door.get(f"/v1/orders/{NOBODY}/payments")
    assert (nobody.status_code, set(nobody.json())) == (404, PROBLEM_FIELDS)


async def test_units_that_the_customer_keeps_are_refunded_once(door):
    order_id = await completed(door, 1)
    path = f"/v1/orders/{order_id}/refunds"
    body = {"refund_ref": "R-1", "reason": "came broken", "lines": [{"line_id": "1", "quantity": 2}]}
    asked = await door.say(path, body, "a")
    assert asked.status_code == 202, asked.text
    assert (await door.say(path, body, "a")).content == asked.content
    await filled(door, path)
    (one,) = (await door.get(path)).json()["items"]
    assert (one["amount_minor"], one["status"]) == (510, "done")
    assert one["return_id"] == asked.json()["return_id"]
    returned = (await door.get(asked.headers["location"])).json()
    assert (returned["status"], returned["outcome"]) == ("closed", "refunded")
    (note,) = (await door.get(f"/v1/credit-notes?order_id={order_id}")).json()["items"]
    assert note["gross_minor"] == 510
    # Nothing came back to any shelf.
    moved = (await door.get("/v1/inventory/85123A/movements?limit=200")).json()["items"]
    assert not [row for row in moved if row["reason"] == "return"]
    twice = await door.say(path, body, "b")
    assert (twice.status_code, twice.json()["code"]) == (409, "duplicate-return")


async def test_more_than_is_left_is_not_refunded_and_every_wrong_field_is_named(door):
    order_id = await completed(door, 1)
    path = f"/v1/orders/{order_id}/refunds"
    much = {"refund_ref": "R", "lines": [{"line_id": "1", "quantity": 7}]}
    over = await door.say(path, much, "a")
    assert (over.status_code, over.json()["code"]) == (422, "exceeds-refundable")
    assert set(over.json()) == PROBLEM_FIELDS
    unknown = await door.say(path, {"refund_ref": "S", "lines": [{"line_id": "9", "quantity": 1}]}, "b")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown-line")
    before = door.turns()
    wrong = await door.say(path, {"refund_ref": "", "lines": [], "colour": 1}, "c")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/refund_ref", "/lines", "/colour"}
    assert (await door.say(f"/v1/orders/{NOBODY}/refunds", much, "d")).status_code == 404
    assert door.turns() == before
    await filled(door, path)
    assert (await door.get(path)).json()["items"] == []
    assert (await door.get("/v1/exceptions")).json()["items"] == []


async def test_a_refund_is_nothing_before_the_order_has_shipped(door):
    answer = await door.post(numbered(1, channel="phone"), "o")
    body = {"refund_ref": "R", "lines": [{"line_id": "1", "quantity": 1}]}
    refused = await door.say(f"{answer.headers['location']}/refunds", body, "a")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-shipped")
