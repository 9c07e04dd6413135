"""What comes back, at cost: into quarantine, and out of it again when it is inspected."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.refunds import ValueReturn
from contracts.returns import ReturnReceived, SaleTold
from contracts.turn import Message

from . import amounts, lost
from .state import OPEN, FlowState


def value(
    decision: Decision, sale: SaleTold, reference: str, location: str, costs: tuple[int, int, int, int]
) -> None:
    """Have the goods posted at cost: (received, restocked, scrapped, refused)."""
    if any(costs):
        command = ValueReturn(sale.order_id, sale.book, reference, sale.currency, location, *costs)
        decision.say("finance", sale.book, sale.order_id, command)


def received(state: FlowState, message: Message, at: int) -> Decision:
    """return.received: what a carrier has lost is inspected at once."""
    fact: ReturnReceived = message.body
    decision = Decision()
    case, sale = state.cases.get(fact.return_id), state.sale
    if case is not None and case.step == OPEN and sale is not None:
        cost = amounts.cost_minor(sale.lines, amounts.units_by_line(fact.lines))
        reference = f"return {fact.return_id} receipt {fact.receipt_id}"
        value(decision, sale, reference, fact.location or sale.location, (cost, 0, 0, 0))
        if fact.return_id in state.lost:
            lost.inspect(decision, fact)
    return decision
