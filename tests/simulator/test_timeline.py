"""Virtual time repeats exactly and agrees with trio's own timeouts."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trio
from trio._core import _run as trio_private

from sim.timeline import GRID_MS, START_MS, Timeline, repeatable_scheduling, run_virtual

ROOT = Path(__file__).parents[2]


class Steps(trio.abc.Instrument):
    """Remembers which task took each step, and when."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.taken.append(f"{task.name}@{trio.current_time()!r}")


async def _busy(timeline: Timeline) -> str:
    """Many tasks that sleep, hand over, time out and are cancelled: a digest of all their steps."""
    steps = Steps()
    trio.lowlevel.add_instrument(steps)
    send, receive = trio.open_memory_channel[int](0)

    async def sleeper(number: int) -> None:
        for turn in range(20):
            await timeline.sleep_until_ms(timeline.now_ms() + (number * 7 + turn * 13) % 90)
            with trio.move_on_after(0.03):
                await send.send(number)

    async def taker() -> None:
        with trio.move_on_after(2):
            async for _ in receive:
                await timeline.sleep_until_ms(timeline.now_ms() + 3)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(taker, name="taker")
        for number in range(30):
            nursery.start_soon(sleeper, number, name=f"sleeper {number}")
    return hashlib.sha256("\n".join(steps.taken).encode()).hexdigest() + f" {len(steps.taken)}"


def _digest_of_another_process(seed: int, hash_seed: str) -> str:
    code = (
        "import sys; sys.path.insert(0, 'tests/simulator')\n"
        "from test_timeline import _busy\n"
        "from sim.timeline import run_virtual\n"
        f"print(run_virtual(_busy, seed={seed}))"
    )
    environment = dict(os.environ, PYTHONHASHSEED=hash_seed, PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_order_of_all_task_steps_repeats_across_processes_and_hash_seeds():
    here = run_virtual(_busy, seed=7)
    assert run_virtual(_busy, seed=7) == here
    assert {_digest_of_another_process(7, hash_seed) for hash_seed in ("0", "1", "random")} == {here}


def test_another_seed_gives_another_order_of_steps():
    assert run_virtual(_busy, seed=7) != run_virtual(_busy, seed=8)


def test_scheduling_is_as_it_was_after_a_run():
    flag, state = trio_private._ALLOW_DETERMINISTIC_SCHEDULING, trio_private._r.getstate()
    with repeatable_scheduling(1):
        assert trio_private._ALLOW_DETERMINISTIC_SCHEDULING is True
    assert flag == trio_private._ALLOW_DETERMINISTIC_SCHEDULING
    assert state == trio_private._r.getstate()


def test_a_day_of_sleep_takes_no_time():
    async def main(timeline: Timeline) -> int:
        await timeline.sleep_until_ms(START_MS + 86_400_000)
        return timeline.now_ms()

    began = time.perf_counter()
    assert run_virtual(main, seed=1) == START_MS + 86_400_000
    assert time.perf_counter() - began < 2


def test_sleepers_wake_at_the_next_grid_instant_never_before_their_time():
    async def main(timeline: Timeline) -> list[tuple[int, int]]:
        woken = []

        async def sleeper(wait_ms: int) -> None:
            await timeline.sleep_until_ms(START_MS + wait_ms)
            woken.append((wait_ms, timeline.now_ms() - START_MS))

        async with trio.open_nursery() as nursery:
            for wait_ms in (1, 9, 10, 11, 25, 290, 1_001):
                nursery.start_soon(sleeper, wait_ms)
        return sorted(woken)

    woken = run_virtual(main, seed=3)
    assert woken == [(1, 10), (9, 10), (10, 10), (11, 20), (25, 30), (290, 290), (1_001, 1_010)]


def test_functions_due_together_run_in_the_order_of_due_time_and_then_arrival():
    async def main(timeline: Timeline) -> list[str]:
        called: list[str] = []
        timeline.call_at_ms(START_MS + 18, lambda: called.append("late"))
        timeline.call_at_ms(START_MS + 12, lambda: called.append("first"))
        timeline.call_at_ms(START_MS + 12, lambda: called.append("second"))
        take_back = timeline.call_at_ms(START_MS + 12, lambda: called.append("never"))
        take_back()
        take_back()
        await timeline.sleep_until_ms(START_MS + 20)
        await trio.lowlevel.checkpoint()
        return called

    assert run_virtual(main, seed=1) == ["first", "second", "late"]


def test_a_nearer_deadline_that_arrives_later_is_kept():
    async def main(timeline: Timeline) -> list[int]:
        woken = []

        async def sleeper(wait_ms: int) -> None:
            await timeline.sleep_until_ms(START_MS + wait_ms)
            woken.append(timeline.now_ms() - START_MS)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper, 5_000)
            await trio.sleep(0.5)
            nursery.start_soon(sleeper, 700)
        return woken

    assert run_virtual(main, seed=1) == [700, 5_000]


def test_a_cancelled_sleep_ends_at_trio_s_own_deadline_and_leaves_no_trace():
    async def main(timeline: Timeline) -> tuple[bool, int, int]:
        with trio.move_on_after(1.5) as scope:
            await timeline.sleep_until_ms(START_MS + 86_400_000)
        ended_ms = timeline.now_ms() - START_MS
        return scope.cancelled_caught, ended_ms, timeline.statistics()["waiting"]

    assert run_virtual(main, seed=1) == (True, 1_500, 0)


def test_a_sleep_into_the_past_is_a_checkpoint():
    async def main(timeline: Timeline) -> list[str]:
        told: list[str] = []

        async def other() -> None:
            told.append("other ran")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            while not told:
                await timeline.sleep_until_ms(START_MS - 1)
        with trio.CancelScope() as scope:
            scope.cancel()
            await timeline.sleep_until_ms(START_MS)
            told.append("not cancelled")
        return told

    assert run_virtual(main, seed=1) == ["other ran"]


def test_now_is_never_a_millisecond_short_of_a_grid_instant():
    async def main(timeline: Timeline) -> list[int]:
        wrong = []
        for step in range(1, 20_000):
            due_ms = START_MS + step * GRID_MS
            await timeline.sleep_until_ms(due_ms)
            if timeline.now_ms() != due_ms:
                wrong.append(due_ms)
        return wrong

    assert run_virtual(main, seed=1) == []


def test_an_error_of_the_run_comes_out_as_it_is():
    async def main(timeline: Timeline) -> None:
        await timeline.sleep_until_ms(START_MS + 100)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run_virtual(main, seed=1)


def test_an_error_of_a_function_due_ends_the_run():
    async def main(timeline: Timeline) -> None:
        def break_down() -> None:
            raise LookupError("due")

        timeline.call_at_ms(START_MS + 10, break_down)
        await trio.sleep_forever()

    with pytest.raises(ExceptionGroup) as caught:
        run_virtual(main, seed=1)
    assert caught.group_contains(LookupError, match="due")
