"""`catalog`: one writer a price list. An order is priced and enriched in one turn."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.inventory import (
    ImportProducts,
    OrderPriced,
    OrderUnpriceable,
    PriceOrder,
    ProductsUpserted,
)
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from .catalog_model import PriceListState, price


def _import(state: PriceListState, message: Message, at: int) -> Decision:
    command: ImportProducts = message.body
    decision = Decision()
    decision.event(ProductsUpserted(command.price_list, command.rows))
    return decision


def _price(state: PriceListState, message: Message, at: int) -> Decision:
    command: PriceOrder = message.body
    decision = Decision()
    lines, problems = price(state, command)
    if problems:
        decision.answer(message.reply_to, OrderUnpriceable(command.order_id, problems))
    else:
        decision.answer(message.reply_to, OrderPriced(command.order_id, lines))
    return decision


def _fold_upserted(state: PriceListState, body: ProductsUpserted) -> None:
    for row in body.rows:
        state.rows[row.sku] = row


CATALOG = ActorSpec(
    "catalog",
    lambda key: PriceListState(),
    {"catalog.import_products": _import, "catalog.price_order": _price},
    {"product.upserted": _fold_upserted},
)
