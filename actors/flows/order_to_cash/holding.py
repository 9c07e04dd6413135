"""Holds: a held order goes as far as its stock, and is not released to a warehouse.

Whether a hold comes in time is decided where the race with the release is: each fulfillment order is asked, and what
is made while a hold stands is made held. A fraud review holds the order earlier: before it is taxed.
"""

from __future__ import annotations

from contracts.decision import Decision
from contracts.holds import (
    FRAUD_REVIEW,
    REJECT,
    FulfillmentHoldRefused,
    GoOnWithFulfillment,
    HoldFulfillmentOrder,
    HoldRequested,
    PutOnHold,
    RefuseHold,
    ReleasedFromHold,
)
from contracts.ids import digest128, fulfillment_order_id_of
from contracts.partners import ExceptionOpened, FraudAssessed
from contracts.turn import URGENT, Message
from contracts.worklist import EndException

from . import editing, renewing
from . import state as folds
from .aside import Hold, aside_of, is_held
from .shared import NAME, me
from .state import BEFORE_ACCEPTANCE, DONE, FULFILLING, REVIEWING, TAXING, UNDONE, FlowState

TIMER = "hold"
_ORDER_HELD = "order-held"


def under_way(state: FlowState, order_id: str) -> tuple[str, ...]:
    """The fulfillment orders that have not left, released or not."""
    if state.several is not None:
        return tuple(state.several.parts)
    return (fulfillment_order_id_of(order_id, 0),) if state.step == FULFILLING else ()


def stands_at_once(state: FlowState) -> bool:
    """Whether a hold that comes now needs to ask nobody."""
    several = state.several
    if state.step != FULFILLING or is_held(state):
        return True
    return several is not None and bool(several.kept or several.waiting or several.limbo)


def _refusal(state: FlowState) -> str | None:
    """Why a hold that comes now is refused without asking anybody."""
    several = state.several
    if state.step in (UNDONE, folds.EXCEPTED):
        return "already-ended"
    if state.step not in BEFORE_ACCEPTANCE and state.step != FULFILLING:
        return "already-dispatched"
    if several is None:
        return "being-cancelled" if state.step != FULFILLING and state.cancel_reason is not None else None
    if several.dropping:
        return "being-cancelled"
    if not several.parts and not stands_at_once(state):
        return "already-dispatched"
    return None


def _exception_id(category: str, order_id: str, hold_id: str) -> str:
    return "exc_" + digest128(category, order_id, hold_id)


def _say_to_orders(decision: Decision, order_id: str, body: PutOnHold | RefuseHold) -> None:
    decision.say("orders", order_id, order_id, body, lane=URGENT)


def _stands(
    decision: Decision, state: FlowState, order_id: str, hold_id: str, until_ms: int, at: int
) -> None:
    """The hold stands: told, and a person's work at once or by its deadline."""
    _say_to_orders(decision, order_id, PutOnHold(order_id, hold_id))
    if until_ms:
        others = state.aside.holds.values() if state.aside is not None else ()
        due = [until_ms, *(hold.until_ms for hold in others if hold.until_ms)]
        decision.set_timer(TIMER, order_id, min(due))
    else:
        _open(decision, order_id, hold_id)
    renewing.watch(decision, state, order_id, at)


def _open(decision: Decision, order_id: str, hold_id: str) -> None:
    id_ = _exception_id(_ORDER_HELD, order_id, hold_id)
    decision.event(ExceptionOpened(id_, _ORDER_HELD, order_id, f"hold {hold_id}"))


def review(decision: Decision, state: FlowState, message: Message, at: int) -> None:
    """The fraud service would have a person look: the order is held until somebody has."""
    fact: FraudAssessed = message.body
    decision.took(message)
    order_id, detail = message.key, f"score {fact.score}"
    _say_to_orders(decision, order_id, PutOnHold(order_id, FRAUD_REVIEW, detail, "fraud"))
    id_ = _exception_id(FRAUD_REVIEW, order_id, FRAUD_REVIEW)
    decision.event(ExceptionOpened(id_, "fraud-review", order_id, detail))
    renewing.watch(decision, state, order_id, at)


def requested(state: FlowState, message: Message, at: int) -> Decision:
    """order.hold_requested: it stands at once where nothing can have been released, else the fulfillment orders say."""
    fact: HoldRequested = message.body
    decision = Decision()
    order_id = message.key
    code = _refusal(state)
    if code is not None:
        _say_to_orders(decision, order_id, RefuseHold(order_id, fact.hold_id, code))
        return decision
    decision.took(message)
    if stands_at_once(state):
        _stands(decision, state, order_id, fact.hold_id, fact.until_ms, at)
    if not is_held(state):
        for id_ in under_way(state, order_id):
            ask = HoldFulfillmentOrder(id_, order_id)
            decision.say("fulfillment", id_, order_id, ask, lane=URGENT, reply_to=me(message))
    return decision


def held(state: FlowState, message: Message, at: int) -> Decision:
    """A fulfillment order is held back: so the holds that were asked for stand."""
    decision = Decision()
    if state.aside is None or not state.aside.asking:
        return decision
    decision.took(message)
    for hold_id, hold in state.aside.holds.items():
        if hold.asked:
            _stands(decision, state, message.key, hold_id, hold.until_ms, at)
    editing.held(decision, state, message, at)
    return decision


def refused(state: FlowState, message: Message, at: int) -> Decision:
    """A fulfillment order is released or gone. Where all are, the hold came too late."""
    fact: FulfillmentHoldRefused = message.body
    decision = Decision()
    if state.aside is None or not state.aside.asking:
        return decision
    decision.took(message)
    if state.aside.asking == 1:
        for hold_id, hold in state.aside.holds.items():
            if hold.asked:
                _say_to_orders(decision, message.key, RefuseHold(message.key, hold_id, fact.reason))
        editing.too_late(decision, state, message, fact.reason)
    return decision


def released(state: FlowState, message: Message, at: int) -> Decision:
    """order.released_from_hold: with the last of them the order goes on.

    A review that is over lets it go on in `before`, which asks here first.
    """
    fact: ReleasedFromHold = message.body
    decision = Decision()
    if state.aside is None or fact.hold_id not in state.aside.holds:
        return decision
    decision.took(message)
    end_exception(decision, message.key, fact.hold_id, fact.by, fact.reason or fact.decision)
    left = [hold for id_, hold in state.aside.holds.items() if id_ != fact.hold_id]
    if not any(hold.until_ms for hold in left):
        decision.cancel_timer(TIMER)
    if not left and state.step == FULFILLING and state.aside.edit is None:
        for id_ in under_way(state, message.key):
            decision.say("fulfillment", id_, message.key, GoOnWithFulfillment(id_, message.key))
    return decision


def rejects(fact: ReleasedFromHold) -> bool:
    """Whether a review ends the order."""
    return fact.hold_id == FRAUD_REVIEW and fact.decision == REJECT


def overdue(state: FlowState, message: Message, at: int) -> Decision:
    """timer.hold: the deadline of a hold has passed, and it stands."""
    decision = Decision()
    if state.aside is None or state.step in (DONE, UNDONE):
        return decision
    later = []
    for hold_id, hold in state.aside.holds.items():
        if hold.until_ms and hold.until_ms <= at:
            _open(decision, message.key, hold_id)
        elif hold.until_ms:
            later.append(hold.until_ms)
    if later:
        decision.set_timer(TIMER, message.key, min(later))
    return decision


def end_exception(decision: Decision, order_id: str, hold_id: str, by: str, reason: str) -> None:
    """Nobody has to look at this hold any more. Where nobody had to, this is forgotten."""
    category = FRAUD_REVIEW if hold_id == FRAUD_REVIEW else _ORDER_HELD
    id_ = _exception_id(category, order_id, hold_id)
    end = EndException(id_, category, order_id, by, "corrected", reason)
    decision.say("exceptions", id_, order_id, end)


def drop(decision: Decision, state: FlowState, order_id: str, reason: str) -> None:
    """The order has its end: its holds are over with it, and whatever else somebody was to look at for it."""
    if state.aside is None:
        return
    for hold_id in state.aside.holds:
        end_exception(decision, order_id, hold_id, NAME, reason)
    decision.cancel_timer(TIMER)
    renewing.nobody_needs(decision, state, order_id)


def fold_assessed(state: FlowState, body: FraudAssessed) -> None:
    if body.decision == "review":
        state.step = REVIEWING
        _add(state, FRAUD_REVIEW, Hold())
    else:
        state.step = TAXING


def fold_requested(state: FlowState, body: HoldRequested) -> None:
    asked = not stands_at_once(state)
    if not is_held(state):
        aside_of(state).asking += len(under_way(state, body.order_id))
    _add(state, body.hold_id, Hold(body.until_ms, asked))


def fold_held(state: FlowState, body: object) -> None:
    aside = aside_of(state)
    aside.asking -= 1
    for hold in aside.holds.values():
        hold.asked = False
    if aside.edit is not None and aside.edit.stage == editing.HOLDING:
        aside.edit.stage = editing.PRICING


def fold_refused(state: FlowState, body: object) -> None:
    aside = aside_of(state)
    aside.asking -= 1
    if not aside.asking:
        aside.holds = {id_: hold for id_, hold in aside.holds.items() if not hold.asked}
        if aside.edit is not None and aside.edit.stage == editing.HOLDING:
            aside.edit = None


def fold_released(state: FlowState, body: ReleasedFromHold) -> None:
    del aside_of(state).holds[body.hold_id]
    if state.step == REVIEWING and body.hold_id == FRAUD_REVIEW:
        state.step = TAXING


def _add(state: FlowState, hold_id: str, hold: Hold) -> None:
    aside_of(state).holds[hold_id] = hold
