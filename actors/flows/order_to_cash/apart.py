"""The flow of an order that leaves in several shipments, or waits for some of its lines.

Every handler takes its message, works out what the order is then, and says what follows from that. The order
ends when every unit is shipped or cancelled, and what was shipped is invoiced and paid.

Long because every handler of an order in pieces ends in the same two functions, `_settle` and `undo_all`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from contracts.decision import Decision
from contracts.demand import Lines
from contracts.finance import InvoiceIssued
from contracts.fulfillment import (
    CancelFulfillmentOrder,
    CreateFulfillmentOrder,
    FulfillmentCancelled,
    ShipmentDispatched,
    ShortPicked,
)
from contracts.inventory import (
    BackorderFilled,
    ExpireReservation,
    ReleasePart,
    ReservationExpired,
    ReservationReleased,
    ResourceStock,
    StockPart,
    StockReserved,
    StockResourced,
)
from contracts.orders import GIFT_CARD, CancelledLine, CancelLines, RefuseCancellation
from contracts.partners import CommitTax
from contracts.turn import URGENT, Message

from . import amounts, deposits, holding, renewing, selling, tenders
from . import state as folds
from .aside import is_held
from .several import Several, copied, has_ended, is_settled
from .shared import (
    TAX,
    channel_of,
    end,
    key_for,
    lost_to_the_warehouse,
    me,
    rejected_after_dispatch,
)
from .state import FULFILLING, FlowState
from .undo import undo

# As the whole order's steps may have at most this many means of payment, effects of a shipment are told apart.
_PER_SHIPMENT = 100
TIMER = "reservation"


def takes(state: FlowState) -> bool:
    """Whether the order is on its way in several pieces."""
    return state.several is not None and state.step == FULFILLING


def _after(
    decision: Decision, state: FlowState, message: Message, fold: Callable[[FlowState, Any], None]
) -> tuple[FlowState, Several]:
    """Take the message; what the order is then."""
    decision.took(message)
    held = [msgspec.structs.replace(one) for one in state.held]
    several = None if state.several is None else copied(state.several)
    aside = None if state.aside is None else msgspec.structs.replace(state.aside)
    if aside is not None and aside.deposit is not None:
        aside.deposit = msgspec.structs.replace(aside.deposit)
    after = msgspec.structs.replace(state, held=held, several=several, aside=aside)
    fold(after, message.body)
    assert after.several is not None
    return after, after.several


def create(decision: Decision, state: FlowState, message: Message, id_: str, n: int, part: StockPart) -> None:
    """Have a part shipped: the order's n-th fulfillment order."""
    channel, order = channel_of(state), state.order
    assert order is not None
    decision.say(
        "fulfillment",
        id_,
        message.key,
        CreateFulfillmentOrder(
            id_,
            message.key,
            part.location,
            channel.pool,
            key_for(message, "warehouse", "release", n),
            key_for(message, "warehouse", "recall", n),
            channel.release_window_ms,
            part.lines,
            order.ship_to,
            order.delivery,
            part=True,
            held=is_held(state),
        ),
    )


def _create_new(decision: Decision, after: FlowState, message: Message, made_before: int) -> None:
    several = after.several
    assert several is not None
    new = list(several.parts.items())[len(several.parts) - (several.made - made_before) :]
    for n, (id_, part) in enumerate(new, start=made_before):
        create(decision, after, message, id_, n, part)


def reserved(decision: Decision, state: FlowState, message: Message, at: int) -> bool:
    """Sourced from several locations, or in part. Whether anything is on its way already."""
    fact: StockReserved = message.body
    after, several = _after(decision, state, message, folds.fold_reserved)
    _create_new(decision, after, message, 0)
    if fact.waiting:
        decision.set_timer(TIMER, message.key, fact.expires_ms)
        renewing.watch(decision, after, message.key, at)
        deposits.take(decision, after, message)
    return bool(several.parts)


def filled(state: FlowState, message: Message, at: int) -> Decision:
    """Stock has come that the order waited for."""
    fact: BackorderFilled = message.body
    decision = Decision()
    if not takes(state):
        return decision
    assert state.several is not None
    after, several = _after(decision, state, message, folds.fold_filled)
    if several.dropping:
        _release(decision, several, message, (StockPart(fact.location, fact.lines),), waiting=False)
    _create_new(decision, after, message, state.several.made)
    if not several.waiting:
        decision.cancel_timer(TIMER)
    return decision


def dispatched(state: FlowState, message: Message) -> Decision:
    """Some of it has left: invoice that."""
    fact: ShipmentDispatched = message.body
    decision = Decision()
    undoing = folds.undoing(state)
    after, _ = _after(decision, state, message, folds.fold_dispatched)
    if undoing:
        lost_to_the_warehouse(decision, after, message, "already-dispatched")
    lines = fact.lines
    assert lines is not None
    book = channel_of(after).book
    invoice = amounts.invoice_of_part(after, message.key, fact.shipment_id, fact.location, book, lines)
    decision.say("finance", book, message.key, invoice)
    return decision


def short_picked(state: FlowState, message: Message, at: int) -> Decision:
    """Units were not found where they were reserved: ask for others."""
    fact: ShortPicked = message.body
    decision = Decision()
    if state.step == FULFILLING:
        after, several = _after(decision, state, message, folds.fold_short_picked)
        _resource(decision, after, several, message, StockPart(fact.location, fact.lines), "quality_hold")
    return decision


def _resource(
    decision: Decision, state: FlowState, several: Several, message: Message, part: StockPart, bucket: str
) -> None:
    assert state.order is not None
    ask = ResourceStock(
        message.key, several.pool, state.order.channel, part.location, part.lines, bucket, several.tried
    )
    decision.say("inventory", several.pool, message.key, ask, reply_to=me(message))


def _release(
    decision: Decision, several: Several, message: Message, parts: Sequence[StockPart], *, waiting: bool
) -> None:
    reason = several.reason or "cancelled"
    ask = ReleasePart(message.key, several.pool, reason, tuple(parts), waiting)
    decision.say("inventory", several.pool, message.key, ask, lane=URGENT, reply_to=me(message))


def resourced(state: FlowState, message: Message, at: int) -> Decision:
    """The pool's answer: others are reserved, or waited for, or there are none."""
    fact: StockResourced = message.body
    decision = Decision()
    if not takes(state):
        return decision
    assert state.several is not None
    after, several = _after(decision, state, message, folds.fold_resourced)
    if several.dropping and (fact.parts or fact.waiting):
        _release(decision, several, message, fact.parts, waiting=bool(fact.waiting))
    _create_new(decision, after, message, state.several.made)
    if fact.waiting:
        decision.set_timer(TIMER, message.key, fact.expires_ms)
        renewing.watch(decision, after, message.key, at)
    _settle(decision, after, message, fact.cancelled)
    return decision


def part_cancelled(state: FlowState, message: Message) -> Decision:
    """A part will not ship: release it, or where its warehouse refused it, ask for others."""
    fact: FulfillmentCancelled = message.body
    decision = Decision()
    after, several = _after(decision, state, message, folds.fold_fulfillment_cancelled)
    if state.several is not None:
        part = state.several.parts[fact.fulfillment_order_id]
    else:
        part = StockPart(state.location or "", folds.demand(state))
    if fact.reason == "warehouse-rejected" and not several.dropping:
        _resource(decision, after, several, message, part, "available")
    elif not several.parts and not several.kept and not several.shipments:
        undo_all(decision, after, message)
    else:
        _release(decision, several, message, (part,), waiting=False)
    return decision


def released(state: FlowState, message: Message, at: int) -> Decision:
    """The pool's answer: given back."""
    fact: ReservationReleased = message.body
    decision = Decision()
    if takes(state):
        after, several = _after(decision, state, message, folds.fold_released)
        if state.several is not None and state.several.waiting and not several.waiting:
            decision.cancel_timer(TIMER)
        back = [line for part in fact.parts for line in part.lines]
        _settle(decision, after, message, (*back, *fact.waiting))
    return decision


def waited_long_enough(state: FlowState, message: Message, at: int) -> Decision:
    """The timer of the reservation: whatever became of the order, nothing waits beyond it."""
    decision = Decision()
    if state.several is not None:
        pool = state.several.pool
        ask = ExpireReservation(message.key, pool)
        decision.say("inventory", pool, message.key, ask, lane=URGENT, reply_to=me(message))
    return decision


def expired(state: FlowState, message: Message, at: int) -> Decision:
    """The pool's answer: what had not come is given up."""
    fact: ReservationExpired = message.body
    decision = Decision()
    if takes(state):
        after, _ = _after(decision, state, message, folds.fold_expired)
        back = [line for part in fact.parts for line in part.lines]
        _settle(decision, after, message, (*back, *fact.waiting))
    return decision


def stop(
    decision: Decision,
    state: FlowState,
    message: Message,
    reason: str,
    *,
    recall: bool,
    fold: Callable[[FlowState, Any], None] | None = None,
) -> None:
    """A cancellation, the ERP's rejection or a person's decision: stop whatever has not left."""
    assert state.several is not None
    kept = state.several.kept
    by_erp = recall and fold is None
    fold = fold or (folds.fold_erp_rejected if recall else folds.fold_cancel_requested)
    after, several = _after(decision, state, message, fold)
    for id_ in several.parts:
        command = CancelFulfillmentOrder(id_, message.key, reason, recall)
        decision.say("fulfillment", id_, message.key, command, lane=URGENT)
    if not several.parts and not several.shipments:
        undo_all(decision, after, message)
    elif kept or several.waiting:
        _release(decision, several, message, kept, waiting=bool(several.waiting))
    if by_erp and several.shipments:
        rejected_after_dispatch(decision, after, message)


def too_late(decision: Decision, state: FlowState, message: Message, reason: str) -> None:
    """A part could not be stopped: told once."""
    assert state.several is not None
    told, resolved = state.several.refused, folds.undoing(state)
    after, _ = _after(decision, state, message, folds.fold_cancel_refused)
    if resolved and reason != "already-released":
        lost_to_the_warehouse(decision, after, message, reason)
        return
    if told:
        return
    if after.erp_rejected is not None:
        if not state.several.shipments:
            rejected_after_dispatch(decision, after, message)
    elif after.cancel_reason is not None:
        decision.say("orders", message.key, message.key, RefuseCancellation(message.key, reason))


def invoiced(state: FlowState, message: Message) -> Decision:
    """A shipment is invoiced: commit its tax and capture its amount."""
    fact: InvoiceIssued = message.body
    decision = Decision()
    order_id, tax, order = message.key, state.tax, state.order
    assert tax is not None and order is not None and state.several is not None
    n = state.several.invoices
    after, _ = _after(decision, state, message, folds.fold_invoiced)
    commit = CommitTax(
        order_id, key_for(message, "tax", "commit", n), tax.document_id, fact.number, fact.tax_minor, True
    )
    decision.say(TAX, order_id, order_id, commit)
    taken = amounts.captures(state.held, fact.gross_minor - deposits.pays_minor(state, fact.gross_minor))
    tenders.take(decision, message, taken, order.currency, fact.book, n * _PER_SHIPMENT)
    _settle(decision, after, message, ())
    return decision


def cleared(state: FlowState, message: Message) -> Decision:
    """What was invoiced so far is paid and posted."""
    decision = Decision()
    after, _ = _after(decision, state, message, folds.fold_cleared)
    _settle(decision, after, message, ())
    return decision


def _settle(decision: Decision, after: FlowState, message: Message, cancelled: Lines) -> None:
    """Tell the order which of its lines are cancelled; end it when nothing is open any more."""
    several, order_id = after.several, message.key
    assert several is not None
    if has_ended(several) and not several.shipments:
        undo_all(decision, after, message)
        return
    if cancelled:
        lines = tuple([CancelledLine(line.line_id, line.quantity) for line in cancelled])
        reason = after.cancel_reason or several.reason or "cancelled"
        decision.say("orders", order_id, order_id, CancelLines(order_id, lines, reason))
    if not is_settled(several):
        return
    order = after.order
    assert order is not None
    for ordinal, held in enumerate(after.held):
        # What is left of an authorization lapses by itself, or pays for gift cards sold; of a card it would be kept
        # for ever.
        spare = several.cancelled and not order.gift_cards
        if held.amount_minor and (spare or held.provider == GIFT_CARD):
            tenders.let_go(decision, message, held, ordinal)
    decision.cancel_timer(renewing.TIMER)
    deposits.give_back(decision, after, message)
    holding.drop(decision, after, order_id, "nothing of it is left to hold")
    selling.finish(decision, after, message, several.cleared_minor, "dispatched")


def undo_all(decision: Decision, after: FlowState, message: Message) -> None:
    """Nothing was shipped and nothing will be: the order is cancelled, or rejected where the ERP did."""
    several = after.several
    assert several is not None
    decision.cancel_timer(TIMER)
    decision.cancel_timer(renewing.TIMER)
    if folds.undoing(after):
        status, reason = folds.undoing(after), after.cancel_reason or "resolved"
    elif after.erp_rejected is not None:
        status, reason = "rejected", f"erp-rejected: {after.erp_rejected}"
    else:
        status, reason = "cancelled", after.cancel_reason or several.reason or "cancelled"
    deposits.give_back(decision, after, message)
    undo(decision, after, message, channel_of(after), status, reason)
    end(decision, "undone")
