"""A reservation made anew for other lines, in one turn: either all of them are there, or nothing changes."""

from __future__ import annotations

import msgspec

from contracts.decision import Decision
from contracts.demand import Lines
from contracts.edits import ChangeReservation
from contracts.inventory import ReservationFailed, ReservationReleased, Shortage, StockReserved
from contracts.sourcing import rule_of
from contracts.turn import Message

from . import model, sourcing
from .by_hand import give
from .model import PoolState, Reservation


def change(state: PoolState, message: Message, at: int) -> Decision:
    """inventory.change_reservation"""
    command: ChangeReservation = message.body
    decision = Decision()
    order_id, pool = command.order_id, command.pool
    held = state.reservations.get(order_id)
    if held is None or held.elsewhere or held.waiting:
        decision.answer(message.reply_to, ReservationFailed(order_id, pool, ()))
        return decision
    location, shortages = source_anew(state, held, command.lines, rule_of(pool, command.channel).locations)
    if location is None:
        decision.answer(message.reply_to, ReservationFailed(order_id, pool, shortages))
        return decision
    decision.event(ReservationReleased(order_id, pool, "edited"))
    index = decision.event(StockReserved(order_id, pool, location, command.lines))
    decision.answer_with_event(message.reply_to, index)
    if state.waiting:
        give(decision, state, pool, _freed(held, location, command.lines), order_id)
    return decision


def source_anew(
    state: PoolState, held: Reservation, lines: Lines, locations: tuple[str, ...]
) -> tuple[str | None, tuple[Shortage, ...]]:
    """Where lines can be had if what is held were available again: where it is now, if that can be. Pure."""
    demand = model.demand_by_sku(lines)
    skus = {**demand, **model.demand_by_sku(held.lines)}
    trial = PoolState(locations=state.locations, sources=state.sources)
    for sku in skus:
        at = state.positions.get(sku, {})
        trial.positions[sku] = {place: msgspec.structs.replace(position) for place, position in at.items()}
    for line in held.lines:
        trial.positions[line.sku][held.location].available += line.quantity
    here, _ = sourcing.source(trial, demand, (held.location,))
    return (here, ()) if here is not None else sourcing.source(trial, demand, locations)


def _freed(held: Reservation, location: str, lines: Lines) -> dict[tuple[str, str], int]:
    """Units that are available after the change and were not before, below zero where there are fewer."""
    freed: dict[tuple[str, str], int] = {}
    for line in held.lines:
        at = (line.sku, held.location)
        freed[at] = freed.get(at, 0) + line.quantity
    for line in lines:
        at = (line.sku, location)
        freed[at] = freed.get(at, 0) - line.quantity
    return freed
