"""A2, A4, A5: stock, from the facts of the pool alone."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.inventory import (
    ReservationCommitted,
    ReservationFailed,
    ReservationReleased,
    StockMoved,
    StockReserved,
)
from contracts.turn import Turn

from .evidence import Evidence
from .history import Grant, History
from .invariant import Invariant, Reader

Place = tuple[str, str]


class _StockInvariant(Invariant):
    """Reads the pool's facts. What an order was granted stands in the history."""

    def facts(self) -> Mapping[str, Reader]:
        return {
            "inventory.moved": self._moved,
            "inventory.reserved": self._reserved,
            "inventory.reservation_released": self._released,
            "inventory.reservation_committed": self._committed,
            "inventory.reservation_failed": self.refused,
        }

    def _moved(self, body: StockMoved, turn: Turn, group: int) -> None:
        # Second grade is set aside: nobody is promised any of it.
        if body.to_bucket == "available":
            self.moved(body, turn, group)

    def _reserved(self, body: StockReserved, turn: Turn, group: int) -> None:
        self.granted(body.order_id, self.history.grants[body.order_id], turn)

    def _released(self, body: ReservationReleased, turn: Turn, group: int) -> None:
        self._ended(body.order_id, turn, gone=False)

    def _committed(self, body: ReservationCommitted, turn: Turn, group: int) -> None:
        self._ended(body.order_id, turn, gone=True)

    def _ended(self, order_id: str, turn: Turn, *, gone: bool) -> None:
        grant = self.history.grants.get(order_id)
        if grant is not None:
            self.ended(order_id, grant, turn, gone=gone)
            return
        what = "took stock away" if gone else "gave stock back"
        self.broken(f"{order_id} {what} that was never reserved for it", order_id, turn.at_ms)

    def moved(self, body: StockMoved, turn: Turn, group: int) -> None:
        """Units came in."""

    def granted(self, order_id: str, grant: Grant, turn: Turn) -> None:
        """An order was granted its lines."""

    def ended(self, order_id: str, grant: Grant, turn: Turn, *, gone: bool) -> None:
        """A grant ended: given back, or `gone` from the building."""

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
        self.available: dict[Place, int] = {}
        self.reserved: dict[Place, int] = {}
        self.received: dict[Place, int] = {}

    def moved(self, body: StockMoved, turn: Turn, group: int) -> None:
        for row in body.rows:
            at = (row.location, row.sku)
            self.received[at] = self.received.get(at, 0) + row.quantity
            self._put(at, row.quantity, 0, turn, None)

    def granted(self, order_id: str, grant: Grant, turn: Turn) -> None:
        scarce = False
        for at, units in grant.places:
            left = self._put(at, -units, units, turn, order_id)
            scarce = scarce or left < units
        self.at_risk += scarce

    def ended(self, order_id: str, grant: Grant, turn: Turn, *, gone: bool) -> None:
        for at, units in grant.places:
            self._put(at, 0 if gone else units, -units, turn, order_id)

    def refused(self, body: ReservationFailed, turn: Turn, group: int) -> None:
        self.at_risk += 1

    def _put(self, at: Place, available: int, reserved: int, turn: Turn, order_id: str | None) -> int:
        """Change both buckets of a place and return what is available then."""
        self.checked += 1
        left = self.available[at] = self.available.get(at, 0) + available
        kept = self.reserved[at] = self.reserved.get(at, 0) + reserved
        if left < 0 or kept < 0:
            bucket, units = ("available", left) if left < 0 else ("reserved", kept)
            where = f"{at[1]} at {at[0]}"
            self.broken(f"{order_id} brought {bucket} of {where} to {units}", order_id, turn.at_ms)
        return left

    def finish(self, evidence: Evidence) -> None:
        """On hand, told by what came in and what was shipped, is what the buckets hold together."""
        if not self.history.is_at_rest(evidence):
            return
        on_hand = dict(self.received)
        for record in self.history.received():
            assert record.order is not None
            for shipment in record.shipments:
                for line in record.order.lines:
                    at = (shipment.location, line.sku)
                    on_hand[at] = on_hand.get(at, 0) - line.quantity
        for at, units in on_hand.items():
            self.checked += 1
            buckets = self.available.get(at, 0) + self.reserved.get(at, 0)
            if units != buckets:
                self.broken(f"{at[1]} at {at[0]}: {units} on hand by what was shipped, {buckets} in buckets")


class A4(_StockInvariant):
    """The bucket, moved by every fact, against the sum of what each order holds, which a fact sets.

    At risk: a reservation is given back whole, or refused with nothing of it kept.
    """

    id = "A4"
    title = "what is reserved is the sum of the reservations that are active"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.bucket: dict[Place, int] = {}
        self.active: dict[Place, int] = {}

    def granted(self, order_id: str, grant: Grant, turn: Turn) -> None:
        before = grant.before
        if before is not None and not before.ends:
            _add(self.active, before, -1)
        _add(self.bucket, grant, 1)
        _add(self.active, grant, 1)
        self._compare(grant, order_id, turn)

    def ended(self, order_id: str, grant: Grant, turn: Turn, *, gone: bool) -> None:
        _add(self.bucket, grant, -1)
        if grant.ends == 1:
            _add(self.active, grant, -1)
            self.at_risk += not gone
        self._compare(grant, order_id, turn)

    def refused(self, body: ReservationFailed, turn: Turn, group: int) -> None:
        self.at_risk += 1

    def _compare(self, grant: Grant, order_id: str, turn: Turn) -> None:
        bucket, active = self.bucket, self.active
        self.checked += len(grant.places)
        for at, _ in grant.places:
            if bucket[at] != active[at]:
                what = f"{bucket[at]} of {at[1]} stand reserved at {at[0]}, orders hold {active[at]}"
                self.broken(f"{order_id}: {what}", order_id, turn.at_ms)
                return


def _add(sums: dict[Place, int], grant: Grant, sign: int) -> None:
    for at, units in grant.places:
        sums[at] = sums.get(at, 0) + sign * units


class A5(_StockInvariant):
    """At risk: an order is refused, because with it more would be promised than there is."""

    id = "A5"
    title = "no SKU is promised beyond the supply that ever was there"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.supply: dict[str, int] = {}
        self.promised: dict[str, int] = {}

    def moved(self, body: StockMoved, turn: Turn, group: int) -> None:
        for row in body.rows:
            self.supply[row.sku] = self.supply.get(row.sku, 0) + row.quantity

    def granted(self, order_id: str, grant: Grant, turn: Turn) -> None:
        promised, supply = self.promised, self.supply
        self.checked += len(grant.places)
        for (_, sku), units in grant.places:
            total = promised[sku] = promised.get(sku, 0) + units
            if total > supply.get(sku, 0):
                what = f"{total} promised, {supply.get(sku, 0)} ever there"
                self.broken(f"{order_id} was granted {sku}: {what}", order_id, turn.at_ms)

    def ended(self, order_id: str, grant: Grant, turn: Turn, *, gone: bool) -> None:
        if gone or grant.ends > 1:
            return
        for (_, sku), units in grant.places:
            self.promised[sku] -= units

    def refused(self, body: ReservationFailed, turn: Turn, group: int) -> None:
        self.at_risk += 1
