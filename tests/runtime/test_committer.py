"""Turns are made durable in groups: closed at 1,000 turns or 512 KiB, one write for what came meanwhile."""

import pytest
import trio

from actors.runtime.engine import GROUP_BYTES, GROUP_TURNS
from tests.support.lab import Crash, toy


async def test_what_is_decided_while_a_sync_is_under_way_is_the_next_group(open_lab):
    lab = await open_lab(toy())
    lab.journal.shut()
    lab.tell("first", subject="a")
    await lab.wait(100)
    for n in range(50):
        lab.tell(str(n), subject=f"s{n}")
    lab.journal.let_go(1)
    await lab.wait(100)
    lab.journal.let_go(1)
    await lab.wait(100)
    first, second = (size for size, _ in lab.journal.sizes)
    assert first == 1
    assert second >= 50


async def test_a_group_closes_at_a_thousand_turns(open_lab):
    lab = await open_lab(toy())
    lab.journal.shut()
    for n in range(2_500):
        lab.tell("x", subject=f"s{n}")
    lab.journal.let_go(3)
    await lab.wait(1_000)
    sizes = [size for size, _ in lab.journal.sizes]
    assert sizes[:2] == [GROUP_TURNS, GROUP_TURNS]
    # The rest, and with it what was decided by then.
    assert 500 <= sizes[2] <= GROUP_TURNS


async def test_a_group_closes_at_half_a_mebibyte(open_lab):
    lab = await open_lab(toy())
    lab.journal.shut()
    for n in range(40):
        lab.tell("x" * 50_000, subject=f"s{n}")
    lab.journal.let_go()
    await lab.quiet()
    # The turn that reaches the limit is the last of its group.
    full = [size for _, size in lab.journal.sizes if size >= GROUP_BYTES]
    assert len(full) >= 3
    assert max(size for _, size in lab.journal.sizes) < GROUP_BYTES + 60_000


async def test_until_durable_returns_with_the_commit_and_at_once_for_what_is_durable(open_lab):
    lab = await open_lab(toy())
    done = []

    async def wait_for(group):
        await lab.engine.until_durable(group)
        done.append(group)

    lab.journal.shut()
    lab.tell("a", subject="a")
    await lab.wait(10)
    lab.tell("b", subject="b")
    async with trio.open_nursery() as nursery:
        for group in (1, 0, 1):
            nursery.start_soon(wait_for, group)
        await lab.wait(10)
        assert done == []
        lab.journal.let_go(1)
        await lab.wait(10)
        assert done == [0]
        lab.journal.let_go(1)
        await lab.wait(10)
        assert sorted(done) == [0, 1, 1]
    lab.journal.let_go()
    await lab.engine.until_durable(0)


async def test_a_reader_that_goes_away_leaves_nothing_behind(open_lab):
    lab = await open_lab(toy())
    lab.journal.shut()
    lab.tell("a")
    with trio.move_on_after(1):
        await lab.engine.until_durable(0)
    assert not lab.engine._durable_waiters
    lab.journal.let_go()
    await lab.quiet()


async def test_a_commit_under_way_is_finished_when_the_process_is_told_to_stop(open_lab):
    lab = await open_lab(toy())
    lab.journal.shut()
    lab.tell("a")
    await lab.wait(10)
    lab.scope.cancel()
    await lab.wait(10)
    assert not lab.ended.is_set()
    lab.journal.let_go()
    await lab.ended.wait()
    assert len(lab.turns()) == 1


@pytest.mark.parametrize("crashes", [1, 5])
async def test_what_was_never_committed_was_never_said(open_lab, crashes):
    lab = await open_lab(toy())
    for _ in range(crashes):
        lab.journal.shut()
        lab.tell("lost")
        await lab.wait(10)
        lab.journal.failure = Crash()
        lab.journal.let_go()
        await lab.restart()
        await lab.wait(100)
    assert lab.turns() == []
    assert lab.texts() == []
    lab.tell("kept")
    await lab.quiet()
    assert lab.texts() == ["kept"]
    assert {turn.epoch for turn in lab.turns()} == {crashes + 1}
