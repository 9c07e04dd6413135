"""An order that leaves in several shipments, or waits for some of its lines: where each unit of it is. Pure.

A unit is in a part under way, kept, waited for, in limbo, shipped or cancelled: never in two of them.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from contracts.demand import Lines, lines_less, units_of
from contracts.fulfillment import FulfillmentCancelled, ShipmentDispatched, ShortPicked
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import (
    BackorderFilled,
    DemandLine,
    ReservationExpired,
    ReservationReleased,
    StockPart,
    StockReserved,
    StockResourced,
)


class Several(Struct):
    """`parts`: what has not left yet of each fulfillment order under way; `made` counts those ever made.

    `kept` is reserved and leaves when nothing is waited for; `limbo` is what the pool was asked about and has
    not answered. `dropping`: what can still be stopped is not to be shipped any more. `refused`: that this came
    too late for some has been told.
    """

    pool: str
    parts: dict[str, StockPart] = {}
    made: int = 0
    kept: tuple[StockPart, ...] = ()
    waiting: Lines = ()
    limbo: Lines = ()
    holds_back: bool = False
    dropping: bool = False
    refused: bool = False
    reason: str = ""
    shipped: dict[str, int] = {}
    shipments: int = 0
    invoices: int = 0
    invoiced_minor: int = 0
    cleared_minor: int = 0
    cancelled: int = 0
    tried: tuple[str, ...] = ()


def copied(several: Several) -> Several:
    """A copy that may be changed."""
    return msgspec.structs.replace(several, parts=dict(several.parts), shipped=dict(several.shipped))


def begun(pool: str, fulfillment_order_id: str, location: str, lines: Lines) -> Several:
    """An order that was to leave whole and does not."""
    return Several(pool, {fulfillment_order_id: StockPart(location, lines)}, 1)


def reserved(body: StockReserved) -> Several:
    """An order that is sourced from several locations, or in part only."""
    several = Several(body.pool, waiting=body.waiting, holds_back=body.held)
    first = (StockPart(body.location, body.lines),) if body.lines else ()
    _add(several, body.order_id, (*first, *body.elsewhere))
    return several


def _add(several: Several, order_id: str, parts: Iterable[StockPart]) -> None:
    """Reserved units: on their way as a fulfillment order each, or kept, or not wanted any more."""
    for part in parts:
        if several.dropping:
            several.limbo = (*several.limbo, *part.lines)
        elif several.holds_back and several.waiting:
            several.kept = (*several.kept, part)
        else:
            several.parts[fulfillment_order_id_of(order_id, several.made)] = part
            several.made += 1


def filled(several: Several, body: BackorderFilled) -> None:
    """Stock has come. With the last of it all that was kept goes on its way, from each location at once."""
    several.waiting = lines_less(several.waiting, body.lines)
    part = StockPart(body.location, body.lines)
    if several.waiting:
        _add(several, body.order_id, (part,))
    else:
        kept, several.kept = several.kept, ()
        _add(several, body.order_id, together((*kept, part)))


def together(parts: Iterable[StockPart]) -> tuple[StockPart, ...]:
    """What lies at one location as one part, units of a line as one of its lines, in the order in which they came."""
    by_location: dict[str, dict[str, DemandLine]] = {}
    for part in parts:
        lines = by_location.setdefault(part.location, {})
        for line in part.lines:
            before = lines[line.line_id].quantity if line.line_id in lines else 0
            lines[line.line_id] = DemandLine(line.line_id, line.sku, before + line.quantity)
    return tuple(StockPart(location, tuple(lines.values())) for location, lines in by_location.items())


def dispatched(several: Several, body: ShipmentDispatched) -> None:
    """Units have left."""
    lines = body.lines or ()
    _part_less(several, body.fulfillment_order_id, lines)
    for line in lines:
        several.shipped[line.line_id] = several.shipped.get(line.line_id, 0) + line.quantity
    several.shipments += 1


def short_picked(several: Several, body: ShortPicked) -> None:
    """Units were not found: the pool is asked for others."""
    _part_less(several, body.fulfillment_order_id, body.lines)
    several.limbo = (*several.limbo, *body.lines)
    several.tried = (*several.tried, body.location)
    several.reason = several.reason or "short-picked"


def part_cancelled(several: Several, body: FulfillmentCancelled) -> None:
    """A part will not ship: the pool is asked to release it, or for others."""
    part = several.parts.pop(body.fulfillment_order_id)
    several.limbo = (*several.limbo, *part.lines)
    several.tried = (*several.tried, part.location)
    several.reason = several.reason or body.reason


def resourced(several: Several, body: StockResourced) -> None:
    """The pool has found others, or lets wait, or gives up."""
    found = [line for part in body.parts for line in part.lines]
    several.limbo = lines_less(several.limbo, (*found, *body.waiting, *body.cancelled))
    several.waiting = (*several.waiting, *body.waiting)
    several.holds_back = False
    several.cancelled += units_of(body.cancelled)
    _add(several, body.order_id, body.parts)


def released(several: Several, body: ReservationReleased) -> None:
    """What was in limbo is released, what was waited for is not waited for any more."""
    back = [line for part in body.parts for line in part.lines]
    several.limbo = lines_less(several.limbo, back)
    several.waiting = lines_less(several.waiting, body.waiting)
    several.cancelled += units_of(back) + units_of(body.waiting)


def expired(several: Several, body: ReservationExpired) -> None:
    """It has waited long enough; what was kept for the rest is given up with it."""
    several.waiting = lines_less(several.waiting, body.waiting)
    several.kept = () if body.parts else several.kept
    several.cancelled += units_of(body.waiting) + sum([units_of(part.lines) for part in body.parts])
    several.reason = several.reason or "backorder-expired"


def drop(several: Several) -> None:
    """Stop what can be stopped: what is kept goes to limbo, to be released."""
    several.dropping = True
    several.limbo = (*several.limbo, *[line for part in several.kept for line in part.lines])
    several.kept = ()


def _part_less(several: Several, fulfillment_order_id: str, lines: Iterable[DemandLine]) -> None:
    part = several.parts[fulfillment_order_id]
    left = lines_less(part.lines, lines)
    if left:
        several.parts[fulfillment_order_id] = StockPart(part.location, left)
    else:
        del several.parts[fulfillment_order_id]


def has_ended(several: Several) -> bool:
    """Every unit is shipped or cancelled."""
    return not (several.parts or several.kept or several.waiting or several.limbo)


def is_settled(several: Several) -> bool:
    """Every unit is shipped or cancelled, and what was shipped is invoiced and paid."""
    return (
        has_ended(several)
        and several.invoices == several.shipments
        and several.cleared_minor >= several.invoiced_minor
    )
