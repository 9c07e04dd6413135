"""What a client waits for of a pool: units moved, counted, sent, received or held; or refused, line by line.

A feed's command that cannot be done is put before a person; a client is told, and nothing is left to look at.
"""

from __future__ import annotations

from contracts.answers import done, is_a_client, refuse, refuse_all, refused
from contracts.decision import Decision
from contracts.inventory import ReservationReleased, StockReserved
from contracts.platform import Answer
from contracts.sourcing import rule_of
from contracts.stock import (
    OUTSIDE,
    CountOpened,
    EndHold,
    HoldStock,
    MoveStock,
    StockHeld,
    TakeSnapshot,
)
from contracts.turn import Message

from . import by_hand, counts, model, sourcing
from .model import OpenCountState, PoolState
from .on_the_road import ROAD

HOLDS = "holds"


def _move(state: PoolState, message: Message, at: int) -> Decision:
    """inventory.move_stock: an adjustment, or a step of a transfer."""
    if not is_a_client(message):
        return by_hand.move(state, message, at)
    command: MoveStock = message.body
    decision = Decision()
    if ROAD in (command.from_bucket, command.to_bucket):
        path = "/v1/transfers"
        known = state.transfers.get(command.reference)
        if command.to_bucket == ROAD and known is not None:
            return refuse(decision, message, "duplicate-transfer", "it is on the road already", path)
        if command.from_bucket == ROAD and known is None:
            return refuse(decision, message, "transfer-not-found", "nothing of it is on the road", path)
        if command.from_bucket == ROAD and known is not None:
            over = model.beyond(command.rows, lambda row: known.left.get(row.sku, 0))
            if over:
                wrong = _by_line(over, "{} of it are on the road")
                return refuse_all(decision, message, "over-receipt", wrong, path)
    else:
        path = "/v1/inventory/adjustments"
    if command.from_bucket != OUTSIDE:
        short = model.lacking(state, command.from_bucket, command.rows)
        if short:
            wrong = _by_line(short, f"{command.from_bucket} has {{}} of it")
            return refuse_all(decision, message, "insufficient-stock", wrong, path)
    if others := by_hand.wrong_with(state, command):
        return refuse(decision, message, "stock-move-refused", "; ".join(others), path)
    by_hand.carry_out(decision, state, command)
    location = f"/v1/transfers/{command.reference}" if path == "/v1/transfers" else ""
    body = {"reference": command.reference, "status": "moved"}
    decision.answer(message.reply_to, done(body, 201, location))
    return decision


def _by_line(beyond: dict[int, int], what: str) -> dict[str, str]:
    return {f"/lines/{n}": what.format(there) for n, there in beyond.items()}


def _snapshot(state: PoolState, message: Message, at: int) -> Decision:
    """inventory.take_snapshot: counted now, the watermark and what follows from it in one turn."""
    command: TakeSnapshot = message.body
    decision = Decision()
    path = "/v1/inventory/snapshots"
    if command.reference in state.counts:
        return refuse(decision, message, "count-under-way", "a count of this name is under way", path)
    book = counts.watermark(state, command.location, [row.sku for row in command.rows])
    had = {row.sku: row.quantity for row in book}
    wrong = {
        f"/lines/{n}/expected": f"the book has {had[row.sku]} of it"
        for n, row in enumerate(command.expected)
        if row.quantity not in (had[row.sku], -1)
    }
    if wrong:
        return refuse_all(decision, message, "stale-quantity", wrong, path)
    decision.event(CountOpened(command.pool, command.reference, book))
    count = OpenCountState(command.location, had)
    by_hand.apply(decision, state, message, command.pool, command.reference, count, command.rows)
    changed = [
        {"sku": row.sku, "book": had[row.sku], "counted": row.quantity}
        for row in command.rows
        if had[row.sku] != row.quantity
    ]
    body = {"reference": command.reference, "status": "applied", "changed": changed}
    decision.answer(message.reply_to, done(body, 201))
    return decision


# -- holds -----------------------------------------------------------------------------------------


def _hold(state: PoolState, message: Message, at: int) -> Decision:
    """inventory.hold_stock: all of it for a while, or nothing."""
    command: HoldStock = message.body
    decision = Decision()
    path = "/v1/reservations"
    if command.reservation_id in state.reservations:
        return refuse(decision, message, "duplicate-reservation", "this is held already", path)
    rule = rule_of(command.pool, command.channel)
    parts, missing = sourcing.spread(state, command.lines, sourcing.allowed(state, rule))
    if missing:
        short = {line.line_id: line.quantity for line in missing}
        wrong = {
            f"/lines/{n}": f"{line.quantity - short[line.line_id]} of it are available"
            for n, line in enumerate(command.lines)
            if line.line_id in short
        }
        return refuse_all(decision, message, "insufficient-stock", wrong, path)
    first = parts[0]
    decision.event(
        StockReserved(command.reservation_id, command.pool, first.location, first.lines, tuple(parts[1:]))
    )
    decision.event(StockHeld(command.reservation_id, command.pool, command.until_ms))
    _wait(decision, [*state.holds.values(), command.until_ms])
    body = {"reservation_id": command.reservation_id, "status": "held"}
    decision.answer(message.reply_to, done(body, 201, f"{path}/{command.reservation_id}"))
    return decision


def _end_hold(state: PoolState, message: Message, at: int) -> Decision:
    """inventory.end_hold: what was held is for others again."""
    command: EndHold = message.body
    decision = Decision()
    if command.reservation_id not in state.holds:
        path = f"/v1/reservations/{command.reservation_id}"
        no = refused("reservation-gone", "it is held no more", path, message.trace, status=410)
        decision.answer(message.reply_to, no)
        return decision
    _let_go(decision, state, command.pool, command.reservation_id, "let go")
    decision.answer(message.reply_to, Answer(204, (), b""))
    return decision


def _holds_due(state: PoolState, message: Message, at: int) -> Decision:
    """timer.holds: one a turn, because what each of them gives to waiting orders is reckoned from the state."""
    decision = Decision()
    due = next((one for one, until_ms in state.holds.items() if until_ms <= at), None)
    if due is not None:
        _let_go(decision, state, message.key, due, "expired")
    _wait(decision, [until_ms for one, until_ms in state.holds.items() if one != due])
    return decision


def _let_go(decision: Decision, state: PoolState, pool: str, reservation_id: str, why: str) -> None:
    held = state.reservations[reservation_id]
    decision.event(ReservationReleased(reservation_id, pool, why))
    by_hand.give_to_waiting(decision, state, pool, model.parts_of(held), but=reservation_id)


def _wait(decision: Decision, dues: list[int]) -> None:
    if dues:
        decision.set_timer(HOLDS, HOLDS, min(dues))


def fold_held(state: PoolState, body: StockHeld) -> None:
    """Held until an instant; who lets go of the reservation ends it."""
    state.holds[body.reservation_id] = body.until_ms


HANDLERS = {
    **by_hand.HANDLERS,
    "inventory.move_stock": _move,
    "inventory.take_snapshot": _snapshot,
    "inventory.hold_stock": _hold,
    "inventory.end_hold": _end_hold,
    f"timer.{HOLDS}": _holds_due,
}
