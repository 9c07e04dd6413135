"""Orders by the batch: each taken or refused by itself, all of it once, and none of it twice."""

import json

import pytest
import trio

from tests.support.gateway import HeldJournal, numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def send(door, orders, key, **headers):
    body = orders if isinstance(orders, bytes) else json.dumps({"orders": orders}).encode()
    sent = {"idempotency-key": key, "content-type": "application/json", **headers}
    return await door.client.post("/v1/orders:batch", content=body, headers=sent)


def statuses(answer):
    return [item["status"] for item in answer.json()["items"]]


async def test_every_order_of_a_batch_is_received_and_completed(door):
    answer = await send(door, [numbered(n) for n in range(5)], "b1")
    assert answer.status_code == 202
    assert statuses(answer) == ["accepted"] * 5
    assert [item["index"] for item in answer.json()["items"]] == list(range(5))
    for n, item in enumerate(answer.json()["items"]):
        found = await door.get(item["location"])
        assert (found.status_code, found.json()["channel_order_id"]) == (200, f"G-{n}")
        assert (await door.rest(item["location"]))["order_status"] == "completed"


async def test_a_batch_takes_a_turn_an_order_and_one_for_a_hundred(door):
    before = door.turns()
    door.journal.hold()
    answers = []

    async def first():
        answers.append(await send(door, [numbered(n) for n in range(150)], "b1"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(first)
        while door.turns() == before:
            await trio.sleep(0.005)
        await trio.sleep(0.1)
        assert not answers, "it was answered before it was durable"
        assert door.turns() - before == 2 + 150
        door.journal.let_go.set()
    assert statuses(answers[0]) == ["accepted"] * 150


async def test_a_repeat_gets_the_same_bytes_and_records_nothing(door):
    orders = [numbered(1), numbered(2, currency="XXX"), numbered(1), numbered(3)]
    first = await send(door, orders, "b1")
    assert statuses(first) == ["accepted", "invalid", "duplicate", "accepted"]
    for index in (0, 3):
        await door.rest(first.json()["items"][index]["location"])
    before = door.turns()
    again = await send(door, orders, "b1")
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    other = await send(door, orders[:1], "b1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert door.turns() == before


async def test_an_order_known_before_is_a_duplicate_with_its_place_and_is_not_changed(door):
    single = await door.post(numbered(1), "one")
    answer = await send(door, [numbered(1, currency="EUR", shipping_minor=495), numbered(2)], "b1")
    assert statuses(answer) == ["duplicate", "accepted"]
    assert answer.json()["items"][0]["location"] == single.headers["location"]
    assert (await door.get(single.headers["location"])).json()["currency"] == "GBP"
    later = await door.post(numbered(2), "two")
    assert (later.status_code, later.json()["code"]) == (409, "duplicate-order")


async def test_wrong_orders_are_named_field_by_field_and_the_others_are_taken(door):
    orders = [numbered(1), numbered(2, lines=[], currency=5), "no order", numbered(3)]
    orders[3]["payments"] = [{**orders[3]["payments"][0], "amount_minor": 1}]
    answer = await send(door, orders, "b1")
    assert statuses(answer) == ["accepted", "invalid", "invalid", "invalid"]
    items = answer.json()["items"]
    assert {"/orders/1/currency", "/orders/1/lines"} <= {one["pointer"] for one in items[1]["errors"]}
    assert all(one["pointer"].startswith("/orders/2") for one in items[2]["errors"])
    assert all(one["pointer"].startswith("/orders/3") for one in items[3]["errors"])
    assert all(one["code"] and one["detail"] for item in items[1:] for one in item["errors"])


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b"[]", 422, ""),
        (b"{}", 422, "/orders"),
        (b'{"orders": {}}', 422, "/orders"),
        (b'{"orders": []}', 422, "/orders"),
        (b'{"orders": [{}], "more": 1}', 422, ""),
        (json.dumps({"orders": [{}] * 501}).encode(), 422, "/orders"),
        (b'{"orders": [{"a": 1, "a": 2}]}', 400, "/a"),
        (b'{"orders": [', 400, None),
        (b'{"orders": [{"channel": "\\ud800"}]}', 400, None),
        (json.dumps({"orders": [{"x": "4111 1111 1111 1111"}]}).encode(), 422, "/orders/0/x"),
        (json.dumps({"orders": [{}, 1]}).encode(), 422, "/orders/1"),
    ],
)
async def test_a_batch_without_any_good_order_is_refused_and_nothing_is_recorded(door, body, status, pointer):
    before = door.turns()
    answer = await send(door, body, "b1")
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert any(one["pointer"].startswith(pointer) for one in answer.json()["errors"]), answer.text
    assert door.turns() == before
    assert statuses(await send(door, [numbered(1)], "b1")) == ["accepted"]


async def test_one_key_at_once_from_many_makes_each_order_once(door):
    answers = []

    async def post():
        answers.append(await send(door, [numbered(n) for n in range(3)], "b1"))

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(post)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1


async def test_a_batch_costs_a_token_an_order(door):
    def left(answer):
        return int(answer.headers["ratelimit"].split(";")[1].removeprefix("r="))

    before = left(await send(door, [numbered(0)], "b0"))
    assert before - left(await send(door, [numbered(n) for n in range(1, 41)], "b1")) in range(20, 41)
    _, partner = door.access.create("small", role="support")
    assert (await send(door, [numbered(99)], "b2", authorization=f"Bearer {partner}")).status_code == 403


async def test_answers_and_orders_are_there_after_a_restart(tmp_path):
    journal = HeldJournal()
    orders = [numbered(n) for n in range(120)]
    async with opened(tmp_path, journal=journal) as door:
        secret = door.secret
        first = await send(door, orders, "b1")
        assert statuses(first) == ["accepted"] * 120
    async with opened(tmp_path, journal=journal) as door:
        again = await send(door, orders, "b1", authorization=f"Bearer {secret}")
        assert (again.status_code, again.content) == (202, first.content)
        last = first.json()["items"][-1]["location"]
        assert (await door.get(last)).json()["channel_order_id"] == "G-119"
