"""`fulfillment`: one writer a fulfillment order. Here the race between cancel and release is decided."""

from __future__ import annotations

import msgspec

from contracts.decision import Decision
from contracts.demand import Lines, lines_less
from contracts.edits import FulfillmentRevised, ReviseFulfillmentOrder
from contracts.fulfillment import (
    CancelFulfillmentOrder,
    ConfirmDispatch,
    CreateFulfillmentOrder,
    FulfillmentCancelled,
    FulfillmentCancelRefused,
    FulfillmentOrderCreated,
    FulfillmentOverdue,
    FulfillmentReleased,
    RecallFromWarehouse,
    ReleaseToWarehouse,
    ShipmentDispatched,
    ShortPicked,
    WarehouseRejected,
)
from contracts.holds import (
    FulfillmentHeld,
    FulfillmentHoldRefused,
    FulfillmentWentOn,
    GoOnWithFulfillment,
    HoldFulfillmentOrder,
)
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.ports import port_of
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from . import again, collecting, overdue, parcels, partners
from .model import CONFIRMATION_SLA_MS, FulfillmentState, awaited, is_whole, may_dispatch, split_confirmed

_RELEASE_PORT = port_of("warehouse.release")
_RECALL_PORT = port_of("warehouse.recall")


def _release(decision: Decision, release: ReleaseToWarehouse, at: int) -> None:
    decision.event(FulfillmentReleased(release.fulfillment_order_id, release.order_id))
    decision.say(_RELEASE_PORT, release.order_id, release.order_id, release)
    decision.set_timer(overdue.TIMER, release.order_id, at + CONFIRMATION_SLA_MS)


def _create(state: FulfillmentState, message: Message, at: int) -> Decision:
    command: CreateFulfillmentOrder = message.body
    decision = Decision()
    if state.status != "none":
        return decision
    release = ReleaseToWarehouse(
        command.fulfillment_order_id,
        command.order_id,
        command.effect_key,
        command.location,
        command.lines,
        command.ship_to,
        command.delivery,
    )
    decision.event(
        FulfillmentOrderCreated(
            command.fulfillment_order_id,
            command.order_id,
            command.location,
            command.pool,
            command.cancel_effect_key,
            command.window_ms,
            release,
            command.part,
            command.held,
            command.collect_ms,
            command.again,
        )
    )
    if command.held:
        return decision
    if command.collect_ms:
        id_ = command.fulfillment_order_id
        collecting.wait(decision, id_, command.order_id, command.location, command.collect_ms, at)
        return decision
    if command.window_ms:
        decision.set_timer("release", command.order_id, at + command.window_ms)
    else:
        _release(decision, release, at)
    return decision


def _window_over(state: FulfillmentState, message: Message, at: int) -> Decision:
    decision = Decision()
    if state.status == "created" and state.release is not None and not (state.held or state.collect_ms):
        _release(decision, state.release, at)
    return decision


def _hold(state: FulfillmentState, message: Message, at: int) -> Decision:
    command: HoldFulfillmentOrder = message.body
    decision = Decision()
    if state.status == "created":
        decision.cancel_timer(collecting.TIMER if state.collect_ms else "release")
        index = decision.event(FulfillmentHeld(command.fulfillment_order_id, command.order_id))
        decision.answer_with_event(message.reply_to, index)
    else:
        code = f"already-{state.status}"
        refused = FulfillmentHoldRefused(command.fulfillment_order_id, command.order_id, code)
        decision.answer(message.reply_to, refused)
    return decision


def _go_on(state: FulfillmentState, message: Message, at: int) -> Decision:
    command: GoOnWithFulfillment = message.body
    decision = Decision()
    if state.status == "created" and state.held and state.release is not None:
        decision.event(FulfillmentWentOn(command.fulfillment_order_id, command.order_id))
        if state.collect_ms:
            id_ = command.fulfillment_order_id
            collecting.wait(decision, id_, command.order_id, state.location, state.collect_ms, at)
        elif state.window_ms:
            decision.set_timer("release", command.order_id, at + state.window_ms)
        else:
            _release(decision, state.release, at)
    return decision


def _revise(state: FulfillmentState, message: Message, at: int) -> Decision:
    command: ReviseFulfillmentOrder = message.body
    decision = Decision()
    if state.status == "created" and state.held:
        decision.event(
            FulfillmentRevised(
                command.fulfillment_order_id,
                command.order_id,
                command.location,
                command.effect_key,
                command.lines,
                command.ship_to,
            )
        )
    return decision


def _cancel(state: FulfillmentState, message: Message, at: int) -> Decision:
    command: CancelFulfillmentOrder = message.body
    decision = Decision()
    if state.status in ("none", "created"):
        decision.cancel_timer(collecting.TIMER if state.collect_ms else "release")
        decision.event(FulfillmentCancelled(command.fulfillment_order_id, command.order_id, command.reason))
    elif state.status == "released" and command.recall:
        decision.say(
            _RECALL_PORT,
            command.order_id,
            command.order_id,
            RecallFromWarehouse(command.fulfillment_order_id, command.order_id, state.cancel_effect_key),
        )
    elif state.status != "cancelled":
        decision.event(
            FulfillmentCancelRefused(
                command.fulfillment_order_id, command.order_id, f"already-{state.status}"
            )
        )
    return decision


def _recalled(state: FulfillmentState, message: Message, at: int) -> Decision:
    decision = Decision()
    if state.status == "released":
        overdue.is_heard_of(decision, state, message, "recalled")
        decision.event(FulfillmentCancelled(message.key, state.order_id, "recalled"))
        if state.again:
            again.will_not_leave(decision, state, message.key, state.lines, "available")
    return decision


def _recall_refused(state: FulfillmentState, message: Message, at: int) -> Decision:
    decision = Decision()
    if state.status in ("released", "dispatched"):
        decision.event(FulfillmentCancelRefused(message.key, state.order_id, "already-dispatched"))
    return decision


def _rejected(state: FulfillmentState, message: Message, at: int) -> Decision:
    fact: WarehouseRejected = message.body
    decision = Decision()
    if state.status == "released":
        overdue.is_heard_of(decision, state, message, "the warehouse will not ship it")
        decision.event(FulfillmentCancelled(fact.fulfillment_order_id, fact.order_id, "warehouse-rejected"))
        if state.again:
            again.will_not_leave(decision, state, message.key, state.lines, "available")
    return decision


def _confirm(state: FulfillmentState, message: Message, at: int) -> Decision:
    command: ConfirmDispatch = message.body
    decision = Decision()
    if command.shipment_id in state.heard:
        return decision
    if not may_dispatch(state):
        known = state.status if state.status != "none" else "never asked for"
        _exception(decision, message, command.order_id, f"{command.shipment_id} left though it was {known}")
        return decision
    if is_whole(state, command):
        overdue.is_heard_of(decision, state, message, "it has left")
        _ship(decision, state, command, state.lines if state.again else None)
        if state.again:
            again.sent(decision, state)
        return decision
    left, short, over = split_confirmed(state, command)
    if left:
        _ship(decision, state, command, left, awaited(state, command))
    if short:
        short_picked = ShortPicked(
            command.fulfillment_order_id, command.order_id, state.location, state.pool, short
        )
        decision.event(short_picked)
        if state.again:
            again.will_not_leave(decision, state, message.key, short, "quality_hold")
    elif state.again and left == state.lines:
        again.sent(decision, state)
    if over:
        _exception(decision, message, state.order_id, f"{command.shipment_id} holds more than was asked for")
    if short or left == state.lines:
        overdue.is_heard_of(decision, state, message, "the last of it was heard of")
    return decision


def _ship(
    decision: Decision,
    state: FulfillmentState,
    command: ConfirmDispatch,
    lines: Lines | None,
    awaits: int = 0,
) -> None:
    decision.event(
        ShipmentDispatched(
            command.fulfillment_order_id,
            command.order_id,
            command.shipment_id,
            command.tracking,
            state.location,
            state.pool,
            command.dispatched_at_ms,
            lines,
            awaits,
            again=state.again,
        )
    )
    if state.kept:
        parcels.tell_kept(decision, state, command.shipment_id)


def _exception(decision: Decision, message: Message, order_id: str, detail: str) -> None:
    category = "shipped-unreleased"
    decision.event(ExceptionOpened("exc_" + digest128(category, message.id), category, order_id, detail))


def _fold_created(state: FulfillmentState, body: FulfillmentOrderCreated) -> None:
    state.status = "created"
    state.order_id, state.location, state.pool = body.order_id, body.location, body.pool
    state.cancel_effect_key = body.cancel_effect_key
    state.release = body.release
    state.lines, state.part = body.release.lines, body.part
    state.held, state.window_ms, state.collect_ms = body.held, body.window_ms, body.collect_ms
    state.again = body.again


def _fold_released(state: FulfillmentState, body: FulfillmentReleased) -> None:
    state.status = "released"
    state.release = None


def _fold_cancelled(state: FulfillmentState, body: FulfillmentCancelled) -> None:
    state.status = "cancelled"
    state.order_id = body.order_id
    state.release, state.lines = None, ()


def _fold_dispatched(state: FulfillmentState, body: ShipmentDispatched) -> None:
    state.lines = () if body.lines is None else lines_less(state.lines, body.lines)
    state.heard, state.awaits = (*state.heard, body.shipment_id), body.awaits
    if state.lines:
        state.partly = True
    else:
        state.status = "dispatched"


def _fold_short_picked(state: FulfillmentState, body: ShortPicked) -> None:
    state.lines = lines_less(state.lines, body.lines)
    if not state.lines:
        state.status = "dispatched" if state.partly else "cancelled"


def _fold_revised(state: FulfillmentState, body: FulfillmentRevised) -> None:
    assert state.release is not None
    state.location, state.lines = body.location, body.lines
    state.release = msgspec.structs.replace(
        state.release,
        location=body.location,
        effect_key=body.effect_key,
        lines=body.lines,
        ship_to=body.ship_to,
    )


def _fold_held(state: FulfillmentState, held: bool) -> None:
    state.held = held


def _fold_overdue(state: FulfillmentState, body: FulfillmentOverdue) -> None:
    state.overdue = True


FULFILLMENT = ActorSpec(
    "fulfillment",
    lambda key: FulfillmentState(),
    {
        "fulfillment.create_order": _create,
        "fulfillment.cancel_order": _cancel,
        "fulfillment.hold_order": _hold,
        "fulfillment.go_on": _go_on,
        "fulfillment.revise": _revise,
        "fulfillment.record_scan": partners.scanning(parcels.scanned),
        "fulfillment.accept": partners.accept,
        "fulfillment.confirm_dispatch": partners.confirming(_confirm),
        "fulfillment.collect": collecting.collect,
        "timer.collection": collecting.overdue,
        "timer.release": _window_over,
        "timer.confirmation": overdue.overdue,
        "fulfillment.recalled": _recalled,
        "fulfillment.recall_refused": _recall_refused,
        "fulfillment.rejected": partners.rejecting(_rejected),
    },
    {
        "fulfillment.order_created": _fold_created,
        "fulfillment.released": _fold_released,
        "fulfillment.cancelled": _fold_cancelled,
        "fulfillment.short_picked": _fold_short_picked,
        "shipment.dispatched": _fold_dispatched,
        "fulfillment.overdue": _fold_overdue,
        **parcels.FOLDS,
        "fulfillment.accepted": partners.fold_accepted,
        "fulfillment.revised": _fold_revised,
        "fulfillment.held": lambda state, body: _fold_held(state, True),
        "fulfillment.went_on": lambda state, body: _fold_held(state, False),
    },
)
