"""`finance`: one writer a book. Gap-free numbers, postings, periods, and open receivables only.

Each group of handlers stands in a file of its own; the tables below put them together, a line a group.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.finance import LedgerPosted

from ...runtime.actor import ActorSpec, Fold, Handler
from . import credit_notes, sales
from .model import BookState, Receivable


def _fold_posted(state: BookState, body: LedgerPosted) -> None:
    state.postings += 1
    if body.period > state.closed_through and body.period not in state.used:
        state.used.append(body.period)
    if body.step == "capture":
        amount = sum([entry.amount_minor for entry in body.entries if entry.side == "D"])
        state.open.setdefault(body.order_id, Receivable()).captured_minor += amount


HANDLERS: Mapping[str, Handler] = {
    **sales.HANDLERS,
    **credit_notes.HANDLERS,
}

FOLDS: Mapping[str, Fold] = {
    "ledger.posted": _fold_posted,
    **sales.FOLDS,
    **credit_notes.FOLDS,
}

FINANCE = ActorSpec("finance", lambda key: BookState(), HANDLERS, FOLDS)
