"""Sales as orders: with channel, address, payment, and what the client does besides sending it once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from contracts.orders import Order, OrderLine, Payment, Person, PostalAddress, order_total_minor
from contracts.ports import Chance

from ..plan import LoadPlan
from .planned import PlannedOrder, Sale

CURRENCY = "GBP"
# Who takes the payments: the first most of them.
PROVIDERS = ("psp-a", "psp-a", "psp-a", "psp-b", "psp-b", "psp-c")
# Orders of a marketplace whose prices are all on the list; those off it come on top.
MARKETPLACE_BP = 500
# A customer who cancels does so within this time: some before the release, some too late.
CANCEL_WITHIN_MS = 20_000
# The support desk hears of an order within this time, and lets go of it within that.
HOLD_WITHIN_MS, HOLD_FOR_MS = 6_000, 40_000
LONGER_MS = 110_000
# One whose bank lets go of it is held at once, and until that has happened and been heard of.
LAPSES_WITHIN_MS, LAPSED_MS = 1_000, 25_000
# A second click of an impatient hand, as against a client that lost patience after `retry_ms`.
DOUBLE_CLICK_MS = 20
# What a leak of anybody would show: parts of every name, address and token below.
TOKEN, NAME, STREET, CITY, POSTAL_CODE = "tok_visa", "Shopper ", " High Street", "Seaport", "SP1 1AA"
MAIL = "@shoppers.example"
KNOWN_OF_PEOPLE = (TOKEN, NAME, STREET, CITY, POSTAL_CODE, MAIL)


def planned_orders(
    sales: Sequence[Sale],
    arrivals_ms: Sequence[int],
    list_price: Mapping[str, int],
    load: LoadPlan,
    chance: Chance,
) -> tuple[PlannedOrder, ...]:
    """One planned order for each sale, at its arrival (epoch ms)."""
    return tuple(
        _planned(sale, at_ms, list_price, load, chance)
        for sale, at_ms in zip(sales, arrivals_ms, strict=True)
    )


def _planned(
    sale: Sale, at_ms: int, list_price: Mapping[str, int], load: LoadPlan, chance: Chance
) -> PlannedOrder:
    ref = sale.ref

    def drawn(rate_bp: int, stream: str) -> bool:
        return chance.below(10_000, stream, ref, 0) < rate_bp

    duplicate_at_ms: tuple[int, ...] = ()
    if drawn(load.duplicates_bp, "load.duplicate"):
        click = chance.below(2, "load.double_click", ref, 0) == 0
        duplicate_at_ms = (at_ms + (DOUBLE_CLICK_MS if click else load.retry_ms),)
    second_key_at_ms = (
        at_ms + load.retry_ms if drawn(load.same_order_other_key_bp, "load.other_key") else None
    )
    cancel_at_ms = None
    if drawn(load.cancels_bp, "load.cancel"):
        cancel_at_ms = at_ms + 1 + chance.below(CANCEL_WITHIN_MS, "load.cancel_after", ref, 0)
    hold_at_ms, hold_ms = None, 0
    if drawn(load.holds_bp, "load.hold"):
        hold_at_ms = at_ms + 1 + chance.below(HOLD_WITHIN_MS, "load.hold_after", ref, 0)
        hold_ms = 1 + chance.below(HOLD_FOR_MS, "load.hold_for", ref, 0)
    order = _order(sale, at_ms, list_price, load, drawn(MARKETPLACE_BP, "load.marketplace"))
    if hold_ms % 8 == 0 and hold_at_ms is not None:
        # The bank lets go of the money while the desk still holds the order.
        hold_ms += LONGER_MS
        paid = tuple(msgspec.structs.replace(payment, token="tok_short") for payment in order.payments)
        order = msgspec.structs.replace(order, payments=paid)
    elif hold_at_ms is None and drawn(load.troubled_bp, "load.troubled"):
        token = "tok_capture_fails"
        if chance.below(2, "load.trouble", ref, 0):
            token = "tok_lapses"
            hold_at_ms = at_ms + 1 + chance.below(LAPSES_WITHIN_MS, "load.hold_after", ref, 0)
            hold_ms = LAPSED_MS + chance.below(HOLD_FOR_MS, "load.hold_for", ref, 0)
        paid = tuple(msgspec.structs.replace(payment, token=token) for payment in order.payments)
        order = msgspec.structs.replace(order, payments=paid)
    if load.channel is None and order.channel == "web":
        for channel, share_bp in (
            ("preorder", load.preorders_bp),
            ("wholesale", load.wholesale_bp),
            ("presale", load.presales_bp),
        ):
            if drawn(share_bp, f"load.{channel}"):
                order = msgspec.structs.replace(order, channel=channel)
                break
    key = f"{order.channel}-{ref}"
    return PlannedOrder(
        at_ms, order, key, f"{key}-again", duplicate_at_ms, second_key_at_ms, cancel_at_ms, hold_at_ms, hold_ms
    )  # fmt: skip


def _order(sale: Sale, at_ms: int, list_price: Mapping[str, int], load: LoadPlan, marketplace: bool) -> Order:
    # The web shop charges list prices only; a price off the list comes from a channel that is trusted with it.
    off_list = any(list_price[line.sku] != line.price_minor for line in sale.lines)
    order = Order(
        channel=load.channel or ("marketplace" if marketplace or off_list else "web"),
        channel_order_id=sale.ref,
        currency=CURRENCY,
        prices_include_tax=True,
        lines=tuple(
            OrderLine(str(n), line.sku, line.quantity, line.price_minor)
            for n, line in enumerate(sale.lines, start=1)
        ),
        ship_to=_address(sale),
        payments=(),
        placed_at_ms=at_ms,
        customer_id=f"C-{sale.customer}" if sale.customer else None,
        contact=_contact(sale),
        shipping_minor=load.shipping_minor,
    )
    # By the order's own number, so that no draw of another order moves.
    provider = PROVIDERS[sum(sale.ref.encode()) % len(PROVIDERS)]
    payment = Payment(provider, "card", TOKEN, order_total_minor(order))
    return msgspec.structs.replace(order, payments=(payment,))


def _contact(sale: Sale) -> Person:
    who = sale.customer or f"guest {sale.ref}"
    return Person(f"{NAME}{who}", f"{who.replace(' ', '-')}{MAIL}")


def _address(sale: Sale) -> PostalAddress:
    """An address of nobody, different for each customer, so that a leak of one can be found."""
    who = sale.customer or f"guest {sale.ref}"
    return PostalAddress(
        country=sale.country,
        name=f"{NAME}{who}",
        lines=(f"{who}{STREET}",),
        city=CITY,
        postal_code=POSTAL_CODE,
    )
