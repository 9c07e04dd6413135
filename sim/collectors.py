"""Customers who collect their orders in a store: most come some time after it lies ready, some cancel instead.

Nobody is given anything before the counter was told that the order still waits for them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import trio

from contracts.ids import digest128, order_id_of
from contracts.orders import CancelOrder
from contracts.pickups import CollectOrder, ReadyForCollection
from contracts.ports import ForeignRequest
from contracts.turn import DEFAULT_TENANT, Turn
from contracts.vocabulary import body_of

from .calls import call_of
from .chance import SeededChance
from .clients import ROUTE, Clients
from .load.planned import PlannedOrder
from .timeline import Timeline
from .twins import MemoryTwins

# They come within this time, in virtual ms; one in so many thinks better of it.
COME_MS, CANCEL_IN = 20_000, 6


class Collectors:
    """Everybody who collects, and the counters. `open` counts those on their way."""

    def __init__(
        self,
        clients: Clients,
        twins: MemoryTwins,
        timeline: Timeline,
        chance: SeededChance,
        orders: Sequence[PlannedOrder],
    ) -> None:
        self.clients = clients
        self.twins = twins
        self.timeline = timeline
        self.chance = chance
        self.open = 0
        self.nursery: trio.Nursery | None = None
        self._orders = {
            order_id_of(DEFAULT_TENANT, one.order.channel, one.order.channel_order_id): one
            for one in orders
            if one.order.delivery.pickup_location is not None
        }

    def take(self, turns: Sequence[Turn]) -> None:
        """Orders that lie ready among committed turns: each customer is told once."""
        for turn in turns:
            if turn.actor == "fulfillment" and turn.subject in self._orders and self.nursery is not None:
                for event in turn.events:
                    if event.type == "fulfillment.ready_for_collection":
                        self.open += 1
                        planned = self._orders.pop(turn.subject)
                        self.nursery.start_soon(self._comes, planned, body_of(event))
                        break

    async def _comes(self, planned: PlannedOrder, ready: ReadyForCollection) -> None:
        try:
            ref, order_id = planned.order.channel_order_id, ready.order_id
            wait_ms = 1 + self.chance.below(COME_MS, "pickup.comes", ref, 0)
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + wait_ms)
            if self.chance.below(CANCEL_IN, "pickup.cancels", ref, 0) == 0:
                cancel = CancelOrder(order_id, "customer-request")
                await self._say(
                    "client-web", f"{ROUTE}/{order_id}/cancellations", "orders", order_id, cancel, order_id
                )
                return
            id_ = ready.fulfillment_order_id
            collection = "COL-" + digest128(id_)[:16]
            collect = CollectOrder(id_, order_id, collection, "counter", self.timeline.now_ms())
            route = f"{ROUTE}/{order_id}/collections"
            if await self._say("counter", route, "fulfillment", id_, collect, order_id) == 200:
                await self._hand_over(planned, order_id, collection)
        finally:
            self.open -= 1

    async def _hand_over(self, planned: PlannedOrder, order_id: str, collection: str) -> None:
        items = [
            {"line": line.line_id, "item": line.sku, "qty": line.quantity} for line in planned.order.lines
        ]
        store = planned.order.delivery.pickup_location
        body = {"store": store, "order": order_id, "collection": collection, "items": items}
        answer = await self.twins.call(ForeignRequest("tills", "collections:hand_over", "", order_id, body))
        if answer.status != 201:
            raise RuntimeError(f"a counter refused {order_id}: {answer.body}")

    async def _say(
        self, who: str, route: str, to: str, key: str, command: msgspec.Struct, order_id: str
    ) -> int:
        call = call_of(who, route, f"{order_id}-collect", command, to=to, to_key=key, subject=order_id)
        return await self.clients.insist(call, order_id)
