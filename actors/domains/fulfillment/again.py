"""A fulfillment order that stands in for a lost shipment: the search for that ends, and what cannot be sent is told."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.demand import Lines
from contracts.parcels import PARCEL_LOST, lost_id
from contracts.reships import NotSentAgain
from contracts.worklist import EndException

from .model import FulfillmentState


def sent(decision: Decision, state: FulfillmentState) -> None:
    """All that was lost is on its way again: nobody needs to look for the parcel."""
    id_ = lost_id(state.order_id, state.again)
    end = EndException(
        id_, PARCEL_LOST, state.order_id, "fulfillment", "corrected", "the goods were sent again"
    )
    decision.say("exceptions", id_, state.order_id, end)


def will_not_leave(decision: Decision, state: FulfillmentState, id_: str, lines: Lines, bucket: str) -> None:
    """It has not got these either."""
    decision.event(NotSentAgain(id_, state.order_id, state.again, state.pool, state.location, bucket, lines))
