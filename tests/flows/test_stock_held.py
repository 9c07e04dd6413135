"""Units held for an order that may come: not sold to others, and theirs again when the time is over."""

from actors.runtime.intake import Call
from contracts.inventory import DemandLine
from contracts.stock import HoldStock
from tests.support.shop import an_order, id_of


def left(world):
    """Units of TEA that the pool may still promise."""
    return sum(one.available for one in world.system.look("inventory", "default").positions["TEA"].values())


async def hold(world, id_, units, until_ms, sku="TEA"):
    command = HoldStock(id_, "default", "web", (DemandLine("1", sku, units),), until_ms)
    call = Call("shop", "POST", "/v1/reservations", id_, id_, "inventory", "default", id_, command)
    return await world.system.submit(call)


async def test_a_hold_ends_by_itself_and_a_crash_does_not_forget_its_time(open_world):
    world = await open_world()
    before = world.stock("TEA")
    now = world.system.engine.now()
    assert (await hold(world, "h1", 3, now + 60_000)).status == 201
    assert (await hold(world, "h2", 2, now + 120_000)).status == 201
    assert world.stock("TEA") == (before[0] - 5, 5)
    await world.crash()
    await world.restart()
    await world.wait(90_000)
    assert world.stock("TEA") == (before[0] - 2, 2)
    await world.wait(60_000)
    assert world.stock("TEA") == before
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_what_is_held_is_sold_to_nobody_else_until_then(open_world):
    world = await open_world()
    available = left(world)
    now = world.system.engine.now()
    assert (await hold(world, "h1", available, now + 3_600_000)).status == 201
    order = an_order(("TEA", 1))
    await world.play(order)
    assert world.axes(order)[0] == "rejected"
    assert (await hold(world, "h2", 1, now + 3_600_000)).status == 409
    await world.wait(3_700_000)
    assert left(world) == available
    assert id_of(order) not in world.system.look("inventory", "default").reservations
