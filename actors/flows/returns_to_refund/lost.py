"""A parcel that its carrier has lost: where the channel says so, what was in it is sent again, or credited, by itself.

Sent again, it is taken from the pool and is no order's: not invoiced, not captured, missing to the books. Credited, it
goes the way of a return that nobody sends: received at once, in no state to be sold, credited and refunded. Of an order
that left in several parcels, or that is not paid yet, a person finds out what was in it.
"""

from __future__ import annotations

from collections.abc import Callable

from contracts.channels import REFUND, RESHIP
from contracts.decision import Decision
from contracts.fulfillment import CreateFulfillmentOrder
from contracts.ids import digest128, effect_key_of, fulfillment_order_id_of
from contracts.inventory import DemandLine
from contracts.parcels import PARCEL_LOST, ParcelMoved, lost_id
from contracts.reships import AllocateStock, GiveBackAllocated, NotSentAgain, StockAllocated
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

# From here on an order's fulfillment orders are those of goods that are sent again.
AGAIN = 1_000


def return_of(order_id: str, shipment_id: str) -> str:
    """The number of the return that a lost shipment stands for."""
    return "ret_" + digest128(PARCEL_LOST, order_id, shipment_id)


def told(me: Callable[[Message], Address]) -> Callable[[FlowState, Message, int], Decision]:
    """shipment.lost: what was sold, and what does the channel do about it?"""

    def handler(state: FlowState, message: Message, at: int) -> Decision:
        fact: ParcelMoved = message.body
        decision = Decision()
        return_id = return_of(fact.order_id, fact.shipment_id)
        if return_id not in state.lost:
            decision.took(message)
            ask = TellOrder(fact.order_id, return_id)
            decision.say("orders", message.key, message.key, ask, reply_to=me(message))
        return decision

    return handler


def fold_told(state: FlowState, body: ParcelMoved) -> None:
    state.lost[return_of(body.order_id, body.shipment_id)] = body.shipment_id


def sold(decision: Decision, state: FlowState, message: Message, me: Address) -> None:
    """The sale is told: have all of it sent again, or all that has not come back credited, if the channel wants it."""
    sale: SaleTold = message.body
    left = _left(state, sale)
    if sale.status != "sold" or not sale.whole or not left:
        return
    untouched = left == tuple([ReturnLine(line.line_id, line.quantity) for line in sale.lines])
    # What was sent again and is lost too is not sent a third time.
    if sale.lost_parcel == RESHIP and untouched and not state.again:
        decision.took(message)
        lines = tuple([DemandLine(line.line_id, line.sku, line.quantity) for line in sale.lines])
        ask = AllocateStock(sale.order_id, sale.pool, sale.channel, state.lost[sale.return_id], lines)
        decision.say("inventory", sale.pool, sale.order_id, ask, reply_to=me)
    elif sale.lost_parcel in (REFUND, RESHIP):
        _credit(decision, sale, state.lost[sale.return_id], sale.return_id, left)


def _left(state: FlowState, sale: SaleTold) -> tuple[ReturnLine, ...]:
    back = units_back(state)
    return tuple(
        [
            ReturnLine(line.line_id, line.quantity - back.get(line.line_id, 0))
            for line in sale.lines
            if line.quantity > back.get(line.line_id, 0)
        ]
    )


def _credit(
    decision: Decision, sale: SaleTold, shipment: str, return_id: str, lines: tuple[ReturnLine, ...]
) -> None:
    received = ReceiveReturn(return_id, sale.order_id, f"lost {shipment}", lines, sale.location)
    decision.say("returns", return_id, sale.order_id, received)


def allocated(state: FlowState, message: Message, at: int) -> Decision:
    """inventory.allocated: a fulfillment order of its own sends it, and nothing is invoiced or captured for it."""
    fact: StockAllocated = message.body
    decision = Decision()
    sale = state.sale
    if fact.reference in state.again or sale is None or sale.ship_to is None or sale.delivery is None:
        return decision
    if not fact.location:
        left = _left(state, sale)
        if left:
            return_id = return_of(fact.order_id, fact.reference)
            _credit(decision, sale, fact.reference, return_id, left)
        return decision
    decision.took(message)
    ordinal = AGAIN + len(state.again)
    id_ = fulfillment_order_id_of(fact.order_id, ordinal)
    keys = [
        effect_key_of(message.tenant, "warehouse", what, fact.order_id, ordinal)
        for what in ("release", "recall")
    ]
    command = CreateFulfillmentOrder(
        id_, fact.order_id, fact.location, fact.pool, keys[0], keys[1], 0, fact.lines, sale.ship_to, sale.delivery,
        again=fact.reference,
    )  # fmt: skip
    decision.say("fulfillment", id_, fact.order_id, command)
    return decision


def fold_allocated(state: FlowState, body: StockAllocated) -> None:
    state.again = (*state.again, body.reference)


def not_sent(state: FlowState, message: Message, at: int) -> Decision:
    """fulfillment.not_sent_again: what will not leave is the pool's again, and credited."""
    fact: NotSentAgain = message.body
    decision = Decision()
    back = GiveBackAllocated(fact.pool, fact.again, fact.location, fact.bucket, fact.lines)
    decision.say("inventory", fact.pool, fact.order_id, back)
    sale = state.sale
    if sale is not None:
        room = {line.line_id: line.quantity for line in _left(state, sale)}
        lines = [ReturnLine(one.line_id, min(one.quantity, room.get(one.line_id, 0))) for one in fact.lines]
        lines = [one for one in lines if one.quantity]
        if lines:
            return_id = return_of(fact.order_id, fact.again)
            _credit(decision, sale, fact.again, return_id, tuple(lines))
    return decision


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
        id_ = lost_id(order_id, shipment)
        why = "what was in it is credited and refunded"
        said = EndException(id_, PARCEL_LOST, order_id, "returns_to_refund", "written_off", why)
        decision.say("exceptions", id_, order_id, said)
