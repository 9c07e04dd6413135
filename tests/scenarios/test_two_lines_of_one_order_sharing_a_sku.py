"""The pain: two lines of one order want the last units of one SKU, and each of them finds enough."""

from tests.support.bugs import lines_checked_apart
from tests.support.shop import an_order


async def what_is_there(world):
    """Of mugs there are three; an order wants two, and two more on another line."""
    order = an_order(("MUG", 2), ("MUG", 2))
    await world.play(order)
    return world.axes(order)[0], world.stock("MUG")[0]


async def test_the_lines_are_summed_before_the_stock_is_looked_at(open_world):
    assert await what_is_there(await open_world()) == ("rejected", 3)


async def test_with_lines_looked_at_apart_four_are_sold_of_three(open_world, monkeypatch):
    lines_checked_apart(monkeypatch)
    assert await what_is_there(await open_world()) == ("completed", -1)
