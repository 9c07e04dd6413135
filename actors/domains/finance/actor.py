"""`finance`: one writer a book. Gap-free numbers, postings, periods, and open receivables only.

Each group of handlers stands in a file of its own; the tables below put them together, a line a group.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.entities import entity_of_book
from contracts.finance import LedgerPosted

from ...runtime.actor import ActorSpec, Fold, Handler
from . import (
    credit_notes,
    deposits,
    exchange,
    intercompany,
    journals,
    payables,
    periods,
    revaluing,
    sales,
    settlement,
    stock,
    till_sales,
)
from .model import BookState, Receivable, cleared_by
from .rules.table import MANUAL_STEPS

# The steps of most postings; they never touch a clearing account.
_NO_CLEARING = ("invoice", "cost")
# Those by which an order is paid.
_TAKING = ("capture", "capture_exchanged", "gift_card_redeemed", "deposit_applied")
# What a deposit's postings do to what is held of it.
_DEPOSITS = {"deposit": 1, "deposit_applied": -1, "deposit_returned": -1}


def _fold_posted(state: BookState, body: LedgerPosted) -> None:
    state.postings += 1
    if body.period > state.closed_through and body.period not in state.used:
        state.used.append(body.period)
    if body.step in _TAKING:
        amount = sum([entry.amount_minor for entry in body.entries if entry.side == "D"])
        receivable = state.open.setdefault(body.order_id, Receivable())
        receivable.captured_minor += amount
        receivable.currency = body.currency
    elif body.step in MANUAL_STEPS and body.order_id in state.open:
        state.open[body.order_id].captured_minor += cleared_by(body.entries)
    if body.step in _DEPOSITS:
        amount = sum([entry.amount_minor for entry in body.entries if entry.side == "D"])
        left = state.deposits.get(body.order_id, 0) + _DEPOSITS[body.step] * amount
        if left:
            state.deposits[body.order_id] = left
        else:
            state.deposits.pop(body.order_id, None)
    if body.currency != entity_of_book(body.book).base_currency:
        revaluing.note_foreign(state, body)
    if body.step not in _NO_CLEARING:
        settlement.note_clearing(state, body)
        if body.step == stock.OPENING_STEP:
            stock.fold_opening(state, body)


HANDLERS: Mapping[str, Handler] = {
    **sales.HANDLERS,
    **deposits.HANDLERS,
    **payables.HANDLERS,
    **credit_notes.HANDLERS,
    **periods.HANDLERS,
    **journals.HANDLERS,
    **settlement.HANDLERS,
    **stock.HANDLERS,
    **till_sales.HANDLERS,
    **intercompany.HANDLERS,
    **exchange.HANDLERS,
    **revaluing.HANDLERS,
}

FOLDS: Mapping[str, Fold] = {
    "ledger.posted": _fold_posted,
    **sales.FOLDS,
    **credit_notes.FOLDS,
    **periods.FOLDS,
    **journals.FOLDS,
    **settlement.FOLDS,
    **stock.FOLDS,
    **till_sales.FOLDS,
    **intercompany.FOLDS,
    **exchange.FOLDS,
    **revaluing.FOLDS,
}

FINANCE = ActorSpec("finance", lambda key: BookState(), HANDLERS, FOLDS)
