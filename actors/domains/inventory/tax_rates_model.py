"""Tax rates by jurisdiction: which hold, which will. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.tax_rates import TaxRates


class TaxRatesState(Struct):
    """The rates that hold, and those that will, by jurisdiction."""

    holding: dict[str, TaxRates] = {}
    planned: dict[str, tuple[TaxRates, ...]] = {}


Rank = tuple[int, int, int]


def _rank(row: TaxRates | None) -> Rank:
    return (-1, -1, -1) if row is None else (row.effective_at_ms, row.changed_at_ms, row.version)


def told(
    state: TaxRatesState, rows: tuple[TaxRates, ...], at: int
) -> tuple[tuple[TaxRates, ...], tuple[TaxRates, ...]]:
    """Of rates told: (those that hold now, those still to come). What is older, or known already, is neither.

    Planned ones whose time has come are among them.
    """
    changed: dict[str, TaxRates] = {}
    planned: dict[tuple[str, int], TaxRates] = {}
    for row in (*rows, *_due(state, at)):
        where, since = row.jurisdiction, row.effective_at_ms
        if since <= at:
            if _rank(row) > max(_rank(state.holding.get(where)), _rank(changed.get(where))):
                changed[where] = row
        else:
            known = [one for one in state.planned.get(where, ()) if one.effective_at_ms == since]
            if _rank(row) > max(_rank(known[0] if known else None), _rank(planned.get((where, since)))):
                planned[where, since] = row
    return tuple(changed.values()), tuple(planned.values())


def _due(state: TaxRatesState, at: int) -> list[TaxRates]:
    return [row for rows in state.planned.values() for row in rows if row.effective_at_ms <= at]


def next_rates_ms(state: TaxRatesState, planned: tuple[TaxRates, ...], at: int) -> int | None:
    """When the next rates begin to hold, with these planned as well."""
    times = [row.effective_at_ms for rows in state.planned.values() for row in rows]
    times += [row.effective_at_ms for row in planned]
    return min((time for time in times if time > at), default=None)
