"""A18: nothing leaves that was not released, that is cancelled or held, or that nobody will pay for."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.fulfillment import FulfillmentCancelled, FulfillmentReleased, ShipmentDispatched
from contracts.gift_cards import GiftCardHeld
from contracts.holds import OrderHeld, ReleasedFromHold
from contracts.partners import PaymentAuthorized
from contracts.turn import Turn

from .history import History
from .invariant import Invariant, Reader


class A18(Invariant):
    """At risk: a fulfillment order was stopped, so that its goods had to stay; or goods left of an order whose
    cancellation had been asked for; or an order was held, so that nothing more of it could be released.
    """

    id = "A18"
    title = "what left was released before, while no hold stood, not cancelled, and money is held for it"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._released: set[str] = set()
        self._cancelled: set[str] = set()
        self._authorized: dict[str, list[str]] = {}
        # Orders for which something of a gift card was held.
        self._cards: set[str] = set()
        # The holds that stand, by order.
        self._holds: dict[str, set[str]] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "payment.authorized": self._pays,
            "gift_card.held": self._card_pays,
            "order.held": self._is_held,
            "order.released_from_hold": self._goes_on,
            "fulfillment.released": self._is_released,
            "fulfillment.cancelled": self._is_cancelled,
            "shipment.dispatched": self._dispatched,
        }

    def _pays(self, body: PaymentAuthorized, turn: Turn, group: int) -> None:
        self._authorized.setdefault(body.order_id, []).append(body.authorization_id)

    def _card_pays(self, body: GiftCardHeld, turn: Turn, group: int) -> None:
        self._cards.add(body.order_id)

    def _is_released(self, body: FulfillmentReleased, turn: Turn, group: int) -> None:
        self._released.add(body.fulfillment_order_id)
        self.checked += 1
        holds = self._holds.get(body.order_id)
        if holds:
            what = f"{body.fulfillment_order_id} was released while it was held ({sorted(holds)[0]})"
            self.broken(f"{body.order_id}: {what}", body.order_id, turn.at_ms)

    def _is_held(self, body: OrderHeld, turn: Turn, group: int) -> None:
        self.at_risk += 1
        self._holds.setdefault(body.order_id, set()).add(body.hold_id)

    def _goes_on(self, body: ReleasedFromHold, turn: Turn, group: int) -> None:
        self._holds.get(body.order_id, set()).discard(body.hold_id)

    def _is_cancelled(self, body: FulfillmentCancelled, turn: Turn, group: int) -> None:
        self._cancelled.add(body.fulfillment_order_id)
        self.at_risk += 1

    def _dispatched(self, body: ShipmentDispatched, turn: Turn, group: int) -> None:
        self.checked += 1
        order_id, id_ = body.order_id, body.fulfillment_order_id
        record = self.history.orders.get(order_id)
        self.at_risk += record is not None and record.cancel_group is not None
        wrong = None
        if id_ not in self._released:
            wrong = "was never released"
        elif id_ in self._cancelled:
            wrong = "was cancelled before"
        elif not self._is_paid(order_id, turn.at_ms):
            wrong = "is of an order for which no money is held"
        if wrong:
            self.broken(f"{order_id}: {body.shipment_id} left, and {id_} {wrong}", order_id, turn.at_ms)

    def _is_paid(self, order_id: str, at_ms: int) -> bool:
        """Whether a gift card pays, an authorization stands, or something was captured of it before it was let go.

        Of one that expired and could not be renewed a person was told: the goods may have been on their way.
        """
        told = "authorization-expiring" in self.history.of(order_id).open_exceptions.values()
        holds = [self.history.holds[id_] for id_ in self._authorized.get(order_id, ())]
        return order_id in self._cards or any(
            hold.captured_minor or (hold.voided_at_ms is None and (told or hold.fact.expires_at_ms > at_ms))
            for hold in holds
        )
