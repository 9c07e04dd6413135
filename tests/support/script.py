"""The foreign systems on a script: twins behind a hand that loses, refuses, holds or delays chosen calls."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import trio

from actors.system import FEEDS as SYSTEM_FEEDS
from contracts.ports import Clock, ForeignRequest, ForeignResponse, ForeignSystems, NoAnswer, NotSent

FEEDS = frozenset({*(feed.operation for feed in SYSTEM_FEEDS), "settlement_files"})
Act = Callable[["Scripted", ForeignRequest], Any]


@dataclass(frozen=True)
class Made:
    """A call as the outside saw it."""

    at_ms: int
    system: str
    operation: str
    effect_key: str
    subject: str


def answer(status: int, body: dict[str, Any] | None = None, retry_after_ms: int | None = None) -> Act:
    """The system says this, and does nothing."""

    async def act(script: Scripted, request: ForeignRequest) -> ForeignResponse:
        return ForeignResponse(status, body or {}, retry_after_ms)

    return act


async def lost_before(script: Scripted, request: ForeignRequest) -> ForeignResponse:
    """The call is lost on its way there: no effect, no answer."""
    raise NoAnswer("lost before the effect")


async def lost_after(script: Scripted, request: ForeignRequest) -> ForeignResponse:
    """The effect happens; its answer is lost."""
    await script.inner.call(request)
    raise NoAnswer("lost after the effect")


async def silent_after(script: Scripted, request: ForeignRequest) -> ForeignResponse:
    """The effect happens and no answer comes, as long as anybody waits."""
    await script.inner.call(request)
    return await trio.sleep_forever()


async def unreachable(script: Scripted, request: ForeignRequest) -> ForeignResponse:
    """The call is never sent."""
    raise NotSent("unreachable")


def taking(ms: int) -> Act:
    """The system takes its time."""

    async def act(script: Scripted, request: ForeignRequest) -> ForeignResponse:
        await script.clock.sleep_until_ms(script.clock.now_ms() + ms)
        return await script.inner.call(request)

    return act


class Hold:
    """A call waits here until it is let go; `came` says that it is waiting."""

    def __init__(self) -> None:
        self.came = trio.Event()
        self.let_go = trio.Event()

    async def __call__(self, script: Scripted, request: ForeignRequest) -> ForeignResponse:
        self.came.set()
        await self.let_go.wait()
        return await script.inner.call(request)


class Scripted:
    """Wraps the ForeignSystems port. Acts of an operation are used up in order; then the twins answer.

    `always` holds acts that strike every call of an operation.
    """

    def __init__(self, inner: ForeignSystems, clock: Clock) -> None:
        self.inner = inner
        self.clock = clock
        self.calls: list[Made] = []
        self.in_flight: dict[str, int] = {}
        self.max_in_flight: dict[str, int] = {}
        self.always: dict[str, Act] = {}
        self._acts: dict[str, deque[Act]] = {}

    def next(self, place: str, *acts: Act) -> None:
        """`place` is `system/operation`: the next calls of it are struck by these, in order."""
        self._acts.setdefault(place, deque()).extend(acts)

    def hold(self, place: str) -> Hold:
        """Hold the next call of an operation."""
        hold = Hold()
        self.next(place, hold)
        return hold

    def made(self, place: str) -> list[Made]:
        """The calls of an operation so far."""
        return [call for call in self.calls if f"{call.system}/{call.operation}" == place]

    async def call(self, request: ForeignRequest) -> ForeignResponse:
        """The call, as the script has it."""
        place, system = f"{request.system}/{request.operation}", request.system
        if request.operation not in FEEDS:
            made = Made(self.clock.now_ms(), system, request.operation, request.effect_key, request.subject)
            self.calls.append(made)
            self.in_flight[system] = self.in_flight.get(system, 0) + 1
            self.max_in_flight[system] = max(self.in_flight[system], self.max_in_flight.get(system, 0))
        try:
            acts = self._acts.get(place)
            act = acts.popleft() if acts else self.always.get(place)
            response: ForeignResponse = await (act(self, request) if act else self.inner.call(request))
            return response
        finally:
            if request.operation not in FEEDS:
                self.in_flight[system] -= 1


class Held:
    """The Deliver port with one actor's wake-ups held back until `let_go`."""

    def __init__(self, actor: str) -> None:
        self.actor = actor
        self.back: list[tuple[Any, Any, int]] | None = None

    def __call__(self, put: Callable[[Any, int], None], conversation: Any, lane: int) -> None:
        if self.back is not None and conversation[1] == self.actor:
            self.back.append((put, conversation, lane))
        else:
            put(conversation, lane)

    def hold(self) -> None:
        """From now on they are held back."""
        self.back = []

    def let_go(self) -> None:
        """Deliver what was held back, and everything from now on."""
        back, self.back = self.back or [], None
        for put, conversation, lane in back:
            put(conversation, lane)
