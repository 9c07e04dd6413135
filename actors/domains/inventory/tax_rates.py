"""Handlers of tax rates: what holds stands, what will hold waits for its time under a timer of the price list."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.tax_rates import ImportTaxRates, TaxRates, TaxRatesChanged, TaxRatesPlanned
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from . import dated
from .catalog_model import PriceListState
from .tax_rates_model import next_rates_ms, told

TIMER = "tax-rates"


def _import(state: PriceListState, message: Message, at: int) -> Decision:
    command: ImportTaxRates = message.body
    return _say(state, message, command.price_list, command.rows, at)


def _due(state: PriceListState, message: Message, at: int) -> Decision:
    return _say(state, message, message.key, (), at)


def _say(
    state: PriceListState, message: Message, price_list: str, rows: tuple[TaxRates, ...], at: int
) -> Decision:
    decision = Decision()
    changed, planned = told(state.tax_rates, rows, at)
    if changed:
        decision.event(TaxRatesChanged(price_list, changed))
    if planned:
        decision.event(TaxRatesPlanned(price_list, planned))
    due = next_rates_ms(state.tax_rates, planned, at)
    if due is not None:
        decision.set_timer(TIMER, TIMER, due)
    return decision


def _fold_planned(state: PriceListState, body: TaxRatesPlanned) -> None:
    for row in body.rows:
        dated.plan(state.tax_rates.planned, row.jurisdiction, row)


def _fold_changed(state: PriceListState, body: TaxRatesChanged) -> None:
    rates = state.tax_rates
    for row in body.rows:
        dated.hold(rates.holding, rates.planned, row.jurisdiction, row)


HANDLERS: dict[str, Handler] = {"catalog.import_tax_rates": _import, f"timer.{TIMER}": _due}

FOLDS: dict[str, Fold] = {"tax_rate.planned": _fold_planned, "tax_rate.changed": _fold_changed}
