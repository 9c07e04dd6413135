"""What a run begins with: prices, stock and its value, reorder points, gift cards, the month before closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from contracts.channels import CHANNELS
from contracts.entities import ENTITIES, LOCATIONS
from contracts.gift_cards import IssueGiftCard
from contracts.inventory import ImportProducts, ReceiveStock
from contracts.replenishment import SetReorderPoints

from .accountant import SUBJECT, month_end
from .load import abroad
from .load.orders import CURRENCY
from .load.stock import opening_values

if TYPE_CHECKING:
    from .stage import Stage

SEED_ROWS = 200
# Who takes the money for the gift cards that are sold.
GIFT_CARD_PROVIDER = "psp-a"
BOOK = CHANNELS["web"].book


async def seed(stage: Stage) -> None:
    """Setup: the price list, the opening stock with its value, and the reorder points, as file records."""
    await trio.lowlevel.checkpoint()
    while stage.system is None:
        await stage.timeline.sleep_until_ms(stage.timeline.now_ms() + 10)
    group = -1
    catalog, stock = stage.load.catalog, stage.load.stock
    for n in range(0, len(catalog), SEED_ROWS):
        rows = ImportProducts("default", catalog[n : n + SEED_ROWS])
        group = stage.record(stage.system, f"products-{n}", "catalog", rows)
    for n in range(0, len(stock), SEED_ROWS):
        receipt = ReceiveStock("default", f"opening-{n}", stock[n : n + SEED_ROWS])
        group = stage.record(stage.system, f"stock-{n}", "inventory", receipt)
        stage.on_the_shelf(receipt.rows)
    in_stores = stage.load.tills.stock
    if in_stores:
        receipt = ReceiveStock("default", "opening-stores", in_stores)
        group = stage.record(stage.system, "stock-stores", "inventory", receipt)
    for value in opening_values((*stock, *in_stores), catalog, "stock"):
        group = stage.record(stage.system, f"opening-{value.book}", "finance", value, value.book)
    for n in range(0, len(stage.load.reorder), SEED_ROWS):
        points = SetReorderPoints("default", stage.load.reorder[n : n + SEED_ROWS])
        group = stage.record(stage.system, f"reorder-{n}", "inventory", points)
    for name, to, key, command in abroad.records(stage.load):
        group = stage.record(stage.system, name, to, command, key)
    for card in stage.load.cards:
        id_, amount = card.card_id, card.amount_minor
        sold = IssueGiftCard(id_, "", f"sold {id_}", BOOK, CURRENCY, amount, GIFT_CARD_PROVIDER)
        group = stage.record(stage.system, f"card-{id_}", "gift_cards", sold, id_, id_)
    for book in (BOOK, *(ENTITIES[id_].book for id_ in dict.fromkeys(LOCATIONS.values()))):
        for n, act in enumerate(month_end(book, stage.timeline.now_ms())):
            group = stage.record(stage.system, f"{SUBJECT}-{book}-{n}", "finance", act, book, SUBJECT)
    await stage.system.engine.until_durable(group)
    while not stage.system.is_quiet(told=False):
        await stage.timeline.sleep_until_ms(stage.timeline.now_ms() + 10)
