"""From a till's closing to stock that has left and the ledger: whole, once, late, or waiting for a person."""

import msgspec
import pytest

from contracts.inventory import ImportProducts, ProductRow, ReceiveStock, StockRow
from contracts.ports import ForeignRequest
from contracts.tills import ImportTillFile, ResolveTillFile
from sim.twins.settlement_files import PayoutRow
from tests.support.script import answer, lost_after, unreachable
from tests.support.settlement_files import a_payout
from tests.support.settling import balances
from tests.support.settling import bring as bring_settlement
from tests.support.shop import an_order
from tests.support.tills import SALES, arrive, bring, close, file_of, ring, text_of

POLL_MS = 21_000
POSTED = {
    "1050 cash in tills ST1": 300,
    "1200 PSP clearing psp-a": 750,
    "1300 inventory ST1": -450,
    "2200 tax payable GB": -175,
    "4000 revenue": -875,
    "5000 cost of goods sold": 450,
}
WRONG = text_of(total="2,4,8.76,1.75,3.00,7.50")


def stock_the_store(world, units=10):
    rows = tuple(StockRow(sku, "ST1", units) for sku in ("TEA", "SOAP"))
    world.record("inventory", "default", ReceiveStock("default", "store", rows), "store")


def on_hand(world, sku):
    position = world.system.look("inventory", "default").positions[sku]["ST1"]
    return position.available, position.forced, position.on_hand


def resolve(world, action, principal="sam", reason="counted again"):
    command = ResolveTillFile("ST1", "ST1-1-0001", action, principal, reason)
    world.record("stores", "ST1", command, f"{action} {principal}", subject="ST1-1-0001")


def told(world):
    """The categories of the exceptions opened, but for stock that no test has brought to the store."""
    return [category for category in world.exceptions() if category != "stock-forced"]


def work(world):
    """What is on the work list, but for that."""
    return [row.category for row in world.system.work_list.of() if row.category != "stock-forced"]


async def test_a_closing_is_posted_with_its_cost_and_its_units_leave_the_stock(open_world):
    world = await open_world()
    stock_the_store(world)
    await bring(world, text_of())
    assert balances(world) == POSTED
    assert [step for step, _ in world.postings()] == ["till_sales", "till_cost"]
    assert on_hand(world, "TEA") == (7, 0, 7)
    assert on_hand(world, "SOAP") == (9, 0, 9)
    assert world.exceptions() == []
    assert file_of(world).status == "posted"
    assert file_of(world).content is None
    assert world.system.look("store_sales", "ST1").asked == {}
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_it_is_dated_by_its_closing_and_not_by_the_day_on_which_it_came(open_world):
    world = await open_world()
    await bring(world, text_of())
    assert {(one.document_date, one.period) for one in world.facts("ledger.posted")} == {(20260430, 202604)}


async def test_what_the_book_lacks_is_forced_under_an_exception_and_made_up_for_by_the_next_delivery(
    open_world,
):
    world = await open_world()
    stock_the_store(world, units=1)
    await bring(world, text_of())
    assert on_hand(world, "TEA") == (0, 2, -2)
    assert on_hand(world, "SOAP") == (0, 0, 0)
    assert world.exceptions() == ["stock-forced"]
    assert balances(world) == POSTED
    moved = [fact for fact in world.facts("inventory.moved") if fact.reason == "sale"]
    assert [(one.from_bucket, [tuple(msgspec.structs.astuple(r)) for r in one.rows]) for one in moved] == [
        ("available", [("TEA", "ST1", 1), ("SOAP", "ST1", 1)]),
        ("forced", [("TEA", "ST1", 2)]),
    ]
    late = ReceiveStock("default", "late", (StockRow("TEA", "ST1", 5),))
    world.record("inventory", "default", late, "late")
    await world.quiet()
    assert on_hand(world, "TEA") == (3, 0, 3)


async def test_a_till_sells_what_an_order_has_reserved_and_the_order_keeps_its_reservation(open_world):
    world = await open_world(stocked=False)
    rows = (ProductRow("TEA", "Tea", 255, 100, "GBP"),)
    world.record("catalog", "default", ImportProducts("default", rows), "products")
    stock_the_store(world, units=2)
    await world.quiet()
    hold = world.script.hold("warehouse/shipping_orders")
    order = an_order(("TEA", 2))
    await world.place(order)
    await hold.came.wait()
    one = (("R1", "3.00", "0.00", (("TEA", 1, "2.50", "0.50"),)),)
    arrive(world, text_of(sales=one, total="1,1,2.50,0.50,3.00,0.00"))
    await world.until(world.exceptions)
    position = world.system.look("inventory", "default").positions["TEA"]["ST1"]
    assert (position.available, position.reserved, position.forced, position.on_hand) == (0, 2, 1, 1)
    hold.let_go.set()
    await world.ended(order)


async def test_the_same_file_again_changes_nothing(open_world):
    world = await open_world()
    assert await bring(world, text_of())
    before = len(world.turns())
    assert not await bring(world, text_of())
    # Another copy under another name is the same bytes.
    assert not await bring(world, text_of(), name="copy.csv")
    assert len(world.turns()) == before
    # And so it is when intake has forgotten it.
    fact = world.facts("till_file.imported")[0]
    command = ImportTillFile("ST1", fact.file_id, fact.file)
    world.record("stores", "ST1", command, "forgotten", subject=fact.file_id)
    await world.quiet()
    assert len(world.facts("till_file.posted")) == 1
    assert told(world) == []


async def test_other_bytes_under_a_number_that_is_posted_are_refused_for_ever(open_world):
    world = await open_world()
    await bring(world, text_of())
    one = (("R1", "0.00", "7.51", (("TEA", 2, "4.26", "0.85"), ("SOAP", 1, "2.00", "0.40"))), SALES[1])
    await bring(world, text_of(sales=one, total="2,4,8.76,1.75,3.00,7.51"))
    assert told(world) == ["till-file-refused"]
    assert [fact.code for fact in world.facts("till_file.refused")] == ["re-cut"]
    assert balances(world) == POSTED


async def test_a_truncated_file_leaves_nothing_and_the_whole_one_ends_its_exception(open_world):
    world = await open_world()
    await bring(world, "".join(text_of().splitlines(keepends=True)[:4]))
    assert told(world) == ["till-file-refused"]
    assert balances(world) == {}
    assert world.facts("inventory.moved")[1:] == []
    assert len(work(world)) == 1
    await bring(world, text_of())
    assert balances(world) == POSTED
    assert work(world) == []


async def test_a_file_whose_control_total_differs_waits_whole_with_the_difference_named(open_world):
    world = await open_world()
    stock_the_store(world)
    await world.quiet()
    before = world.facts("inventory.moved")
    await bring(world, WRONG)
    assert balances(world) == {}
    assert world.facts("inventory.moved") == before
    (waits,) = world.facts("exception.opened")
    assert waits.category == "till-file-waits"
    assert "net: the till counted 8.76 GBP, its receipts come to 8.75 GBP" in waits.detail
    assert file_of(world).status == "waiting"
    # The till's corrected file has other bytes and the same number.
    await bring(world, text_of())
    assert balances(world) == POSTED
    assert work(world) == []
    assert file_of(world).status == "posted"


async def test_a_person_posts_what_its_receipts_say(open_world):
    world = await open_world()
    await bring(world, WRONG)
    resolve(world, "post")
    await world.quiet()
    assert balances(world) == POSTED
    (imported,) = world.facts("till_file.imported")
    assert (imported.by, imported.reason) == ("sam", "counted again")
    (ended,) = world.facts("exception.resolved")
    assert (ended.by, ended.reason) == ("sam", "counted again")


async def test_a_person_discards_a_file_and_a_later_one_of_its_number_is_taken(open_world):
    world = await open_world()
    await bring(world, WRONG)
    resolve(world, "discard")
    await world.quiet()
    assert balances(world) == {}
    assert work(world) == []
    assert file_of(world).status == "discarded"
    await bring(world, text_of())
    assert balances(world) == POSTED


@pytest.mark.parametrize(("action", "principal"), [("burn", "sam"), ("post", "")])
async def test_a_decision_without_a_name_or_a_meaning_changes_nothing(open_world, action, principal):
    world = await open_world()
    await bring(world, WRONG)
    resolve(world, action, principal)
    await world.quiet()
    assert file_of(world).status == "waiting"
    assert len(work(world)) == 1


async def test_a_file_with_a_product_that_nobody_knows_waits_until_it_is_known(open_world):
    world = await open_world()
    sales = (SALES[0], ("R2", "3.00", "0.00", (("HAT", 1, "2.50", "0.50"),)))
    await bring(world, text_of(sales=sales))
    (waits,) = world.facts("exception.opened")
    assert "HAT: unknown-sku" in waits.detail
    assert (balances(world), file_of(world).status) == ({}, "waiting")
    resolve(world, "post", "too early")
    await world.quiet()
    assert told(world) == ["till-file-waits"] * 2
    products = ImportProducts("default", (ProductRow("HAT", "Hat", 300, 100, "GBP"),))
    world.record("catalog", "default", products, "hat")
    resolve(world, "post", "now")
    await world.quiet()
    assert balances(world) == POSTED | {"1300 inventory ST1": -450, "5000 cost of goods sold": 450}
    assert work(world) == []


async def test_what_the_provider_pays_out_for_a_tills_cards_is_matched_with_its_closing(open_world):
    world = await open_world()
    await bring(world, text_of())
    rows = (PayoutRow("t1", "sale", "ST1-1-0001", "", 750, 20),)
    await bring_settlement(world, a_payout(rows=rows))
    assert told(world) == []
    assert "1200 PSP clearing psp-a" not in balances(world)


async def test_a_payout_before_the_tills_file_waits_in_suspense_and_leaves_it_by_itself(open_world):
    world = await open_world()
    rows = (PayoutRow("t1", "sale", "ST1-1-0001", "", 750, 20),)
    await bring_settlement(world, a_payout(rows=rows))
    assert told(world) == ["settlement-mismatch"]
    await bring(world, text_of())
    left = balances(world)
    assert not [account for account in left if "suspense" in account or "clearing" in account]
    assert work(world) == []


async def test_a_tills_files_are_fetched_late_double_truncated_and_wrong_and_the_books_are_the_same(
    open_world,
):
    ends = []
    for luck in (
        {},
        {"till_late_bp": 10_000, "till_twice_bp": 10_000, "till_truncated_bp": 10_000},
        {"till_wrong_total_bp": 10_000},
    ):
        world = await open_world(twins={"till_late_ms": 10_000, **luck})
        stock_the_store(world)
        for n in range(2):
            await ring(world, f"R{n}", ("TEA", 2, 425, 85), ("SOAP", 1, 200, 40), cash=750 * n)
            assert await close(world) == f"ST1-1-000{n + 1}"
        await world.until(lambda w=world: w.twins.waiting() == 0, 200_000)
        await world.quiet()
        ends.append((balances(world), on_hand(world, "TEA"), len(world.facts("till_file.posted"))))
        codes = [fact.code for fact in (*world.facts("till_file.refused"), *world.facts("till_file.held"))]
        assert codes == {0: [], 3: ["truncated"] * 2, 1: ["control-total"] * 2}[len(luck)]
        assert work(world) == []
    assert ends[0] == ends[1] == ends[2]
    assert ends[0][2] == 2


async def test_a_file_that_cannot_be_fetched_now_is_fetched_later(open_world):
    world = await open_world()
    world.script.next("tills/till_file", lost_after, unreachable, answer(503), answer(200, {"x": 1}))
    await ring(world, "R1", ("TEA", 1, 200, 40))
    await close(world)
    await world.until(lambda: world.facts("till_file.posted"), 6 * POLL_MS)
    assert world.system.statistics()["feeds"]["feed:till_files"]["not_fetched"] == 4


async def test_a_file_that_the_process_died_over_is_posted_once(open_world):
    world = await open_world()
    for _ in range(3):
        arrive(world, text_of())
        await world.wait(8)
        await world.restart()
    await bring(world, text_of())
    assert balances(world) == POSTED
    assert len(world.facts("till_file.posted")) == 1


async def test_a_till_refuses_what_is_not_paid_and_a_receipt_printed_twice(open_world):
    world = await open_world()
    await ring(world, "R1", ("TEA", 1, 200, 40))
    body = {"store": "ST1", "till": "1", "receipt": "R1", "cash": 0, "card": 240,
            "items": [{"item": "TEA", "qty": 1, "net": 200, "tax": 40}]}  # fmt: skip
    for changed, status in ((body, 409), ({**body, "card": 239}, 422)):
        refused = await world.twins.call(ForeignRequest("tills", "sales:ring", "", "R1", changed))
        assert refused.status == status
