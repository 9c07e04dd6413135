"""What the flow's handlers have in common."""

from __future__ import annotations

from contracts.channels import CHANNELS, Channel
from contracts.decision import Decision
from contracts.entities import entity_of_book
from contracts.ids import digest128, effect_key_of
from contracts.orders import CloseOrder
from contracts.partners import ExceptionOpened
from contracts.platform import FlowEnded
from contracts.ports import port_of
from contracts.turn import URGENT, Address, Message

from .state import DONE, FlowState

NAME = "order_to_cash"
PAYMENTS = port_of("payments.authorize")
TAX = port_of("tax.calculate")


def me(message: Message) -> Address:
    """Where answers to this order's flow go."""
    return Address(NAME, message.key, message.key)


def key_for(message: Message, system: str, operation: str, ordinal: int = 0) -> str:
    """The key of the order's n-th effect of a kind."""
    return effect_key_of(message.tenant, system, operation, message.key, ordinal)


def channel_of(state: FlowState) -> Channel:
    """The row of the order's channel."""
    assert state.order is not None
    return CHANNELS[state.order.channel]


def rounding_of(book: str) -> str:
    """Where the legal entity of a book rounds its tax: on each line, or once on the document."""
    return entity_of_book(book).rounding


def paid_as(state: FlowState) -> str:
    """How what was invoiced is paid: captured, or given up in part by a person."""
    return "written_off" if state.aside is not None and state.aside.written_off else "captured"


def end(decision: Decision, how: str) -> None:
    """The flow comes to rest: `flow.done`, `flow.undone` or `flow.excepted`."""
    decision.event(FlowEnded(), f"flow.{how}")


def rejected_after_dispatch(decision: Decision, state: FlowState, message: Message) -> None:
    """The goods are gone: they are invoiced and captured all the same, and a person mends the ERP."""
    order_id = message.key
    category = "erp-rejected-after-dispatch"
    exception_id = "exc_" + digest128(category, order_id)
    decision.event(ExceptionOpened(exception_id, category, order_id, state.erp_rejected or ""))
    payment = "captured" if state.step == DONE else "authorized"
    decision.say(
        "orders",
        order_id,
        order_id,
        CloseOrder(order_id, "excepted", category, payment, "dispatched", "rejected", exception_id),
    )


def put_before_a_person(
    decision: Decision,
    message: Message,
    category: str,
    detail: str,
    payment: str,
    fulfillment: str,
    erp: str,
    opened: str = "",
) -> None:
    """The order is `excepted` until a person has decided, under an exception: a new one, or one that is `opened`."""
    order_id = message.key
    exception_id = opened or "exc_" + digest128(category, message.id)
    if not opened:
        decision.event(ExceptionOpened(exception_id, category, order_id, detail))
    decision.say(
        "orders",
        order_id,
        order_id,
        CloseOrder(order_id, "excepted", category, payment, fulfillment, erp, exception_id),
        lane=URGENT,
    )


def lost_to_the_warehouse(decision: Decision, state: FlowState, message: Message, reason: str) -> None:
    """What a person decided to undo has left, or will: a person has to decide again."""
    payment = "authorized" if state.held else "pending"
    left = "dispatched" if state.several is None else "partly_dispatched"
    put_before_a_person(decision, message, "compensation-refused", reason, payment, left, "submitted")
