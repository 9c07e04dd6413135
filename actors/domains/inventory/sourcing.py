"""Where an order's lines come from, who gets what arrives, and what a channel may promise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.demand import Lines, lines_less
from contracts.inventory import DemandLine, Shortage, StockPart
from contracts.sourcing import SourcingRule, rule_of
from contracts.stores import sources

from .model import PoolState, units_in

# Units beyond what the state shows: (SKU, location) to what this very turn puts there.
Arrived = Mapping[tuple[str, str], int]


def source(
    pool: PoolState, demand: dict[str, int], locations: Sequence[str] = ()
) -> tuple[str | None, tuple[Shortage, ...]]:
    """The first location that can supply the whole demand, or None and what is missing there at best."""
    best: tuple[Shortage, ...] | None = None
    positions = pool.positions
    for location in locations or pool.sources:
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


def allowed(pool: PoolState, rule: SourcingRule, *, but: tuple[str, ...] = ()) -> list[str]:
    """The locations that a rule asks, in its order, without some."""
    return [location for location in rule.locations or pool.sources if location not in but]


def spread(
    pool: PoolState, lines: Iterable[DemandLine], locations: Sequence[str]
) -> tuple[list[StockPart], Lines]:
    """Lines over locations, and what none of them has.

    The location that has most of what is left comes next, the earlier of equals: few parcels, though not
    always the fewest possible.
    """
    left: Lines = tuple(lines)
    parts: list[StockPart] = []
    asked = list(locations)
    while left and asked:
        offers = [_offer(pool, left, location) for location in asked]
        most = max(range(len(asked)), key=lambda n: (sum(units for _, units in offers[n]), -n))
        taken = tuple(DemandLine(line.line_id, line.sku, units) for line, units in offers[most] if units)
        if not taken:
            break
        parts.append(StockPart(asked.pop(most), taken))
        left = tuple(
            DemandLine(line.line_id, line.sku, line.quantity - units)
            for line, units in offers[most]
            if line.quantity > units
        )
    return parts, left


def fullest(pool: PoolState, lines: Lines, locations: Sequence[str]) -> tuple[list[StockPart], Lines]:
    """The one location that has most of the lines, and what it lacks."""
    parts, _ = spread(pool, lines, locations)
    return parts[:1], lines_less(lines, parts[0].lines) if parts else lines


def _offer(pool: PoolState, lines: Lines, location: str) -> list[tuple[DemandLine, int]]:
    """Each line with the units of it that a location has, earlier lines served first."""
    free: dict[str, int] = {}
    offer = []
    for line in lines:
        has = free.get(line.sku)
        if has is None:
            has = units_in(pool, line.sku, location, "available")
        units = min(has, line.quantity)
        free[line.sku] = has - units
        offer.append((line, units))
    return offer


def shortages(pool: PoolState, demand: dict[str, int], locations: Sequence[str]) -> tuple[Shortage, ...]:
    """SKUs of which the locations together have too little."""
    short = []
    for sku, wanted in demand.items():
        there = sum(units_in(pool, sku, location, "available") for location in locations)
        if there < wanted:
            short.append(Shortage(sku, wanted, there))
    return tuple(short)


def fills(pool: PoolState, pool_name: str, arrived: Arrived, but: str = "") -> list[tuple[str, StockPart]]:
    """Who gets what has arrived: (order, part), in the order in which the orders were accepted.

    Not the order `but`: what it has just let go of is for others.
    """
    orders: dict[str, int] = {}
    for sku, _ in arrived:
        for order_id in pool.waiting.get(sku, ()):
            if order_id != but:
                orders[order_id] = pool.reservations[order_id].n
    free: dict[tuple[str, str], int] = {}
    given: list[tuple[str, StockPart]] = []
    skus = {sku: None for sku, _ in arrived}
    for order_id in sorted(orders, key=orders.__getitem__):
        held = pool.reservations[order_id]
        waiting = [line for line in held.waiting if line.sku in skus]
        for location in allowed_with(pool, rule_of(pool_name, held.channel), arrived):
            taken, rest = [], []
            for line in waiting:
                at = (line.sku, location)
                if at not in free:
                    free[at] = units_in(pool, line.sku, location, "available") + arrived.get(at, 0)
                units = min(free[at], line.quantity)
                free[at] -= units
                if units:
                    taken.append(DemandLine(line.line_id, line.sku, units))
                if line.quantity > units:
                    rest.append(DemandLine(line.line_id, line.sku, line.quantity - units))
            waiting = rest
            if taken:
                given.append((order_id, StockPart(location, tuple(taken))))
    return given


def allowed_with(pool: PoolState, rule: SourcingRule, arrived: Arrived) -> list[str]:
    """The locations that a rule asks, those included that the arrival makes known."""
    known = allowed(pool, rule)
    if rule.locations:
        return known
    return list(dict.fromkeys([*known, *sources([location for _, location in arrived])]))


def backordered(pool: PoolState, sku: str) -> int:
    """Units of a SKU that orders wait for."""
    return sum(pool.waiting.get(sku, {}).values())


def atp(pool: PoolState, sku: str, locations: Iterable[str], incoming: int = 0) -> int:
    """Available to promise: what is available, and firmly on its way, less what is promised already."""
    there = sum(units_in(pool, sku, location, "available") for location in locations)
    return there + incoming - backordered(pool, sku)


def channel_sellable(pool: PoolState, pool_name: str, channel: str, sku: str, incoming: int = 0) -> int:
    """What a channel may sell of a SKU: available to promise less the channel's buffer, never below zero."""
    rule = rule_of(pool_name, channel)
    return max(0, atp(pool, sku, allowed(pool, rule), incoming) - rule.buffer)


def seller(pool: PoolState, pool_name: str, channel: str) -> Callable[[str], int]:
    """The same of many SKUs, one after another, while the pool stands still."""
    rule = rule_of(pool_name, channel)
    places, buffer = allowed(pool, rule), rule.buffer
    return lambda sku: max(0, atp(pool, sku, places) - buffer)
