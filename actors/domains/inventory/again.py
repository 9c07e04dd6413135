"""Goods that are sent again in a lost parcel's place: set aside at one location, and gone when they leave it."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.demand import Lines
from contracts.fulfillment import ShipmentDispatched
from contracts.inventory import StockMoved, StockRow
from contracts.reships import AllocateStock, GiveBackAllocated, StockAllocated
from contracts.sourcing import rule_of
from contracts.stock import OUTSIDE
from contracts.turn import Message

from . import model, sourcing, valuing
from .by_hand import give_rows
from .model import PoolState

ALLOCATED = "allocated"
REASON = "sent-again"


def _rows(lines: Lines, location: str) -> tuple[StockRow, ...]:
    return tuple([StockRow(line.sku, location, line.quantity) for line in lines])


def _allocate(state: PoolState, message: Message, at: int) -> Decision:
    command: AllocateStock = message.body
    decision = Decision()
    demand = model.demand_by_sku(command.lines)
    location, _ = sourcing.source(state, demand, rule_of(command.pool, command.channel).locations)
    told = StockAllocated(command.order_id, command.pool, command.reference, location or "", command.lines)
    if location is not None:
        rows = _rows(command.lines, location)
        decision.event(StockMoved(command.pool, REASON, command.reference, rows, "available", ALLOCATED))
    decision.answer_with_event(message.reply_to, decision.event(told))
    return decision


def _give_back(state: PoolState, message: Message, at: int) -> Decision:
    command: GiveBackAllocated = message.body
    decision = Decision()
    rows = _rows(command.lines, command.location)
    decision.event(StockMoved(command.pool, REASON, command.reference, rows, ALLOCATED, command.bucket))
    if command.bucket == "available":
        give_rows(decision, state, command.pool, rows)
    return decision


def left(decision: Decision, state: PoolState, fact: ShipmentDispatched) -> None:
    """They have left; no order is invoiced for them, so to the books they are missing."""
    rows = _rows(fact.lines or (), fact.location)
    moved = StockMoved(fact.pool, REASON, fact.shipment_id, rows, ALLOCATED, OUTSIDE)
    decision.event(moved)
    valuing.tell(decision, state, fact.pool, f"sent again {fact.shipment_id}", (moved,))


HANDLERS = {"inventory.allocate": _allocate, "inventory.give_back_allocated": _give_back}
