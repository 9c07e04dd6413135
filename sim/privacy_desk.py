"""The privacy desk of a simulated run: people who want to be forgotten, some while they wait for a parcel."""

from __future__ import annotations

from collections.abc import Sequence

from actors.runtime.intake import Call
from contracts.customers import EraseCustomer, guest_of
from contracts.ids import order_id_of
from contracts.turn import DEFAULT_TENANT

from .calls import call_of
from .chance import SeededChance
from .clients import Clients
from .desk import Desk
from .load.planned import PlannedOrder
from .timeline import Timeline

# Of all orders, those after which somebody asks; and within which time.
ASK_BP = 200
ASK_WITHIN_MS = 120_000


class PrivacyDesk(Desk[PlannedOrder]):
    """Everybody who asks."""

    def __init__(
        self, clients: Clients, timeline: Timeline, chance: SeededChance, orders: Sequence[PlannedOrder]
    ) -> None:
        due = []
        for planned in orders:
            ref = planned.order.channel_order_id
            if chance.happens(ASK_BP, "privacy.asks", ref, 0):
                at_ms = planned.at_ms + chance.below(ASK_WITHIN_MS, "privacy.when", ref, 0)
                due.append((at_ms, ref, planned))
        super().__init__(clients, timeline, due)

    def asked(self, what: PlannedOrder) -> tuple[Call, str]:
        """The customer is to be forgotten, or who ordered without being one."""
        order = what.order
        order_id = order_id_of(DEFAULT_TENANT, order.channel, order.channel_order_id)
        guest = order.customer_id is None
        to_key = guest_of(order_id) if guest else str(order.customer_id)
        command = EraseCustomer(to_key, "privacy", "requested", order_id if guest else "")
        route = f"/v1/orders/{order_id}/personal-data" if guest else f"/v1/customers/{to_key}"
        key = f"{order_id}-erase"
        call = call_of(
            "desk", route, key, command, to="customers", to_key=to_key, subject=to_key, method="DELETE"
        )
        return call, order_id
