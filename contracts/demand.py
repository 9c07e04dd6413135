"""Units of order lines, taken out of one another. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from .inventory import DemandLine

Lines = tuple[DemandLine, ...]


def lines_less(lines: Iterable[DemandLine], less: Iterable[DemandLine]) -> Lines:
    """Lines without the units of others. Raises ValueError for units that are not in them."""
    lines, less = tuple(lines), tuple(less)
    if len(less) == 1 and (without := _less_one(lines, less[0])) is not None:
        return without
    gone = _units(less)
    left = []
    for line in lines:
        taken = min(gone.get(line.line_id, 0), line.quantity)
        if taken:
            gone[line.line_id] -= taken
        if line.quantity > taken:
            left.append(DemandLine(line.line_id, line.sku, line.quantity - taken) if taken else line)
    if any(gone.values()):
        raise ValueError(f"units taken that were not there: {gone}")
    return tuple(left)


def _less_one(lines: Lines, less: DemandLine) -> Lines | None:
    """The same for units of one line that are all in its first: most often so, and the others need no looking into."""
    for n, line in enumerate(lines):
        if line.line_id == less.line_id:
            left = line.quantity - less.quantity
            if left > 0:
                return (*lines[:n], DemandLine(line.line_id, line.sku, left), *lines[n + 1 :])
            return (*lines[:n], *lines[n + 1 :]) if left == 0 else None
    return None


def lines_within(lines: Iterable[DemandLine], limit: Iterable[DemandLine]) -> Lines:
    """Those units of lines that are in `limit` too."""
    there = _units(limit)
    within = []
    for line in lines:
        units = min(line.quantity, there.get(line.line_id, 0))
        if units:
            there[line.line_id] -= units
            within.append(DemandLine(line.line_id, line.sku, units))
    return tuple(within)


def units_of(lines: Iterable[DemandLine]) -> int:
    """All units of the lines."""
    return sum([line.quantity for line in lines])


def _units(lines: Iterable[DemandLine]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    return units
