"""A bounded mailbox of wake-ups with lanes: a non-blocking core, and one waiting shell on top.

An entry is only a wake-up for a conversation (tenant, actor, key, subject); what there is to do stands
in the pending table. So losing an entry, or finding one too many, changes no result.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import trio

from contracts.turn import LANES


class Signal:
    """Wakes the one task that waits for it; a signal given before the wait is kept."""

    __slots__ = ("_given", "_task")

    def __init__(self) -> None:
        self._task: trio.lowlevel.Task | None = None
        self._given = False

    def give(self) -> None:
        """Wake the waiter, or let the next wait return at once."""
        if self._task is not None:
            task, self._task = self._task, None
            trio.lowlevel.reschedule(task)
        else:
            self._given = True

    async def wait(self) -> None:
        """Wait for a signal. One waiter at a time. A checkpoint only if it has to wait."""
        if self._given:
            self._given = False
            return
        self._task = trio.lowlevel.current_task()

        def abort(_: Any) -> trio.lowlevel.Abort:
            self._task = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)


class Mailbox:
    """Wake-ups in lanes, most urgent first, first in first out within a lane."""

    __slots__ = ("_lanes", "_size", "bound", "max_size", "overflowed", "received", "signal")

    def __init__(self, bound: int) -> None:
        self._lanes: tuple[deque[Any], ...] = tuple(deque() for _ in LANES)
        self._size = 0
        self.bound = bound
        self.signal = Signal()
        self.received = 0
        self.overflowed = 0
        self.max_size = 0

    def __len__(self) -> int:
        return self._size

    def put_nowait(self, conversation: Any, lane: int) -> None:
        """Wake a conversation. Over the bound the wake-up is dropped: the sweep finds the work again."""
        if self._size >= self.bound:
            self.overflowed += 1
            return
        self._lanes[lane].append(conversation)
        self._size += 1
        self.received += 1
        if self._size > self.max_size:
            self.max_size = self._size
        self.signal.give()

    def take_nowait(self) -> Any | None:
        """The next conversation to look at, or None."""
        for lane in self._lanes:
            if lane:
                self._size -= 1
                return lane.popleft()
        return None

    def statistics(self) -> dict[str, int]:
        """Counts since the start."""
        return {
            "size": self._size,
            "bound": self.bound,
            "received": self.received,
            "overflowed": self.overflowed,
            "max_size": self.max_size,
        }
