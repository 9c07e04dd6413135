"""A return: advised, authorized, received, inspected, closed; how many units of each line are where. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from contracts.inventory import StockRow
from contracts.returns import InspectedLine, ReturnableLine, ReturnLine
from contracts.turn import Address


class ReturnState(Struct):
    """One return. `status` is none, advised, authorized, received, inspected or closed."""

    status: str = "none"
    order_id: str = ""
    reason: str = ""
    advised: tuple[ReturnLine, ...] = ()
    lines: tuple[ReturnableLine, ...] = ()
    pool: str = ""
    location: str = ""
    receive_within_ms: int = 0
    fee_bp: int = 0
    asker: Address | None = None
    # The receipt that came before anybody had advised the return.
    early_receipt: str | None = None
    receipts: tuple[str, ...] = ()
    received: dict[str, int] = {}
    inspected: tuple[InspectedLine, ...] = ()
    closed: str | None = None
    early_location: str = ""
    # Units of each line by the location where they came in, in that order.
    places: dict[str, dict[str, int]] = {}
    # The customer keeps the goods and gets the money.
    keeps: bool = False


def by_line(lines: Iterable[ReturnLine | ReturnableLine]) -> dict[str, int]:
    """Units of each line, summed: a line may be named more than once."""
    units: dict[str, int] = {}
    for line in lines:
        units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    return units


def excess(state: ReturnState, lines: Iterable[ReturnLine]) -> dict[str, int]:
    """Units of a receipt beyond what was advised and has not come yet, by line; empty where all is right."""
    advised = by_line(state.lines)
    over = {}
    for line_id, units in by_line(lines).items():
        more = state.received.get(line_id, 0) + units - advised.get(line_id, 0)
        if more > 0 or units < 1:
            over[line_id] = more
    return over


def ungraded(state: ReturnState, lines: Iterable[InspectedLine]) -> list[str]:
    """Lines whose grades do not add up to what was received, or that were never received."""
    graded: dict[str, int] = {}
    wrong = []
    for line in lines:
        if min(line.grade_a, line.grade_b, line.scrap, line.refused) < 0:
            wrong.append(line.line_id)
        units = line.grade_a + line.grade_b + line.scrap + line.refused
        graded[line.line_id] = graded.get(line.line_id, 0) + units
    wrong += [line_id for line_id in {**graded, **state.received}
              if graded.get(line_id, 0) != state.received.get(line_id, 0)]  # fmt: skip
    return sorted(set(wrong))


def placed(state: ReturnState, lines: Iterable[InspectedLine]) -> tuple[InspectedLine, ...]:
    """The grades of each line by the location where its units came in: the better ones at the earlier."""
    left = {line_id: dict(units) for line_id, units in state.places.items()}
    result = []
    for line in lines:
        there = left.get(line.line_id, {})
        grades: dict[str, list[int]] = {}
        for n, units in enumerate((line.grade_a, line.grade_b, line.scrap, line.refused)):
            for location in there:
                some = min(units, there[location])
                if some:
                    grades.setdefault(location, [0, 0, 0, 0])[n] += some
                    there[location] -= some
                    units -= some
        result += [
            InspectedLine(line.line_id, a, b, scrap, refused, where)
            for where, (a, b, scrap, refused) in grades.items()
        ]
    return tuple(result)


def kept(lines: Iterable[ReturnableLine], location: str) -> tuple[InspectedLine, ...]:
    """The grades of goods that stay with the customer: none of them is ever sold again."""
    return tuple(
        [InspectedLine(line_id, 0, 0, units, 0, location) for line_id, units in by_line(lines).items()]
    )


def restocked(
    state: ReturnState, lines: Iterable[InspectedLine]
) -> tuple[tuple[StockRow, ...], tuple[StockRow, ...]]:
    """What goes back on the shelf where it is, and what is set aside there as second grade."""
    skus = {line.line_id: line.sku for line in state.lines}
    graded = tuple(lines)
    shelf = tuple(
        [StockRow(skus[line.line_id], line.location, line.grade_a) for line in graded if line.grade_a]
    )
    aside = tuple(
        [StockRow(skus[line.line_id], line.location, line.grade_b) for line in graded if line.grade_b]
    )
    return shelf, aside


def scrapped(lines: Iterable[InspectedLine]) -> tuple[ReturnLine, ...]:
    """What nobody can sell any more."""
    return tuple([ReturnLine(line.line_id, line.scrap) for line in lines if line.scrap])
