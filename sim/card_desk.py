"""The card desk of a simulated run: buyers of gift cards who want their money back, some before there is a card."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec
import trio

from actors.runtime.intake import Call
from contracts.gift_cards import CancelGiftCard
from contracts.ids import order_id_of
from contracts.orders import SoldCard
from contracts.turn import DEFAULT_TENANT

from .chance import SeededChance
from .clients import Clients
from .load.planned import PlannedOrder
from .timeline import Timeline

# One buyer in so many asks, within this time.
ONE_IN = 2
ASK_WITHIN_MS = 120_000


class CardDesk:
    """Everybody who asks. `open` counts those who have no answer yet."""

    def __init__(
        self, clients: Clients, timeline: Timeline, chance: SeededChance, orders: Sequence[PlannedOrder]
    ) -> None:
        self.clients = clients
        self.timeline = timeline
        due = []
        for planned in orders:
            ref = planned.order.channel_order_id
            for card in planned.order.gift_cards:
                if chance.below(ONE_IN, "cards.asks", ref, 0) == 0:
                    at_ms = planned.at_ms + chance.below(ASK_WITHIN_MS, "cards.when", ref, 0)
                    due.append((at_ms, ref, planned, card))
        self._due = sorted(due, key=lambda one: one[:2])
        self.open = len(self._due)

    async def run(self) -> None:
        """Ask, each at their time."""
        async with trio.open_nursery() as nursery:
            for at_ms, _, planned, card in self._due:
                await self.timeline.sleep_until_ms(at_ms)
                nursery.start_soon(self._ask, planned, card)

    async def _ask(self, planned: PlannedOrder, card: SoldCard) -> None:
        order = planned.order
        order_id = order_id_of(DEFAULT_TENANT, order.channel, order.channel_order_id)
        command = CancelGiftCard(card.card_id, order_id, "cards", "not wanted")
        route = f"/v1/orders/{order_id}/gift-cards/{card.line_id}"
        fingerprint = sha256(route.encode() + msgspec.msgpack.encode(command)).hexdigest()
        call = Call(
            principal="desk",
            method="DELETE",
            route=route,
            key=f"{order_id}-{card.line_id}",
            fingerprint=fingerprint,
            to="gift_cards",
            to_key=card.card_id,
            subject=order_id,
            command=command,
            sheddable=False,
        )
        await self.clients.insist(call, order_id)
        self.open -= 1
