"""The card desk of a simulated run: buyers of gift cards who want their money back, some before there is a card."""

from __future__ import annotations

from collections.abc import Sequence

from actors.runtime.intake import Call
from contracts.gift_cards import CancelGiftCard
from contracts.ids import order_id_of
from contracts.orders import SoldCard
from contracts.turn import DEFAULT_TENANT

from .calls import call_of
from .chance import SeededChance
from .clients import Clients
from .desk import Desk
from .load.planned import PlannedOrder
from .timeline import Timeline

# One buyer in so many asks, within this time.
ONE_IN = 2
ASK_WITHIN_MS = 120_000


class CardDesk(Desk[tuple[PlannedOrder, SoldCard]]):
    """The buyers."""

    def __init__(
        self, clients: Clients, timeline: Timeline, chance: SeededChance, orders: Sequence[PlannedOrder]
    ) -> None:
        due = []
        for planned in orders:
            ref = planned.order.channel_order_id
            for card in planned.order.gift_cards:
                if chance.below(ONE_IN, "cards.asks", ref, 0) == 0:
                    at_ms = planned.at_ms + chance.below(ASK_WITHIN_MS, "cards.when", ref, 0)
                    due.append((at_ms, ref, (planned, card)))
        super().__init__(clients, timeline, due)

    def asked(self, what: tuple[PlannedOrder, SoldCard]) -> tuple[Call, str]:
        """The card is to be taken back."""
        planned, card = what
        order_id = order_id_of(DEFAULT_TENANT, planned.order.channel, planned.order.channel_order_id)
        command = CancelGiftCard(card.card_id, order_id, "cards", "not wanted")
        route = f"/v1/orders/{order_id}/gift-cards/{card.line_id}"
        key = f"{order_id}-{card.line_id}"
        call = call_of(
            "desk",
            route,
            key,
            command,
            to="gift_cards",
            to_key=card.card_id,
            subject=order_id,
            method="DELETE",
        )
        return call, order_id
