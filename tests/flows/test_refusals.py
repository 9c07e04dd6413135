"""Each way an order can be refused before acceptance, and what has to be undone then."""

from typing import Any

import pytest

from tests.support.script import answer
from tests.support.shop import an_order, id_of

UNTOUCHED: dict[str, list[Any]] = {
    "held": [],
    "captured": [],
    "erp": [],
    "tax": [],
    "warehouse": [],
    "shipped": [],
}


def assert_nothing_stays(world, order):
    """No stock reserved, no money asked for in the ledger, nothing open in the flow."""
    assert world.reservations() == []
    assert world.postings() == []
    assert world.books()["captured"] == []
    assert world.books()["erp"] == []
    assert world.books()["warehouse"] == []
    flow = world.system.look("order_to_cash", id_of(order))
    assert (flow.order, flow.held) == (None, [])


async def test_a_declined_payment_rejects_the_order_and_nothing_was_held(open_world):
    world = await open_world()
    order = an_order(token="tok_declined")
    state = await world.play(order)
    assert world.axes(order) == ("rejected", "declined", "pending", "pending")
    assert state.reason == "payment-declined: card_declined"
    assert world.books() == UNTOUCHED
    assert world.exceptions() == []
    assert_nothing_stays(world, order)


async def test_a_declined_second_payment_voids_the_first(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), pay=[("tok_visa", 300), ("tok_declined", 210)])
    await world.play(order)
    assert world.axes(order) == ("rejected", "declined", "pending", "pending")
    assert world.books() == {**UNTOUCHED, "held": [(id_of(order), 300, 0, 300)]}
    assert len(world.facts("payment.auth_voided")) == 1
    assert_nothing_stays(world, order)


async def test_a_fraud_rejection_voids_the_authorization(open_world):
    world = await open_world(twins={"deny_bp": 10_000})
    order = an_order()
    state = await world.play(order)
    assert world.axes(order) == ("rejected", "voided", "pending", "pending")
    assert state.reason == "fraud-rejected"
    assert world.books() == {**UNTOUCHED, "held": [(id_of(order), 510, 0, 510)]}
    assert_nothing_stays(world, order)


async def test_what_the_fraud_service_will_not_judge_a_person_does(open_world):
    world = await open_world()
    world.script.next("fraud/assessments", answer(422, {"error": {"code": "no"}}))
    order = an_order()
    await world.place(order)
    await world.until(lambda: world.exceptions() == ["fraud-review"])
    assert [held.hold_id for held in world.facts("order.held")] == ["fraud-review"]


@pytest.mark.parametrize(
    "lines, fields, reason",
    [
        ([("NO-SUCH", 1, 100)], {}, "unknown-sku"),
        ([("TEA", 1, 300)], {}, "price-changed"),
        ([("SAKE", 1)], {}, "other-currency"),
        ([("TEA", 1), ("NO-SUCH", 1, 100)], {}, "unknown-sku"),
        ([("NO-SUCH", 1, 100)], {"channel": "marketplace"}, "unknown-sku"),
    ],
)
async def test_an_unpriceable_line_rejects_the_order_before_money_is_touched(
    open_world, lines, fields, reason
):
    world = await open_world()
    order = an_order(*lines, **fields)
    state = await world.play(order)
    assert world.axes(order) == ("rejected", "pending", "pending", "pending")
    assert state.reason == reason
    assert world.books() == UNTOUCHED
    assert_nothing_stays(world, order)


async def test_a_price_within_a_hundredth_of_the_list_stands(open_world):
    world = await open_world()
    near, far = an_order(("MUG", 1, 1_010), n=1), an_order(("MUG", 1, 1_011), n=2)
    await world.place(near)
    await world.place(far)
    await world.ended(near, far)
    assert (world.axes(near)[0], world.axes(far)[0]) == ("completed", "rejected")


async def test_a_marketplace_is_trusted_with_its_price(open_world):
    world = await open_world()
    order = an_order(("TEA", 1, 199), channel="marketplace")
    await world.play(order)
    assert world.axes(order)[0] == "completed"
    assert world.books()["captured"] == [(id_of(order), 199)]


async def test_tax_on_top_that_the_payments_do_not_cover_rejects_and_voids(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), prices_include_tax=False, pay=[("tok_visa", 510)])
    state = await world.play(order)
    assert world.axes(order) == ("rejected", "voided", "pending", "pending")
    assert state.reason == "payment-insufficient"
    assert world.books()["held"] == [(id_of(order), 510, 0, 510)]
    # A quote is no document that binds: it stays a quote.
    assert world.books()["tax"] == [(id_of(order), "quoted")]
    assert_nothing_stays(world, order)


async def test_a_stock_out_voids_the_authorization_and_names_the_sku(open_world):
    world = await open_world()
    order = an_order(("TEA", 1), ("MUG", 4))
    state = await world.play(order)
    assert world.axes(order) == ("rejected", "voided", "pending", "pending")
    assert state.reason == "out-of-stock: MUG"
    assert world.books()["held"] == [(id_of(order), 4_255, 0, 4_255)]
    assert world.stock("MUG") == (3, 0)
    assert world.stock("TEA") == (1_000, 0)
    assert_nothing_stays(world, order)


async def test_two_lines_of_one_sku_are_summed_before_stock_is_asked(open_world):
    world = await open_world()
    order = an_order(("MUG", 2), ("MUG", 2))
    state = await world.play(order)
    assert state.reason == "out-of-stock: MUG"
    assert world.stock("MUG") == (3, 0)


async def test_of_many_orders_for_the_last_pieces_only_as_many_are_accepted_as_there_are(open_world):
    world = await open_world()
    orders = [an_order(("MUG", 1), n=n) for n in range(8)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    ends = sorted(world.axes(order)[:2] for order in orders)
    assert ends == [("completed", "captured")] * 3 + [("rejected", "voided")] * 5
    assert world.stock("MUG") == (0, 0)


async def test_an_order_is_sourced_from_one_place_that_has_all_of_it(open_world):
    world = await open_world()
    first, second = an_order(("TEA", 998), n=1), an_order(("TEA", 5), n=2)
    await world.play(first)
    await world.play(second)
    assert world.stock("TEA", "WH1") == (2, 0)
    assert world.stock("TEA", "WH2") == (0, 0)
    third = an_order(("TEA", 3), n=3)
    await world.play(third)
    assert world.state(third).reason == "out-of-stock: TEA"


async def test_a_tax_service_that_refuses_leaves_the_order_to_a_person(open_world):
    world = await open_world()
    world.script.next("tax/quotes", answer(400, {"error": "no"}))
    order = an_order()
    await world.play(order)
    assert world.axes(order) == ("excepted", "authorized", "pending", "pending")
    assert world.exceptions() == ["outcome-unknown"]
