"""What the pool does about its reorder points.

A position that falls below its own is noted by the fold that takes its units, in the pass it makes anyway; the
pool's next turn, whatever it is about (at the latest that order's own dispatch or release), tells it. So an order
that crosses no reorder point costs nothing, and one that does costs no turn of the pool. What is on a purchase
order is not watched until nothing more will come of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from contracts.answers import done
from contracts.decision import Decision
from contracts.ids import purchase_order_id_of
from contracts.replenishment import (
    EndReplenishment,
    Place,
    ReorderPointsSet,
    ReorderRow,
    ReplenishmentEnded,
    ReplenishmentSpared,
    ReplenishmentTriggered,
    SetReorderPoints,
)
from contracts.turn import Message

from ...runtime.actor import Handler
from . import replenishment_model
from .model import PoolState, Position, Replenishment, fallen


def promised(state: PoolState, sku: str, location: str, without: str = "") -> int:
    """Units of a position that may still be promised, as if the order `without` were not."""
    position = state.positions.get(sku, {}).get(location, Position())
    known = state.replenishment
    incoming = known.incoming.get(sku, {}).get(location, 0)
    incoming -= sum(units for at, of, units in known.ordered.get(without, ()) if (at, of) == (sku, location))
    backordered = sum(state.waiting.get(sku, {}).values())
    return replenishment_model.available_to_promise(position.available, incoming, backordered)


def _fallen(state: PoolState) -> list[ReorderRow]:
    known = state.replenishment
    return [known.rows[sku][location] for sku, location in known.fallen]


def _trigger(
    state: PoolState, decision: Decision, message: Message, rows: Iterable[ReorderRow], without: str = ""
) -> None:
    """Order what is low; what is not, is spared."""
    wanted, spared = [], []
    for row in rows:
        units = replenishment_model.order_quantity(row, promised(state, row.sku, row.location, without))
        if units:
            wanted.append((row, units))
        else:
            spared.append(Place(row.sku, row.location))
    begin = state.replenishment.orders + 1
    ids = [purchase_order_id_of(message.tenant, message.key, begin + n) for n in range(len(wanted))]
    for order in replenishment_model.grouped(wanted, message.key, ids):
        decision.event(order)
    if spared:
        decision.event(ReplenishmentSpared(message.key, tuple(spared)))


def _telling(handler: Handler) -> Handler:
    """The handler, whose turn also tells what fell since the last one."""

    def handle(state: PoolState, message: Message, at: int) -> Decision:
        decision = handler(state, message, at)
        if state.replenishment.fallen:
            _trigger(state, decision, message, _fallen(state))
        return decision

    return handle


def _set(state: PoolState, message: Message, at: int) -> Decision:
    command: SetReorderPoints = message.body
    decision = Decision()
    decision.event(ReorderPointsSet(command.pool, command.rows))
    unwatched = _unwatched(state.replenishment)
    newest = {(row.sku, row.location): row for row in command.rows}
    low = [
        row
        for place, row in newest.items()
        if place not in unwatched and promised(state, row.sku, row.location) < row.reorder_point
    ]
    _trigger(state, decision, message, (*_fallen(state), *low))
    if message.reply_to is not None:
        known = state.replenishment.rows
        new = any(row.location not in known.get(row.sku, {}) for row in command.rows)
        body = {"pool": command.pool, "status": "set", "ordered": len(low)}
        decision.answer(message.reply_to, done(body, 201 if new else 200))
    return decision


def _end(state: PoolState, message: Message, at: int) -> Decision:
    command: EndReplenishment = message.body
    decision = Decision()
    known, rows = state.replenishment, _fallen(state)
    places = known.ordered.get(command.order_id)
    if places is not None:
        decision.event(ReplenishmentEnded(command.order_id, command.pool))
        ended = [known.rows[sku][location] for sku, location, _ in places]
        rows += [
            row
            for row in ended
            if promised(state, row.sku, row.location, command.order_id) < row.reorder_point
        ]
    _trigger(state, decision, message, rows, command.order_id)
    return decision


def _unwatched(known: Replenishment) -> set[tuple[str, str]]:
    """Positions that have fallen or are on an order already."""
    on_order = {(sku, location) for places in known.ordered.values() for sku, location, _ in places}
    return on_order.union(known.fallen)


def _watch(state: PoolState, sku: str, location: str) -> None:
    """Watch a position from now on; one that is low already has fallen."""
    position = state.positions.setdefault(sku, {}).setdefault(location, Position())
    position.watch = state.replenishment.rows[sku][location].reorder_point
    if position.available < position.watch:
        fallen(state, sku, location, position)


def _fold_set(state: PoolState, body: ReorderPointsSet) -> None:
    unwatched = _unwatched(state.replenishment)
    for row in body.rows:
        state.replenishment.rows.setdefault(row.sku, {})[row.location] = row
    for sku, location in dict.fromkeys((row.sku, row.location) for row in body.rows):
        if (sku, location) not in unwatched:
            _watch(state, sku, location)


def _fold_triggered(state: PoolState, body: ReplenishmentTriggered) -> None:
    known = state.replenishment
    known.orders += 1
    known.ordered[body.order_id] = tuple((line.sku, body.location, line.quantity) for line in body.lines)
    for line in body.lines:
        known.fallen.remove((line.sku, body.location))
        at = known.incoming.setdefault(line.sku, {})
        at[body.location] = at.get(body.location, 0) + line.quantity


def _fold_spared(state: PoolState, body: ReplenishmentSpared) -> None:
    for place in body.places:
        state.replenishment.fallen.remove((place.sku, place.location))
        _watch(state, place.sku, place.location)


def _fold_ended(state: PoolState, body: ReplenishmentEnded) -> None:
    incoming = state.replenishment.incoming
    for sku, location, units in state.replenishment.ordered.pop(body.order_id):
        incoming[sku][location] -= units
        if not incoming[sku][location]:
            del incoming[sku][location]
        if not incoming[sku]:
            del incoming[sku]
        _watch(state, sku, location)


def telling(handlers: Mapping[str, Handler]) -> dict[str, Handler]:
    """The pool's handlers with those of its reorder points; each tells what has fallen."""
    own: dict[str, Handler] = {"inventory.set_reorder_points": _set, "inventory.end_replenishment": _end}
    return {**{type_: _telling(handler) for type_, handler in handlers.items()}, **own}


FOLDS: Mapping[str, Callable[[Any, Any], None]] = {
    "inventory.reorder_points_set": _fold_set,
    "replenishment.triggered": _fold_triggered,
    "replenishment.spared": _fold_spared,
    "replenishment.ended": _fold_ended,
}
