"""What was sold, for the returns of it: made when somebody asks, of the order and what the flow kept of it."""

from __future__ import annotations

import msgspec

from contracts.channels import CHANNELS, RESHIP
from contracts.decision import Decision
from contracts.orders import GIFT_CARD, Order
from contracts.partners import TaxCalculated
from contracts.returns import CardPaid, SaleTold, SoldLine, TellSale
from contracts.turn import Message

from . import amounts
from . import state as folds
from .state import DONE, FlowState


def sold_lines(state: FlowState, order: Order, tax: TaxCalculated) -> tuple[SoldLine, ...]:
    """Every line as it was invoiced: of an order that left in several pieces, those units that did leave."""
    included = order.prices_include_tax
    lines = []
    for line, enriched, line_tax, amount in zip(
        order.lines, state.enriched, tax.lines, amounts.taxable_amounts(order), strict=True
    ):
        units, tax_minor = line.quantity, line_tax.tax_minor
        if state.several is not None:
            units = state.several.shipped.get(line.line_id, 0)
            amount = amounts.share_of(amount, 0, units, line.quantity)
            tax_minor = amounts.share_of(tax_minor, 0, units, line.quantity)
            if not units:
                continue
        net = amount - tax_minor if included else amount
        discount = units * line.unit_price_minor - amount
        lines.append(SoldLine(line.line_id, line.sku, units, net, tax_minor, discount, enriched.cost_minor))
    return tuple(lines)


def fold_done(state: FlowState, body: object) -> None:
    """At rest, with what each gift card paid: a credit is shared by it."""
    if state.held and state.held[0].provider == GIFT_CARD:
        state.cards = _paid_by_cards(state)
    folds.fold_done(state, body)


def _paid_by_cards(state: FlowState) -> tuple[CardPaid, ...]:
    order, tax = state.order, state.tax
    if order is None or tax is None:
        return ()
    if state.several is None:
        taken = amounts.captures(state.held, amounts.goods_minor(order, tax))
    else:
        # What is held becomes less with every invoice.
        taken = [(one, order.payments[one.payment].amount_minor - one.amount_minor) for one in state.held]
    paid: dict[str, int] = {}
    for one, amount in taken:
        if one.provider == GIFT_CARD and amount:
            paid[one.authorization_id] = paid.get(one.authorization_id, 0) + amount
    return tuple([CardPaid(card_id, amount) for card_id, amount in paid.items()])


def tell_sale(state: FlowState, message: Message, at: int) -> Decision:
    """flow.tell_sale: only what is shipped, invoiced and captured can come back."""
    ask: TellSale = message.body
    decision = Decision()
    order, tax = ask.order, state.tax
    if state.step != DONE or tax is None or state.location is None:
        told = SaleTold(ask.order_id, ask.return_id, "not-shipped")
    else:
        channel = CHANNELS[order.channel]
        told = SaleTold(
            ask.order_id,
            ask.return_id,
            "sold",
            channel.book,
            channel.pool,
            state.location,
            order.currency,
            tax.jurisdiction,
            sold_lines(state, order, tax),
            next((one.card_id for one in order.payments if one.card_id), ""),
            state.cards,
            channel.refund_by,
            channel.lost_parcel,
            state.several is None,
        )
        if channel.lost_parcel == RESHIP:
            told = msgspec.structs.replace(
                told, channel=order.channel, ship_to=order.ship_to, delivery=order.delivery
            )
    decision.answer(message.reply_to, told)
    return decision
