"""From a position that is low to goods on the shelf and a supplier paid."""

from collections import Counter
from typing import Any

import msgspec

from contracts.ids import purchase_order_id_of
from contracts.ports import OPERATIONS
from contracts.purchasing import CancelPurchase, ClosePurchase
from contracts.replenishment import ReorderRow, SetReorderPoints
from contracts.suppliers import SUPPLIERS, Supplier
from tests.support.script import answer, lost_after
from tests.support.shop import an_order

PO = purchase_order_id_of("main", "default", 1)
STOCK, GR_IR, AP, BANK = "1300 inventory WH1", "2050 GR-IR", "2000 accounts payable", "1000 bank"
VARIANCE = "5100 purchase price variance"
# Two TEA leave 998: 51 up to the target, in two lots of 50, at 100 each.
ROW = ReorderRow("TEA", "WH1", 999, "SUP-A", 100, 100, "GBP", 10_000, 50)


async def watched(open_world, row=ROW, **twins):
    """A world whose pool watches its tea."""
    world = await open_world(twins=twins)
    world.record("inventory", "default", SetReorderPoints("default", (row,)), "points")
    await world.quiet()
    return world


def order_of(world, order_id=PO):
    return world.system.look("purchasing", order_id)


async def bought(world, status="closed"):
    """Sell two TEA, and see the purchase order to its end."""
    await world.play(an_order())
    await world.until(lambda: order_of(world) is not None and order_of(world).status == status)
    await world.quiet()
    return order_of(world)


def purchases(world):
    return [
        (step, entries) for step, entries in world.postings() if step not in ("invoice", "cost", "capture")
    ]


async def test_what_is_low_is_bought_received_put_away_and_paid(open_world):
    world = await watched(open_world)
    order = await bought(world)
    assert (order.lines[0].ordered, order.lines[0].received, order.lines[0].invoiced) == (100, 100, 100)
    assert world.stock("TEA") == (1_098, 0)
    assert purchases(world) == [
        ("goods_receipt", [("D", STOCK, 10_000), ("C", GR_IR, 10_000)]),
        ("supplier_invoice", [("D", GR_IR, 10_000), ("C", AP, 10_000)]),
        ("supplier_payment", [("D", AP, 10_000), ("C", BANK, 10_000)]),
    ]
    assert world.exceptions() == []
    assert not world.system.engine.fold.timers
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_an_order_that_crosses_no_reorder_point_takes_no_turn_more(open_world):
    plain = await open_world()
    before = len(plain.turns())
    await plain.play(an_order(("SOAP", 1)))
    turns = len(plain.turns()) - before
    world = await watched(open_world)
    before = len(world.turns())
    await world.play(an_order(("SOAP", 1)))
    assert len(world.turns()) - before == turns
    assert world.facts("replenishment.triggered") == []


async def test_one_that_does_takes_no_turn_more_of_the_pool(open_world):
    world = await watched(open_world)
    await world.play(an_order())
    assert world.by_actor()["inventory"] == 1 + 1 + 2
    assert [fact.order_id for fact in world.facts("replenishment.triggered")] == [PO]


async def test_while_it_is_on_order_it_is_not_ordered_again_and_afterwards_it_is(open_world):
    world = await watched(open_world)
    for n in (1, 2, 3):
        await world.play(an_order(n=n))
    assert len(world.facts("replenishment.triggered")) == 1
    await world.until(lambda: order_of(world).status == "closed")
    await world.quiet()
    assert world.stock("TEA") == (1_094, 0)
    await world.play(an_order(("TEA", 200), n=4))
    assert len(world.facts("replenishment.triggered")) == 2


async def test_goods_may_come_in_two_deliveries_and_documents_twice(open_world):
    world = await watched(open_world, supplier_split_bp=10_000, supplier_repeat_bp=10_000)
    order = await bought(world)
    assert len(order.receipts) == len(order.asns) == 2
    assert world.stock("TEA") == (1_098, 0)
    assert len(world.facts("goods.received")) == 2
    assert len(world.facts("supplier_invoice.received")) == 1
    assert world.facts("purchasing.refused") == []


async def test_another_price_than_the_agreed_one_is_disputed_and_a_person_may_accept_it(open_world):
    world = await watched(open_world, supplier_price_bp=10_000)
    await world.play(an_order())
    await world.until(lambda: order_of(world) is not None and order_of(world).invoices)
    await world.quiet()
    asked = world.facts("supplier_invoice.received")[0].total_minor
    if asked > 10_200:
        assert world.exceptions() == ["invoice-price-differs"]
        assert order_of(world).status == "excepted"
        world.record("purchasing", PO, ClosePurchase(PO, "it is worth it", True), "close", PO)
        await world.quiet()
    assert order_of(world).status == "closed"
    assert purchases(world)[1:] == [
        ("supplier_invoice", [("D", GR_IR, 10_000), ("D", VARIANCE, asked - 10_000), ("C", AP, asked)]),
        ("supplier_payment", [("D", AP, asked), ("C", BANK, asked)]),
    ]


async def test_an_invoice_that_comes_before_the_goods_waits_for_them(open_world):
    world = await watched(open_world, supplier_early_bp=10_000, supplier_split_bp=10_000)
    await world.play(an_order())
    await world.until(lambda: order_of(world) is not None and order_of(world).waiting)
    assert world.facts("supplier_invoice.matched") == []
    await world.until(lambda: order_of(world).status == "closed")


async def test_too_little_is_a_persons_business_and_the_position_is_watched_again(open_world):
    world = await watched(open_world, supplier_short_bp=10_000, seed=3)
    await world.play(an_order())
    await world.until(
        lambda: order_of(world) is not None and order_of(world).status in ("closed", "excepted")
    )
    await world.quiet()
    line = order_of(world).lines[0]
    assert line.received < line.expected
    short = (line.expected - line.received) * 20 > line.expected
    assert world.exceptions() == (["goods-short"] if short else [])
    assert world.facts("replenishment.ended")[0].order_id == PO


async def test_too_much_is_taken_into_stock_and_beyond_the_tolerance_told(open_world):
    world = await watched(open_world, supplier_over_bp=10_000)
    await world.play(an_order())
    await world.until(
        lambda: order_of(world) is not None and order_of(world).status in ("closed", "excepted")
    )
    await world.quiet()
    received = order_of(world).lines[0].received
    assert received > 100
    assert world.stock("TEA") == (998 + received, 0)
    assert world.exceptions() == (["goods-over-delivered"] if received > 110 else [])


async def test_less_confirmed_is_less_expected(open_world):
    world = await watched(open_world, supplier_change_bp=10_000)
    order = await bought(world)
    assert order.lines[0].expected == order.lines[0].received < order.lines[0].ordered


async def test_a_rejected_order_waits_for_a_person_who_cancels_it_and_then_it_is_bought_again(open_world):
    world = await watched(open_world, supplier_reject_bp=10_000)
    await bought(world, "excepted")
    assert world.exceptions() == ["purchase-order-rejected"]
    assert len(world.facts("replenishment.triggered")) == 1
    world.record("purchasing", PO, CancelPurchase(PO, "bought elsewhere"), "cancel", PO)
    await world.quiet()
    assert order_of(world).status == "cancelled"
    assert len(world.facts("replenishment.triggered")) == 2
    assert world.facts("supplier.order_withdrawn")[0].order_id == PO


async def test_a_supplier_that_does_not_sell_it_refuses_the_order(open_world):
    world = await watched(open_world)
    world.script.next("suppliers/purchase_orders", answer(422, {"reason": "UNKNOWN_ITEM"}))
    await bought(world, "excepted")
    assert world.exceptions() == ["purchase-order-rejected"]


async def test_a_call_whose_end_nobody_knows_is_excepted_for_the_purchase_order_alone(
    open_world, monkeypatch
):
    soon = msgspec.structs.replace(OPERATIONS["suppliers.issue"], give_up_ms=60_000)
    monkeypatch.setitem(OPERATIONS, "suppliers.issue", soon)
    world = await watched(open_world)
    world.script.always["suppliers/purchase_orders"] = answer(500)
    await bought(world, "excepted")
    assert sorted(world.exceptions()) == ["outcome-unknown", "purchase-order-rejected"]
    assert world.system.look("orders", PO) is None


async def test_an_order_whose_answer_got_lost_is_sent_again_and_taken_once(open_world):
    world = await watched(open_world)
    world.script.next("suppliers/purchase_orders", lost_after)
    await bought(world)
    assert len(world.script.made("suppliers/purchase_orders")) == 2
    assert len(world.twins.books()["suppliers"]["orders"]) == 1
    assert world.stock("TEA") == (1_098, 0)


async def test_a_supplier_with_terms_is_paid_when_its_invoice_is_due(open_world, monkeypatch):
    monkeypatch.setitem(SUPPLIERS, "SUP-B", Supplier(terms_ms=60_000))
    row = ReorderRow("TEA", "WH1", 999, "SUP-B", 100, 100, "GBP", 10_000, 50)
    world = await watched(open_world, row)
    await bought(world)
    assert [step for step, _ in purchases(world)] == ["goods_receipt", "supplier_invoice"]
    await world.wait(60_000)
    await world.quiet()
    assert [step for step, _ in purchases(world)] == ["goods_receipt", "supplier_invoice", "supplier_payment"]
    assert world.system.look("procure_to_replenish", PO).owed == {}


async def test_what_falls_due_on_a_weekend_is_paid_when_banks_work_where_the_buyer_is(
    open_world, monkeypatch
):
    # It is Friday, and Monday is a bank holiday in London.
    monkeypatch.setitem(SUPPLIERS, "SUP-B", Supplier(terms_ms=86_400_000))
    row = ReorderRow("TEA", "WH1", 999, "SUP-B", 100, 100, "GBP", 10_000, 50)
    world = await watched(open_world, row)
    await bought(world)
    (fact,) = world.facts("supplier_invoice.matched")
    # 2026-05-05T00:00 in London
    assert fact.pay_at_ms == 1_777_935_600_000


async def test_what_never_comes_becomes_an_exception(open_world, monkeypatch):
    monkeypatch.setitem(SUPPLIERS, "SUP-A", Supplier(delivery_grace_ms=60_000))
    world = await watched(open_world)
    for feed in ("acknowledgments", "ship_notices", "invoices"):
        world.script.always[f"suppliers/{feed}"] = answer(503)
    world.script.always["warehouse/receipts"] = answer(503)
    await bought(world, "excepted")
    assert world.exceptions() == ["delivery-overdue"]


async def test_a_cost_other_than_the_price_is_variance_at_the_receipt(open_world):
    row = ReorderRow("TEA", "WH1", 999, "SUP-A", 90, 100, "GBP", 10_000, 50)
    world = await watched(open_world, row)
    await bought(world)
    assert purchases(world)[0] == (
        "goods_receipt",
        [("D", STOCK, 10_000), ("C", VARIANCE, 1_000), ("C", GR_IR, 9_000)],
    )
    balance: Counter[Any] = Counter()
    for _, entries in world.postings():
        for side, account, amount in entries:
            balance[account] += amount if side == "D" else -amount
    assert sum(balance.values()) == balance[GR_IR] == balance[AP] == 0
