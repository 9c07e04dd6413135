"""A crashed loop is restarted and woken again; one that keeps crashing ends the process, as a failed commit does."""

from typing import Any

import pytest
import trio

from actors.runtime.errors import LoopFailing
from actors.runtime.loop import Supervisor
from contracts.ports import JournalFailed, StaleEpoch
from tests.support.lab import toy
from tests.support.shop import an_order


class Stumbling:
    """A loop body that crashes so many times, then waits for ever."""

    def __init__(self, timeline, times, after_ms=0):
        self.timeline, self.left, self.after_ms = timeline, times, after_ms

    async def __call__(self):
        if self.left:
            self.left -= 1
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + self.after_ms)
            raise RuntimeError("stumbled")
        await trio.sleep_forever()


async def test_a_crashed_loop_is_restarted_and_what_waits_is_woken_again(timeline):
    supervisor = Supervisor(timeline)
    woken = []
    with trio.move_on_after(1):
        await supervisor.watch("loop", Stumbling(timeline, 3), lambda: woken.append(True))
    assert supervisor.restarts == {"loop": 3}
    assert len(woken) == 3


async def test_more_crashes_than_allowed_within_the_window_go_up_and_say_why(timeline):
    supervisor = Supervisor(timeline, limit=5, window_ms=10_000)
    with pytest.raises(
        LoopFailing, match=r"loop crashed 6 times in 10000 ms; the last: RuntimeError\('stumbled'\)"
    ):
        await supervisor.watch("loop", Stumbling(timeline, 100, after_ms=1_000))


async def test_crashes_that_are_far_apart_are_no_reason_to_give_up(timeline):
    supervisor = Supervisor(timeline, limit=5, window_ms=10_000)
    with trio.move_on_after(3_600):
        await supervisor.watch("loop", Stumbling(timeline, 200, after_ms=2_500))
    assert supervisor.restarts == {"loop": 200}


async def test_cancellation_is_not_a_crash(timeline):
    supervisor = Supervisor(timeline)
    with trio.CancelScope() as scope:
        scope.cancel()
        await supervisor.watch("loop", Stumbling(timeline, 0))
    assert supervisor.restarts == {}


async def test_a_loop_that_crashes_between_two_turns_loses_none(open_lab):
    lab = await open_lab(toy(), start=False)
    step, crashes = lab.engine.step, 4

    def stumbling(spec, conversation):
        nonlocal crashes
        if spec.name == "toy" and crashes and len(lab.texts()) % 5 == 4:
            crashes -= 1
            raise RuntimeError("stumbled")
        step(spec, conversation)

    lab.engine.step = stumbling
    await lab.start()
    for n in range(60):
        lab.tell(str(n), subject=f"s{n % 6}")
    await lab.quiet()
    assert lab.supervisor.restarts == {"toy": 4}
    assert sorted(lab.texts(), key=int) == [str(n) for n in range(60)]


@pytest.mark.parametrize("failure", [JournalFailed("the disk is full"), StaleEpoch("somebody else's")])
async def test_a_failed_append_ends_the_system_and_tells_nobody(open_world, failure):
    world = await open_world()
    turns = len(world.turns())
    outcome: list[Any] = []

    async def run_out():
        try:
            with world._scope:
                await world.system.run()
        except BaseException as error:
            outcome.append(error)

    await world.crash()
    world.system = type(world.system)(world.ports, world.settings)

    async def fail(*_):
        raise failure

    world.system.engine.journal = Failing(world.system.engine.journal, fail)
    answers = []

    async def place():
        answers.append(await world.place(an_order()))

    async with trio.open_nursery() as nursery:
        world._scope = trio.CancelScope()
        nursery.start_soon(run_out)
        await world.wait(10)
        nursery.start_soon(place)
        await world.wait(1_000)
        nursery.cancel_scope.cancel()
    assert outcome
    assert outcome[0].split(type(failure))[1] is None
    assert answers == []
    assert len(world.turns()) == turns
    # The next process knows nothing of it.
    await world.start()
    assert (await world.place(an_order())).status == 202


class Failing:
    """A journal whose appends fail."""

    def __init__(self, inner, append):
        self.inner, self.append = inner, append

    def __getattr__(self, name):
        return getattr(self.inner, name)


async def test_an_old_owner_cannot_append_after_a_take_over(open_world):
    world = await open_world()
    old = world.system
    ended = []

    async def watch():
        await world._ended.wait()
        ended.append(True)

    world.inner_journal.take_over()
    with pytest.raises(BaseExceptionGroup) as caught:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            another = type(old)(world.ports, world.settings)
            world.inner_journal.take_over()
            nursery.start_soon(another.run)
            await world.wait(100)
            world.system = another
            await world.place(an_order())
    assert caught.value.subgroup(StaleEpoch) is not None
