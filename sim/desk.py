"""People of a simulated run who ask for something each at their time, and ask again until they are answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

import trio

from actors.runtime.intake import Call

from .clients import Clients
from .timeline import Timeline

T = TypeVar("T")


class Desk(Generic[T]):
    """Everybody who asks. `open` counts those who have no answer yet."""

    def __init__(self, clients: Clients, timeline: Timeline, due: Iterable[tuple[int, str, T]]) -> None:
        """`due`: when, a name that no other of that instant has, and what is asked for."""
        self.clients = clients
        self.timeline = timeline
        self._due = sorted(due, key=lambda one: one[:2])
        self.open = len(self._due)

    async def run(self) -> None:
        """Ask, each at their time."""
        async with trio.open_nursery() as nursery:
            for at_ms, _, what in self._due:
                await self.timeline.sleep_until_ms(at_ms)
                nursery.start_soon(self._insist, what)

    async def _insist(self, what: T) -> None:
        call, order_id = self.asked(what)
        await self.clients.insist(call, order_id)
        self.open -= 1

    def asked(self, what: T) -> tuple[Call, str]:
        """The call that asks for it, and the order that it is about."""
        raise NotImplementedError
