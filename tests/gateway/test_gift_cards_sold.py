"""Gift cards sold through the door: their codes kept by nobody, and every contradiction named."""

import pytest
import trio

from contracts.ids import gift_card_id_of
from tests.support.gateway import ORDER, numbered, opened

CODE = "WINTER-2026-XYZ"
CARD = {"line_id": "c1", "code": CODE, "amount_minor": 1_000}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


def paid(amount, **changes):
    return {"payments": [{**ORDER["payments"][0], "amount_minor": amount}], **changes}


async def test_a_card_is_sold_beside_goods_and_its_code_pays_for_the_next_order(door):
    order = numbered(1, gift_cards=[CARD], **paid(3_025))
    done = (await door.post(order, "one", prefer="wait=10")).json()
    assert done["order_status"] == "completed"
    assert (done["amounts"]["gift_cards_minor"], done["amounts"]["total_minor"]) == (1_000, 3_025)
    assert done["gift_cards"] == [
        {"line_id": "c1", "card_id": gift_card_id_of("main", CODE), "amount_minor": 1_000}
    ]
    card = {"provider": "gift_card", "method": "gift_card", "token": CODE, "amount_minor": 1_000}
    money = {**ORDER["payments"][0], "amount_minor": 1_025}
    again = (await door.post(numbered(2, payments=[card, money]), "two", prefer="wait=10")).json()
    assert again["order_status"] == "completed"
    turns = b"".join(data for _, group in door.journal.read() for data in group)
    assert CODE.encode() not in turns


async def test_a_card_is_given_back_once_while_it_is_unused(door):
    order = numbered(1, lines=[], shipping_minor=0, gift_cards=[CARD], **paid(1_000))
    order_id = (await door.post(order, "one", prefer="wait=10")).json()["order_id"]
    path = f"/v1/orders/{order_id}/gift-cards/c1/refunds"

    async def ask(where, key):
        return await door.client.post(where, headers={"idempotency-key": key})

    for where in (path.replace("c1", "c9"), path.replace(order_id, "ord_x")):
        assert (await ask(where, "b")).status_code == 404
    answer = await ask(path, "a")
    assert (answer.status_code, answer.json()["amount_minor"]) == (202, 1_000)
    assert (await ask(path, "a")).headers["idempotent-replayed"] == "true"
    with trio.fail_after(20):
        while [row["amount"] for row in door.twins.books()["payments"]["refunds"]] != [1_000]:
            await trio.sleep(0.02)
    again = await ask(path, "c")
    assert (again.status_code, again.json()["code"]) == (404, "gift-card-not-found")
    card = {"provider": "gift_card", "method": "gift_card", "token": CODE, "amount_minor": 1_000}
    money = {**ORDER["payments"][0], "amount_minor": 1_025}
    refused = (await door.post(numbered(2, payments=[card, money]), "two", prefer="wait=10")).json()
    assert refused["order_status"] == "rejected"


async def test_a_card_alone_is_an_order(door):
    order = numbered(1, lines=[], shipping_minor=0, gift_cards=[CARD], **paid(1_000))
    done = (await door.post(order, "one", prefer="wait=10")).json()
    assert (done["order_status"], done["payment_status"]) == ("completed", "captured")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lines": [], "shipping_minor": 0, **paid(1)}, {"/lines": "too-short"}),
        ({"lines": [], "gift_cards": [CARD], **paid(1_495)}, {"/shipping_minor": "nothing-to-ship"}),
        (
            {"gift_cards": [{**CARD, "line_id": "1"}], **paid(3_025)},
            {"/gift_cards/0/line_id": "duplicate-line-id"},
        ),
        (
            {"gift_cards": [CARD, {**CARD, "line_id": "c2"}], **paid(4_025)},
            {"/gift_cards/1/code": "duplicate-code"},
        ),
        ({"gift_cards": [CARD]}, {"/payments": "payments-mismatch"}),
        (
            {
                "gift_cards": [CARD],
                "payments": [{"provider": "x", "method": "gift_card", "token": "t", "amount_minor": 3_025}],
            },
            {"/payments": "gift-card-by-gift-card"},
        ),
        ({"gift_cards": [{**CARD, "code": "short"}], **paid(3_025)}, {"/gift_cards/0/code": "too-short"}),
    ],
)
async def test_a_card_that_cannot_be_sold_names_the_field_and_leaves_no_turn(door, changes, expected):
    before = door.turns()
    answer = await door.post(numbered(1, **changes), "one")
    assert answer.status_code == 422
    assert {one["pointer"]: one["code"] for one in answer.json()["errors"]} == expected
    assert door.turns() == before
