"""Purchase documents that somebody brings by hand and waits for an answer: what a feed may bring and these may not."""

from __future__ import annotations

from contracts.answers import is_a_client, refuse_all
from contracts.decision import Decision
from contracts.purchasing import ReceiveGoods
from contracts.suppliers import supplier_of
from contracts.turn import Message

from ...runtime.actor import Handler
from .purchasing_model import TABLE, TAKES, PurchaseState, by_line, within


def receiving(handler: Handler) -> Handler:
    """purchasing.receive: whoever counts more than may come looks again before the goods are booked."""

    def handle(state: PurchaseState, message: Message, at: int) -> Decision:
        command: ReceiveGoods = message.body
        if is_a_client(message) and TABLE[message.type][state.status] == TAKES:
            wrong = {} if command.receipt_id in state.receipts else _over(state, command)
            if wrong:
                return refuse_all(Decision(), message, "over-receipt", wrong, "/v1/goods-receipts")
        return handler(state, message, at)

    return handle


def _over(order: PurchaseState, command: ReceiveGoods) -> dict[str, str]:
    """The lines of which more would be here than is expected and tolerated, by pointer, and why."""
    tolerance = supplier_of(order.supplier).over_tolerance_bp
    units = by_line(command.lines)
    places = {line.line_id: f"/lines/{n}" for n, line in enumerate(command.lines)}
    return {
        places[line.line_id]: f"{line.received} of {line.expected} are here already"
        for line in order.lines
        if line.line_id in units
        and (there := line.received + units[line.line_id]) > line.expected
        and not within(there, line.expected, tolerance)
    }
