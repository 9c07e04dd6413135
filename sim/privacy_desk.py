"""The privacy desk of a simulated run: people who want to be forgotten, some while they wait for a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec
import trio

from actors.runtime.intake import Call
from contracts.customers import EraseCustomer, guest_of
from contracts.ids import order_id_of
from contracts.turn import DEFAULT_TENANT

from .chance import SeededChance
from .clients import Clients
from .load.planned import PlannedOrder
from .timeline import Timeline

# Of all orders, those after which somebody asks; and within which time.
ASK_BP = 200
ASK_WITHIN_MS = 120_000


class PrivacyDesk:
    """Everybody who asks. `open` counts those whose request is not taken yet."""

    def __init__(
        self, clients: Clients, timeline: Timeline, chance: SeededChance, orders: Sequence[PlannedOrder]
    ) -> None:
        self.clients = clients
        self.timeline = timeline
        due = []
        for planned in orders:
            ref = planned.order.channel_order_id
            if chance.happens(ASK_BP, "privacy.asks", ref, 0):
                due.append(
                    (planned.at_ms + chance.below(ASK_WITHIN_MS, "privacy.when", ref, 0), ref, planned)
                )
        self._due = sorted(due, key=lambda one: one[:2])
        self.open = len(self._due)

    async def run(self) -> None:
        """Ask, each at their time."""
        async with trio.open_nursery() as nursery:
            for at_ms, _, planned in self._due:
                await self.timeline.sleep_until_ms(at_ms)
                nursery.start_soon(self._ask, planned)

    async def _ask(self, planned: PlannedOrder) -> None:
        order = planned.order
        order_id = order_id_of(DEFAULT_TENANT, order.channel, order.channel_order_id)
        guest = order.customer_id is None
        key = guest_of(order_id) if guest else str(order.customer_id)
        command = EraseCustomer(key, "privacy", "requested", order_id if guest else "")
        route = f"/v1/orders/{order_id}/personal-data" if guest else f"/v1/customers/{key}"
        fingerprint = sha256(route.encode() + msgspec.msgpack.encode(command)).hexdigest()
        call = Call(
            principal="desk",
            method="DELETE",
            route=route,
            key=f"{order_id}-erase",
            fingerprint=fingerprint,
            to="customers",
            to_key=key,
            subject=key,
            command=command,
            sheddable=False,
        )
        await self.clients.insist(call, order_id)
        self.open -= 1
