"""An order that was released, then excepted, and that a person has cancelled: what can still be stopped is."""

import pytest

from contracts.partners import CallGaveUp
from contracts.worklist import ClaimException, ResolveException
from tests.flows.test_exceptions import ask
from tests.flows.test_resolutions import DAY_MS, code, resolve
from tests.support.script import unreachable
from tests.support.shop import an_order, id_of

SLOW_PICK = {"pick_min_ms": 20_000, "pick_max_ms": 20_000}


async def excepted(open_world, order):
    """The order, released; then nobody knows what became of it in the ERP, and it is excepted."""
    world = await open_world(twins=SLOW_PICK)
    await world.place(order)
    await world.until(lambda: world.axes(order)[3] == "acknowledged")
    gave_up = CallGaveUp(id_of(order), "erp", "sales_orders", "no outcome after 9 tries")
    world.record("order_to_cash", id_of(order), gave_up, "gave-up", id_of(order))
    await world.until(lambda: world.axes(order)[0] == "excepted")
    assert world.axes(order)[:3] == ("excepted", "authorized", "released")
    return world


@pytest.mark.parametrize("quantity, outcome", [(2, "cancelled"), (2, "rejected"), (1_003, "cancelled")])
async def test_it_is_recalled_from_every_place_and_everything_is_undone(open_world, quantity, outcome):
    order = an_order(("TEA", quantity))
    world = await excepted(open_world, order)
    assert (await resolve(world, outcome)).status == 200
    await world.quiet()
    assert world.axes(order) == (outcome, "voided", "cancelled", "cancelled")
    assert world.reservations() == []
    assert world.stock("TEA") == (1_000, 0)
    assert world.postings() == []
    books = world.books()
    assert {status for _, status in books["warehouse"]} == {"recalled"}
    assert all(captured == 0 and voided == amount for _, amount, captured, voided in books["held"])
    assert books["erp"] == [(id_of(order), "cancelled")]
    assert world.system.work_list.of() == []
    assert not world.system.engine.fold.timers
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


@pytest.mark.parametrize("quantity", [2, 1_003])
async def test_what_has_left_meanwhile_is_before_a_person_again_who_completes_it(open_world, quantity):
    order = an_order(("TEA", quantity))
    world = await excepted(open_world, order)
    world.script.always["warehouse/recalls"] = unreachable
    (row,) = world.system.work_list.of()
    assert (await ask(world, ClaimException(row.exception_id, "ann"), "a")).status == 200
    decided = await ask(world, ResolveException(row.exception_id, "ann", "cancelled", "too long"), "b")
    assert decided.status == 200
    await world.wait(21_000)
    del world.script.always["warehouse/recalls"]
    await world.until(lambda: world.axes(order)[1] == "captured")
    await world.quiet()
    assert world.axes(order)[:3] == ("excepted", "captured", "dispatched")
    (row,) = world.system.work_list.of()
    assert row.category == "compensation-refused"
    assert (await ask(world, ClaimException(row.exception_id, "bob"), "c")).status == 200
    refused = await ask(world, ResolveException(row.exception_id, "bob", "cancelled", "still"), "r")
    assert (refused.status, code(refused)) == (409, "already-shipped")
    done = await ask(world, ResolveException(row.exception_id, "bob", "completed", "it is theirs"), "s")
    assert done.status == 200
    await world.quiet()
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    assert sum(amount for _, amount in world.books()["captured"]) == 255 * quantity
    assert world.reservations() == []
    assert world.system.work_list.of() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_warehouse_that_speaks_at_last_ends_what_was_overdue(open_world, leaves):
    order = an_order()
    late = {"pick_min_ms": DAY_MS + 60_000, "pick_max_ms": DAY_MS + 60_000}
    world = await open_world(twins=late, feed_every_ms=60_000, sweep_every_ms=3_600_000)
    await world.place(order)
    await world.wait(DAY_MS + 1_000)
    (row,) = world.system.work_list.of("warehouse")
    assert row.category == "fulfillment-overdue"
    if not leaves:
        gave_up = CallGaveUp(id_of(order), "erp", "sales_orders", "no outcome after 9 tries")
        world.record("order_to_cash", id_of(order), gave_up, "gave-up", id_of(order))
        await world.until(lambda: world.axes(order)[0] == "excepted")
        assert (await resolve(world, "cancelled", "outcome-unknown")).status == 200
    await world.wait(240_000)
    await world.quiet()
    assert world.axes(order)[0] == ("completed" if leaves else "cancelled")
    assert world.system.work_list.of() == []
    assert not world.system.engine.fold.timers
