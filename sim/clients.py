"""The clients: each places one order as planned and never lets go of it.

Arrivals are open: nothing the system does slows them. A client that loses its connection, or is told to come
again, sends the same request with the same key.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import trio

from actors.runtime.errors import RuntimeRefusal
from actors.runtime.intake import Answered, Call
from actors.system import System
from contracts.ids import order_id_of
from contracts.orders import CancelOrder, SubmitOrder
from contracts.turn import DEFAULT_TENANT

from .calls import call_of
from .load.planned import PlannedOrder
from .quoting import asked_first
from .timeline import Timeline

ROUTE = "/v1/orders"
TRIES = 2_000


class Doorway(Protocol):
    """The system as clients reach it: now there, now gone."""

    system: System | None

    def connected(self, scope: trio.CancelScope) -> Callable[[], None]:
        """Cut the scope when the system goes; returns how to take it back."""


class Answers(Protocol):
    """Whoever keeps what clients were told."""

    def answered(self, call: Call, answer: Answered | RuntimeRefusal, order_id: str) -> None: ...


class Clients:
    """All clients of a run."""

    def __init__(self, door: Doorway, answers: Answers, timeline: Timeline, retry_ms: int) -> None:
        self.door = door
        self.answers = answers
        self.timeline = timeline
        self.retry_ms = retry_ms
        self.open = 0
        self.gave_up = 0

    async def run(
        self, orders: tuple[PlannedOrder, ...], on_arrival: Callable[[str, PlannedOrder], None]
    ) -> None:
        """Start every client at its time; return when all have their answers."""
        async with trio.open_nursery() as nursery:
            for planned in orders:
                await self.timeline.sleep_until_ms(planned.at_ms)
                order_id = order_id_of(DEFAULT_TENANT, planned.order.channel, planned.order.channel_order_id)
                if planned.quote is not None:
                    nursery.start_soon(self._asks_first, planned, order_id, nursery, on_arrival)
                    continue
                on_arrival(order_id, planned)
                nursery.start_soon(self._client, planned, order_id, nursery)

    async def _asks_first(
        self,
        planned: PlannedOrder,
        order_id: str,
        nursery: trio.Nursery,
        on_arrival: Callable[[str, PlannedOrder], None],
    ) -> None:
        placed = await asked_first(self, planned, order_id)
        on_arrival(order_id, placed)
        await self._client(placed, order_id, nursery)

    async def _client(self, planned: PlannedOrder, order_id: str, nursery: trio.Nursery) -> None:
        call = _order_call(planned, order_id, planned.idempotency_key)
        for at in planned.duplicate_at_ms:
            nursery.start_soon(self._later, at, call, order_id)
        if planned.second_key_at_ms is not None:
            other = _order_call(planned, order_id, planned.second_key)
            nursery.start_soon(self._later, planned.second_key_at_ms, other, order_id)
        await self.insist(call, order_id)
        if planned.cancel_at_ms is not None:
            cancel = _cancel_call(planned, order_id)
            await self._later(planned.cancel_at_ms, cancel, order_id)

    async def _later(self, at_ms: int, call: Call, order_id: str) -> None:
        await self.timeline.sleep_until_ms(at_ms)
        await self.insist(call, order_id)

    async def insist(self, call: Call, order_id: str) -> int:
        """Send until there is a final answer; its status, 0 if none ever came."""
        return (await self.ask(call, order_id))[0]

    async def ask(self, call: Call, order_id: str) -> tuple[int, bytes]:
        """The same, with what was answered."""
        self.open += 1
        status, body = 0, b""
        for _ in range(TRIES):
            wait_ms, status, body = await self._send(call, order_id)
            if wait_ms is None:
                break
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + wait_ms)
        else:
            self.gave_up += 1
        self.open -= 1
        return status, body

    async def _send(self, call: Call, order_id: str) -> tuple[int | None, int, bytes]:
        """One try: (None if it was answered for good, else how long to wait; the status; the body)."""
        system = self.door.system
        if system is None:
            return self.retry_ms, 0, b""
        answer: Answered | None = None
        with trio.CancelScope() as scope:
            disconnect = self.door.connected(scope)
            try:
                answer = await system.submit(call)
            except RuntimeRefusal as refusal:
                self.answers.answered(call, refusal, order_id)
                wait_ms = max(self.retry_ms, refusal.retry_after_ms or 0) if refusal.retryable else None
                return wait_ms, refusal.status, b""
            finally:
                disconnect()
        if answer is None:
            return self.retry_ms, 0, b""
        self.answers.answered(call, answer, order_id)
        return self.retry_ms if answer.status >= 500 else None, answer.status, answer.body


def _order_call(planned: PlannedOrder, order_id: str, key: str) -> Call:
    command = SubmitOrder(order_id, planned.order)
    who = f"client-{planned.order.channel}"
    return call_of(who, ROUTE, key, command, to="orders", to_key=order_id, subject=order_id, sheddable=True)


def _cancel_call(planned: PlannedOrder, order_id: str) -> Call:
    command = CancelOrder(order_id, "customer-request")
    who, path = f"client-{planned.order.channel}", f"{ROUTE}/{order_id}/cancellations"
    key = f"{planned.idempotency_key}-cancel"
    return call_of(who, path, key, command, to="orders", to_key=order_id, subject=order_id)
