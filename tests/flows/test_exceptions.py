"""What needs a person becomes work: listed, claimed, resolved, or escalated."""

from actors.runtime.intake import Call
from contracts.exceptions import HOUR_MS
from contracts.inventory import PriceOrder
from contracts.worklist import ClaimException, ResolveException
from tests.support.shop import an_order, id_of

REVIEWED = "tok_review"


async def ask(world, command, key):
    """A person's command, under an idempotency key of its own."""
    call = Call(
        "ann", "POST", f"/v1/exceptions/{command.exception_id}", key, key, "exceptions", command.exception_id,
        command.exception_id, command, sheddable=False,
    )  # fmt: skip
    return await world.system.submit(call)


async def test_an_order_without_trouble_costs_the_work_list_nothing(open_world):
    world = await open_world()
    await world.play(an_order())
    assert world.by_actor()["exceptions"] == 0
    assert world.system.work_list.of() == []


async def test_an_order_under_review_is_listed_claimed_and_resolved(open_world):
    world = await open_world()
    order = an_order(token=REVIEWED)
    await world.place(order)
    await world.until(lambda: world.system.work_list.of())
    assert world.axes(order)[0] == "received"
    (row,) = world.system.work_list.of("risk")
    assert (row.category, row.order_id) == ("fraud-review", id_of(order))
    assert (await ask(world, ClaimException(row.exception_id, "ann"), "k1")).status == 200
    assert [one.by for one in world.system.work_list.of()] == ["ann"]
    resolved = ResolveException(row.exception_id, "ann", "rejected", "the card was stolen")
    assert (await ask(world, resolved, "k2")).status == 200
    await world.quiet()
    again = await ask(world, resolved, "k2")
    assert (again.status, again.replayed) == (200, True)
    assert (await ask(world, resolved, "k3")).status == 409
    assert world.system.work_list.of() == []
    assert world.facts("exception.resolved")[0].reason == "the card was stolen"


async def test_an_exception_that_nobody_touches_is_escalated_twice_and_then_no_more(open_world):
    world = await open_world(feed_every_ms=60_000)
    await world.place(an_order(token=REVIEWED))
    await world.quiet()
    await world.wait(4 * HOUR_MS + 1_000)
    assert [one.level for one in world.facts("exception.escalated")] == [1]
    await world.wait(20 * HOUR_MS)
    assert [(one.level, one.to) for one in world.facts("exception.escalated")] == [
        (1, "risk lead"),
        (2, "chief financial officer"),
    ]
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_what_is_parked_is_listed_once_however_much_comes_behind_it(open_world, monkeypatch):
    world = await open_world()
    order = an_order(("TEA", 1))

    def fails(*_):
        return 1 // 0

    handlers = world.system.actors["catalog"].handlers
    with monkeypatch.context() as broken:
        broken.setitem(handlers, "catalog.price_order", fails)
        await world.place(order)
        await world.quiet()
    (row,) = world.system.work_list.of("integration")
    assert (row.category, row.order_id) == ("work-parked", id_of(order))
    assert row.detail.startswith("catalog default: catalog.price_order: ZeroDivisionError")
    # Another message of the same subject waits behind it, and is nobody's second piece of work.
    world.record("catalog", "default", PriceOrder(id_of(order), "GBP", "list", ()), "again", id_of(order))
    await world.quiet()
    assert world.system.engine.counts["parked"] == 2
    assert [one.category for one in world.system.work_list.of()] == ["work-parked"]
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_what_a_client_was_told_could_not_be_worked_on_is_listed(open_world, monkeypatch):
    world = await open_world()

    def fails(*_):
        raise RuntimeError("no")

    monkeypatch.setitem(world.system.actors["orders"].handlers, "orders.submit", fails)
    answer = await world.place(an_order())
    assert answer.status == 500
    await world.quiet()
    (row,) = world.system.work_list.of("integration")
    assert (row.category, row.order_id) == ("work-discarded", id_of(an_order()))
