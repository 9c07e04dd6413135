"""Prices from the ERP: polled as deltas, held back until their instant, each change once."""

from contracts.ports import ForeignRequest
from tests.support.shop import an_order
from tests.support.world import World

POLL_MS = 61_000


async def revise(world: World, sku: str, price: int, from_ms: int) -> None:
    body = {"item": sku, "price": price, "curr": "GBP", "valid_from": from_ms}
    answer = await world.twins.call(ForeignRequest("erp", "price_changes:revise", "", sku, body))
    assert answer.status == 201


def price_of(world: World, sku: str) -> int:
    prices = world.system.look("catalog", "default")
    assert prices is not None
    return int(prices.rows[sku].price_minor)


async def test_a_price_of_the_erp_holds_after_the_next_poll_and_orders_are_priced_by_it(open_world):
    world = await open_world()
    await revise(world, "TEA", 300, world.timeline.now_ms())
    await world.wait(POLL_MS)
    assert price_of(world, "TEA") == 300
    assert [row.price_minor for fact in world.facts("price.changed") for row in fact.rows] == [300]
    assert (await world.play(an_order(("TEA", 1, 255), n=1))).order_status == "rejected"
    assert (await world.play(an_order(("TEA", 1, 300), n=2))).order_status == "completed"


async def test_a_price_told_ahead_waits_for_its_instant_through_a_restart(open_world):
    world = await open_world()
    at_ms = world.timeline.now_ms() + 10 * POLL_MS
    await revise(world, "TEA", 300, at_ms)
    await world.wait(2 * POLL_MS)
    assert price_of(world, "TEA") == 255
    assert [row.price_minor for fact in world.facts("price.planned") for row in fact.rows] == [300]
    await world.restart()
    await world.until(lambda: price_of(world, "TEA") == 300, 12 * POLL_MS)
    assert at_ms <= world.timeline.now_ms() < at_ms + 1_000
    await world.quiet()
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_each_change_is_taken_once_whatever_happens_to_the_poll(open_world):
    world = await open_world()
    for price in (300, 310, 320):
        await revise(world, "TEA", price, world.timeline.now_ms())
    await world.wait(POLL_MS)
    await world.restart()
    await world.wait(2 * POLL_MS)
    assert [row.version for fact in world.facts("price.changed") for row in fact.rows] == [1, 2, 3]
    assert price_of(world, "TEA") == 320
