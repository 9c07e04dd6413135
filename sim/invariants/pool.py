"""The stock pool as its facts tell it: each fact as the movements it stands for, and what orders hold by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.inventory import (
    BackorderFilled,
    DemandLine,
    ReservationCommitted,
    ReservationExpired,
    ReservationReleased,
    StockMoved,
    StockReserved,
    StockResourced,
)
from contracts.turn import Turn

from .invariant import Reader

# (location, SKU)
Place = tuple[str, str]
# A line of an order, at a place.
Held = tuple[str, Place]

AVAILABLE, RESERVED, OUTSIDE = "available", "reserved", "outside"


class Grant:
    """What an order holds, line by line and place by place, and what it waits for. Its newest, if it has several.

    `left` are units that are gone from the building; `last` is what the last fact about the whole of it ended,
    so that the same fact again is not taken for nothing. `waited`: some of it ever had to come.
    """

    __slots__ = ("expires_ms", "held", "last", "left", "waited", "waiting")

    def __init__(self) -> None:
        self.held: dict[Held, int] = {}
        self.last: dict[Held, int] = {}
        self.left: dict[str, int] = {}
        self.waiting: dict[str, int] = {}
        self.waited = False
        self.expires_ms = 0

    @property
    def stands(self) -> bool:
        """Whether anything is held or waited for."""
        return any(self.held.values()) or any(self.waiting.values())

    def by_line(self) -> dict[str, int]:
        """Units held and waited for, by line."""
        units = dict(self.waiting)
        for (line_id, _), n in self.held.items():
            units[line_id] = units.get(line_id, 0) + n
        return units


class Change:
    """What a fact of the pool did. `halves`: units that came into a bucket of a place, or (negative) left it;
    `holds`: by how much the order's own holding grew there. `stranger`: the order was never granted anything.
    `received`: units came or went by themselves and not for an order.
    """

    __slots__ = ("grant", "halves", "holds", "order_id", "received", "stranger", "what")

    def __init__(self, what: str, order_id: str, grant: Grant | None) -> None:
        self.what = what
        self.order_id = order_id
        self.grant = grant
        self.stranger = False
        self.received = False
        self.halves: list[tuple[Place, str, int]] = []
        self.holds: list[tuple[Place, int]] = []

    def reserve(self, location: str, lines: Iterable[DemandLine]) -> None:
        """Available units are reserved."""
        assert self.grant is not None
        held = self.grant.held
        for line in lines:
            at = (location, line.sku)
            self.halves.append((at, AVAILABLE, -line.quantity))
            self.halves.append((at, RESERVED, line.quantity))
            self.holds.append((at, line.quantity))
            key = (line.line_id, at)
            held[key] = held.get(key, 0) + line.quantity

    def leave(self, units: Mapping[Held, int], bucket: str) -> None:
        """Reserved units go to a bucket, or outside; the order lets go of what it has of them."""
        assert self.grant is not None
        held, left = self.grant.held, self.grant.left
        for key, n in units.items():
            line_id, at = key
            self.halves.append((at, RESERVED, -n))
            if bucket == OUTSIDE:
                left[line_id] = left.get(line_id, 0) + n
            else:
                self.halves.append((at, bucket, n))
            let_go = min(n, held.get(key, 0))
            if let_go:
                held[key] -= let_go
                self.holds.append((at, -let_go))

    def leave_whole(self, bucket: str) -> None:
        """All that the order holds goes; where it holds nothing, what went the last time goes again."""
        assert self.grant is not None
        grant = self.grant
        units = {key: n for key, n in grant.held.items() if n}
        if units:
            grant.last = units
        self.leave(units or grant.last, bucket)

    def wait(self, lines: Iterable[DemandLine], sign: int) -> None:
        """The order waits for more, or for less."""
        assert self.grant is not None
        waiting = self.grant.waiting
        for line in lines:
            waiting[line.line_id] = waiting.get(line.line_id, 0) + sign * line.quantity
            self.grant.waited = True


def _units(location: str, lines: Iterable[DemandLine]) -> dict[Held, int]:
    units: dict[Held, int] = {}
    for line in lines:
        key = (line.line_id, (location, line.sku))
        units[key] = units.get(key, 0) + line.quantity
    return units


class Pool:
    """Grants by order, levels by place and bucket. `change` is what the fact just read has done."""

    def __init__(self) -> None:
        self.grants: dict[str, Grant] = {}
        self.levels: dict[Place, dict[str, int]] = {}
        # Where units moved otherwise than from available over reserved out of the building.
        self.other_ways: set[Place] = set()
        self.change = Change("", "", None)

    def facts(self) -> dict[str, Reader]:
        """What is folded."""
        return {
            "inventory.moved": self._moved,
            "inventory.reserved": self._reserved,
            "inventory.backorder_filled": self._for_order("filled", _filled),
            "inventory.resourced": self._for_order("sought elsewhere", _resourced),
            "inventory.reservation_released": self._for_order("gave stock back", _released),
            "inventory.reservation_expired": self._for_order("gave stock back", _expired),
            "inventory.reservation_committed": self._for_order("took stock away", _committed),
        }

    def _moved(self, body: StockMoved, turn: Turn, group: int) -> None:
        change = Change("moved", body.reference, None)
        change.received = True
        for row in body.rows:
            if body.from_bucket != OUTSIDE:
                change.halves.append(((row.location, row.sku), body.from_bucket, -row.quantity))
            if body.to_bucket != OUTSIDE:
                to = (body.to_location or row.location, row.sku)
                change.halves.append((to, body.to_bucket, row.quantity))
        self._apply(change)

    def _reserved(self, body: StockReserved, turn: Turn, group: int) -> None:
        before = self.grants.get(body.order_id)
        grant = self.grants[body.order_id] = Grant()
        change = Change("reserved", body.order_id, grant)
        if before is not None:
            # One order has one reservation: the newer stands in the older's place.
            change.holds += [(at, -n) for (_, at), n in before.held.items() if n]
        change.reserve(body.location, body.lines)
        for part in body.elsewhere:
            change.reserve(part.location, part.lines)
        change.wait(body.waiting, 1)
        grant.expires_ms = body.expires_ms
        self._apply(change)

    def _for_order(self, what: str, fold: Any) -> Reader:
        def read(body: Any, turn: Turn, group: int) -> None:
            change = Change(what, body.order_id, self.grants.get(body.order_id))
            if change.grant is None:
                change.stranger = True
            else:
                fold(change, body)
            self._apply(change)

        return read

    def _apply(self, change: Change) -> None:
        """Levels after it. What is forced is a debt: it grows when units leave it."""
        self.change = change
        for at, bucket, units in change.halves:
            level = self.levels.get(at)
            if level is None:
                level = self.levels[at] = {}
            level[bucket] = level.get(bucket, 0) + (-units if bucket == "forced" else units)
            back = bucket == AVAILABLE and units > 0 and not change.received
            if back or bucket not in (AVAILABLE, RESERVED):
                self.other_ways.add(at)


def _filled(change: Change, body: BackorderFilled) -> None:
    change.wait(body.lines, -1)
    change.reserve(body.location, body.lines)


def _resourced(change: Change, body: StockResourced) -> None:
    change.leave(_units(body.location, body.lines), body.bucket)
    for part in body.parts:
        change.reserve(part.location, part.lines)
    if body.waiting:
        change.wait(body.waiting, 1)
        assert change.grant is not None
        change.grant.expires_ms = body.expires_ms


def _released(change: Change, body: ReservationReleased) -> None:
    assert change.grant is not None
    if body.partly:
        for part in body.parts:
            change.leave(_units(part.location, part.lines), AVAILABLE)
        change.wait(body.waiting, -1)
    else:
        change.leave_whole(AVAILABLE)
        change.grant.waiting.clear()


def _expired(change: Change, body: ReservationExpired) -> None:
    for part in body.parts:
        change.leave(_units(part.location, part.lines), AVAILABLE)
    change.wait(body.waiting, -1)


def _committed(change: Change, body: ReservationCommitted) -> None:
    if body.lines is None:
        change.leave_whole(OUTSIDE)
    else:
        change.leave(_units(body.location, body.lines), OUTSIDE)
