"""Handlers of stock: its value when the book is opened, and what transfers and counts make of it. Each posted once."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.finance import Entry, LedgerPosted, PostOpeningStock
from contracts.stock import StockValued, ValuedRow
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState
from .posting import Document, post
from .rules import adjustments
from .rules import stock as rules

OPENING_STEP = "opening_stock"


def _opening(state: BookState, message: Message, at: int) -> Decision:
    command: PostOpeningStock = message.body
    decision = Decision()
    for row in command.rows:
        reference = f"opening {command.reference} {row.location}"
        if reference not in state.opened:
            document = Document(command.book, "", reference, command.currency)
            entries = rules.opening_stock(row.location, row.cost_minor)
            post(state, decision, document, OPENING_STEP, entries, at)
    return decision


def _valued(state: BookState, message: Message, at: int) -> Decision:
    fact: StockValued = message.body
    decision = Decision()
    # A pool's movements come in their order: what has an older number was posted.
    if fact.number <= state.valued.get(fact.pool, 0):
        return decision
    decision.took(message)
    document = Document(fact.book, "", f"stock {fact.pool}/{fact.number} {fact.reference}", fact.currency)
    by_step: dict[str, list[Entry]] = {}
    for row in fact.rows:
        by_step.setdefault(row.step, []).extend(_entries(row))
    for step, entries in by_step.items():
        post(state, decision, document, step, tuple(entries), at)
    return decision


def _entries(row: ValuedRow) -> tuple[Entry, ...]:
    if row.step == "transfer_out":
        return rules.transfer_out(row.location, row.cost_minor)
    if row.step == "transfer_in":
        return rules.transfer_in(row.location, row.cost_minor)
    if row.step == "transit_loss":
        return rules.transit_loss(row.cost_minor)
    if row.step == "intercompany_sent":
        return adjustments.intercompany_sent(row.entity, row.location, row.cost_minor)
    if row.step == "intercompany_expected":
        return adjustments.intercompany_expected(row.entity, row.cost_minor)
    return rules.count(row.location, row.cost_minor)


def fold_opening(state: BookState, body: LedgerPosted) -> None:
    """An opening value is in the book."""
    state.opened[body.reference] = body.period


def _fold_valued(state: BookState, body: StockValued) -> None:
    state.valued[body.pool] = body.number


HANDLERS: dict[str, Handler] = {
    "finance.post_opening_stock": _opening,
    "catalog.stock_valued": _valued,
}

FOLDS: dict[str, Fold] = {"catalog.stock_valued": _fold_valued}
