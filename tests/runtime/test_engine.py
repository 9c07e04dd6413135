"""The turn loop in a small world, with faults that only a test can plant."""

import pytest

from actors.domains.finance.actor import FINANCE
from actors.domains.inventory import model
from actors.domains.inventory.actor import INVENTORY
from actors.domains.orders.actor import ORDERS
from actors.journal.digest import verify
from actors.runtime.errors import KeyInFlight, KeyReused, Shedding
from contracts.turn import DISCARDED, PARKED
from tests.support.shop import an_order


def raising(*_):
    raise RuntimeError("planted")


class HalfWay:
    """Breaks off once, after it has changed something; folds honestly when the key is made anew."""

    def __init__(self):
        self.armed = True

    def __call__(self, state, body):
        model.reserve(state, body.order_id, body.location, body.lines)
        if self.armed:
            self.armed = False
            raise RuntimeError("planted")


async def test_every_key_is_dense_and_the_journal_verifies(open_world):
    world = await open_world()
    await world.play(an_order())
    assert verify(world.inner_journal) == []


async def test_a_decision_that_raises_is_parked_and_other_orders_go_on(open_world, monkeypatch):
    world = await open_world()
    poison, healthy = an_order(n=1), an_order(n=2)
    honest = FINANCE.handlers["finance.issue_invoice"]
    bad = world.call_for(poison).to_key

    def poisoned(state, message, at):
        return raising() if message.subject == bad else honest(state, message, at)

    monkeypatch.setitem(FINANCE.handlers, "finance.issue_invoice", poisoned)
    await world.place(poison)
    await world.place(healthy)
    await world.ended(healthy)
    parked = [turn for turn in world.turns() if turn.kind == PARKED]
    assert [turn.actor for turn in parked] == ["finance"]
    assert parked[0].message is not None
    assert world.axes(healthy)[0] == "completed"
    assert world.axes(poison)[0] == "accepted"


async def test_a_fold_that_raises_leaves_the_state_as_its_turns_say(open_world, monkeypatch):
    world = await open_world()
    await world.play(an_order())
    with monkeypatch.context() as patch:
        patch.setitem(INVENTORY.folds, "inventory.reserved", HalfWay())
        await world.place(an_order(n=2))
        await world.wait(20_000)
    # The key was made anew from its turns, with the fold that had failed not among them.
    assert [turn.actor for turn in world.turns() if turn.kind == PARKED] == ["inventory"]
    assert world.reservations() == []
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_a_command_with_a_client_waiting_is_discarded_with_500_and_its_key_is_free(
    open_world, monkeypatch
):
    world = await open_world()
    order = an_order()
    with monkeypatch.context() as patch:
        patch.setitem(ORDERS.handlers, "orders.submit", raising)
        answer = await world.place(order)
    assert answer.status == 500
    assert [turn.kind for turn in world.turns() if turn.kind != "decided"] == [DISCARDED]
    await world.quiet()
    assert (await world.place(order)).status == 202


async def test_another_request_under_a_key_is_refused_and_a_repeat_is_replayed(open_world):
    world = await open_world()
    order = an_order()
    first = await world.place(order, "k")
    await world.quiet()
    again = await world.place(order, "k")
    assert (again.replayed, again.status, again.body) == (True, first.status, first.body)
    with pytest.raises(KeyReused):
        await world.place(an_order(n=2), "k")


async def test_while_the_first_is_being_worked_on_a_repeat_is_in_flight(open_world):
    world = await open_world()
    order = an_order()
    call = world.call_for(order, "k")
    world.system.door._open(call, *_key(world, call), 1_000_000, answered=True)
    with pytest.raises(KeyInFlight):
        await world.place(order, "k")


def _key(world, call):
    from contracts.ids import hash128

    return hash128(call.tenant, call.principal, call.method, call.route, call.key), 0


async def test_new_orders_are_shed_at_eighty_percent_of_credit_before_anything_is_recorded(open_world):
    world = await open_world()
    world.system.engine.waiting += 8_000
    turns = world.system.engine.fold.turns
    with pytest.raises(Shedding):
        await world.place(an_order())
    assert world.system.engine.fold.turns == turns
    world.system.engine.waiting -= 8_000
    assert (await world.place(an_order())).status == 202


@pytest.mark.parametrize("after_ms", [0, 10, 50, 200, 500, 1_000, 2_000, 4_000])
async def test_a_crash_at_any_time_changes_no_end(open_world, after_ms):
    world = await open_world()
    order = an_order()
    await world.place(order)
    await world.wait(after_ms)
    await world.restart()
    await world.ended(order)
    await world.quiet()
    assert world.axes(order) == ("completed", "captured", "dispatched", "acknowledged")
    books = world.twins.books()
    assert len(books["erp"]["documents"]) == 1
    assert len(books["payments"]["captures"]) == 1
    assert world.rebuilt_digest() == world.system.engine.fold.digest()


async def test_lost_wakeups_are_found_by_the_sweep(open_world):
    world = await open_world()
    lost = []
    world.system.engine.deliver = lambda put, conversation, lane: lost.append(conversation)
    order = an_order()
    # The intake's turn is decided in the caller; what it says wakes nobody.
    world.nursery.start_soon(world.place, order)
    await world.wait(1_000)
    assert lost
    world.system.engine.deliver = lambda put, conversation, lane: put(conversation, lane)
    await world.ended(order)
    assert world.axes(order)[0] == "completed"
