"""A24: what customers were written, from the mail service's own books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.customers import CustomerErased
from contracts.fulfillment import ShipmentDispatched
from contracts.gift_cards import GiftCardCredited
from contracts.pickups import ReadyForCollection
from contracts.refunds import RefundMade
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader
from .subscribed import LOST

# (order, what it says, about which of the order's shipments or refunds)
Told = tuple[str, str, str]
# A letter that was on its way when its reader was erased cannot be called back.
ON_ITS_WAY_MS = 10_000


class A24(Invariant):
    """At risk: calls to the mail service that failed or whose answers got lost, messages that were asked for again, and
    those that it said it had and had lost.
    """

    id = "A24"
    title = "a customer is told each fact once, and whoever is erased is told nothing more"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.why_no_risk = "nobody is written to"
        self._facts: dict[Told, None] = {}
        self._erased: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            **{f"order.{what}": self._of_order(what) for what in ("accepted", "rejected", "cancelled")},
            "shipment.dispatched": self._dispatched,
            "fulfillment.ready_for_collection": self._lies_ready,
            "payment.refunded": self._refunded,
            "gift_card.credited": self._credited,
            "customer.erased": self._gone,
        }

    def _of_order(self, what: str) -> Reader:
        def read(body: Any, turn: Turn, group: int) -> None:
            self._facts[body.order_id, what, ""] = None

        return read

    def _dispatched(self, body: ShipmentDispatched, turn: Turn, group: int) -> None:
        if not body.collected:
            self._facts[body.order_id, "shipped", body.shipment_id] = None

    def _lies_ready(self, body: ReadyForCollection, turn: Turn, group: int) -> None:
        self._facts[body.order_id, "ready", ""] = None

    def _refunded(self, body: RefundMade, turn: Turn, group: int) -> None:
        self._facts[body.order_id, "refunded", body.refund_id] = None

    def _credited(self, body: GiftCardCredited, turn: Turn, group: int) -> None:
        self._facts[body.order_id, "refunded", body.effect_key] = None

    def _gone(self, body: CustomerErased, turn: Turn, group: int) -> None:
        for order_id in body.orders:
            self._erased.setdefault(order_id, turn.at_ms)

    def finish(self, evidence: Evidence) -> None:
        books = evidence.books.get("mail")
        if books is None:
            return
        self.why_no_risk = "no call failed, and nothing was lost"
        self.at_risk = self.history.faults.count(LOST, "mail") + sum(books["counts"].values())
        seen: set[Told] = set()
        for row in books["messages"]:
            told = (row["order"], row["template"], row["subject"])
            order_id, what = told[0], " ".join(filter(None, told[1:]))
            self.checked += 1
            if told in seen:
                self.broken(f"{order_id}: the customer was told twice: {what}", order_id, row["at"])
            elif told not in self._facts:
                self.broken(f"{order_id}: the customer was told what never was: {what}", order_id, row["at"])
            elif row["at"] > self._erased.get(order_id, row["at"]) + ON_ITS_WAY_MS:
                self.broken(f"{order_id}: the customer was erased, and told: {what}", order_id, row["at"])
            seen.add(told)
        if self.history.is_at_rest(evidence):
            self._nobody_forgotten(seen)

    def _nobody_forgotten(self, seen: set[Told]) -> None:
        """Everybody who can be reached was told."""
        for told in self._facts:
            record = self.history.orders.get(told[0])
            if record is None or record.order is None or record.order.contact is None:
                continue
            self.checked += 1
            if told not in seen and told[0] not in self._erased:
                what = " ".join(filter(None, told[1:]))
                self.broken(f"{told[0]}: the customer was never told: {what}", told[0])
