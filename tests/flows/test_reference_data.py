"""Products and customers from the ERP: polled as deltas, each once, the newest stands; gaps and steps back are told."""

import pytest

from contracts.inventory import ImportProducts, ProductRow
from contracts.ports import ForeignRequest
from tests.support.script import answer
from tests.support.shop import an_order

POLL_MS = 61_000
PRODUCT = {"tax_class": "zero", "weight_g": 40, "price": 900, "cost": 300, "currency": "GBP"}


async def outside(world, operation, body):
    """Something happens at the ERP."""
    told = await world.twins.call(ForeignRequest("erp", operation, "", "s", body))
    assert told.status in (200, 201)


async def revise(world, item, name):
    await outside(world, "product_changes:revise", {"item": item, "name": name, **PRODUCT})


def product(world, sku):
    return world.system.look("catalog", "default").rows.get(sku)


def cursor(world, feed):
    return world.system.look("erp", f"feed:{feed}").cursor


async def test_a_change_of_a_product_holds_after_the_next_poll_and_its_price_and_cost_stay(open_world):
    world = await open_world()
    await revise(world, "TEA", "Green tea")
    await world.wait(POLL_MS)
    row = product(world, "TEA")
    assert (row.name, row.tax_class, row.weight_g) == ("Green tea", "zero", 40)
    assert (row.price_minor, row.cost_minor) == (255, 100)
    assert (await world.play(an_order(("TEA", 1)))).order_status == "completed"
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_product_that_nobody_knew_can_be_ordered(open_world):
    world = await open_world()
    await revise(world, "HAT", "Hat")
    await world.wait(POLL_MS)
    assert (product(world, "HAT").price_minor, product(world, "HAT").cost_minor) == (900, 300)


async def test_a_products_file_that_comes_after_a_newer_change_leaves_it_and_brings_price_and_cost(
    open_world,
):
    world = await open_world()
    began = world.timeline.now_ms()
    await revise(world, "TEA", "Green tea")
    await world.wait(POLL_MS)
    for n, as_of_ms in enumerate((0, began - 1)):
        rows = (ProductRow("TEA", "Old tea", 270 + n, 110, "GBP", "standard", 10),)
        world.record("catalog", "default", ImportProducts("default", rows, as_of_ms), f"file-{n}")
        await world.quiet()
        row = product(world, "TEA")
        assert (row.name, row.tax_class, row.weight_g) == ("Green tea", "zero", 40)
        assert (row.price_minor, row.cost_minor) == (270 + n, 110)
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_products_file_that_is_newer_stands_and_a_change_from_before_it_comes_too_late(open_world):
    world = await open_world()
    await revise(world, "TEA", "Green tea")
    rows = (ProductRow("TEA", "Black tea", 270, 110, "GBP"),)
    newer = ImportProducts("default", rows, world.timeline.now_ms() + 1)
    world.record("catalog", "default", newer, "file")
    await world.quiet()
    await world.wait(POLL_MS)
    assert product(world, "TEA").name == "Black tea"
    await revise(world, "TEA", "White tea")
    await world.wait(POLL_MS)
    assert product(world, "TEA").name == "White tea"


async def test_each_change_is_taken_once_through_a_restart(open_world):
    world = await open_world()
    for name in ("One", "Two", "Three"):
        await revise(world, "TEA", name)
    await world.wait(POLL_MS)
    await world.restart()
    await world.wait(POLL_MS)
    told = [row.version for fact in world.facts("product.changed") for row in fact.rows]
    assert told == [1, 2, 3]
    assert product(world, "TEA").name == "Three"


async def test_a_customer_of_the_erp_is_known_after_the_next_poll_and_sealed(open_world):
    world = await open_world()
    await outside(
        world, "customer_changes:revise", {"cust": "C-1", "name": "Ada Byron", "email": "a@b.example"}
    )
    await world.wait(POLL_MS)
    (fact,) = world.facts("customer.upserted")
    assert (fact.customer_id, fact.source) == ("C-1", "crm")
    assert not any(b"Ada Byron" in data for _, group in world.inner_journal.read() for data in group)


@pytest.mark.parametrize("feed", ["product_changes", "price_changes"])
async def test_an_erp_that_went_back_is_told_of_and_read_again_and_nothing_older_overwrites(open_world, feed):
    world = await open_world()
    for n, name in enumerate(("Old", "New", "Newest")):
        if feed == "product_changes":
            await revise(world, "TEA", name)
        else:
            price = {"item": "TEA", "price": 300 + n, "curr": "GBP", "valid_from": world.timeline.now_ms()}
            await outside(world, "price_changes:revise", price)
        await world.wait(10)
    await world.wait(POLL_MS)
    before = product(world, "TEA")
    await outside(world, "changes:restore", {"feed": feed, "n": 1})
    await world.wait(POLL_MS)
    assert world.exceptions() == ["reference-data-behind"]
    # All of it was read again, and what is older has overwritten nothing.
    assert (cursor(world, feed), product(world, "TEA")) == (1, before)
    if feed == "product_changes":
        # What is entered anew uses the numbers of what was lost, and is news.
        await revise(world, "TEA", "Entered again")
        await world.wait(POLL_MS)
        assert product(world, "TEA").name == "Entered again"
    assert len(world.exceptions()) == 1
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_gap_holds_those_behind_it_for_a_while_and_is_told_of(open_world):
    world = await open_world()

    def record(n):
        return {"n": n, "item": "TEA", "name": f"Tea {n}", "changed_at": n, **PRODUCT}

    gap = answer(200, {"records": [record(1), record(3)], "last": 3, "head": 3})
    world.script.next("erp/product_changes", gap, gap, gap)
    await world.wait(POLL_MS)
    assert (cursor(world, "product_changes"), world.exceptions()) == (1, [])
    await world.wait(2 * POLL_MS)
    assert world.exceptions() == ["reference-data-gap"]
    (opened,) = world.facts("exception.opened")
    assert "2 to 2 are not told" in opened.detail
    assert product(world, "TEA").name == "Tea 3"
