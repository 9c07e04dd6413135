"""Holds as `orders` knows them: asked for, standing, let go; and what came of a fraud review."""

from __future__ import annotations

from typing import Any

from contracts.answers import done, refuse, refused
from contracts.decision import Decision
from contracts.holds import (
    ACCEPT,
    FRAUD_REVIEW,
    REJECT,
    HoldOrder,
    HoldRefused,
    HoldRequested,
    OrderHeld,
    OrderReviewed,
    PutOnHold,
    RefuseHold,
    ReleasedFromHold,
    ReleaseHold,
    ReviewOrder,
)
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import REQUESTED, STANDING, HoldState, OrderState, is_terminal

_ROUTE = "/v1/orders/{}/holds"


def _not_now(decision: Decision, state: OrderState, message: Message, wrong: dict[str, str]) -> bool:
    """Whether the order cannot be spoken of so, and whoever asked was told every field that is wrong."""
    at = _ROUTE.format(message.key)
    if state.order is None:
        refuse(decision, message, "order-not-found", "there is no such order", at)
    elif wrong:
        detail = "; ".join(f"{pointer}: {why}" for pointer, why in wrong.items())
        answer = refused("invalid", detail, at, message.trace, status=422, fields=tuple(wrong))
        decision.answer(message.reply_to, answer)
    elif is_terminal(state):
        refuse(decision, message, f"already-{state.order_status}", "the order is at rest", at)
    else:
        return False
    return True


def _hold(state: OrderState, message: Message, at: int) -> Decision:
    command: HoldOrder = message.body
    decision = Decision()
    wrong = {
        f"/{name}": "is empty" for name in ("hold_id", "reason", "by") if not getattr(command, name).strip()
    }
    if command.hold_id == FRAUD_REVIEW:
        wrong["/hold_id"] = f"{FRAUD_REVIEW} is the fraud service's own"
    if command.until_ms and command.until_ms <= at:
        wrong["/until_ms"] = "has passed"
    if _not_now(decision, state, message, wrong):
        return decision
    here = _ROUTE.format(message.key)
    if command.hold_id in state.holds:
        return refuse(decision, message, "hold-exists", f"{command.hold_id} was asked for before", here)
    if state.cancellation == "requested":
        return refuse(decision, message, "being-cancelled", "a cancellation was asked for", here)
    decision.event(
        HoldRequested(command.order_id, command.hold_id, command.reason, command.by, command.until_ms)
    )
    told = {"order_id": command.order_id, "hold_id": command.hold_id, "status": "hold-requested"}
    decision.answer(message.reply_to, done(told, 202))
    return decision


def _release_hold(state: OrderState, message: Message, at: int) -> Decision:
    command: ReleaseHold = message.body
    decision = Decision()
    wrong = {f"/{name}": "is empty" for name in ("by", "reason") if not getattr(command, name).strip()}
    if _not_now(decision, state, message, wrong):
        return decision
    here = f"{_ROUTE.format(message.key)}/{command.hold_id}"
    hold = state.holds.get(command.hold_id)
    if hold is None:
        return refuse(decision, message, "hold-not-found", "there is no such hold", here)
    if command.hold_id == FRAUD_REVIEW and hold.status == STANDING:
        return refuse(decision, message, "review-undecided", "a review is accepted or rejected", here)
    if hold.status != STANDING:
        return refuse(decision, message, f"hold-{hold.status}", f"the hold is {hold.status}", here)
    decision.event(ReleasedFromHold(command.order_id, command.hold_id, command.by, command.reason))
    told = {"order_id": command.order_id, "hold_id": command.hold_id, "status": "released"}
    decision.answer(message.reply_to, done(told))
    return decision


def _review(state: OrderState, message: Message, at: int) -> Decision:
    command: ReviewOrder = message.body
    decision = Decision()
    wrong = {} if command.by.strip() else {"/by": "is empty"}
    if command.decision not in (ACCEPT, REJECT):
        wrong["/decision"] = f"is neither {ACCEPT} nor {REJECT}"
    if _not_now(decision, state, message, wrong):
        return decision
    hold = state.holds.get(FRAUD_REVIEW)
    if state.reviewed is not None or (hold is not None and hold.status != STANDING):
        here = f"{_ROUTE.format(message.key)}/{FRAUD_REVIEW}"
        return refuse(decision, message, "already-reviewed", "the review was decided before", here)
    if hold is None:
        decision.event(OrderReviewed(command.order_id, command.decision, command.by, command.reason))
    else:
        decision.event(
            ReleasedFromHold(command.order_id, FRAUD_REVIEW, command.by, command.reason, command.decision)
        )
    decision.answer(message.reply_to, done({"order_id": command.order_id, "decision": command.decision}))
    return decision


def _put_on_hold(state: OrderState, message: Message, at: int) -> Decision:
    command: PutOnHold = message.body
    decision = Decision()
    if is_terminal(state):
        return decision
    asked = state.holds.get(command.hold_id)
    if asked is not None and asked.status != REQUESTED:
        return decision
    reason, by = (asked.reason, asked.by) if asked is not None else (command.reason, command.by)
    decision.event(OrderHeld(command.order_id, command.hold_id, reason, by))
    early = state.reviewed
    if command.hold_id == FRAUD_REVIEW and early is not None:
        decision.event(
            ReleasedFromHold(command.order_id, FRAUD_REVIEW, early.by, early.reason, early.decision)
        )
    return decision


def _refuse_hold(state: OrderState, message: Message, at: int) -> Decision:
    command: RefuseHold = message.body
    decision = Decision()
    asked = state.holds.get(command.hold_id)
    if asked is not None and asked.status == REQUESTED:
        decision.event(HoldRefused(command.order_id, command.hold_id, command.reason))
    return decision


def _fold_requested(state: OrderState, body: HoldRequested) -> None:
    state.holds[body.hold_id] = HoldState(REQUESTED, body.reason, body.by)


def _fold_held(state: OrderState, body: OrderHeld) -> None:
    state.holds[body.hold_id] = HoldState(STANDING, body.reason, body.by)


def _fold_refused(state: OrderState, body: HoldRefused) -> None:
    state.holds[body.hold_id].status = "refused"


def _fold_released(state: OrderState, body: ReleasedFromHold) -> None:
    state.holds[body.hold_id].status = "released"
    if body.hold_id == FRAUD_REVIEW:
        state.reviewed = None


def _fold_reviewed(state: OrderState, body: OrderReviewed) -> None:
    state.reviewed = body


HANDLERS: dict[str, Handler] = {
    "orders.hold": _hold,
    "orders.release_hold": _release_hold,
    "orders.review": _review,
    "orders.put_on_hold": _put_on_hold,
    "orders.refuse_hold": _refuse_hold,
}
FOLDS: dict[str, Fold | Any] = {
    "order.hold_requested": _fold_requested,
    "order.held": _fold_held,
    "order.hold_refused": _fold_refused,
    "order.released_from_hold": _fold_released,
    "order.reviewed": _fold_reviewed,
}
