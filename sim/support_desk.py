"""The support desk of a simulated run: holds an order for a while, edits some, and lets go of it.

It looks at what became of its request before it goes on, as a person would: a hold may come too late.
"""

from __future__ import annotations

import msgspec
import trio

from contracts.edits import EditOrder
from contracts.holds import HoldOrder, ReleaseHold
from contracts.ids import order_id_of
from contracts.orders import Order, OrderLine
from contracts.turn import DEFAULT_TENANT

from .calls import call_of
from .clients import ROUTE, Clients
from .load.planned import PlannedOrder
from .timeline import Timeline

DESK = "support"
# How long it waits before it looks again.
LOOK_MS = 1_000


class SupportDesk:
    """Everybody at the desk. `open` counts what they have not done with yet."""

    def __init__(self, clients: Clients, timeline: Timeline, orders: tuple[PlannedOrder, ...]) -> None:
        self.clients = clients
        self.timeline = timeline
        self.orders = [planned for planned in orders if planned.hold_at_ms is not None]
        self.open = len(self.orders)

    async def run(self) -> None:
        """Do what the plan has for them, each order at its time."""
        async with trio.open_nursery() as nursery:
            for planned in sorted(self.orders, key=lambda one: one.hold_at_ms or 0):
                await self.timeline.sleep_until_ms(planned.hold_at_ms or 0)
                nursery.start_soon(self._one, planned)

    async def _one(self, planned: PlannedOrder) -> None:
        try:
            await self._hold(planned)
        finally:
            self.open -= 1

    async def _hold(self, planned: PlannedOrder) -> None:
        order_id = order_id_of(DEFAULT_TENANT, planned.order.channel, planned.order.channel_order_id)
        now = self.timeline.now_ms()
        # Of some they know by when they will be done.
        until_ms = 0 if planned.hold_ms % 2 else now + planned.hold_ms // 2 + 1
        command = HoldOrder(order_id, DESK, "the customer has a question", "eve", until_ms)
        if await self._say("holds", order_id, command) != 202:
            return
        await self.timeline.sleep_until_ms(now + planned.hold_ms // 2)
        if planned.hold_ms % 3 and await self._status(order_id) == "standing":
            await self._say("edit", order_id, EditOrder(order_id, DESK, "eve", _wanted(planned.order)))
        await self.timeline.sleep_until_ms(now + planned.hold_ms)
        while await self._status(order_id) == "requested":
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + LOOK_MS)
        if await self._status(order_id) == "standing":
            await self._say("holds/release", order_id, ReleaseHold(order_id, DESK, "eve", "answered"))

    async def _status(self, order_id: str) -> str:
        """What became of the hold: "requested" while it cannot be told; "over" with its order."""
        while (system := self.clients.door.system) is None:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + LOOK_MS)
        order = system.look("orders", order_id)
        if order is None or order.order_status in ("completed", "rejected", "cancelled", "excepted"):
            return "over"
        return order.holds[DESK].status if DESK in order.holds else "requested"

    async def _say(self, what: str, order_id: str, command: msgspec.Struct) -> int:
        route = f"{ROUTE}/{order_id}/{what}"
        call = call_of(
            "desk", route, f"{order_id}-{what}", command, to="orders", to_key=order_id, subject=order_id
        )
        return await self.clients.insist(call, order_id)


def _wanted(order: Order) -> tuple[OrderLine, ...]:
    """What the customer wants instead: the last line not any more, or of the first one more."""
    if len(order.lines) > 1 and sum(order.channel_order_id.encode()) % 2:
        return order.lines[:-1]
    first = order.lines[0]
    return (msgspec.structs.replace(first, quantity=first.quantity + 1), *order.lines[1:])
