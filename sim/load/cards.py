"""Orders paid with gift cards: with one alone, one beside a bank's card, one with too little on it, a shared one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from contracts.ids import gift_card_id_of
from contracts.orders import GIFT_CARD, Payment, SoldCard
from contracts.ports import Chance
from contracts.turn import DEFAULT_TENANT

from ..plan import LoadPlan
from .orders import CURRENCY
from .planned import GiftCard, PlannedOrder

# So many orders are there for each card that several of them mean to pay with.
ORDERS_A_SHARED_CARD = 400
# What is on a shared card, of all that is asked of it.
SHARED_COVER_PERCENT = 60


def with_cards(
    orders: Sequence[PlannedOrder], load: LoadPlan, chance: Chance
) -> tuple[tuple[PlannedOrder, ...], tuple[GiftCard, ...]]:
    """The orders, some of them paid with gift cards, and the cards as they are sold before."""
    amounts: dict[str, int] = {}
    planned = []
    shared = max(1, len(orders) // ORDERS_A_SHARED_CARD)
    for one in orders:
        ref = one.order.channel_order_id
        drawn = chance.below(10_000, "load.gift_card", ref, 0) < load.gift_cards_bp
        # One whose money is let go of by its bank is left as it is: that is another story.
        if drawn and one.hold_at_ms is None and one.order.currency == CURRENCY:
            one = _paid(one, ref, amounts, shared, chance)
        planned.append(one)
    cards = tuple(GiftCard(card, amount) for card, amount in sorted(amounts.items()) if amount > 0)
    return tuple(planned), cards


def with_sold_cards(
    orders: Sequence[PlannedOrder], load: LoadPlan, chance: Chance
) -> tuple[PlannedOrder, ...]:
    """The orders, some of them with a gift card beside the goods, or with nothing else."""
    return tuple(
        _selling(one, chance)
        if chance.below(10_000, "load.gift_card_sold", one.order.channel_order_id, 0)
        < load.gift_cards_sold_bp
        else one
        for one in orders
    )


def _selling(one: PlannedOrder, chance: Chance) -> PlannedOrder:
    order = one.order
    ref, paid = order.channel_order_id, order.payments[-1]
    if paid.method == GIFT_CARD or order.currency != "GBP":
        return one
    amount = 500 * (1 + chance.below(10, "load.gift_card_amount", ref, 0))
    card_id = gift_card_id_of(DEFAULT_TENANT, f"card sold by {ref}")
    cards = (SoldCard("card", card_id, amount),)
    plain = one.hold_at_ms is None and not one.returns and order.delivery.pickup_location is None
    alone = len(order.payments) == 1 and plain
    if alone and chance.below(3, "load.gift_card_alone", ref, 0) == 0:
        payment = msgspec.structs.replace(paid, amount_minor=amount)
        changed = msgspec.structs.replace(
            order, lines=(), shipping_minor=0, discounts=(), payments=(payment,), gift_cards=cards
        )
    else:
        payment = msgspec.structs.replace(paid, amount_minor=paid.amount_minor + amount)
        changed = msgspec.structs.replace(order, payments=(*order.payments[:-1], payment), gift_cards=cards)
    return msgspec.structs.replace(one, order=changed)


def _paid(one: PlannedOrder, ref: str, amounts: dict[str, int], shared: int, chance: Chance) -> PlannedOrder:
    (paid,) = one.order.payments
    total = paid.amount_minor
    kind = chance.below(10, "load.gift_card_kind", ref, 0)
    code, part, on_it = f"card of {ref}", total // 2, total // 2
    if kind >= 8:
        code = f"shared card {chance.below(shared, 'load.gift_card_shared', ref, 0)}"
        on_it = part * SHARED_COVER_PERCENT // 100
    elif kind == 7:
        on_it -= 1
    elif kind >= 5:
        part, on_it = total, total + 100
    if part < 2:
        return one
    card_id = gift_card_id_of(DEFAULT_TENANT, code)
    amounts[card_id] = amounts.get(card_id, 0) + on_it
    payments = [Payment(GIFT_CARD, GIFT_CARD, "", part, card_id)]
    if total > part:
        payments.append(msgspec.structs.replace(paid, amount_minor=total - part))
    return msgspec.structs.replace(one, order=msgspec.structs.replace(one.order, payments=tuple(payments)))
