"""`inventory`: one writer a stock pool. All lines of an order reserve in one turn, or none."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.fulfillment import ShipmentDispatched
from contracts.inventory import (
    ReceiveStock,
    ReleaseReservation,
    ReservationCommitted,
    ReservationFailed,
    ReservationReleased,
    ReserveStock,
    StockMoved,
    StockReserved,
)
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from . import model
from .model import PoolState


def _receive(state: PoolState, message: Message, at: int) -> Decision:
    command: ReceiveStock = message.body
    decision = Decision()
    decision.event(StockMoved(command.pool, "receipt", command.reference, command.rows))
    return decision


def _reserve(state: PoolState, message: Message, at: int) -> Decision:
    command: ReserveStock = message.body
    decision = Decision()
    if command.order_id in state.reservations:
        held = state.reservations[command.order_id]
        decision.answer(
            message.reply_to, StockReserved(command.order_id, command.pool, held.location, held.lines)
        )
        return decision
    location, shortages = model.source(state, model.demand_by_sku(command.lines))
    if location is None:
        index = decision.event(ReservationFailed(command.order_id, command.pool, shortages))
    else:
        index = decision.event(StockReserved(command.order_id, command.pool, location, command.lines))
    decision.answer_with_event(message.reply_to, index)
    return decision


def _release(state: PoolState, message: Message, at: int) -> Decision:
    command: ReleaseReservation = message.body
    decision = Decision()
    if command.order_id in state.reservations:
        decision.event(ReservationReleased(command.order_id, command.pool, command.reason))
    return decision


def _dispatched(state: PoolState, message: Message, at: int) -> Decision:
    fact: ShipmentDispatched = message.body
    decision = Decision()
    if fact.order_id in state.reservations:
        decision.event(ReservationCommitted(fact.order_id, fact.pool, fact.shipment_id))
    return decision


def _fold_moved(state: PoolState, body: StockMoved) -> None:
    model.receive(state, body.rows)


def _fold_reserved(state: PoolState, body: StockReserved) -> None:
    model.reserve(state, body.order_id, body.location, body.lines)


def _fold_released(state: PoolState, body: ReservationReleased) -> None:
    model.release(state, body.order_id)


def _fold_committed(state: PoolState, body: ReservationCommitted) -> None:
    model.commit(state, body.order_id)


INVENTORY = ActorSpec(
    "inventory",
    lambda key: PoolState(),
    {
        "inventory.receive_stock": _receive,
        "inventory.reserve": _reserve,
        "inventory.release_reservation": _release,
        "shipment.dispatched": _dispatched,
    },
    {
        "inventory.moved": _fold_moved,
        "inventory.reserved": _fold_reserved,
        "inventory.reservation_released": _fold_released,
        "inventory.reservation_committed": _fold_committed,
    },
)
