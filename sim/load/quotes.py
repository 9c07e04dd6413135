"""Orders whose price is asked for first: ordered in time or too late, some of them by a quote that is another order's.

Each asks for an offer beside its goods: something whose list price changes all the time, and that nobody else orders.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from contracts.orders import GIFT_CARD, Order, OrderLine, order_total_minor
from contracts.ports import Chance

from ..plan import LoadPlan
from .orders import CURRENCY
from .planned import PlannedOrder, PlannedQuote, Product

# A channel that sells by quotes alone, which do not hold long; the web takes what holds, and else charges the list.
TRADE, WEB = "trade", "web"
# How long a client thinks about what it was told, in virtual ms: while it holds, or after it did.
THINKS_MS = {TRADE: 8_000, WEB: 75_000}
LATE_MS = 5_000
_OFFERS = tuple(Product(f"OFFER-{n}", f"Offer of the day {n}", 400 + 100 * n) for n in range(4))


def offers(load: LoadPlan) -> tuple[Product, ...]:
    """What is on offer beside the other products."""
    return _OFFERS if load.quotes_bp else ()


def with_quotes(orders: Sequence[PlannedOrder], load: LoadPlan, chance: Chance) -> tuple[PlannedOrder, ...]:
    """The orders, some of the web's plain ones by a quote: of four one too late, one by the quote of the one before."""
    planned: list[PlannedOrder] = []
    before: PlannedOrder | None = None
    for one in orders:
        ref = one.order.channel_order_id
        if _plain(one) and chance.below(10_000, "load.quote", ref, 0) < load.quotes_bp:
            kind = chance.below(4, "load.quote_kind", ref, 0)
            again = before if kind == 1 else None
            one = before = _quoted(one, ref, again, chance, late=kind == 0)
        planned.append(one)
    return tuple(planned)


def _plain(one: PlannedOrder) -> bool:
    order = one.order
    return (
        order.channel == WEB
        and order.currency == CURRENCY
        and order.delivery.pickup_location is None
        and not (order.gift_cards or one.returns)
        and one.hold_at_ms is None
        and [payment.method for payment in order.payments if payment.method != GIFT_CARD] == ["card"]
        and len(order.payments) == 1
    )


def _quoted(
    one: PlannedOrder, ref: str, again: PlannedOrder | None, chance: Chance, *, late: bool
) -> PlannedOrder:
    if again is not None and again.quote is not None:
        # The very same units on the same channel: only that the quote is used already is wrong with it.
        channel, lines, asked = again.order.channel, again.order.lines, again.quote.ref
    else:
        offer = _OFFERS[chance.below(len(_OFFERS), "load.quote_offer", ref, 0)]
        channel = TRADE if late or chance.below(3, "load.quote_trade", ref, 0) == 0 else WEB
        lines, asked = (*one.order.lines, OrderLine("offer", offer.sku, 1, offer.price_minor)), ref
    wait_ms = 1 + chance.below(LATE_MS if late else THINKS_MS[channel], "load.quote_wait", ref, 0)
    order = at_prices(structs.replace(one.order, channel=channel, lines=lines))
    key = f"{channel}-{ref}"
    return structs.replace(
        one, order=order, idempotency_key=key, second_key=f"{key}-again", quote=PlannedQuote(asked, wait_ms, late)
    )  # fmt: skip


def at_prices(order: Order) -> Order:
    """The order with a payment of what its lines come to."""
    paid = structs.replace(order.payments[0], amount_minor=order_total_minor(order))
    return structs.replace(order, payments=(paid,))
