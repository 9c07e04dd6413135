"""Handler of till files: the closing as one posting, its cost as another, under the day on which the till closed."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.tills import PostTillFile, TillFilePosted
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState
from .posting import Document, post
from .rules import stores
from .settlement import found_late


def _post(state: BookState, message: Message, at: int) -> Decision:
    command: PostTillFile = message.body
    decision = Decision()
    document = Document(command.book, "", f"till {command.file_id}", command.currency, command.closed_at_ms)
    total, back = command.total, command.refunded
    for one in (total, back):
        if one.net_minor + one.tax_minor != one.cash_minor + one.card_minor:
            raise ValueError(f"{document.reference} is not paid in full")
    sales = stores.till_sales(
        command.location, command.provider, command.jurisdiction, total.net_minor, total.tax_minor - back.tax_minor,
        total.card_minor - back.card_minor, back.net_minor,
    )  # fmt: skip
    post(state, decision, document, "till_sales", sales, at)
    cost = stores.till_cost(command.location, command.cost_minor)
    post(state, decision, document, "till_cost", cost, at)
    returned = stores.till_back(command.location, command.back_cost_minor, command.scrapped_cost_minor)
    post(state, decision, document, "till_back", returned, at)
    decision.event(
        TillFilePosted(
            command.store, command.file_id, command.book, command.currency, command.provider, total,
            command.cost_minor, back,
        )
    )  # fmt: skip
    # The provider may have paid the till's cards out before its file was here.
    found_late(state, decision, at)
    return decision


HANDLERS: dict[str, Handler] = {"finance.post_till_file": _post}

FOLDS: dict[str, Fold] = {}
