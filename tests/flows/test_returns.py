"""Returns to refund: goods back on the shelf, a credit note, and the money back, once."""

from typing import Any

import pytest

from tests.support.sendings import (
    WINDOW_MS,
    advise,
    inspect,
    money_back,
    receive,
    send_back,
    state_of,
)
from tests.support.shop import an_order, id_of

CLEARING = "1200 PSP clearing psp-a"
STOCK = "1300 inventory WH1"
QUARANTINE = "1320 quarantine WH1"
TAX = "2200 tax payable GB"
PAYABLE = "2120 refunds payable"
FEES = "4200 restocking fees"
RETURNS = "4800 sales returns"
DISCOUNTS = "4900 discounts"
COGS = "5000 cost of goods sold"
SCRAP = "5300 scrap"


async def sold(open_world, *lines, **fields):
    """A world in which an order is completed: (world, order)."""
    twins = fields.pop("twins", {})
    world = await open_world(twins=twins)
    order = an_order(*lines, **fields)
    await world.play(order)
    assert world.axes(order)[0] == "completed"
    return world, order


async def test_what_comes_back_as_new_is_on_the_shelf_credited_and_refunded(open_world):
    world, order = await sold(open_world, ("TEA", 2), ("MUG", 1))
    before = world.stock("TEA")
    await send_back(world, order, ("1", 2))
    assert state_of(world, order).closed == "refunded"
    assert world.stock("TEA") == (before[0] + 2, 0)
    assert money_back(world) == ([(id_of(order), 510, "succeeded")], [])
    assert world.exceptions() == []
    assert world.postings()[3:] == [
        ("return_received", [("D", QUARANTINE, 200), ("C", COGS, 200)]),
        ("return_restocked", [("D", STOCK, 200), ("C", QUARANTINE, 200)]),
        ("credit_note", [("D", RETURNS, 425), ("D", TAX, 85), ("C", PAYABLE, 510)]),
        ("refund", [("D", PAYABLE, 510), ("C", CLEARING, 510)]),
    ]
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_grades_decide_where_the_goods_go_and_what_is_credited(open_world):
    world, order = await sold(open_world, ("TEA", 10))
    assert (await advise(world, order, ("1", 8), fee_bp=1_000))[0] == 201
    assert (await receive(world, order, ("1", 5)))[0] == 201
    assert (await receive(world, order, ("1", 2), receipt="G2"))[0] == 201
    # Two as new, one second grade, three scrap, one sent back to the customer.
    assert (await inspect(world, order, ("1", 2, 1, 3, 1)))[0] == 201
    assert state_of(world, order).closed == "refunded"
    assert world.stock("TEA") == (992, 0)
    assert world.system.look("inventory", "default").positions["TEA"]["WH1"].damaged == 1
    postings = dict(world.postings())
    assert postings["return_restocked"] == [("D", STOCK, 300), ("C", QUARANTINE, 300)]
    assert postings["return_scrapped"] == [("D", SCRAP, 300), ("C", QUARANTINE, 300)]
    assert postings["return_refused"] == [("D", COGS, 100), ("C", QUARANTINE, 100)]
    # Six of ten, at 2,550 with 425 of tax inside; a tenth is kept.
    assert postings["credit_note"] == [
        ("D", RETURNS, 1_275),
        ("D", TAX, 255),
        ("C", FEES, 153),
        ("C", PAYABLE, 1_377),
    ]
    assert money_back(world)[0] == [(id_of(order), 1_377, "succeeded")]


async def test_several_returns_of_one_order_give_back_every_penny_and_no_more(open_world):
    world, order = await sold(open_world, ("TEA", 3, 255, 64), pay=[("tok_visa", 701)])
    for ref in ("R1", "R2", "R3"):
        await send_back(world, order, ("1", 1), ref=ref)
    refunds = [amount for _, amount, _ in money_back(world)[0]]
    assert sum(refunds) == 701
    assert max(refunds) - min(refunds) <= 1
    notes = world.facts("credit_note.issued")
    assert [note.number for note in notes] == [1, 2, 3]
    discounts = sum(
        amount
        for step, entries in world.postings()
        if step == "credit_note"
        for side, account, amount in entries
        if account == DISCOUNTS
    )
    assert discounts == 64
    status, body = await advise(world, order, ("1", 1), ref="R4")
    assert (status, body["code"]) == (409, "over-return")


async def test_what_is_advised_and_has_not_come_may_not_be_advised_again(open_world):
    world, order = await sold(open_world, ("TEA", 3))
    assert (await advise(world, order, ("1", 2)))[0] == 201
    assert (await advise(world, order, ("1", 2), ref="R2"))[1]["code"] == "over-return"
    assert (await advise(world, order, ("1", 1), ("1", 1), ref="R3"))[1]["code"] == "over-return"
    assert (await advise(world, order, ("7", 1), ref="R4"))[0] == 422
    assert (await advise(world, order, ("1", 1), ref="R5"))[0] == 201


async def test_a_return_that_never_comes_is_closed_and_its_units_may_be_advised_again(open_world):
    world, order = await sold(open_world, ("TEA", 2))
    assert (await advise(world, order, ("1", 2)))[0] == 201
    await world.wait(WINDOW_MS + 1_000)
    assert state_of(world, order).closed == "not-received"
    status, body = await receive(world, order, ("1", 2))
    assert (status, body["code"]) == (409, "return-closed")
    assert world.exceptions() == ["return-unmatched"]
    assert (await advise(world, order, ("1", 2), ref="R2"))[0] == 201


async def test_goods_that_nobody_advised_are_taken_where_they_fit_an_order(open_world):
    world, order = await sold(open_world, ("TEA", 2))
    assert (await receive(world, order, ("1", 1)))[1]["status"] == "received"
    assert (await inspect(world, order, ("1", 1, 0, 0, 0)))[0] == 201
    assert state_of(world, order).closed == "refunded"
    status, body = await receive(world, order, ("1", 2), ref="R2")
    assert (status, body["code"]) == (409, "over-return")
    assert world.exceptions() == ["return-unmatched"]


async def test_nothing_comes_back_of_an_order_that_is_unknown_or_not_shipped(open_world):
    world = await open_world()
    order = an_order(("TEA", 1))
    status, body = await advise(world, order, ("1", 1))
    assert (status, body["code"]) == (404, "not-found")
    refused = an_order(("TEA", 1), n=2, token="tok_declined")
    await world.play(refused)
    status, body = await advise(world, refused, ("1", 1))
    assert (status, body["code"]) == (409, "not-shipped")


async def test_more_at_the_dock_than_was_advised_changes_nothing_and_somebody_looks(open_world):
    world, order = await sold(open_world, ("TEA", 3))
    await advise(world, order, ("1", 1))
    status, body = await receive(world, order, ("1", 2))
    assert (status, body["code"]) == (409, "over-return")
    assert world.exceptions() == ["return-unmatched"]
    assert state_of(world, order).status == "authorized"


async def test_a_receipt_told_twice_is_one_receipt(open_world):
    world, order = await sold(open_world, ("TEA", 2))
    await advise(world, order, ("1", 2))
    assert (await receive(world, order, ("1", 1)))[0] == 201
    assert (await receive(world, order, ("1", 1), key="another"))[0] == 200
    assert state_of(world, order).received == {"1": 1}


@pytest.mark.parametrize(
    "graded", [("1", 1, 0, 0, 0), ("1", 3, 0, 0, 0), ("1", 3, -1, 0, 0), ("2", 2, 0, 0, 0)]
)
async def test_grades_that_do_not_add_up_are_refused(open_world, graded):
    world, order = await sold(open_world, ("TEA", 3), ("MUG", 2))
    await advise(world, order, ("1", 2))
    await receive(world, order, ("1", 2))
    status, body = await inspect(world, order, graded)
    assert (status, body["code"]) == (422, "inspection-differs")
    assert state_of(world, order).status == "received"


async def test_where_everything_is_sent_back_there_is_no_credit_note(open_world):
    world, order = await sold(open_world, ("TEA", 2))
    await advise(world, order, ("1", 2))
    await receive(world, order, ("1", 2))
    await inspect(world, order, ("1", 0, 0, 0, 2))
    assert state_of(world, order).closed == "nothing-to-credit"
    assert world.facts("credit_note.issued") == []
    assert money_back(world)[0] == []
    # Nothing came back in the end: it may be sent again.
    assert (await advise(world, order, ("1", 2), ref="R2"))[0] == 201


async def test_a_gift_is_restocked_and_credited_with_nothing(open_world):
    world, order = await sold(open_world, ("TEA", 1), ("GIFT", 1))
    await send_back(world, order, ("2", 1))
    assert state_of(world, order).closed == "nothing-to-credit"
    assert world.stock("GIFT") == (1_000, 0)
    assert world.facts("credit_note.issued") == []


async def test_a_refund_is_shared_over_the_captures_that_paid(open_world):
    world, order = await sold(open_world, ("MUG", 2), pay=[("tok_visa", 1_500), ("tok_visa", 500)])
    await send_back(world, order, ("1", 1), ref="R1")
    await send_back(world, order, ("1", 1), ref="R2")
    captures = {row["id"]: row["amount"] for row in world.twins.books()["payments"]["captures"]}
    back: dict[Any, Any] = {}
    for row in world.twins.books()["payments"]["refunds"]:
        back[row["capture"]] = back.get(row["capture"], 0) + row["amount"]
    assert back == captures
    assert state_of(world, order, "R1").closed == state_of(world, order, "R2").closed == "refunded"
    clearing: dict[Any, Any] = {}
    for step, entries in world.postings():
        for side, account, amount in entries:
            if "clearing" in account and step in ("capture", "refund"):
                clearing[account] = clearing.get(account, 0) + (amount if side == "D" else -amount)
    assert set(clearing.values()) == {0}


async def test_an_advice_under_another_key_is_a_duplicate(open_world):
    world, order = await sold(open_world, ("TEA", 2))
    assert (await advise(world, order, ("1", 1)))[0] == 201
    status, body = await advise(world, order, ("1", 1), key="other")
    assert (status, body["code"]) == (409, "duplicate-return")
    assert state_of(world, order).status == "authorized"
    assert len(world.facts("return.advised")) == len(world.facts("return.authorized")) == 1


async def test_what_the_customer_keeps_is_credited_at_once_and_on_no_shelf(open_world):
    world, order = await sold(open_world, ("TEA", 2), ("MUG", 1))
    before = world.stock("TEA")
    status, answer = await advise(world, order, ("1", 1), keeps=True)
    assert (status, answer["status"]) == (202, "inspected")
    await world.quiet()
    assert state_of(world, order).closed == "refunded"
    assert world.stock("TEA") == before
    assert money_back(world) == ([(id_of(order), 255, "succeeded")], [])
    assert world.postings()[3:6] == [
        ("return_received", [("D", QUARANTINE, 100), ("C", COGS, 100)]),
        ("return_scrapped", [("D", SCRAP, 100), ("C", QUARANTINE, 100)]),
        ("credit_note", [("D", RETURNS, 212), ("D", TAX, 43), ("C", PAYABLE, 255)]),
    ]
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_no_more_is_credited_with_and_without_goods_than_was_shipped(open_world):
    world, order = await sold(open_world, ("TEA", 2))
    assert (await advise(world, order, ("1", 2), ref="A"))[0] == 201
    status, problem = await advise(world, order, ("1", 1), ref="B", keeps=True)
    assert (status, problem["code"]) == (422, "exceeds-refundable")
    await world.quiet()
    assert world.exceptions() == []
