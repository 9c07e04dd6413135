"""A return through the door: advised, received, inspected, refunded; and what is refused on the way."""

import pytest
import trio

from tests.support.gateway import ORDER, PROBLEM_FIELDS, numbered, opened

NOBODY = "ret_" + "a" * 26


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def completed(door, body=ORDER):
    answer = await door.post(body, "order", prefer="wait=10")
    assert answer.json()["order_status"] == "completed"
    return answer.json()["order_id"]


def advice(order_id, quantity=2, ref="R-1", **changes):
    lines = [{"line_id": "1", "quantity": quantity}]
    return {"order_id": order_id, "return_ref": ref, "lines": lines, "reason": "too-small", **changes}


async def test_a_return_is_advised_received_inspected_and_refunded(door):
    order_id = await completed(door)
    answer = await door.say("/v1/returns", advice(order_id), "a")
    assert (answer.status_code, answer.json()["status"]) == (201, "authorized")
    location = answer.headers["location"]
    again = await door.say("/v1/returns", advice(order_id), "a")
    assert (again.content, again.headers["idempotent-replayed"]) == (answer.content, "true")
    receipt = {"receipt_id": "G-1", "lines": [{"line_id": "1", "quantity": 2}], "location": "NOWHERE"}
    wrong = await door.say(f"{location}/receipts", receipt, "w")
    assert [(e["pointer"], e["code"]) for e in wrong.json()["errors"]] == [("/location", "unknown-location")]
    receipt["location"] = "STORE-1"
    assert (await door.say(f"{location}/receipts", receipt, "b")).json()["status"] == "received"
    graded = {"lines": [{"line_id": "1", "grade_a": 1, "scrap": 1}]}
    assert (await door.say(f"{location}/inspections", graded, "c")).status_code == 201
    with trio.fail_after(20):
        while (found := (await door.get(location)).json())["status"] != "closed":
            await trio.sleep(0.02)
    assert found["outcome"] == "refunded"
    assert found["lines"] == [{"line_id": "1", "quantity": 2, "received": 2}]
    assert found["inspected"] == [
        {"line_id": "1", "grade_a": 1, "grade_b": 0, "scrap": 1, "refused": 0, "location": "STORE-1"}
    ]
    assert [row["amount"] for row in door.twins.books()["payments"]["refunds"]] == [510]


async def test_more_than_was_shipped_is_refused_and_so_is_the_same_return_again(door):
    order_id = await completed(door)
    over = await door.say("/v1/returns", advice(order_id, 7), "a")
    assert (over.status_code, over.json()["code"]) == (409, "over-return")
    assert set(over.json()) == PROBLEM_FIELDS
    assert (await door.say("/v1/returns", advice(order_id, ref="R-2"), "b")).status_code == 201
    twice = await door.say("/v1/returns", advice(order_id, ref="R-2"), "c")
    assert (twice.status_code, twice.json()["code"]) == (409, "duplicate-return")


async def test_grades_that_do_not_add_up_name_the_line(door):
    order_id = await completed(door)
    location = (await door.say("/v1/returns", advice(order_id), "a")).headers["location"]
    early = await door.say(f"{location}/inspections", {"lines": [{"line_id": "1", "grade_a": 2}]}, "b")
    assert (early.status_code, early.json()["code"]) == (409, "not-received")
    receipt = {"receipt_id": "G-1", "lines": [{"line_id": "1", "quantity": 2}]}
    await door.say(f"{location}/receipts", receipt, "c")
    wrong = await door.say(f"{location}/inspections", {"lines": [{"line_id": "1", "grade_a": 3}]}, "d")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "inspection-differs")


async def test_a_bad_return_names_every_wrong_field_and_leaves_no_turn(door):
    before = door.turns()
    body = {"order_id": "x", "lines": [{"line_id": "1", "quantity": 0}], "surprise": 1}
    answer = await door.say("/v1/returns", body, "a")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/order_id", "/return_ref", "/lines/0/quantity", "/surprise"}
    assert door.turns() == before


async def test_what_there_is_not_is_404_and_leaves_no_turn(door):
    before = door.turns()
    unknown = await door.say("/v1/returns", advice("ord_" + "a" * 26), "a")
    assert unknown.status_code == 404
    receipt = {"receipt_id": "G-1", "lines": [{"line_id": "1", "quantity": 2}]}
    for return_id in (NOBODY, "ret_x"):
        assert (await door.get(f"/v1/returns/{return_id}")).status_code == 404
        assert (await door.say(f"/v1/returns/{return_id}/receipts", receipt, "b")).status_code == 404
    assert door.turns() == before


async def test_an_order_that_is_not_shipped_yet_cannot_come_back(door):
    answer = await door.post(numbered(1, channel="phone"), "order")
    order_id = answer.json()["order_id"]
    refused = await door.say("/v1/returns", advice(order_id), "a")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-shipped")


async def test_what_could_not_be_refunded_is_paid_onto_a_card_by_its_code_which_nobody_is_told(door):
    payments = [{"provider": "psp-a", "method": "card", "token": "tok_refund_fails", "amount_minor": 2025}]
    order_id = await completed(door, numbered(4, payments=payments))
    location = (await door.say("/v1/returns", advice(order_id), "a")).headers["location"]
    lines = [{"line_id": "1", "quantity": 2}]
    await door.say(f"{location}/receipts", {"receipt_id": "G-1", "lines": lines}, "b")
    await door.say(f"{location}/inspections", {"lines": [{"line_id": "1", "grade_a": 2}]}, "c")
    wrong = await door.say(f"{location}/credit-payments", {"code": "short"}, "d")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/code", "/reason"}
    body = {"code": "GOODWILL-0001", "reason": "the customer agreed"}
    with trio.fail_after(20):
        n = 0
        while (paid := await door.say(f"{location}/credit-payments", body, f"pay-{n}")).status_code == 409:
            n += 1
            await trio.sleep(0.02)
    assert (paid.status_code, paid.json()["amount_minor"], paid.json()["currency"]) == (202, 510, "GBP")
    assert body["code"] not in paid.text
    with trio.fail_after(20):
        while (await door.get(location)).json()["status"] != "closed":
            await trio.sleep(0.02)
    card = (await door.get(f"/v1/gift-cards/{paid.json()['card_id']}")).json()
    assert (card["credited_minor"], card["balance_minor"]) == (510, 510)
