"""A parcel that its carrier has lost: where the channel says so, what was in it is credited without a person.

It goes the way of a return that nobody sends: received at once, in no state to be sold, credited and refunded. Of an
order that left in several parcels, or that is not paid yet, a person finds out what was in it.
"""

from __future__ import annotations

from collections.abc import Callable

from contracts.channels import REFUND
from contracts.decision import Decision
from contracts.ids import digest128
from contracts.parcels import ParcelMoved
from contracts.returns import (
    InspectedLine,
    InspectReturn,
    ReceiveReturn,
    ReturnLine,
    ReturnReceived,
    SaleTold,
    TellOrder,
)
from contracts.turn import Address, Message
from contracts.worklist import EndException

from .state import FlowState, units_back

_PARCEL_LOST = "parcel-lost"


def return_of(fact: ParcelMoved) -> str:
    """The number of the return that a lost shipment stands for."""
    return "ret_" + digest128(_PARCEL_LOST, fact.order_id, fact.shipment_id)


def told(me: Callable[[Message], Address]) -> Callable[[FlowState, Message, int], Decision]:
    """shipment.lost: what was sold, and what does the channel do about it?"""

    def handler(state: FlowState, message: Message, at: int) -> Decision:
        fact: ParcelMoved = message.body
        decision = Decision()
        return_id = return_of(fact)
        if return_id not in state.lost:
            decision.took(message)
            ask = TellOrder(fact.order_id, return_id)
            decision.say("orders", message.key, message.key, ask, reply_to=me(message))
        return decision

    return handler


def fold_told(state: FlowState, body: ParcelMoved) -> None:
    state.lost[return_of(body)] = body.shipment_id


def credit(decision: Decision, state: FlowState, sale: SaleTold) -> None:
    """The sale is told: have all that has not come back credited, if the channel wants it."""
    back = units_back(state)
    left = [
        ReturnLine(line.line_id, line.quantity - back.get(line.line_id, 0))
        for line in sale.lines
        if line.quantity > back.get(line.line_id, 0)
    ]
    if sale.status == "sold" and sale.lost_parcel == REFUND and sale.whole and left:
        receipt = f"lost {state.lost[sale.return_id]}"
        received = ReceiveReturn(sale.return_id, sale.order_id, receipt, tuple(left), sale.location)
        decision.say("returns", sale.return_id, sale.order_id, received)


def inspect(decision: Decision, fact: ReturnReceived) -> None:
    """Nothing of it can be sold again."""
    graded = tuple([InspectedLine(line.line_id, 0, 0, line.quantity, 0) for line in fact.lines])
    decision.say(
        "returns", fact.return_id, fact.order_id, InspectReturn(fact.return_id, fact.order_id, graded)
    )


def end(decision: Decision, state: FlowState, order_id: str, return_id: str) -> None:
    """It is credited and paid back: nobody needs to look for the parcel on the customer's behalf."""
    shipment = state.lost.get(return_id)
    if shipment is not None:
        id_ = "exc_" + digest128(_PARCEL_LOST, order_id, shipment)
        why = "what was in it is credited and refunded"
        said = EndException(id_, _PARCEL_LOST, order_id, "returns_to_refund", "written_off", why)
        decision.say("exceptions", id_, order_id, said)
