"""`store_sales`: a till file that was imported is taken out of stock and posted, both or neither.

What was sold in a store is paid and gone. So nothing is reserved, priced or refused: the catalog is asked what the
goods cost, the pool takes them whether it has them or not, and the book posts the closing.
"""

from __future__ import annotations

from msgspec import Struct

from contracts.decision import Decision
from contracts.inventory import OrderPriced, OrderUnpriceable, PriceOrder, QuotedLine, StockRow
from contracts.stock import TakeStock
from contracts.stores import STORES
from contracts.tills import HoldTillFile, PostTillFile, TillFile, TillFileImported, total_of
from contracts.turn import Address, Message

from ...runtime.actor import ActorSpec

NAME = "store_sales"


class StoreSalesState(Struct):
    """A store's files whose goods the catalog is being asked about, by file id."""

    version: int = 1
    asked: dict[str, TillFile] = {}


def units_of(file: TillFile) -> dict[str, int]:
    """The units of each SKU that a file has sold."""
    units: dict[str, int] = {}
    for sale in file.sales:
        for item in sale.items:
            units[item.sku] = units.get(item.sku, 0) + item.quantity
    return units


def _imported(state: StoreSalesState, message: Message, at: int) -> Decision:
    fact: TillFileImported = message.body
    decision = Decision()
    if fact.file_id in state.asked:
        return decision
    decision.took(message)
    store = STORES[fact.store]
    lines = tuple([QuotedLine(sku, sku, 0) for sku in units_of(fact.file)])
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
    store, units = STORES[file.store], units_of(file)
    rows = tuple([StockRow(sku, store.location, quantity) for sku, quantity in units.items()])
    decision.say("inventory", store.pool, file.file_id, TakeStock(store.pool, file.file_id, rows))
    cost = sum([line.cost_minor * units[line.line_id] for line in fact.lines])
    post = PostTillFile(
        file.store, file.file_id, store.book, store.location, file.currency, store.jurisdiction, store.provider,
        file.closed_at_ms, total_of(file.sales), cost,
    )  # fmt: skip
    decision.say("finance", store.book, file.file_id, post)
    return decision


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
