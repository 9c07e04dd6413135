"""Stock of a pool: buckets per (SKU, location), reservations of whole orders, and who waits for more. Pure.

What changes a bucket is a movement: units go from one bucket of a (SKU, location) to another, or from and to
`outside`. Events stand for their movements: reserved is available to reserved, line by line, committed is
reserved to outside, and so on; `inventory.moved` names its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct, field

from contracts.demand import Lines, lines_less, lines_within
from contracts.inventory import DemandLine, StockMoved, StockPart, StockReserved, StockResourced, StockRow
from contracts.replenishment import ReorderRow
from contracts.stock import OUTSIDE
from contracts.stores import sources

from .on_the_road import ROAD, Transfer, fold_moved


class Position(Struct):
    """A SKU at a location, in buckets. `forced` counts what left without being in the book.

    Below `watch` available units it is to be replenished; 0 while it is not watched.
    """

    available: int = 0
    reserved: int = 0
    allocated: int = 0
    safety: int = 0
    damaged: int = 0
    quality_hold: int = 0
    forced: int = 0
    in_transit: int = 0
    watch: int = 0

    @property
    def on_hand(self) -> int:
        """What should be in the building. In transit is not."""
        inside = self.available + self.reserved + self.allocated
        return inside + self.safety + self.damaged + self.quality_hold - self.forced


class Reservation(Struct):
    """What an order holds: most often at one location; else the rest is elsewhere, or still to come.

    `n` is its place in the order of acceptance. `held`: nothing of it may ship before all of it is there.
    """

    location: str
    lines: Lines
    n: int = 0
    elsewhere: tuple[StockPart, ...] = ()
    waiting: Lines = ()
    expires_ms: int = 0
    held: bool = False
    channel: str = ""


class OpenCountState(Struct):
    """A count under way: what the book had on hand at its watermark, by SKU."""

    location: str
    book: dict[str, int]


class Replenishment(Struct):
    """When positions are replenished, and what is under way.

    `rows` by SKU and location; `fallen` are positions whose fall nobody was told of yet; `ordered` are the
    positions on each purchase order of which something may still come, with the units; `incoming` is their sum by SKU
    and location.
    """

    rows: dict[str, dict[str, ReorderRow]] = {}
    fallen: list[tuple[str, str]] = []
    ordered: dict[str, tuple[tuple[str, str, int], ...]] = {}
    orders: int = 0
    incoming: dict[str, dict[str, int]] = {}


class PoolState(Struct):
    """A stock pool: positions by SKU then location, reservations of open orders by order id.

    `sources` are the locations that orders are shipped from, in the order in which they are asked. `waiting` holds the
    orders that wait for a SKU; `granted` counts reservations made; `counts` are open ones.
    `replenishment` is what is bought when (replenishing.py).
    """

    positions: dict[str, dict[str, Position]] = {}
    locations: list[str] = []
    sources: list[str] = []
    reservations: dict[str, Reservation] = {}
    granted: int = 0
    waiting: dict[str, dict[str, int]] = {}
    counts: dict[str, OpenCountState] = {}
    replenishment: Replenishment = field(default_factory=Replenishment)
    # How often something moved that the books value otherwise since (valuing.py).
    valued: int = 0
    # What is on the road between locations, and what is held until when for orders that may come.
    transfers: dict[str, Transfer] = {}
    holds: dict[str, int] = {}


def demand_by_sku(lines: Iterable[DemandLine]) -> dict[str, int]:
    """The units each SKU needs, summed first: two lines of one SKU share what there is of it."""
    demand: dict[str, int] = {}
    for line in lines:
        demand[line.sku] = demand.get(line.sku, 0) + line.quantity
    return demand


def position_at(pool: PoolState, sku: str, location: str) -> Position:
    """The position, made new where there is none."""
    if location not in pool.locations:
        pool.locations.append(location)
        pool.sources = sources(pool.locations)
    return pool.positions.setdefault(sku, {}).setdefault(location, Position())


def units_in(pool: PoolState, sku: str, location: str, bucket: str) -> int:
    """How many units are in a bucket."""
    position = pool.positions.get(sku, {}).get(location)
    return 0 if position is None else getattr(position, bucket)


# -- movements --------------------------------------------------------------------------------------


def shift(position: Position, bucket: str, units: int) -> None:
    """Change a bucket by what it adds to on hand: `forced`, which is a debt, the other way round."""
    if bucket == "forced":
        units = -units
    setattr(position, bucket, getattr(position, bucket) + units)


def move(pool: PoolState, body: StockMoved) -> None:
    """Make the movement of each row."""
    for row in body.rows:
        if body.from_bucket != OUTSIDE:
            position = position_at(pool, row.sku, row.location)
            shift(position, body.from_bucket, -row.quantity)
            if position.available < position.watch:
                fallen(pool, row.sku, row.location, position)
        if body.to_bucket != OUTSIDE:
            to = body.to_location or row.location
            shift(position_at(pool, row.sku, to), body.to_bucket, row.quantity)
    if ROAD in (body.from_bucket, body.to_bucket):
        fold_moved(pool.transfers, body)


def receive(pool: PoolState, rows: Iterable[StockRow]) -> None:
    """Put rows on hand."""
    for row in rows:
        position_at(pool, row.sku, row.location).available += row.quantity


def beyond(rows: Iterable[StockRow], units_at: Callable[[StockRow], int]) -> dict[int, int]:
    """Of rows that are taken one after the other those of which less is left: what is left, by the row's number."""
    left: dict[tuple[str, str], int] = {}
    wrong: dict[int, int] = {}
    for n, row in enumerate(rows):
        at = (row.sku, row.location)
        there = left[at] if at in left else units_at(row)
        if row.quantity > there:
            wrong[n] = max(there, 0)
        left[at] = there - row.quantity
    return wrong


def lacking(pool: PoolState, bucket: str, rows: Iterable[StockRow]) -> dict[int, int]:
    """The rows that take more from a bucket than it has: what it has left for them, by the row's number."""
    return beyond(rows, lambda row: units_in(pool, row.sku, row.location, bucket))


# -- reservations -----------------------------------------------------------------------------------


def parts_of(held: Reservation) -> list[StockPart]:
    """What a reservation holds, location by location."""
    own = [StockPart(held.location, held.lines)] if held.lines else []
    return [*own, *held.elsewhere]


def lines_at(held: Reservation, location: str) -> list[DemandLine]:
    """The lines that a reservation holds at a location."""
    return [line for part in parts_of(held) if part.location == location for line in part.lines]


def reserve(pool: PoolState, order_id: str, location: str, lines: Lines) -> None:
    """Move the lines from available to reserved."""
    _take(pool, location, lines)
    pool.granted += 1
    pool.reservations[order_id] = Reservation(location, lines, pool.granted)


def reserve_rest(pool: PoolState, body: StockReserved) -> None:
    """What stands elsewhere is reserved there; for the rest the order waits."""
    for part in body.elsewhere:
        _take(pool, part.location, part.lines)
    held = pool.reservations[body.order_id]
    held.elsewhere, held.held, held.channel = body.elsewhere, body.held, body.channel
    _wait(pool, body.order_id, held, body.waiting, body.expires_ms)


def fill(pool: PoolState, order_id: str, location: str, lines: Lines) -> None:
    """Units that the order waited for are reserved."""
    held = pool.reservations[order_id]
    _wait_no_more(pool, order_id, lines)
    held.waiting = lines_less(held.waiting, lines)
    if not held.waiting:
        held.held, held.expires_ms = False, 0
    _take(pool, location, lines)
    held.elsewhere = (*held.elsewhere, StockPart(location, lines))


def release(pool: PoolState, order_id: str) -> None:
    """Move what an order holds back to available; the reservation is gone, and what it waited for."""
    held = pool.reservations.pop(order_id)
    pool.holds.pop(order_id, None)
    for part in parts_of(held):
        _leave(pool, part.location, part.lines, "available")
    if held.waiting:
        _wait_no_more(pool, order_id, held.waiting)


def release_part(pool: PoolState, order_id: str, parts: Iterable[StockPart], waiting: Lines) -> None:
    """Move some of what an order holds back to available; it waits for some of it no more."""
    held = pool.reservations[order_id]
    for part in parts:
        _less_at(held, part.location, part.lines)
        _leave(pool, part.location, part.lines, "available")
    _wait_no_more(pool, order_id, waiting)
    held.waiting = lines_less(held.waiting, waiting)
    if not held.waiting:
        held.held, held.expires_ms = False, 0
    _drop_if_empty(pool, order_id, held)


def resource(pool: PoolState, body: StockResourced) -> None:
    """Units go from one location of a reservation to a bucket there; others take their place, or wait."""
    held = pool.reservations.get(body.order_id)
    if held is None:
        return
    _less_at(held, body.location, body.lines)
    _leave(pool, body.location, body.lines, body.bucket)
    for part in body.parts:
        _take(pool, part.location, part.lines)
    held.elsewhere = (*held.elsewhere, *body.parts)
    if body.waiting:
        held.channel = body.channel
        _wait(pool, body.order_id, held, (*held.waiting, *body.waiting), body.expires_ms, body.waiting)
    _drop_if_empty(pool, body.order_id, held)


def commit(pool: PoolState, order_id: str) -> None:
    """What an order holds has left: reserved shrinks; the reservation is gone."""
    held = pool.reservations.pop(order_id)
    positions, location = pool.positions, held.location
    for line in held.lines:
        positions[line.sku][location].reserved -= line.quantity


def commit_part(pool: PoolState, order_id: str, location: str, lines: Lines) -> None:
    """Some of what an order holds has left its location."""
    held = pool.reservations[order_id]
    _less_at(held, location, lines)
    _leave(pool, location, lines, None)
    _drop_if_empty(pool, order_id, held)


def _take(pool: PoolState, location: str, lines: Lines) -> None:
    positions = pool.positions
    for line in lines:
        position, quantity = positions[line.sku][location], line.quantity
        position.available -= quantity
        position.reserved += quantity
        if position.available < position.watch:
            fallen(pool, line.sku, location, position)


def fallen(pool: PoolState, sku: str, location: str, position: Position) -> None:
    """A position fell under its reorder point: the pool's next turn tells it."""
    position.watch = 0
    pool.replenishment.fallen.append((sku, location))


def _leave(pool: PoolState, location: str, lines: Lines, bucket: str | None) -> None:
    """Reserved units go to a bucket of their location, or out of the building."""
    for line in lines:
        position = pool.positions[line.sku][location]
        position.reserved -= line.quantity
        if bucket is not None:
            shift(position, bucket, line.quantity)


def _less_at(held: Reservation, location: str, lines: Lines) -> None:
    """Take units out of a reservation's parts at a location, the first part first."""
    left = lines
    if held.location == location:
        mine = lines_within(left, held.lines)
        held.lines, left = lines_less(held.lines, mine), lines_less(left, mine)
    parts = []
    for part in held.elsewhere:
        if left and part.location == location:
            mine = lines_within(left, part.lines)
            left = lines_less(left, mine)
            rest = lines_less(part.lines, mine)
            if rest:
                parts.append(StockPart(location, rest))
        else:
            parts.append(part)
    held.elsewhere = tuple(parts)
    if left:
        raise ValueError(f"not reserved at {location}: {left}")


def _wait(
    pool: PoolState, order_id: str, held: Reservation, all_waiting: Lines, expires_ms: int, new: Lines | None = None
) -> None:  # fmt: skip
    held.waiting, held.expires_ms = all_waiting, expires_ms
    for line in all_waiting if new is None else new:
        queue = pool.waiting.setdefault(line.sku, {})
        queue[order_id] = queue.get(order_id, 0) + line.quantity


def _wait_no_more(pool: PoolState, order_id: str, lines: Iterable[DemandLine]) -> None:
    for line in lines:
        queue = pool.waiting[line.sku]
        queue[order_id] -= line.quantity
        if not queue[order_id]:
            del queue[order_id]
        if not queue:
            del pool.waiting[line.sku]


def _drop_if_empty(pool: PoolState, order_id: str, held: Reservation) -> None:
    if not held.lines and not held.elsewhere and not held.waiting:
        del pool.reservations[order_id]
