"""Asking for an order's prices, by its channel's policy: `list`, `trust`, or the `quote` that it names."""

from __future__ import annotations

from contracts.channels import CHANNELS
from contracts.decision import Decision
from contracts.inventory import PriceOrder, QuotedLine
from contracts.orders import Order
from contracts.quotes import ChargedLine, PriceByQuote
from contracts.turn import Message

from .shared import me


def ask(decision: Decision, message: Message, order: Order, at: int) -> None:
    """Have the order priced and enriched; the answer comes to the flow."""
    channel = CHANNELS[order.channel]
    policy = channel.price_policy
    body: PriceOrder | PriceByQuote
    if policy == "quote" or (order.quote_id is not None and policy == "list"):
        charged = tuple(
            [
                ChargedLine(line.line_id, line.sku, line.quantity, line.unit_price_minor)
                for line in order.lines
            ]
        )
        body = PriceByQuote(
            message.key, order.channel, order.currency, policy, channel.price_tolerance_bp,
            order.quote_id or "", at, charged,
        )  # fmt: skip
    else:
        lines = tuple([QuotedLine(line.line_id, line.sku, line.unit_price_minor) for line in order.lines])
        body = PriceOrder(message.key, order.currency, policy, lines, channel.price_tolerance_bp)
    decision.say("catalog", channel.price_list, message.key, body, reply_to=me(message))
