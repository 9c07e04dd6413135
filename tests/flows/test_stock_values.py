"""What transfers, counts and opening stock are in the books: posted at standard cost, each once."""

from actors.runtime.intake import Call
from contracts.finance import OpeningStock, PostOpeningStock
from contracts.inventory import StockRow
from contracts.returns import ReceiveReturn, ReturnLine
from contracts.stock import ApplyCount, MoveStock, OpenCount
from tests.support.sendings import advise, inspect, return_id
from tests.support.shop import an_order, id_of

STOCK, THERE, ROAD = "1300 inventory WH1", "1300 inventory WH2", "1310 inventory in transit"
SHRINKAGE, OPENING, QUARANTINE = "5200 shrinkage", "3000 opening balances", "1320 quarantine WH2"


def move(world, name, sku, units, from_, to, *, at="WH1", there="", reason="transfer"):
    rows = (StockRow(sku, at, units),)
    world.record("inventory", "default", MoveStock("default", "T1", reason, from_, to, rows, there), name)


async def count(world, sku, units, name="C1"):
    world.record("inventory", "default", OpenCount("default", name, "WH1", (sku,)), f"{name}-open")
    await world.quiet()
    counted = (StockRow(sku, "WH1", units),)
    world.record("inventory", "default", ApplyCount("default", name, counted), f"{name}-done")
    await world.quiet()


async def test_a_transfer_leaves_one_location_for_the_road_and_comes_from_it(open_world):
    world = await open_world()
    move(world, "out", "TEA", 10, "available", "in_transit", there="WH2")
    await world.quiet()
    assert world.postings() == [("transfer_out", [("D", ROAD, 1_000), ("C", STOCK, 1_000)])]
    move(world, "in-1", "TEA", 6, "in_transit", "available", at="WH2")
    move(world, "in-2", "TEA", 3, "in_transit", "damaged", at="WH2")
    move(world, "lost", "TEA", 1, "in_transit", "outside", at="WH2", reason="lost")
    await world.quiet()
    assert world.postings()[1:] == [
        ("transfer_in", [("D", THERE, 600), ("C", ROAD, 600)]),
        ("transfer_in", [("D", THERE, 300), ("C", ROAD, 300)]),
        ("transit_loss", [("D", SHRINKAGE, 100), ("C", ROAD, 100)]),
    ]
    references = [posting.reference for posting in world.facts("ledger.posted")]
    assert references == [f"stock default/{n} T1" for n in (1, 2, 3, 4)]
    assert world.exceptions() == []


async def test_a_move_without_a_road_is_both_halves_at_once_and_one_within_a_building_is_nothing(open_world):
    world = await open_world()
    move(world, "straight", "TEA", 2, "available", "available", there="WH2")
    move(world, "aside", "TEA", 2, "available", "damaged")
    await world.quiet()
    assert world.postings() == [
        ("transfer_out", [("D", ROAD, 200), ("C", STOCK, 200)]),
        ("transfer_in", [("D", THERE, 200), ("C", ROAD, 200)]),
    ]


async def test_a_count_that_finds_too_little_is_shrinkage_and_too_much_the_reverse(open_world):
    world = await open_world()
    await count(world, "TEA", 997)
    await count(world, "TEA", 998, "C2")
    assert world.postings() == [
        ("count", [("D", SHRINKAGE, 300), ("C", STOCK, 300)]),
        ("count", [("C", SHRINKAGE, 100), ("D", STOCK, 100)]),
    ]


async def test_a_count_is_posted_once_however_often_it_is_told_and_whatever_moves_meanwhile(open_world):
    world = await open_world()
    world.record("inventory", "default", OpenCount("default", "C", "WH1", ("TEA",)), "open")
    await world.quiet()
    await world.play(an_order(("TEA", 5)))
    counted = (StockRow("TEA", "WH1", 999),)
    for name in ("done", "again"):
        world.record("inventory", "default", ApplyCount("default", "C", counted), name)
    await world.quiet()
    assert dict(world.postings())["count"] == [("D", SHRINKAGE, 100), ("C", STOCK, 100)]
    assert [step for step, _ in world.postings()].count("count") == 1
    assert world.stock("TEA") == (994, 0)


async def test_a_move_that_is_refused_is_posted_by_nobody(open_world):
    world = await open_world()
    move(world, "too-much", "MUG", 9, "available", "in_transit", there="WH2")
    await world.quiet()
    assert world.postings() == []
    assert world.exceptions() == ["stock-move-refused"]


async def test_what_nobody_knows_the_cost_of_is_a_persons(open_world):
    world = await open_world()
    move(world, "found", "ODD", 2, "outside", "available", reason="found")
    await world.quiet()
    assert world.postings() == []
    assert world.exceptions() == ["stock-unvalued"]


async def test_an_opening_value_is_posted_once_under_its_name(open_world):
    world = await open_world()
    value = PostOpeningStock("GB01", "2026", "GBP", (OpeningStock("WH1", 5_000), OpeningStock("WH2", 70)))
    for name in ("first", "again"):
        world.record("finance", "GB01", value, name)
    await world.quiet()
    assert world.postings() == [
        ("opening_stock", [("D", STOCK, 5_000), ("C", OPENING, 5_000)]),
        ("opening_stock", [("D", THERE, 70), ("C", OPENING, 70)]),
    ]


async def test_what_comes_back_to_another_dock_is_in_quarantine_and_on_the_shelf_there(open_world):
    world = await open_world()
    order = an_order(("TEA", 4))
    await world.play(order)
    assert (await advise(world, order, ("1", 4)))[0] == 201
    for receipt, units, dock in (("G1", 1, ""), ("G2", 3, "WH2")):
        assert (await receive_at(world, order, receipt, units, dock)) == 201
    # The better grades lie where goods came first: two as new, one second grade, one scrap.
    assert (await inspect(world, order, ("1", 2, 1, 1, 0)))[0] == 201
    assert world.stock("TEA") == (997, 0)
    there = world.system.look("inventory", "default").positions["TEA"]["WH2"]
    assert (there.available, there.damaged) == (6, 1)
    steps = [(step, entries) for step, entries in world.postings() if step.startswith("return_")]
    assert steps == [
        ("return_received", [("D", "1320 quarantine WH1", 100), ("C", "5000 cost of goods sold", 100)]),
        ("return_received", [("D", QUARANTINE, 300), ("C", "5000 cost of goods sold", 300)]),
        ("return_restocked", [("D", STOCK, 100), ("C", "1320 quarantine WH1", 100)]),
        ("return_restocked", [("D", THERE, 200), ("C", QUARANTINE, 200)]),
        ("return_scrapped", [("D", "5300 scrap", 100), ("C", QUARANTINE, 100)]),
    ]


async def receive_at(world, order, receipt, units, dock):
    """The dock `dock` has units of the first line: the status."""
    id_ = return_id(order)
    command = ReceiveReturn(id_, id_of(order), receipt, (ReturnLine("1", units),), dock)
    call = Call(
        "dock", "POST", "/r", receipt, receipt, "returns", id_, id_of(order), command, sheddable=False
    )
    answered = await world.system.submit(call)
    await world.quiet()
    return answered.status
