"""Tax rates by jurisdiction: which hold, which will. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.tax_rates import TaxRates

from . import dated


class TaxRatesState(Struct):
    """The rates that hold, and those that will, by jurisdiction."""

    holding: dict[str, TaxRates] = {}
    planned: dict[str, tuple[TaxRates, ...]] = {}


def _jurisdiction(row: TaxRates) -> str:
    return row.jurisdiction


def _rank(row: TaxRates) -> tuple[int, int, int]:
    return row.effective_at_ms, row.changed_at_ms, row.version


def told(
    state: TaxRatesState, rows: tuple[TaxRates, ...], at: int
) -> tuple[tuple[TaxRates, ...], tuple[TaxRates, ...]]:
    """Of rates told: (those that hold now, those still to come)."""
    return dated.sorted_out(state.holding, state.planned, rows, at, _jurisdiction, _rank)


def next_rates_ms(state: TaxRatesState, planned: tuple[TaxRates, ...], at: int) -> int | None:
    """When the next rates begin to hold, with these planned as well."""
    return dated.next_ms(state.planned, planned, at)
