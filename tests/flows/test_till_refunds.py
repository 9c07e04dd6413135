"""Goods that a till takes back: in its closing, its books, its stock and its provider's sums."""

from contracts.ports import ForeignRequest
from contracts.tills import ImportTillFile
from sim.twins.settlement_files import PayoutRow
from tests.flows.test_till_files import on_hand, stock_the_store, told
from tests.support.settlement_files import a_payout
from tests.support.settling import balances
from tests.support.settling import bring as bring_settlement
from tests.support.tills import REFUNDED, REFUNDS, SALES, bring, close, ring, text_of


async def test_what_a_till_took_back_is_on_its_shelf_aside_or_thrown_away_and_the_money_is_gone(open_world):
    world = await open_world()
    stock_the_store(world)
    await bring(world, text_of(refunds=REFUNDS, refunded=REFUNDED))
    assert balances(world) == {
        "1050 cash in tills ST1": 300 - 240,
        "1200 PSP clearing psp-a": 750 - 600,
        "1300 inventory ST1": -450 + 100 + 150,
        "2200 tax payable GB": -175 + 140,
        "4000 revenue": -875,
        "4800 sales returns": 700,
        "5000 cost of goods sold": 450 - 350,
        "5300 scrap": 100,
    }
    assert [step for step, _ in world.postings()] == ["till_sales", "till_cost", "till_back"]
    assert on_hand(world, "TEA") == (8, 0, 8)
    soap = world.system.look("inventory", "default").positions["SOAP"]["ST1"]
    assert (soap.available, soap.damaged) == (9, 1)
    assert world.exceptions() == []
    # The same file again, and again when intake has forgotten it.
    await bring(world, text_of(refunds=REFUNDS, refunded=REFUNDED))
    fact = world.facts("till_file.imported")[0]
    world.record(
        "stores", "ST1", ImportTillFile("ST1", fact.file_id, fact.file), "again", subject=fact.file_id
    )
    await world.quiet()
    assert on_hand(world, "TEA") == (8, 0, 8)
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_what_a_till_took_back_makes_up_for_what_was_forced(open_world):
    world = await open_world()
    await bring(world, text_of(refunds=REFUNDS, refunded=REFUNDED))
    assert on_hand(world, "TEA") == (0, 2, -2)


async def test_a_count_of_refunds_that_differs_waits_whole_and_is_named(open_world):
    world = await open_world()
    await bring(world, text_of(refunds=REFUNDS, refunded="2,3,7.01,1.40,2.40,6.00"))
    assert balances(world) == {}
    (waits,) = [one for one in world.facts("exception.opened") if one.category == "till-file-waits"]
    assert "refunds: net: the till counted 7.01 GBP, its receipts come to 7.00 GBP" in waits.detail


async def test_a_closing_that_gave_back_more_by_card_than_it_took_is_settled_as_a_refund(open_world):
    world = await open_world()
    one = (SALES[1],)
    await bring(
        world, text_of(sales=one, total="1,1,2.50,0.50,3.00,0.00", refunds=REFUNDS, refunded=REFUNDED)
    )
    assert balances(world)["1200 PSP clearing psp-a"] == -600
    rows = (
        PayoutRow("t1", "refund", "ST1-1-0001", "", -600, 0),
        PayoutRow("t2", "sale", "ch_9", "", 900, 10),
    )
    await bring_settlement(world, a_payout(rows=rows))
    assert "1200 PSP clearing psp-a" not in balances(world)
    assert told(world) == ["settlement-mismatch"]


async def test_a_till_takes_back_what_it_has_sold_once_and_no_more(open_world):
    world = await open_world()
    await ring(world, "R1", ("TEA", 2, 400, 80))
    item = {"item": "TEA", "qty": 1, "net": 200, "tax": 40, "grade": "A"}
    body = {"store": "ST1", "till": "1", "receipt": "B1", "of": "R1", "cash": 0, "card": 240, "items": [item]}
    for changed, status in (
        ({"of": "R9"}, 409),
        ({"card": 239}, 422),
        ({"items": [{**item, "qty": 3}]}, 409),
        ({}, 201),
        ({"receipt": "B2"}, 409),
    ):
        asked = ForeignRequest("tills", "refunds:give", "", "B1", {**body, **changed})
        assert (await world.twins.call(asked)).status == status, changed
    await close(world)
    await world.until(lambda: world.twins.waiting() == 0, 200_000)
    await world.quiet()
    assert balances(world)["4800 sales returns"] == 200
    assert balances(world)["1200 PSP clearing psp-a"] == 240
