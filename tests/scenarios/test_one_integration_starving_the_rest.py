"""The pain: one system is slow or down, and everything that has nothing to do with it stands still."""

from tests.support.bugs_of_pains import one_pool_of_slots_for_all
from tests.support.script import taking
from tests.support.shop import an_order


async def done_beside_a_slow_erp(world):
    """The ERP takes four seconds a call. Of forty orders: how many are shipped and paid five seconds later."""
    world.script.always["erp/sales_orders"] = taking(4_000)
    orders = [an_order(n=n) for n in range(40)]
    for order in orders:
        await world.place(order)
    await world.wait(5_000)
    return sum(world.axes(order)[1:3] == ("captured", "dispatched") for order in orders)


async def test_a_slow_erp_holds_up_nobody_but_itself(open_world):
    assert await done_beside_a_slow_erp(await open_world()) == 40


async def test_with_one_pool_of_places_for_all_payments_and_shipments_starve(open_world, monkeypatch):
    one_pool_of_slots_for_all(monkeypatch)
    assert await done_beside_a_slow_erp(await open_world()) == 0
