"""`store_sales`: a till file that was imported is taken out of stock and posted, both or neither.

What was sold in a store is paid and gone. So nothing is reserved, priced or refused: the catalog is asked what the
goods cost, the pool takes them whether it has them or not, and the book posts the closing. What a till took back is
on its shelf again, put aside or thrown away, and the money for it is gone.
"""

from __future__ import annotations

from msgspec import Struct

from contracts.decision import Decision
from contracts.inventory import OrderPriced, OrderUnpriceable, PriceOrder, QuotedLine, StockRow
from contracts.stock import TakeBack, TakeStock
from contracts.stores import STORES, Store
from contracts.tills import (
    GRADES,
    HoldTillFile,
    PostTillFile,
    TillFile,
    TillFileImported,
    TillSale,
    total_of,
)
from contracts.turn import Address, Message

from ...runtime.actor import ActorSpec

NAME = "store_sales"


class StoreSalesState(Struct):
    """A store's files whose goods the catalog is being asked about, by file id."""

    version: int = 1
    asked: dict[str, TillFile] = {}


def units_of(receipts: tuple[TillSale, ...], grade: str = "") -> dict[str, int]:
    """The units of each SKU that receipts have sold, or taken back in a grade."""
    units: dict[str, int] = {}
    for sale in receipts:
        for item in sale.items:
            if item.grade == grade:
                units[item.sku] = units.get(item.sku, 0) + item.quantity
    return units


def _imported(state: StoreSalesState, message: Message, at: int) -> Decision:
    fact: TillFileImported = message.body
    decision = Decision()
    if fact.file_id in state.asked:
        return decision
    decision.took(message)
    store = STORES[fact.store]
    items = [item.sku for sale in (*fact.file.sales, *fact.file.refunds) for item in sale.items]
    lines = tuple([QuotedLine(sku, sku, 0) for sku in dict.fromkeys(items)])
    ask = PriceOrder(fact.file_id, store.currency, "trust", lines)
    me = Address(NAME, message.key, fact.file_id)
    decision.say("catalog", store.price_list, fact.file_id, ask, reply_to=me)
    return decision


def _priced(state: StoreSalesState, message: Message, at: int) -> Decision:
    fact: OrderPriced = message.body
    decision = Decision()
    file = state.asked.get(fact.order_id)
    if file is None:
        return decision
    decision.took(message)
    store, costs = STORES[file.store], {line.line_id: line.cost_minor for line in fact.lines}
    sold = units_of(file.sales)
    rows = _rows(store, sold)
    if rows:
        decision.say("inventory", store.pool, file.file_id, TakeStock(store.pool, file.file_id, rows))
    shelf, aside, scrap = [units_of(file.refunds, grade) for grade in GRADES]
    if shelf or aside:
        back = TakeBack(store.pool, file.file_id, _rows(store, shelf), _rows(store, aside))
        decision.say("inventory", store.pool, file.file_id, back)
    post = PostTillFile(
        file.store, file.file_id, store.book, store.location, file.currency, store.jurisdiction, store.provider,
        file.closed_at_ms, total_of(file.sales), _cost(costs, sold), total_of(file.refunds),
        _cost(costs, shelf) + _cost(costs, aside), _cost(costs, scrap),
    )  # fmt: skip
    decision.say("finance", store.book, file.file_id, post)
    return decision


def _rows(store: Store, units: dict[str, int]) -> tuple[StockRow, ...]:
    return tuple([StockRow(sku, store.location, quantity) for sku, quantity in units.items()])


def _cost(costs: dict[str, int], units: dict[str, int]) -> int:
    return sum([costs[sku] * quantity for sku, quantity in units.items()])


def _unpriceable(state: StoreSalesState, message: Message, at: int) -> Decision:
    fact: OrderUnpriceable = message.body
    decision = Decision()
    file = state.asked.get(fact.order_id)
    if file is None:
        return decision
    decision.took(message)
    problems = tuple([f"{one.sku}: {one.code}" for one in fact.problems])
    hold = HoldTillFile(file.store, file.file_id, fact.problems[0].code, problems)
    decision.say("stores", file.store, file.file_id, hold)
    return decision


def _fold_imported(state: StoreSalesState, body: TillFileImported) -> None:
    state.asked[body.file_id] = body.file


def _fold_answered(state: StoreSalesState, body: OrderPriced | OrderUnpriceable) -> None:
    del state.asked[body.order_id]


STORE_SALES = ActorSpec(
    NAME,
    lambda key: StoreSalesState(),
    {
        "till_file.imported": _imported,
        "catalog.order_priced": _priced,
        "catalog.order_unpriceable": _unpriceable,
    },
    {
        "till_file.imported": _fold_imported,
        "catalog.order_priced": _fold_answered,
        "catalog.order_unpriceable": _fold_answered,
    },
)
