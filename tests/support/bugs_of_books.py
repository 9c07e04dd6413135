"""Bugs by which somebody else's books and ours drift apart, and what is owed between books; see `bugs.py`."""

from __future__ import annotations

from typing import Any

import pytest

from actors.connectors.sync import changes
from actors.domains.finance import exchange
from actors.domains.finance.actor import FINANCE
from actors.domains.inventory import valuing
from actors.flows.store_sales import STORE_SALES
from contracts.decision import Decision
from contracts.subscribers import MESSAGE
from contracts.turn import Message


def _does_nothing(state: Any, message: Message, at: int) -> Decision:
    return Decision()


def cancellations_not_told(patch: pytest.MonkeyPatch) -> None:
    """Nobody thought of telling a shop that its order is cancelled."""
    patch.setattr(changes, "_OF_ORDERS", changes._OF_ORDERS - {"order.cancelled"})


def levels_told_of_sales_alone(patch: pytest.MonkeyPatch) -> None:
    """What may be sold is told when some of it is sold, and not when some of it comes in."""
    patch.delitem(changes._SKUS, "inventory.moved")


def refunds_told_by_each_that_hears_of_them(patch: pytest.MonkeyPatch) -> None:
    """A customer is written of a refund by the payments and again by the returns, each under a name of its own."""
    honest = changes.Changes._of_refunds

    def of_refunds(self: changes.Changes, turn: Any, group: int) -> Any:
        for thing, change in honest(self, turn, group):
            yield thing, change
            if thing[0] == MESSAGE:
                about, detail = change.detail
                yield changes.message(change.about, change.place, f"{about} ", detail, group)

    patch.setattr(changes.Changes, "_of_refunds", of_refunds)


def counts_not_valued(patch: pytest.MonkeyPatch) -> None:
    """What a count finds or misses is moved in the pool, and the books never hear of it."""
    patch.setattr(valuing, "tell", lambda decision, state, pool, reference, moves: None)


def till_sales_left_in_stock(patch: pytest.MonkeyPatch) -> None:
    """A till file is posted, and its goods are still thought to be in the store."""
    honest = STORE_SALES.handlers["catalog.order_priced"]

    def priced(state: Any, message: Message, at: int) -> Decision:
        decision = honest(state, message, at)
        decision.said[:] = [said for said in decision.said if said.to != "inventory"]
        return decision

    patch.setitem(STORE_SALES.handlers, "catalog.order_priced", priced)


def deposits_never_let_go(patch: pytest.MonkeyPatch) -> None:
    """A deposit is paid back, and still owed by the books."""
    patch.setitem(FINANCE.handlers, "finance.return_deposit", _does_nothing)


def goods_of_another_not_sold_by_it(patch: pytest.MonkeyPatch) -> None:
    """An entity owes another for its goods, and that one knows nothing of it."""
    patch.setitem(FINANCE.handlers, "intercompany.sold", _does_nothing)


def one_for_one(patch: pytest.MonkeyPatch) -> None:
    """A euro is worth a pound."""
    patch.setattr(exchange, "convert", lambda amount_minor, rate_e9, from_, to: amount_minor)
