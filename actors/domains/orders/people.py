"""What an order has to do with its customer: it tells of them once, and says for how long it needs them."""

from __future__ import annotations

from contracts.customers import NeedTold, NoteOrder, TellNeed
from contracts.decision import Decision
from contracts.orders import Order
from contracts.private import pii_refs
from contracts.turn import Message

from .model import OrderState, is_terminal


def tell_customer(decision: Decision, order_id: str, order: Order) -> None:
    """The customer's record hears of the order. A guest has none: that costs nothing."""
    customer_id = order.customer_id
    if customer_id is not None:
        note = NoteOrder(customer_id, order_id, order.channel, tuple(pii_refs(order)), order.contact)
        decision.say("customers", customer_id, customer_id, note)


def _tell_need(state: OrderState, message: Message, at: int) -> Decision:
    ask: TellNeed = message.body
    decision = Decision()
    refs = () if state.order is None else tuple(pii_refs(state.order))
    # What is excepted rests until a person has decided, who may have to write to the customer or ship.
    needed = state.order is not None and (not is_terminal(state) or state.order_status == "excepted")
    told = NeedTold(ask.order_id, ask.customer_id, state.order_status, needed, refs)
    decision.answer(message.reply_to, told)
    return decision


HANDLERS = {"orders.tell_need": _tell_need}
