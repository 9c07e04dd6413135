"""Clients who ask what an order would cost, think about it and order by the quote; and who changes prices meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from contracts.channels import CHANNELS
from contracts.http import ms_of
from contracts.ports import ForeignRequest
from contracts.quotes import AskedLine, MakeQuote

from .calls import call_of
from .load.planned import PlannedLoad, PlannedOrder
from .load.quotes import at_prices
from .timeline import Timeline

if TYPE_CHECKING:
    from .clients import Clients
    from .twins import MemoryTwins

ROUTE = "/v1/price-quotes"
# How often somebody at the ERP changes what is on offer, by how much, and how often in all.
CHANGE_MS, CHANGES = 8_000, 24
CHANGED_PERCENT = 130


async def asked_first(clients: Clients, planned: PlannedOrder, order_id: str) -> PlannedOrder:
    """Ask for its price, think, and come back with the order as it is placed now: by the quote, at its prices."""
    quote, order = planned.quote, planned.order
    assert quote is not None, "only who has a quote to ask for asks"
    row = CHANNELS[order.channel]
    lines = tuple([AskedLine(line.sku, line.quantity) for line in order.lines])
    command = MakeQuote(row.price_list, order.channel, order.currency, row.quote_valid_ms, lines)
    call = call_of(
        f"client-{order.channel}", ROUTE, f"quote-{quote.ref}", command, to="catalog", to_key=row.price_list,
        subject=f"quote {quote.ref}", sheddable=True,
    )  # fmt: skip
    status, body = await clients.ask(call, order_id)
    timeline = clients.timeline
    due = timeline.now_ms() + quote.wait_ms
    if status == 201:
        told: dict[str, Any] = msgspec.json.decode(body)
        if quote.late:
            due = ms_of(datetime.fromisoformat(told["expires_at"])) + quote.wait_ms
        prices = [line["unit_price_minor"] for line in told["lines"]]
        charged = tuple(
            structs.replace(line, unit_price_minor=price)
            for line, price in zip(order.lines, prices, strict=True)
        )
        order = at_prices(structs.replace(order, lines=charged, quote_id=told["quote_id"]))
    await timeline.sleep_until_ms(due)
    return _moved(structs.replace(planned, order=order, quote=None), timeline.now_ms())


def _moved(planned: PlannedOrder, at_ms: int) -> PlannedOrder:
    """The same from another instant on: what the client does besides comes as long after."""
    by = at_ms - planned.at_ms
    return structs.replace(
        planned,
        at_ms=at_ms,
        duplicate_at_ms=tuple([at + by for at in planned.duplicate_at_ms]),
        second_key_at_ms=None if planned.second_key_at_ms is None else planned.second_key_at_ms + by,
        cancel_at_ms=None if planned.cancel_at_ms is None else planned.cancel_at_ms + by,
    )


async def change_prices(twins: MemoryTwins, timeline: Timeline, load: PlannedLoad) -> None:
    """Somebody at the ERP puts what is on offer up and down again."""
    rows = [row for row in load.catalog if row.sku.startswith("OFFER-")]
    for n in range(CHANGES if rows else 0):
        await timeline.sleep_until_ms(load.calm_start_ms + CHANGE_MS * (n + 1))
        row = rows[n % len(rows)]
        up = n // len(rows) % 2 == 0
        price = row.price_minor * CHANGED_PERCENT // 100 if up else row.price_minor
        body = {"item": row.sku, "price": price, "curr": row.currency, "valid_from": timeline.now_ms()}
        await twins.call(ForeignRequest("erp", "price_changes:revise", "", row.sku, body))
