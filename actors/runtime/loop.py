"""The tasks of the runtime: one loop per actor, one committer, one timer heap, one sweep; supervised."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Any

import trio

from contracts.ports import Clock

from .actor import ActorSpec
from .engine import Engine
from .errors import LoopFailing
from .fold import Standing, TimerKey
from .mailbox import Mailbox, Signal, wait_until

BATCH = 64
SWEEP_MS = 5_000
CREDIT = 10_000
REST_BATCH = 200
REST_PAUSE_MS = 20
# So many timers that do not stand any more may lie on the heap, beside as many as do.
SPENT_AT_MOST = 1_024


class ActorLoop:
    """Takes wake-ups in batches, one checkpoint a batch."""

    def __init__(self, spec: ActorSpec, engine: Engine) -> None:
        self.spec = spec
        self.engine = engine
        self.mailbox: Mailbox = engine.mailboxes[spec.name]

    async def run(self) -> None:
        """Run until cancelled."""
        mailbox, step, spec = self.mailbox, self.engine.step, self.spec
        while True:
            for conversation in mailbox.take_nowait(BATCH):
                step(spec, conversation)
            if len(mailbox):
                await trio.lowlevel.checkpoint()
            else:
                await mailbox.signal.wait()


class Committer:
    """Makes group after group durable. A failure ends the process: it is not supervised."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def run(self) -> None:
        """Commit until cancelled. A commit under way is finished first."""
        engine = self.engine
        while True:
            group = engine.next_group()
            if group is None:
                await engine.work.wait()
                continue
            with trio.CancelScope(shield=True):
                await engine.journal.append(group.data, group.coordinates(), engine.epoch)
            engine.committed(group)
            await trio.lowlevel.checkpoint()


class TimerHeap:
    """All timers of the process, on one heap. Due timers wait while credit is used up.

    What was cancelled or replaced stays on it until it is due, which may be days: it is swept out when it is most
    of the heap, so that the heap follows the timers that stand.
    """

    def __init__(self, engine: Engine, clock: Clock, credit: int = CREDIT) -> None:
        self.engine = engine
        self.clock = clock
        self.credit = credit
        self._heap: list[tuple[int, int, TimerKey, Standing]] = []
        self._order = count()
        self._changed = Signal()
        engine.timers_changed = self.add

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, due_ms: int, key: TimerKey, standing: Standing) -> None:
        """A timer was set."""
        first = not self._heap or due_ms < self._heap[0][0]
        heapq.heappush(self._heap, (due_ms, next(self._order), key, standing))
        if len(self._heap) > 2 * len(self.engine.fold.timers) + SPENT_AT_MOST:
            self._sweep_out()
        if first:
            self._changed.give()

    def _sweep_out(self) -> None:
        timers = self.engine.fold.timers
        self._heap = [entry for entry in self._heap if timers.get(entry[2]) is entry[3]]
        heapq.heapify(self._heap)

    async def run(self) -> None:
        """Fire what is due until cancelled."""
        while True:
            if not self._heap:
                await self._changed.wait()
                continue
            due = self._heap[0][0]
            if self.clock.now_ms() < due:
                await wait_until(self._changed, self.clock, due)
                continue
            if self.engine.waiting >= self.credit:
                await self.clock.sleep_until_ms(self.clock.now_ms() + 100)
                continue
            _, _, key, standing = heapq.heappop(self._heap)
            # Due before its setting is durable: nobody would wake it afterwards.
            await self.engine.until_durable(standing.group)
            self.engine.fire(key, standing)


async def sweep(engine: Engine, clock: Clock, every_ms: int = SWEEP_MS, credit: int = CREDIT) -> None:
    """Wake again what is pending and was never woken, for ever.

    It waits while credit is used up, unless every mailbox is empty: then only lost wake-ups are left.
    """
    while True:
        await clock.sleep_until_ms(clock.now_ms() + every_ms)
        if engine.waiting and (engine.waiting < credit or not any(map(len, engine.mailboxes.values()))):
            engine.sweep()


async def put_to_rest(
    engine: Engine, clock: Clock, others: Sequence[Callable[[int], int]], after_ms: int
) -> None:
    """Let keys that were not used for `after_ms` leave memory, for ever, some at a time.

    `others` are tables that rest likewise: each puts up to so many rows away and says how many it looked at. One
    that has fewer is done, and begins its next generation.
    """
    tables = [lambda most: engine.fold.rest(most, engine.durable), *others]
    while True:
        await clock.sleep_until_ms(clock.now_ms() + after_ms)
        for rest in tables:
            while rest(REST_BATCH) == REST_BATCH:
                # Rows go with the next group: no more of them than it can carry along.
                await clock.sleep_until_ms(clock.now_ms() + REST_PAUSE_MS)


class Supervisor:
    """Restarts a crashed loop; more than `limit` crashes within `window_ms` go up to the process."""

    def __init__(self, clock: Clock, *, limit: int = 5, window_ms: int = 10_000) -> None:
        self.clock = clock
        self.limit = limit
        self.window_ms = window_ms
        self.restarts: dict[str, int] = {}

    async def watch(
        self,
        name: str,
        run: Callable[[], Awaitable[None]],
        on_restart: Callable[[], Any] = lambda: None,
    ) -> None:
        """Run and run again. Cancellation passes through; a crash is counted, then `on_restart` re-wakes."""
        crashes: deque[int] = deque()
        while True:
            try:
                await run()
                return
            except Exception as error:
                now = self.clock.now_ms()
                crashes.append(now)
                while crashes[0] < now - self.window_ms:
                    crashes.popleft()
                self.restarts[name] = self.restarts.get(name, 0) + 1
                if len(crashes) > self.limit:
                    raise LoopFailing(
                        f"{name} crashed {len(crashes)} times in {self.window_ms} ms; the last: {error!r}"
                    ) from error
                on_restart()
