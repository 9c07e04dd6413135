"""`inventory`: one writer a stock pool. All lines of an order are sourced in one turn, or none."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.demand import Lines, lines_less, lines_within
from contracts.fulfillment import ShipmentDispatched
from contracts.inventory import (
    BackorderFilled,
    ExpireReservation,
    ReceiveStock,
    ReleasePart,
    ReleaseReservation,
    ReservationCommitted,
    ReservationExpired,
    ReservationFailed,
    ReservationReleased,
    ReserveStock,
    ResourceStock,
    Shortage,
    StockMoved,
    StockPart,
    StockReserved,
    StockResourced,
)
from contracts.returns import ReturnRestocked
from contracts.sourcing import BACKORDER, REJECT, rule_of
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from . import again, asked, changing, model, replenishing, sourcing, valuing
from .by_hand import fold_count_opened, fold_snapshot, give_to_waiting, put_on_hand
from .model import PoolState


def _receive(state: PoolState, message: Message, at: int) -> Decision:
    command: ReceiveStock = message.body
    decision = Decision()
    put_on_hand(decision, state, command.pool, "receipt", command.reference, command.rows)
    decision.answer_with_event(message.reply_to, 0)
    return decision


def _reserve(state: PoolState, message: Message, at: int) -> Decision:
    command: ReserveStock = message.body
    decision = Decision()
    if command.order_id in state.reservations:
        held = state.reservations[command.order_id]
        again = StockReserved(
            command.order_id, command.pool, held.location, held.lines, held.elsewhere, held.waiting,
            held.expires_ms, held.held, held.channel,
        )  # fmt: skip
        decision.answer(message.reply_to, again)
        return decision
    rule = rule_of(command.pool, command.channel)
    demand = model.demand_by_sku(command.lines)
    places = (command.at,) if command.at else rule.locations
    location, shortages = sourcing.source(state, demand, places)
    if location is None and command.at:
        index = decision.event(ReservationFailed(command.order_id, command.pool, shortages))
    elif location is None:
        index = _reserve_apart(decision, state, command, shortages, at)
    else:
        index = decision.event(StockReserved(command.order_id, command.pool, location, command.lines))
    decision.answer_with_event(message.reply_to, index)
    return decision


def _reserve_apart(
    decision: Decision, state: PoolState, command: ReserveStock, shortages: tuple[Shortage, ...], at: int
) -> int:
    """No location has all of it: from several, and with what may wait, or not at all. The event's index."""
    order_id, pool = command.order_id, command.pool
    rule = rule_of(pool, command.channel)
    places = sourcing.allowed(state, rule)
    if rule.split_locations:
        parts, waiting = sourcing.spread(state, command.lines, places)
        shortages = sourcing.shortages(state, model.demand_by_sku(command.lines), places)
    elif rule.policy == REJECT:
        parts, waiting = [], command.lines
    else:
        parts, waiting = sourcing.fullest(state, command.lines, places)
    if waiting and rule.policy == REJECT:
        return decision.event(ReservationFailed(order_id, pool, shortages))
    first = parts[0] if parts else StockPart("", ())
    elsewhere = tuple(parts[1:])
    if not waiting:
        return decision.event(StockReserved(order_id, pool, first.location, first.lines, elsewhere))
    return decision.event(
        StockReserved(
            order_id, pool, first.location, first.lines, elsewhere, waiting, at + rule.wait_ms,
            rule.policy == BACKORDER, command.channel,
        )
    )  # fmt: skip


def _resource(state: PoolState, message: Message, at: int) -> Decision:
    command: ResourceStock = message.body
    decision = Decision()
    held = state.reservations.get(command.order_id)
    rule = rule_of(command.pool, command.channel)
    lines: Lines = ()
    if held is not None:
        lines = lines_within(command.lines, model.lines_at(held, command.location))
    places = sourcing.allowed(state, rule, but=(command.location, *command.tried))
    parts, missing = sourcing.spread(state, lines, places)
    gone = lines_less(command.lines, lines)
    waits = rule.policy != REJECT and bool(missing)
    index = decision.event(
        StockResourced(
            command.order_id,
            command.pool,
            command.location,
            lines,
            command.bucket,
            tuple(parts),
            missing if waits else (),
            gone if waits else (*gone, *missing),
            at + rule.wait_ms if waits else 0,
            command.channel if waits else "",
        )
    )
    decision.answer_with_event(message.reply_to, index)
    return decision


def _release(state: PoolState, message: Message, at: int) -> Decision:
    command: ReleaseReservation = message.body
    decision = Decision()
    held = state.reservations.get(command.order_id)
    if held is not None:
        decision.event(ReservationReleased(command.order_id, command.pool, command.reason))
        if state.waiting:
            parts = model.parts_of(held)
            give_to_waiting(decision, state, command.pool, parts, but=command.order_id)
    return decision


def _release_part(state: PoolState, message: Message, at: int) -> Decision:
    command: ReleasePart = message.body
    decision = Decision()
    held = state.reservations.get(command.order_id)
    parts: list[StockPart] = []
    waiting: Lines = ()
    if held is not None:
        for part in command.parts:
            lines = lines_within(part.lines, model.lines_at(held, part.location))
            if lines:
                parts.append(StockPart(part.location, lines))
        waiting = held.waiting if command.waiting else ()
    released = ReservationReleased(
        command.order_id, command.pool, command.reason, tuple(parts), waiting, partly=True
    )
    if parts or waiting:
        decision.answer_with_event(message.reply_to, decision.event(released))
        give_to_waiting(decision, state, command.pool, parts, but=command.order_id)
    else:
        decision.answer(message.reply_to, released)
    return decision


def _expire(state: PoolState, message: Message, at: int) -> Decision:
    command: ExpireReservation = message.body
    decision = Decision()
    held = state.reservations.get(command.order_id)
    if held is not None and held.waiting and at >= held.expires_ms:
        parts = model.parts_of(held) if held.held else []
        expired = ReservationExpired(command.order_id, command.pool, held.waiting, tuple(parts))
        decision.answer_with_event(message.reply_to, decision.event(expired))
        give_to_waiting(decision, state, command.pool, parts, but=command.order_id)
    return decision


def _dispatched(state: PoolState, message: Message, at: int) -> Decision:
    fact: ShipmentDispatched = message.body
    decision = Decision()
    if fact.again:
        again.left(decision, state, fact)
        return decision
    held = state.reservations.get(fact.order_id)
    if held is None:
        return decision
    if fact.lines is None and not held.elsewhere and not held.waiting:
        decision.event(ReservationCommitted(fact.order_id, fact.pool, fact.shipment_id))
    else:
        there = model.lines_at(held, fact.location)
        lines = tuple(there) if fact.lines is None else lines_within(fact.lines, there)
        decision.event(ReservationCommitted(fact.order_id, fact.pool, fact.shipment_id, fact.location, lines))
    return decision


def _restocked(state: PoolState, message: Message, at: int) -> Decision:
    fact: ReturnRestocked = message.body
    decision = Decision()
    if fact.rows:
        put_on_hand(decision, state, fact.pool, "return", fact.return_id, fact.rows)
    if fact.set_aside:
        moved = StockMoved(fact.pool, "return", fact.return_id, fact.set_aside, to_bucket="damaged")
        decision.event(moved)
    return decision


def _fold_moved(state: PoolState, body: StockMoved) -> None:
    model.move(state, body)


def _fold_reserved(state: PoolState, body: StockReserved) -> None:
    model.reserve(state, body.order_id, body.location, body.lines)
    if body.elsewhere or body.waiting:
        model.reserve_rest(state, body)


def _fold_filled(state: PoolState, body: BackorderFilled) -> None:
    model.fill(state, body.order_id, body.location, body.lines)


def _fold_released(state: PoolState, body: ReservationReleased) -> None:
    if body.partly:
        model.release_part(state, body.order_id, body.parts, body.waiting)
    else:
        model.release(state, body.order_id)


def _fold_expired(state: PoolState, body: ReservationExpired) -> None:
    model.release_part(state, body.order_id, body.parts, body.waiting)


def _fold_committed(state: PoolState, body: ReservationCommitted) -> None:
    if body.lines is None:
        model.commit(state, body.order_id)
    else:
        model.commit_part(state, body.order_id, body.location, body.lines)


INVENTORY = ActorSpec(
    "inventory",
    lambda key: PoolState(),
    replenishing.telling(
        {
            "inventory.receive_stock": _receive,
            "inventory.reserve": _reserve,
            "inventory.resource": _resource,
            "inventory.change_reservation": changing.change,
            "inventory.release_reservation": _release,
            "inventory.release_part": _release_part,
            "inventory.expire_reservation": _expire,
            "shipment.dispatched": _dispatched,
            "return.restocked": _restocked,
            **asked.HANDLERS,
            **again.HANDLERS,
        }
    ),
    {
        "inventory.moved": _fold_moved,
        "inventory.reserved": _fold_reserved,
        "inventory.resourced": model.resource,
        "inventory.backorder_filled": _fold_filled,
        "inventory.reservation_released": _fold_released,
        "inventory.reservation_expired": _fold_expired,
        "inventory.reservation_committed": _fold_committed,
        "inventory.count_opened": fold_count_opened,
        "inventory.snapshot_applied": fold_snapshot,
        "inventory.held": asked.fold_held,
        "inventory.value_moved": valuing.fold_value_moved,
        **replenishing.FOLDS,
    },
)
