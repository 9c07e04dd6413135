"""Quotes through the door: made, looked at, used by an order, and refused with every field named."""

import pytest
import trio

from tests.support.gateway import ORDER, PROBLEM_FIELDS, numbered, opened

PATH = "/v1/price-quotes"
ASKED = {"channel": "business", "currency": "GBP", "lines": [{"sku": "85123A", "quantity": 6}]}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def ask(door, body, key="a"):
    return await door.client.post(PATH, json=body, headers={"idempotency-key": key})


async def test_a_quote_is_made_once_looked_at_and_used(door):
    answer = await ask(door, ASKED)
    assert answer.status_code == 201
    made = answer.json()
    assert made["lines"] == [{"sku": "85123A", "quantity": 6, "unit_price_minor": 255}]
    assert made["total_minor"] == 1530
    again = await ask(door, ASKED)
    assert (again.content, again.headers["idempotent-replayed"]) == (answer.content, "true")
    found = await door.get(answer.headers["location"])
    assert found.json()["status"] == "live"
    order = numbered(1, channel="business", quote_id=made["quote_id"])
    placed = await door.post(order, "order")
    with trio.fail_after(20):
        while (await door.get(placed.headers["location"])).json()["order_status"] != "accepted":
            await trio.sleep(0.02)
    used = await door.get(answer.headers["location"], **{"if-none-match": found.headers["etag"]})
    assert (used.json()["status"], used.json()["order_id"]) == ("used", placed.json()["order_id"])
    second = await door.post({**order, "channel_order_id": "G-2"}, "second", prefer="wait=10")
    assert (second.json()["order_status"], second.json()["reason"]) == ("rejected", "quote-used")


async def test_a_channel_of_quotes_refuses_an_order_without_one_at_the_door(door):
    before = door.turns()
    answer = await door.post(numbered(1, channel="business"), "order")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/quote_id", "quote-missing")
    ]
    assert ORDER["quote_id"] is None
    assert door.turns() == before


async def test_lines_without_a_price_are_422_and_named(door):
    lines = [{"sku": "NO-SUCH", "quantity": 1}, {"sku": "85123A", "quantity": 1}]
    answer = await ask(door, {**ASKED, "lines": lines})
    assert (answer.status_code, answer.json()["code"]) == (422, "unpriceable")
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/lines/0/sku"]
    assert set(answer.json()) == PROBLEM_FIELDS


async def test_a_bad_quote_names_every_wrong_field_and_leaves_no_turn(door):
    before = door.turns()
    body = {"channel": "nowhere", "currency": "XXX", "lines": [{"sku": "", "quantity": 0}], "surprise": 1}
    answer = await ask(door, body)
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/channel", "/currency", "/lines/0/sku", "/lines/0/quantity", "/surprise"}
    assert (await ask(door, {"lines": 1, "channel": []})).status_code == 422
    for quote_id in ("quo_x", "quo_" + "a" * 26):
        assert (await door.get(f"{PATH}/{quote_id}")).status_code == 404
    assert door.turns() == before
