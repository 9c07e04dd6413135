"""A bounded mailbox of wake-ups with lanes: a non-blocking core, and one waiting shell on top.

An entry is only a wake-up for a conversation (tenant, actor, key, subject); what there is to do stands
in the pending table. So losing an entry, or finding one too many, changes no result.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import trio

from contracts.ports import Clock
from contracts.turn import LANES


class Signal:
    """Wakes the one task that waits for it; a signal given before the wait is kept."""

    __slots__ = ("_task", "given")

    def __init__(self) -> None:
        self._task: trio.lowlevel.Task | None = None
        self.given = False

    def give(self) -> None:
        """Wake the waiter, or let the next wait return at once."""
        if self._task is not None:
            task, self._task = self._task, None
            trio.lowlevel.reschedule(task)
        else:
            self.given = True

    async def wait(self) -> None:
        """Wait for a signal. One waiter at a time. A checkpoint only if it has to wait."""
        if self.given:
            self.given = False
            return
        self._task = trio.lowlevel.current_task()

        def abort(_: Any) -> trio.lowlevel.Abort:
            self._task = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)


async def wait_until(signal: Signal, clock: Clock, due_ms: int) -> None:
    """Sleep until an instant, or until the signal is given."""
    async with trio.open_nursery() as nursery:

        async def given() -> None:
            await signal.wait()
            nursery.cancel_scope.cancel()

        nursery.start_soon(given)
        await clock.sleep_until_ms(due_ms)
        nursery.cancel_scope.cancel()


class Mailbox:
    """Wake-ups in lanes, most urgent first, first in first out within a lane."""

    __slots__ = ("_lanes", "_max_size", "_size", "_taken", "bound", "overflowed", "signal")

    def __init__(self, bound: int) -> None:
        self._lanes: tuple[deque[Any], ...] = tuple(deque() for _ in LANES)
        self._size = 0
        self.bound = bound
        self.signal = Signal()
        self.overflowed = 0
        self._taken = 0
        self._max_size = 0

    def __len__(self) -> int:
        return self._size

    def put_nowait(self, conversation: Any, lane: int) -> None:
        """Wake a conversation. Over the bound the wake-up is dropped: the sweep finds the work again."""
        if self._size >= self.bound:
            self.overflowed += 1
            return
        self._lanes[lane].append(conversation)
        self._size += 1
        if not self.signal.given:
            self.signal.give()

    def take_nowait(self, most: int) -> list[Any]:
        """The next conversations to look at, up to `most`. Whatever is put meanwhile waits for the next batch."""
        size = self._size
        if size > self._max_size:
            self._max_size = size  # Between two takes it only grows.
        batch: list[Any] = []
        for lane in self._lanes:
            if len(lane) + len(batch) <= most:
                batch.extend(lane)
                lane.clear()
            else:
                batch.extend([lane.popleft() for _ in range(most - len(batch))])
        self._size = size - len(batch)
        self._taken += len(batch)
        return batch

    def statistics(self) -> dict[str, int]:
        """Counts since the start."""
        return {
            "size": self._size,
            "bound": self.bound,
            "received": self._taken + self._size,
            "overflowed": self.overflowed,
            "max_size": max(self._max_size, self._size),
        }
