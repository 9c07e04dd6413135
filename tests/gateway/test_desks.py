"""What people do at their desks, through the door: holds, reviews, edits, gift cards, rehearsals, purchase orders."""

import pytest
import trio

from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

NOBODY = "ord_" + "a" * 26


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def say(door, path, body, key, method="POST", **headers):
    sent = {"idempotency-key": key, **headers} if key else headers
    return await door.client.request(method, path, json=body, headers=sent)


async def a_phone_order(door, number=1, **changes):
    """One that waits 30 s before it is released."""
    answer = await door.post(numbered(number, channel="phone", **changes), f"order-{number}")
    location = answer.headers["location"]
    with trio.fail_after(20):
        while (await door.get(location)).json()["order_status"] == "received":
            await trio.sleep(0.02)
    return location


async def until(door, path, true):
    with trio.fail_after(20):
        while not true(found := (await door.get(path)).json()):
            await trio.sleep(0.02)
    return found


async def test_an_order_is_held_and_let_go(door):
    location = await a_phone_order(door)
    hold = {"hold_id": "h1", "reason": "the customer has a question", "by": "eve"}
    asked = await say(door, f"{location}/holds", hold, "a")
    assert (asked.status_code, asked.json()["status"]) == (202, "hold-requested")
    again = await say(door, f"{location}/holds", hold, "a")
    assert (again.content, again.headers["idempotent-replayed"]) == (asked.content, "true")
    found = await until(door, location, lambda order: order["holds"][0]["status"] == "standing")
    assert found["holds"] == [{"hold_id": "h1", "status": "standing", "reason": hold["reason"], "by": "eve"}]
    twice = await say(door, f"{location}/holds", hold, "b")
    assert (twice.status_code, twice.json()["code"]) == (409, "hold-exists")
    unknown = await say(door, f"{location}/holds/h2", {"reason": "why"}, "c", "DELETE")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "hold-not-found")
    gone = await door.client.delete(f"{location}/holds/h1", headers={"idempotency-key": "d"})
    assert (gone.status_code, gone.json()["status"]) == (200, "released")


async def test_a_bad_hold_names_every_wrong_field_and_leaves_no_turn(door):
    location = await a_phone_order(door)
    await until(door, location, lambda order: order["erp_status"] == "acknowledged")
    before = door.turns()
    wrong = await say(door, f"{location}/holds", {"hold_id": "", "until": "soon", "colour": 1}, "a")
    assert (wrong.status_code, set(wrong.json())) == (422, PROBLEM_FIELDS)
    pointers = {error["pointer"] for error in wrong.json()["errors"]}
    assert pointers == {"/hold_id", "/until", "/colour", "/reason"}
    hold = {"hold_id": "h", "reason": "r"}
    assert (await say(door, f"/v1/orders/{NOBODY}/holds", hold, "b")).status_code == 404
    assert (await say(door, f"{location}/holds", hold, "")).json()["code"] == "idempotency-key-missing"
    assert door.turns() == before


async def test_a_review_is_decided_once(tmp_path):
    async with opened(tmp_path, twins={"review_min_ms": 0, "review_max_ms": 0}) as door:
        payments = [{"provider": "psp-a", "method": "card", "token": "tok_review", "amount_minor": 2025}]
        location = (await door.post(numbered(1, payments=payments), "o")).headers["location"]
        await until(door, location, lambda order: order["holds"])
        body = {"decision": "accept", "reason": "a good customer"}
        assert (await say(door, f"{location}/review", body, "a")).status_code == 200
        again = await say(door, f"{location}/review", {**body, "decision": "reject"}, "b")
        assert again.status_code == 409
        assert (await door.rest(location))["order_status"] == "completed"


async def test_an_edit_names_the_version_that_it_changes(door):
    location = await a_phone_order(door)
    await until(door, location, lambda order: order["erp_status"] == "acknowledged")
    seen = await door.get(location)
    line = {"line_id": "1", "sku": "85123A", "quantity": 7, "unit_price_minor": 255}
    change = {"lines": [line], "by": "eve"}
    assert (await say(door, location, change, "", "PATCH")).json()["code"] == "precondition-required"
    stale = await say(door, location, change, "", "PATCH", **{"if-match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    wrong = {"lines": [{**line, "quantity": 0}], "ship_to": {"country": "XX"}}
    refused = await say(door, location, wrong, "", "PATCH", **{"if-match": seen.headers["etag"]})
    assert {e["pointer"] for e in refused.json()["errors"]} == {"/lines/0/quantity", "/ship_to/country"}
    either = {"if-match": f'"1", {seen.headers["etag"]}'}
    asked = await say(door, location, change, "", "PATCH", **either)
    assert (asked.status_code, asked.json()["status"]) == (202, "edit-requested")
    again = await say(door, location, change, "", "PATCH", **either)
    assert again.content == asked.content
    found = await until(
        door, location, lambda order: order["edits"].get(asked.json()["edit_id"]) != "requested"
    )
    assert found["edits"] == {asked.json()["edit_id"]: "applied"}
    assert [one["quantity"] for one in found["lines"]] == [7]


async def test_a_gift_card_is_sold_once_and_pays(door):
    card = {
        "code": "XMAS-2026-0001", "amount_minor": 5_000, "currency": "GBP", "channel": "web", "provider": "psp-a",
    }  # fmt: skip
    sold = await say(door, "/v1/gift-cards", card, "a")
    assert (sold.status_code, sold.json()["balance_minor"]) == (201, 5_000)
    assert card["code"] not in sold.text
    location = sold.headers["location"]
    twice = await say(door, "/v1/gift-cards", card, "b")
    assert (twice.status_code, twice.json()["code"]) == (409, "gift-card-exists")
    payments = [{"provider": "gift_card", "method": "gift_card", "token": card["code"], "amount_minor": 2025}]
    order = await door.post(numbered(3, payments=payments), "o", prefer="wait=10")
    assert order.json()["order_status"] == "completed"
    found = await until(door, location, lambda one: one["redeemed_minor"])
    assert (found["balance_minor"], found["free_minor"]) == (2_975, 2_975)
    wrong = await say(
        door, "/v1/gift-cards", {**card, "code": "short", "currency": "XXX", "channel": "tv"}, "c"
    )
    assert {e["pointer"] for e in wrong.json()["errors"]} == {"/code", "/currency", "/channel"}
    assert (await door.get("/v1/gift-cards/gc_" + "a" * 26)).status_code == 404


async def test_a_rehearsal_says_what_would_be_and_does_nothing(door):
    before = door.turns()
    told = (await say(door, "/v1/rehearsals", {"order": numbered(9)}, "")).json()
    assert told["facts"]["order.received"] == 1
    assert list(told["calls"]) == ["payments: payments.authorize"]
    assert told["done"] is False
    file = {"provider": "psp-a", "name": "s.csv", "content": "nothing,of,use\n"}
    told = (await say(door, "/v1/rehearsals", {"settlement_file": file}, "")).json()
    assert [one["category"] for one in told["needs_a_person"]] == ["settlement-file-refused"]
    wrong = await say(door, "/v1/rehearsals", {"order": {**numbered(9), "currency": "XX"}}, "")
    assert [e["pointer"] for e in wrong.json()["errors"]] == ["/order/currency"]
    both = await say(door, "/v1/rehearsals", {"order": numbered(9), "settlement_file": file}, "")
    assert both.status_code == 422
    assert door.turns() == before


async def test_what_there_is_not_is_404_and_leaves_no_turn(door):
    before = door.turns()
    decided = {"decision": "close", "reason": "r"}
    assert (await say(door, "/v1/purchase-orders/po_none/decision", decided, "a")).status_code == 404
    assert (await door.get("/v1/purchase-orders/po_none")).status_code == 404
    assert (await door.get("/v1/reconciliations/none")).status_code == 404
    assert (await say(door, "/v1/reconciliations/none/runs", {}, "b")).status_code == 404
    assert (await say(door, "/v1/periods/GB01:202613x/close", {"reason": "r"}, "c")).status_code == 404
    assert door.turns() == before
