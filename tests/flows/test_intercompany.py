"""Between legal entities: goods of one are sold by another, sent to it and taken back; each book has its own side."""

import msgspec

from contracts.channels import CHANNELS, Channel
from contracts.entities import ENTITIES, ENTITY_OF_BOOK
from contracts.inventory import ReceiveStock, StockRow
from contracts.periods import local_day
from contracts.stock import MoveStock
from tests.support.sendings import advise, inspect, receive, send_back
from tests.support.shop import an_order

OWED, OWING = "1150 intercompany receivable GB01", "2150 intercompany payable GB02"
COGS, REVENUE, STOCK = "5000 cost of goods sold", "4000 revenue", "1300 inventory WH3"
QUARANTINE, ROAD = "1320 quarantine WH3", "1310 inventory in transit"


def posted(world, book):
    """(step, entries) of a book."""
    return [
        (one.step, [(e.side, e.account, e.amount_minor) for e in one.entries])
        for one in world.facts("ledger.posted")
        if one.book == book
    ]


async def sold_of_another(open_world, units=5):
    """An order of mugs, which only the other entity's location has enough of."""
    world = await open_world()
    rows = (StockRow("MUG", "WH3", 10),)
    world.record("inventory", "default", ReceiveStock("default", "theirs", rows), "theirs")
    await world.quiet()
    order = an_order(("MUG", units))
    await world.play(order)
    assert world.axes(order)[0] == "completed"
    return world, order


async def test_goods_of_another_entity_are_owed_for_there_and_leave_its_stock(open_world):
    world, _ = await sold_of_another(open_world)
    steps = dict(posted(world, "GB01"))
    # Five at 400, and a twentieth of that.
    assert steps["intercompany_bought"] == [("D", COGS, 2_100), ("C", OWING, 2_100)]
    assert "cost" not in steps
    assert posted(world, "GB02") == [
        (
            "intercompany_sold",
            [("D", OWED, 2_100), ("D", COGS, 2_000), ("C", REVENUE, 2_100), ("C", STOCK, 2_000)],
        )
    ]
    references = {one.reference for one in world.facts("ledger.posted") if one.step.startswith("inter")}
    assert references == {"invoice 1", "GB01 invoice 1"}
    for book in ("GB01", "GB02"):
        entries = [entry for _, some in posted(world, book) for entry in some]
        assert sum(amount if side == "D" else -amount for side, _, amount in entries) == 0


async def test_a_plain_order_has_no_side_elsewhere(open_world):
    world = await open_world()
    await world.play(an_order(("TEA", 2)))
    assert posted(world, "GB02") == []
    assert [step for step, _ in posted(world, "GB01")] == ["invoice", "cost", "capture"]


async def test_what_comes_back_to_the_owner_is_no_longer_owed_for(open_world):
    world, order = await sold_of_another(open_world)
    await send_back(world, order, ("1", 2))
    mine = [entries for step, entries in posted(world, "GB01") if step == "intercompany_returned"]
    assert mine == [[("D", OWING, 840), ("C", COGS, 840)]]
    assert posted(world, "GB02")[1:] == [
        ("intercompany_taken_back", [("D", REVENUE, 840), ("C", OWED, 840)]),
        ("return_received", [("D", QUARANTINE, 800), ("C", COGS, 800)]),
        ("return_restocked", [("D", STOCK, 800), ("C", QUARANTINE, 800)]),
    ]
    assert world.stock("MUG", "WH3") == (7, 0)


async def test_what_the_owner_sends_back_to_the_customer_is_owed_for_again(open_world):
    world, order = await sold_of_another(open_world)
    assert (await advise(world, order, ("1", 1)))[0] == 201
    assert (await receive(world, order, ("1", 1)))[0] == 201
    assert (await inspect(world, order, ("1", 0, 0, 0, 1)))[0] == 201
    mine = [entries for step, entries in posted(world, "GB01") if step == "intercompany_returned"]
    assert mine == [[("D", OWING, 420), ("C", COGS, 420)], [("C", OWING, 420), ("D", COGS, 420)]]
    assert posted(world, "GB02")[-2:] == [
        ("intercompany_taken_back", [("C", REVENUE, 420), ("D", OWED, 420)]),
        ("return_refused", [("D", COGS, 400), ("C", QUARANTINE, 400)]),
    ]


async def test_a_transfer_to_another_entity_is_owed_for_at_cost_from_the_moment_it_leaves(open_world):
    world = await open_world()
    for name, from_, to, at, there in (
        ("out", "available", "in_transit", "WH1", "WH3"),
        ("in", "in_transit", "available", "WH3", ""),
    ):
        rows = (StockRow("TEA", at, 4),)
        command = MoveStock("default", "T1", "transfer", from_, to, rows, there)
        world.record("inventory", "default", command, name)
        await world.quiet()
    receivable, payable = "1150 intercompany receivable GB02", "2150 intercompany payable GB01"
    assert posted(world, "GB01") == [
        ("intercompany_sent", [("D", receivable, 400), ("C", "1300 inventory WH1", 400)])
    ]
    assert posted(world, "GB02") == [
        ("intercompany_expected", [("D", ROAD, 400), ("C", payable, 400)]),
        ("transfer_in", [("D", STOCK, 400), ("C", ROAD, 400)]),
    ]


async def test_each_side_has_the_day_of_its_own_entity(open_world, monkeypatch):
    # In Pago Pago it is yesterday still, and so another period.
    far = msgspec.structs.replace(ENTITIES["GB02"], time_zone="Pacific/Pago_Pago")
    monkeypatch.setitem(ENTITY_OF_BOOK, "GB02", far)
    world, _ = await sold_of_another(open_world)
    dates = {one.book: one.document_date for one in world.facts("ledger.posted")}
    now = world.timeline.now_ms()
    assert dates == {"GB01": local_day(now, "Europe/London"), "GB02": local_day(now, "Pacific/Pago_Pago")}
    assert dates["GB01"] != dates["GB02"]


async def test_an_entity_that_rounds_on_the_document_asks_for_it_and_invoices_the_difference(
    open_world, monkeypatch
):
    monkeypatch.setitem(CHANNELS, "web", Channel(price_policy="trust", book="JP01"))
    world = await open_world()
    # A fifth of 101, three times: 20.2 each, 60.6 in all; rounded once that is 61.
    lines = [("SAKE", 1, 101), ("SAKE", 1, 101), ("SAKE", 1, 101)]
    order = an_order(
        *lines, currency="JPY", prices_include_tax=False, pay=[("tok_visa", 303 + 61)]
    )  # fmt: skip
    await world.play(order)
    assert world.axes(order)[0] == "completed"
    (invoice,) = world.facts("invoice.issued")
    assert (invoice.book, invoice.gross_minor, invoice.tax_minor, invoice.rounding_minor) == (
        "JP01",
        364,
        60,
        1,
    )
    entries = dict(posted(world, "JP01"))["invoice"]
    assert ("D", "1100 accounts receivable", 364) in entries
    assert ("C", "7000 rounding", 1) in entries
    assert [amount for _, amount in world.books()["captured"]] == [364]
