"""Virtual time: trio's own clock made to jump, and one heap of deadlines on a coarse grid.

Nothing in a simulation waits for real. Trio asks its clock how long to sleep only when no task can run;
`VirtualClock` answers by moving time to the next deadline, trio's own or the timeline's, whichever is first. Most
waits go through `Timeline`, whose one driver task, roused by the clock, wakes everybody due at a grid instant in one
scheduler tick: few ticks, many turns a tick, and no cancel scope for any of them.

Two limits, both by design. A thread is not seen: time jumps while it works, so nothing in a simulation
may run in one. And `trio.testing.wait_all_tasks_blocked` wakes only when no deadline at all is left.

This file alone knows trio's private names for repeatable scheduling (`repeatable_scheduling`).
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from typing import Any, TypeVar

import trio
from trio._core import _run as _trio_run

T = TypeVar("T")

GRID_MS = 10
START_MS = 1_777_593_600_000  # 2026-05-01T00:00:00Z
_FOREVER_S = 1e9
# Deadlines are seconds as floats: this takes up their rounding, far below a millisecond.
_ROUNDING_MS = 1e-3


class VirtualClock(trio.abc.Clock):
    """Seconds since the start of the run, moved only by the deadlines that tasks wait for."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self.timeline: Timeline | None = None

    def start_clock(self) -> None:
        """Nothing to do: time starts at 0."""

    def current_time(self) -> float:
        """Virtual seconds since the start."""
        return self._now_s

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Move to the deadline, or to what the timeline has before it, and say that no sleep is needed.

        With no deadline at all every task waits for another one: a long sleep is returned. Whoever runs
        a simulation keeps a deadline of its own (a liveness bound) and so never meets that.
        """
        timeline = self.timeline
        if timeline is not None and timeline.is_idle and (wake := timeline.next_wake_s()) <= deadline:
            deadline = wake
            if not math.isinf(wake):
                timeline.rouse()
        if math.isinf(deadline):
            return _FOREVER_S
        if deadline > self._now_s:
            self._now_s = deadline
            if timeline is not None:
                timeline.moved()
        return 0.0


class _Entry:
    """Somebody due: a parked task or a function. Both None: cancelled, left in the heap until it comes up."""

    __slots__ = ("call", "task")

    def __init__(self, task: trio.lowlevel.Task | None, call: Callable[[], object] | None) -> None:
        self.task = task
        self.call = call


class Timeline:
    """The clock port in virtual time. `run()` must be running for anybody to wake.

    Wakes happen at grid instants (multiples of 10 ms since the start), everybody due by then in the order
    (due, arrival). Trio then shuffles the tasks woken in one tick by its seeded generator; functions given
    to `call_at_ms` run exactly in that order.
    """

    def __init__(self, start_ms: int = START_MS, grid_ms: int = GRID_MS) -> None:
        self._start_ms = start_ms
        self._grid_ms = grid_ms
        # (due, arrival, who): two never compare by who.
        self._heap: list[tuple[int, int, _Entry]] = []
        self._arrivals = 0
        self._live = 0
        self._driver: trio.lowlevel.Task | None = None
        # Kept from one move of the clock that `run()` drives to the next: everybody asks, trio's context is a long way.
        self._now_ms = -1

    @property
    def start_ms(self) -> int:
        """The epoch milliseconds at which trio's clock stood at 0."""
        return self._start_ms

    def now_ms(self) -> int:
        """Epoch milliseconds, derived from trio's clock so that its own timeouts agree."""
        return self._now_ms if self._now_ms >= 0 else self._told_ms()

    def moved(self) -> None:
        """The clock has."""
        self._now_ms = self._told_ms()

    def _told_ms(self) -> int:
        return self._start_ms + int(trio.current_time() * 1000 + _ROUNDING_MS)

    async def sleep_until_ms(self, due_ms: int) -> None:
        """Return at the first grid instant at or after `due_ms`; at once, but as a checkpoint, if past."""
        if due_ms <= self.now_ms():
            await trio.lowlevel.checkpoint()
            return
        entry = self._push(due_ms, trio.lowlevel.current_task(), None)

        def abort(_: object) -> trio.lowlevel.Abort:
            self._cancel(entry)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def call_at_ms(self, due_ms: int, call: Callable[[], object]) -> Callable[[], None]:
        """Call `call` (which must not wait) at the first grid instant at or after `due_ms`.

        Returns a function that takes it back. An exception of `call` ends `run()`, and with it the run.
        """
        entry = self._push(due_ms, None, call)
        return lambda: self._cancel(entry)

    async def run(self) -> None:
        """The driver: wait until the clock stands at the next occupied grid instant, wake everybody due, again.

        Only under a `VirtualClock`, which it drives.
        """
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, VirtualClock)
        clock.timeline = self
        self.moved()

        def abort(_: object) -> trio.lowlevel.Abort:
            self._driver = None
            return trio.lowlevel.Abort.SUCCEEDED

        while True:
            self._driver = trio.lowlevel.current_task()
            await trio.lowlevel.wait_task_rescheduled(abort)
            self._wake_due()

    @property
    def is_idle(self) -> bool:
        """Whether the driver waits to be roused."""
        return self._driver is not None

    def next_wake_s(self) -> float:
        """The next occupied grid instant on trio's clock; inf: nobody waits."""
        heap = self._heap
        while heap and heap[0][2].task is None and heap[0][2].call is None:
            heappop(heap)
        if not heap:
            return math.inf
        slots = -(-(heap[0][0] - self._start_ms) // self._grid_ms)
        return slots * self._grid_ms / 1000

    def rouse(self) -> None:
        """Let the driver run in the next tick, when the clock stands where somebody is due."""
        driver, self._driver = self._driver, None
        if driver is not None:
            trio.lowlevel.reschedule(driver)

    def statistics(self) -> dict[str, int]:
        """How many wait now, and how many ever have."""
        return {"waiting": self._live, "ever": self._arrivals}

    def _push(
        self, due_ms: int, task: trio.lowlevel.Task | None, call: Callable[[], object] | None
    ) -> _Entry:
        entry = _Entry(task, call)
        heappush(self._heap, (due_ms, self._arrivals, entry))
        self._arrivals += 1
        self._live += 1
        return entry

    def _cancel(self, entry: _Entry) -> None:
        if entry.task is not None or entry.call is not None:
            entry.task = entry.call = None
            self._live -= 1

    def _wake_due(self) -> None:
        now_ms = self.now_ms()
        heap = self._heap
        while heap and heap[0][0] <= now_ms:
            entry = heappop(heap)[2]
            task, call = entry.task, entry.call
            self._cancel(entry)
            if task is not None:
                trio.lowlevel.reschedule(task)
            elif call is not None:
                call()


@contextmanager
def repeatable_scheduling(seed: int) -> Iterator[None]:
    """Within: trio shuffles each tick's tasks by a generator seeded here. Afterwards all is as it was.

    The two names are private to trio; `tests/simulator/test_timeline.py` fails if they lose their meaning.
    """
    private: Any = _trio_run
    flag, state = private._ALLOW_DETERMINISTIC_SCHEDULING, private._r.getstate()
    private._ALLOW_DETERMINISTIC_SCHEDULING = True
    private._r.seed(seed)
    try:
        yield
    finally:
        private._ALLOW_DETERMINISTIC_SCHEDULING = flag
        private._r.setstate(state)


def run_virtual(
    async_fn: Callable[..., Awaitable[T]], *args: object, seed: int, start_ms: int = START_MS
) -> T:
    """Run `async_fn(timeline, *args)` in virtual time, repeatably, and return its result.

    The timeline's driver runs around it and ends with it. Exceptions come out as trio raises them, an
    exception of `async_fn` itself unwrapped.
    """

    async def main() -> T:
        timeline = Timeline(start_ms)
        failure: BaseException | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(timeline.run)
            try:
                result = await async_fn(timeline, *args)
            except Exception as error:
                failure = error
            nursery.cancel_scope.cancel()
        if failure is not None:
            raise failure
        return result

    with repeatable_scheduling(seed):
        return trio.run(main, clock=VirtualClock())
