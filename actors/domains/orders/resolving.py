"""How an excepted order is resolved: a person names its end, the flow does what is left, the order has that end then.

What is impossible is refused by name: what has left cannot be cancelled, what has not cannot be completed.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.orders import OrderAxisChanged, OrderCompleted, ResolutionDecided, ResolveOrder
from contracts.turn import Message
from contracts.worklist import ORDER_ENDS, EndException

from ...runtime.actor import Fold, Handler
from .model import OrderState

_LEFT = ("dispatched", "partly_dispatched")


def refusal(state: OrderState, command: ResolveOrder) -> tuple[str, str] | None:
    """Why the order cannot be resolved so: a code and a sentence."""
    excepted = state.order_status == "excepted"
    if command.outcome not in ORDER_ENDS:
        if excepted and command.exception_id == state.exception_id:
            return "order-excepted", f"the order waits for this: name {', '.join(ORDER_ENDS)}"
        return None
    if not excepted:
        return "order-not-excepted", f"the order is {state.order_status}: it has or takes its own end"
    if state.resolving:
        return "resolution-under-way", f"the order is to be {state.resolving}"
    if command.outcome == "completed" and state.fulfillment_status not in _LEFT:
        return "nothing-shipped", f"nothing of it has left: it is {state.fulfillment_status}"
    if command.outcome != "completed" and state.fulfillment_status in _LEFT:
        return "already-shipped", f"it is {state.fulfillment_status}: take it back as a return"
    return None


def _resolve(state: OrderState, message: Message, at: int) -> Decision:
    command: ResolveOrder = message.body
    decision = Decision()
    refused = refusal(state, command)
    if refused is not None:
        return refuse(decision, message, *refused, f"/v1/exceptions/{command.exception_id}")
    if command.outcome in ORDER_ENDS:
        decision.event(
            ResolutionDecided(
                command.order_id, command.exception_id, command.outcome, command.by, command.reason
            )
        )
        if command.outcome == "completed":
            _vouched_for(decision, state, command)
    ended = {command.exception_id: command.category}
    if command.outcome in ORDER_ENDS and state.exception_id:
        ended.setdefault(state.exception_id, state.reason or "")
    for exception_id, category in ended.items():
        end = EndException(
            exception_id, category, command.order_id, command.by, command.outcome, command.reason
        )
        decision.say("exceptions", exception_id, command.order_id, end)
    decision.answer(message.reply_to, done({"exception_id": command.exception_id, "status": "resolved"}))
    return decision


def _vouched_for(decision: Decision, state: OrderState, command: ResolveOrder) -> None:
    """The ERP has it, a person says; and if it is paid, nothing is left to do."""
    if state.erp_status != "acknowledged":
        decision.event(OrderAxisChanged(command.order_id, "erp", "acknowledged", f"by hand: {command.by}"))
    if state.paid and state.fulfillment_status == "dispatched":
        decision.event(OrderCompleted(command.order_id))


def _fold_decided(state: OrderState, body: ResolutionDecided) -> None:
    state.resolving = body.outcome


HANDLERS: Mapping[str, Handler] = {"orders.resolve": _resolve}

FOLDS: Mapping[str, Fold] = {"order.resolution_decided": _fold_decided}
