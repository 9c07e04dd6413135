"""A2, A4, A5: stock, from the facts of the pool alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.inventory import ReservationFailed
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader
from .pool import AVAILABLE, RESERVED, Change, Place


class _StockInvariant(Invariant):
    """Reads what the pool's facts did. What an order was granted stands in the history."""

    def facts(self) -> Mapping[str, Reader]:
        return {
            **dict.fromkeys(self.history.pool.facts(), self._changed),
            "inventory.reservation_failed": self.refused,
        }

    def _changed(self, body: Any, turn: Turn, group: int) -> None:
        change = self.history.pool.change
        if change.stranger:
            what = f"{change.order_id} {change.what} that was never reserved for it"
            self.broken(what, change.order_id, turn.at_ms)
        else:
            self.changed(change, turn)

    def changed(self, change: Change, turn: Turn) -> None:
        """Units moved."""

    def refused(self, body: ReservationFailed, turn: Turn, group: int) -> None:
        """An order found too little."""


class A2(_StockInvariant):
    """At risk: a reservation leaves less than it just took, so the next one like it finds too little; or one
    is refused for want of stock.
    """

    id = "A2"
    title = "no bucket of stock is ever below zero, and what came in is on hand or has left"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.buckets: dict[tuple[Place, str], int] = {}
        # What is in the building by all that came and went of itself, transfers included.
        self.received: dict[Place, int] = {}

    def changed(self, change: Change, turn: Turn) -> None:
        scarce = False
        buckets = self.buckets
        for at, bucket, units in change.halves:
            self.checked += 1
            # What is forced is a debt: units that leave it make it grow.
            added = -units if bucket == "forced" else units
            left = buckets[at, bucket] = buckets.get((at, bucket), 0) + added
            if left < 0:
                self.broken(f"{change.order_id} brought {bucket} of {at[1]} at {at[0]} to {left}",
                            None if change.received else change.order_id, turn.at_ms)  # fmt: skip
            if change.received:
                if bucket != "in_transit":
                    self.received[at] = self.received.get(at, 0) + units
            elif bucket == AVAILABLE and units < 0:
                scarce = scarce or left < -units
        self.at_risk += scarce

    def refused(self, body: ReservationFailed, turn: Turn, group: int) -> None:
        self.at_risk += 1

    def finish(self, evidence: Evidence) -> None:
        """On hand, told by what came in and what was shipped, is what the buckets hold together."""
        if not self.history.is_at_rest(evidence):
            return
        on_hand = dict(self.received)
        for record in self.history.received():
            for shipment in record.shipments:
                for _, sku, quantity in record.goods_of(shipment):
                    at = (shipment.location, sku)
                    on_hand[at] = on_hand.get(at, 0) - quantity
        inside: dict[Place, int] = {}
        for (at, bucket), units in self.buckets.items():
            if bucket != "in_transit":
                inside[at] = inside.get(at, 0) + (-units if bucket == "forced" else units)
        for at in on_hand | inside:
            self.checked += 1
            told, held = on_hand.get(at, 0), inside.get(at, 0)
            if told != held:
                self.broken(f"{at[1]} at {at[0]}: {told} on hand by what was shipped, {held} in buckets")


class A4(_StockInvariant):
    """The bucket, moved by every fact, against the sum of what each order holds, which a fact sets.

    At risk: a reservation is given back, whole or in part, or units of it are sought elsewhere; or one is
    refused with nothing of it kept.
    """

    id = "A4"
    title = "what is reserved at a place is the sum of the reservations that are active there"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.bucket: dict[Place, int] = {}
        self.active: dict[Place, int] = {}

    def changed(self, change: Change, turn: Turn) -> None:
        bucket, active = self.bucket, self.active
        touched: dict[Place, None] = {}
        given_back = False
        for at, name, units in change.halves:
            if name == RESERVED:
                bucket[at] = bucket.get(at, 0) + units
                touched[at] = None
            given_back = given_back or (name != RESERVED and units > 0 and not change.received)
        for at, units in change.holds:
            active[at] = active.get(at, 0) + units
            touched[at] = None
        self.at_risk += given_back
        self.checked += len(touched)
        for at in touched:
            if bucket.get(at, 0) != active.get(at, 0):
                holds = active.get(at, 0)
                what = f"{bucket.get(at, 0)} of {at[1]} stand reserved at {at[0]}, orders hold {holds}"
                self.broken(f"{change.order_id}: {what}", change.order_id, turn.at_ms)
                return

    def refused(self, body: ReservationFailed, turn: Turn, group: int) -> None:
        self.at_risk += 1


class A5(_StockInvariant):
    """Supply is what ever was available, less what was set aside again or not found.

    At risk: an order is refused or has to wait, because with it more would be promised than there is.
    """

    id = "A5"
    title = "no SKU is promised beyond the supply that ever was there"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.supply: dict[str, int] = {}
        self.promised: dict[str, int] = {}

    def changed(self, change: Change, turn: Turn) -> None:
        supply, promised = self.supply, self.promised
        for (_, sku), bucket, units in change.halves:
            if change.received:
                if bucket == AVAILABLE:
                    supply[sku] = supply.get(sku, 0) + units
            elif bucket == RESERVED:
                if units > 0:
                    self._promise(sku, units, change, turn)
            else:
                # What left the building stays promised; what goes to another bucket was promised, and is not.
                if units > 0:
                    promised[sku] = promised.get(sku, 0) - units
                if bucket != AVAILABLE:
                    supply[sku] = supply.get(sku, 0) - units
        self.at_risk += change.what == "reserved" and change.grant is not None and change.grant.waited

    def _promise(self, sku: str, units: int, change: Change, turn: Turn) -> None:
        self.checked += 1
        total = self.promised[sku] = self.promised.get(sku, 0) + units
        if total > self.supply.get(sku, 0):
            what = f"{total} promised, {self.supply.get(sku, 0)} ever there"
            self.broken(f"{change.order_id} was granted {sku}: {what}", change.order_id, turn.at_ms)

    def refused(self, body: ReservationFailed, turn: Turn, group: int) -> None:
        self.at_risk += 1
