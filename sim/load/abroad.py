"""Orders in euros: of the web shop abroad, with prices of its own, paid to a provider that settles in pounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from contracts.channels import CHANNELS
from contracts.fx import ExchangeRate, ImportRates
from contracts.inventory import ImportProducts
from contracts.orders import Order, Payment, order_total_minor
from contracts.ports import Chance

from ..plan import LoadPlan
from .orders import TOKEN
from .planned import PlannedLoad, PlannedOrder

CHANNEL, CURRENCY, PROVIDER = "web-eu", "EUR", "psp-c"
# A price in euro cents for each hundred pence.
PRICE_PERCENT = 116
# What a euro is worth in the book: when it is opened, and from the storm on; the second is the first corrected.
RATE_E9 = 862_000_000
STORM_RATES_AFTER_MS = 10_000
STORM_RATES = ("0.8855", "0.8585")
ROWS = 200


def with_euros(orders: Sequence[PlannedOrder], load: LoadPlan, chance: Chance) -> tuple[PlannedOrder, ...]:
    """The orders, some of the web's in euros instead."""
    return tuple(
        msgspec.structs.replace(one, order=_in_euros(one.order))
        if one.order.channel == "web"
        and one.order.delivery.pickup_location is None
        and chance.below(10_000, "load.euros", one.order.channel_order_id, 0) < load.euros_bp
        else one
        for one in orders
    )


def _in_euros(order: Order) -> Order:
    lines = tuple(
        msgspec.structs.replace(line, unit_price_minor=_price(line.unit_price_minor)) for line in order.lines
    )
    abroad = msgspec.structs.replace(order, channel=CHANNEL, currency=CURRENCY, lines=lines)
    token = order.payments[0].token if order.payments else TOKEN
    paid = Payment(PROVIDER, "card", token, order_total_minor(abroad))
    return msgspec.structs.replace(abroad, payments=(paid,))


def _price(price_minor: int) -> int:
    return price_minor * PRICE_PERCENT // 100


def records(load: PlannedLoad) -> Iterator[tuple[str, str, str, Struct]]:
    """(name, actor, key, command) of what is told before: the price list abroad, and the rates, one of them ahead."""
    if all(one.order.currency != CURRENCY for one in load.orders):
        return
    channel = CHANNELS[CHANNEL]
    # What goods cost is in the book's currency on every list.
    rows = tuple(
        msgspec.structs.replace(row, price_minor=_price(row.price_minor), currency=CURRENCY)
        for row in load.catalog
    )
    for n in range(0, len(rows), ROWS):
        yield (
            f"abroad-{n}",
            "catalog",
            channel.price_list,
            ImportProducts(channel.price_list, rows[n : n + ROWS]),
        )
    rates = (ExchangeRate(CURRENCY, 0, RATE_E9),)
    yield "rates", "finance", channel.book, ImportRates(channel.book, rates)


def told_by_the_erp(load: PlannedLoad) -> Iterator[tuple[str, dict[str, Any]]]:
    """(operation, body) of what somebody enters at the ERP before: a rate that holds from early in the storm on,
    corrected once.
    """
    if all(one.order.currency != CURRENCY for one in load.orders):
        return
    book = CHANNELS[CHANNEL].book
    since = load.storm_start_ms + STORM_RATES_AFTER_MS
    for rate in STORM_RATES:
        body = {"company": book, "currency": CURRENCY, "rate": rate, "valid_from": since}
        yield "exchange_rates:revise", body
