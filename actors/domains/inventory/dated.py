"""What is told of a name (a SKU, a jurisdiction), each row from an instant on: which holds, which will. Pure.

Of all that hold by now the highest in rank stands, and so it does of two from one instant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar


class Dated(Protocol):
    """A row that holds from an instant on."""

    @property
    def effective_at_ms(self) -> int:
        """Since when."""


R = TypeVar("R", bound=Dated)
Rank = tuple[int, ...]
Planned = dict[str, tuple[R, ...]]


def sorted_out(
    holding: Mapping[str, R],
    planned: Mapping[str, tuple[R, ...]],
    rows: Iterable[R],
    at: int,
    name_of: Callable[[R], str],
    rank_of: Callable[[R], Rank],
) -> tuple[tuple[R, ...], tuple[R, ...]]:
    """Of rows told: (those that hold now, those still to come). What is older, or known already, is neither.

    Planned ones whose time has come are among them: their timer may not have been heard yet.
    """

    def is_news(row: R, *others: R | None) -> bool:
        return all(other is None or rank_of(row) > rank_of(other) for other in others)

    changed: dict[str, R] = {}
    coming: dict[tuple[str, int], R] = {}
    due = [row for known in planned.values() for row in known if row.effective_at_ms <= at]
    for row in (*rows, *due):
        name, since = name_of(row), row.effective_at_ms
        if since <= at:
            if is_news(row, holding.get(name), changed.get(name)):
                changed[name] = row
        else:
            known = next((one for one in planned.get(name, ()) if one.effective_at_ms == since), None)
            if is_news(row, known, coming.get((name, since))):
                coming[name, since] = row
    return tuple(changed.values()), tuple(coming.values())


def next_ms(planned: Mapping[str, tuple[R, ...]], coming: Iterable[R], at: int) -> int | None:
    """When the next row begins to hold, with those to come as well."""
    times = [row.effective_at_ms for known in planned.values() for row in known]
    times += [row.effective_at_ms for row in coming]
    return min((time for time in times if time > at), default=None)


def plan(planned: Planned[R], name: str, row: R) -> None:
    """Fold that a row will hold: it stands for whatever was planned for its instant."""
    others = [one for one in planned.get(name, ()) if one.effective_at_ms != row.effective_at_ms]
    planned[name] = (*others, row)


def hold(holding: dict[str, R], planned: Planned[R], name: str, row: R) -> None:
    """Fold that a row holds: what was planned for before it, or for its instant, will not."""
    holding[name] = row
    left = tuple([one for one in planned.pop(name, ()) if one.effective_at_ms > row.effective_at_ms])
    if left:
        planned[name] = left
