"""Stock of a pool: buckets per (SKU, location), reservations of whole orders. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from contracts.inventory import DemandLine, Shortage, StockRow


class Position(Struct):
    """A SKU at a location: on_hand = available + reserved (further buckets come with more flows)."""

    available: int = 0
    reserved: int = 0


class Reservation(Struct):
    """What an order holds, at one location."""

    location: str
    lines: tuple[DemandLine, ...]


class PoolState(Struct):
    """A stock pool: positions by SKU then location, reservations of open orders by order id."""

    positions: dict[str, dict[str, Position]] = {}
    locations: list[str] = []
    reservations: dict[str, Reservation] = {}


def demand_by_sku(lines: Iterable[DemandLine]) -> dict[str, int]:
    """The units each SKU needs, summed first: two lines of one SKU share what there is of it."""
    demand: dict[str, int] = {}
    for line in lines:
        demand[line.sku] = demand.get(line.sku, 0) + line.quantity
    return demand


def source(pool: PoolState, demand: dict[str, int]) -> tuple[str | None, tuple[Shortage, ...]]:
    """The first location that can supply the whole demand, or None and what is missing there at best."""
    best: tuple[Shortage, ...] | None = None
    positions = pool.positions
    for location in pool.locations:
        missing = []
        for sku, wanted in demand.items():
            at = positions.get(sku)
            position = at.get(location) if at is not None else None
            available = position.available if position is not None else 0
            if available < wanted:
                missing.append(Shortage(sku, wanted, available))
        if not missing:
            return location, ()
        if best is None or len(missing) < len(best):
            best = tuple(missing)
    if best is None:
        best = tuple(Shortage(sku, wanted, 0) for sku, wanted in demand.items())
    return None, best


def receive(pool: PoolState, rows: Iterable[StockRow]) -> None:
    """Put rows on hand."""
    for row in rows:
        if row.location not in pool.locations:
            pool.locations.append(row.location)
        position = pool.positions.setdefault(row.sku, {}).setdefault(row.location, Position())
        position.available += row.quantity


def reserve(pool: PoolState, order_id: str, location: str, lines: tuple[DemandLine, ...]) -> None:
    """Move the lines from available to reserved."""
    positions = pool.positions
    for line in lines:
        position, quantity = positions[line.sku][location], line.quantity
        position.available -= quantity
        position.reserved += quantity
    pool.reservations[order_id] = Reservation(location, lines)


def release(pool: PoolState, order_id: str) -> None:
    """Move what an order holds back to available; the reservation is gone."""
    held = pool.reservations.pop(order_id)
    for line in held.lines:
        position = pool.positions[line.sku][held.location]
        position.reserved -= line.quantity
        position.available += line.quantity


def commit(pool: PoolState, order_id: str) -> None:
    """What an order holds has left: reserved shrinks; the reservation is gone."""
    held = pool.reservations.pop(order_id)
    positions, location = pool.positions, held.location
    for line in held.lines:
        positions[line.sku][location].reserved -= line.quantity
