"""What is posted at each step, to the unit: invoice, cost, capture."""

from typing import Any

from contracts.orders import Discount
from tests.support.shop import an_order, id_of

AR = "1100 accounts receivable"
CLEARING = "1200 PSP clearing psp-a"
STOCK = "1300 inventory WH1"
TAX = "2200 tax payable GB"
REVENUE = "4000 revenue"
SHIPPING = "4100 shipping revenue"
DISCOUNTS = "4900 discounts"
COGS = "5000 cost of goods sold"


async def posted(open_world, order):
    world = await open_world()
    await world.play(order)
    assert world.axes(order)[0] == "completed"
    return dict(world.postings())


async def test_prices_with_tax_inside_are_split_into_revenue_and_tax(open_world):
    postings = await posted(open_world, an_order(("TEA", 2)))
    # 20 % within 510: 85.
    assert postings == {
        "invoice": [("D", AR, 510), ("C", REVENUE, 425), ("C", TAX, 85)],
        "cost": [("D", COGS, 200), ("C", STOCK, 200)],
        "capture": [("D", CLEARING, 510), ("C", AR, 510)],
    }


async def test_tax_on_top_is_added_to_lines_and_shipping(open_world):
    order = an_order(("TEA", 2), prices_include_tax=False, shipping_minor=395, pay=[("tok_visa", 1_086)])
    postings = await posted(open_world, order)
    # 510 + 102, 395 + 79.
    assert postings == {
        "invoice": [("D", AR, 1_086), ("C", REVENUE, 510), ("C", SHIPPING, 395), ("C", TAX, 181)],
        "cost": [("D", COGS, 200), ("C", STOCK, 200)],
        "capture": [("D", CLEARING, 1_086), ("C", AR, 1_086)],
    }


async def test_shipping_with_tax_inside_is_split_too(open_world):
    postings = await posted(open_world, an_order(("BOOK", 1), shipping_minor=600))
    # A zero-rated book, and 20 % within 600: 100.
    assert postings["invoice"] == [
        ("D", AR, 1_300),
        ("C", REVENUE, 700),
        ("C", SHIPPING, 500),
        ("C", TAX, 100),
    ]


async def test_a_lines_discount_is_posted_against_revenue_at_list_price(open_world):
    order = an_order(("TEA", 2, 255, 60), prices_include_tax=False, pay=[("tok_visa", 540)])
    postings = await posted(open_world, order)
    # 510 less 60 is taxed: 450 + 90.
    assert postings["invoice"] == [("D", AR, 540), ("D", DISCOUNTS, 60), ("C", REVENUE, 510), ("C", TAX, 90)]
    assert postings["capture"] == [("D", CLEARING, 540), ("C", AR, 540)]


async def test_a_discount_on_the_whole_order_is_shared_over_its_lines_before_tax(open_world):
    order = an_order(
        ("MUG", 1),
        ("BOOK", 1),
        prices_include_tax=False,
        discounts=(Discount("TEN", 170),),
        pay=[("tok_visa", 1_710)],
    )
    postings = await posted(open_world, order)
    # 170 over 1,000 and 700: 100 and 70. 20 % on 900, nothing on 630.
    assert postings["invoice"] == [
        ("D", AR, 1_710),
        ("D", DISCOUNTS, 170),
        ("C", REVENUE, 1_700),
        ("C", TAX, 180),
    ]
    assert postings["cost"] == [("D", COGS, 700), ("C", STOCK, 700)]


async def test_two_providers_clear_on_their_own_accounts(open_world):
    world = await open_world()
    order = an_order(("TEA", 2), pay=[("tok_visa", 300), ("tok_amex", 210)])
    await world.play(order)
    captures = [entries for step, entries in world.postings() if step == "capture"]
    assert captures == [
        [("D", "1200 PSP clearing psp-a", 300), ("C", AR, 300)],
        [("D", "1200 PSP clearing psp-b", 210), ("C", AR, 210)],
    ]
    assert len(world.facts("receivable.cleared")) == 1


async def test_tax_is_payable_to_where_the_goods_go(open_world):
    postings = await posted(open_world, an_order(("SOAP", 1), country="FR"))
    # 5.5 % within 495: 26.
    assert postings["invoice"] == [("D", AR, 495), ("C", REVENUE, 469), ("C", "2200 tax payable FR", 26)]


async def test_invoice_numbers_have_no_gaps_and_posting_ids_no_repeats(open_world):
    world = await open_world()
    orders = [
        an_order(n=1),
        an_order(n=2, token="tok_declined"),
        # Free, but for its shipping nothing is invoiced; its cost is posted all the same.
        an_order(("GIFT", 1), n=3, pay=[("tok_visa", 1)]),
        an_order(("MUG", 1), n=4),
    ]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    assert [invoice.number for invoice in world.facts("invoice.issued")] == [1, 2, 3]
    ids = [posting.posting_id for posting in world.facts("ledger.posted")]
    assert len(set(ids)) == len(ids)


async def test_a_free_order_completes_without_a_capture(open_world):
    world = await open_world()
    order = an_order(("GIFT", 1), pay=[("tok_visa", 1)])
    await world.play(order)
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    assert world.books()["captured"] == []
    assert world.postings() == [("cost", [("D", COGS, 50), ("C", STOCK, 50)])]


async def test_nothing_is_posted_for_what_did_not_ship(open_world):
    world = await open_world()
    orders = [an_order(n=1, token="tok_declined"), an_order(("MUG", 9), n=2), an_order(n=3, channel="phone")]
    for order in orders:
        await world.place(order)
    await world.until(lambda: world.axes(orders[2])[0] == "accepted")
    await world.cancel(orders[2])
    await world.ended(*orders)
    assert world.postings() == []


async def test_every_completed_orders_receivable_is_zero_and_clearing_equals_what_the_provider_took(
    open_world,
):
    world = await open_world()
    orders = [an_order(("TEA", n), ("SOAP", 1), n=n) for n in range(1, 13)]
    for order in orders:
        await world.place(order)
    await world.ended(*orders)
    balance: dict[Any, Any] = {}
    for _, entries in world.postings():
        for side, account, amount in entries:
            balance[account] = balance.get(account, 0) + (amount if side == "D" else -amount)
    assert sum(balance.values()) == 0
    assert balance[AR] == 0
    assert balance[CLEARING] == sum(amount for _, amount in world.books()["captured"])
    assert {reference for reference, _ in world.books()["captured"]} == {id_of(order) for order in orders}
