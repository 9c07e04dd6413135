"""How much unfinished work is let in, what waits when it is too much, and how the system comes to rest."""

import pytest
import trio

from actors.runtime.errors import Shedding, Stopping
from tests.support.lab import GatedJournal, toy
from tests.support.script import Held, taking, unreachable
from tests.support.shop import an_order, price_list


async def test_new_calls_are_shed_at_eighty_percent_before_anything_is_recorded(open_lab):
    held = Held("toy")
    lab = await open_lab(toy(), deliver=held, credit=100)
    held.hold()
    for n in range(79):
        lab.tell(str(n), subject=f"s{n}")
    await lab.wait(10)
    lab.nursery.start_soon(lab.ask, "the last", "key")
    await lab.wait(10)
    assert lab.engine.waiting == 80
    turns = lab.engine.fold.turns
    with pytest.raises(Shedding) as refused:
        await lab.ask("one too many", "another key")
    assert (refused.value.status, refused.value.retryable, refused.value.retry_after_ms) == (503, True, 2_000)
    assert lab.engine.fold.turns == turns
    assert lab.door.statistics()["shed"] == 1
    held.let_go()
    await lab.quiet()
    assert (await lab.ask("one too many", "another key")).status == 200


async def test_what_is_not_sheddable_and_repeats_are_let_in(open_lab):
    held = Held("toy")
    lab = await open_lab(toy(), deliver=held, credit=100)
    await lab.ask("known", "known key")
    await lab.quiet()
    held.hold()
    for n in range(150):
        lab.tell(str(n), subject=f"s{n}")
    await lab.wait(10)
    assert (await lab.ask("known", "known key")).replayed
    answers = []

    async def refund():
        answers.append(await lab.ask("refund", "key", sheddable=False))

    lab.nursery.start_soon(refund)
    await lab.wait(10)
    held.let_go()
    await lab.quiet()
    assert answers[0].status == 200


async def test_feeds_wait_while_all_credit_is_used_up(open_world):
    world = await open_world(credit=50)
    polls = world.system.feeds[0].counts
    world.system.engine.waiting += 50
    before = polls["polls"]
    await world.wait(10_000)
    assert polls["polls"] == before
    world.system.engine.waiting -= 50
    await world.wait(2_000)
    assert polls["polls"] > before


async def test_what_waits_for_a_foreign_system_costs_no_credit(open_world):
    world = await open_world(credit=20)
    world.script.always["erp/sales_orders"] = unreachable
    for n in range(60):
        assert (await world.place(an_order(n=n))).status == 202
        await world.until(lambda: world.system.engine.waiting == 0)
    await world.wait(5_000)
    assert len(world.system.engine.backlogs["erp"]) + world.system.pumps["erp"].unfinished == 60
    assert world.system.engine.waiting == 0
    assert world.system.door.shed == 0


async def test_a_storm_is_shed_and_every_client_that_insists_is_served(open_world):
    world = await open_world(credit=40)
    orders = [an_order(n=n) for n in range(200)]
    async with trio.open_nursery() as nursery:
        for order in orders:
            nursery.start_soon(world.insist, order)
    await world.ended(*orders)
    assert world.system.door.shed > 0
    assert {world.axes(order)[0] for order in orders} == {"completed"}


async def test_drain_closes_the_door_and_lets_what_is_inside_come_to_rest(open_world):
    world = await open_world()
    world.script.next("payments/authorizations", taking(500))
    order = an_order()
    await world.place(order)
    assert await world.system.drain()
    assert world.system.engine.waiting == 0
    assert world.system.engine.all_durable()
    assert world.system.engine.open_calls == {}
    with pytest.raises(Stopping):
        await world.place(an_order(n=2))
    assert (await world.place(order)).replayed
    await world.restart()
    await world.ended(order)
    assert world.axes(order)[0] == "completed"


async def test_drain_waits_for_the_last_commit(open_world):
    gates = []

    def gated(journal):
        gates.append(GatedJournal(journal))
        return gates[-1]

    world = await open_world(wrap=gated)
    gate = gates[-1]
    gate.let_go(1)
    world.record("catalog", "default", price_list(), "products again")
    await world.wait(1_000)
    # The catalog's turn says nothing to anybody; all that is missing is its commit.
    assert world.system.engine.waiting == 0
    outcome = []

    async def drain():
        outcome.append((await world.system.drain(5_000), gate.waiting))

    quiet = world.system.is_quiet()
    world.nursery.start_soon(drain)
    await world.wait(1_000)
    gate.let_go()
    await world.until(lambda: outcome)
    assert (quiet, outcome) == (False, [(True, 0)])


async def test_drain_gives_up_at_its_deadline_and_loses_nothing(open_world):
    world = await open_world()
    world.script.always["payments/authorizations"] = unreachable
    order = an_order()
    await world.place(order)
    started = world.timeline.now_ms()
    assert await world.system.drain(3_000) is False
    assert 3_000 <= world.timeline.now_ms() - started <= 3_100
    await world.restart()
    del world.script.always["payments/authorizations"]
    await world.ended(order)
    assert world.axes(order)[0] == "completed"
