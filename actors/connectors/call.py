"""A call to a foreign system on its way, and the watch over the time that its first try may take.

A cancel scope with a deadline costs as much as two turns, and hardly any call needs it. All tries of a system
have the same time, so they fall due in the order in which they began: one queue and one task watch them all. A
task for calls makes its first tries under one scope, which is cancelled when one of them is overdue; that call
then goes on outside of it, and the next calls find a new one. Later tries are rare and have scopes of their own.
"""

from __future__ import annotations

from collections import deque

import trio
from msgspec import Struct

from contracts.ports import Clock, ForeignRequest, ForeignResponse
from contracts.turn import Message

from ..policies.deadline import Deadline
from ..runtime.mailbox import Signal


class Call:
    """A port entry on its way to its result turn.

    `outcome` and `response` are the last try's, `fact` what its answer means. An `unsure` call was found open
    after a crash: it may have been sent.
    """

    __slots__ = (
        "attempt", "caller", "deadline", "due_ms", "erased", "fact", "has_token", "message", "outcome", "request",
        "response", "unsure",
    )  # fmt: skip

    def __init__(self, message: Message, request: ForeignRequest, deadline: Deadline, unsure: bool) -> None:
        self.message = message
        self.request = request
        self.deadline = deadline
        self.unsure = unsure
        # Whoever it is about was erased: it is not to be sent.
        self.erased = False
        self.attempt = 0
        # The limiter gave a token for the first request; every other one takes its own.
        self.has_token = True
        self.outcome: str | None = None
        self.response: ForeignResponse | None = None
        self.fact: Struct | None = None
        # While its first try is under way: on which task, and until when.
        self.caller: Caller | None = None
        self.due_ms = 0


class Caller:
    """A task for calls. `late` is the call whose first try was overdue: its scope is spent."""

    __slots__ = ("free", "late", "scope")

    def __init__(self) -> None:
        self.free = Signal()
        self.scope = trio.CancelScope()
        self.late: Call | None = None


class Watch:
    """Ends first tries that take longer than `timeout_ms`."""

    def __init__(self, clock: Clock, timeout_ms: int) -> None:
        self.clock = clock
        self.timeout_ms = timeout_ms
        self._tries: deque[Call] = deque()

    def __len__(self) -> int:
        return len(self._tries)

    def begin(self, call: Call, caller: Caller) -> None:
        """The first try of a call begins on the task."""
        call.caller = caller
        call.due_ms = self.clock.now_ms() + self.timeout_ms
        self._tries.append(call)

    def end(self, call: Call) -> None:
        """It has ended, one way or another."""
        call.caller = None
        tries = self._tries
        while tries and tries[0].caller is None:
            tries.popleft()

    async def run(self) -> None:
        """Watch until cancelled. A try that begins while this sleeps is due no sooner than it wakes."""
        tries, clock = self._tries, self.clock
        while True:
            now = clock.now_ms()
            while tries and tries[0].due_ms <= now:
                call = tries.popleft()
                if call.caller is not None:
                    call.caller.late = call
                    call.caller.scope.cancel()
            await clock.sleep_until_ms(tries[0].due_ms if tries else now + self.timeout_ms)
