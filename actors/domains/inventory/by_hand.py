"""Stock that is moved, taken or counted by hand or by a file, and who gets what that makes available."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.decision import Decision
from contracts.ids import digest128
from contracts.inventory import BackorderFilled, StockMoved, StockPart, StockRow
from contracts.partners import ExceptionOpened
from contracts.stock import (
    BUCKETS,
    OUTSIDE,
    ApplyCount,
    CountOpened,
    MoveStock,
    OpenCount,
    SnapshotApplied,
    TakeBack,
    TakeStock,
)
from contracts.turn import Message

from . import counts, model, sourcing, valuing
from .model import OpenCountState, PoolState

TILL_RETURN = "till-return"
# Reserved and allocated units belong to orders; what is forced comes of a sale or a count.
MOVABLE = frozenset(BUCKETS) - {"reserved", "allocated", "forced"} | {OUTSIDE}


def give_to_waiting(
    decision: Decision, state: PoolState, pool: str, parts: Iterable[StockPart], *, but: str = ""
) -> None:
    """Orders that wait get what this turn's earlier events made available, in the order of their acceptance."""
    if not state.waiting:
        return
    arrived: dict[tuple[str, str], int] = {}
    for part in parts:
        for line in part.lines:
            at = (line.sku, part.location)
            arrived[at] = arrived.get(at, 0) + line.quantity
    give(decision, state, pool, arrived, but)


def put_on_hand(
    decision: Decision, state: PoolState, pool: str, reason: str, reference: str, rows: tuple[StockRow, ...]
) -> None:
    """Rows come in: what was forced is made up for first, the rest is available, to those who wait before others."""
    settled, available = counts.incoming(state, rows)
    if settled:
        decision.event(StockMoved(pool, reason, reference, settled, OUTSIDE, "forced"))
    if available or not settled:
        decision.event(StockMoved(pool, reason, reference, available))
    give_rows(decision, state, pool, available)


def give_rows(decision: Decision, state: PoolState, pool: str, rows: Iterable[StockRow]) -> None:
    """Orders that wait get what of these rows this turn makes available."""
    if not state.waiting:
        return
    arrived: dict[tuple[str, str], int] = {}
    for row in rows:
        at = (row.sku, row.location)
        arrived[at] = arrived.get(at, 0) + row.quantity
    give(decision, state, pool, arrived, "")


def give(
    decision: Decision, state: PoolState, pool: str, arrived: dict[tuple[str, str], int], but: str
) -> None:
    """Orders that wait get what this turn makes available, by SKU and location."""
    for order_id, part in sourcing.fills(state, pool, arrived, but):
        decision.event(BackorderFilled(order_id, pool, part.location, part.lines))


def _open_exception(decision: Decision, category: str, message: Message, detail: str) -> None:
    decision.event(ExceptionOpened("exc_" + digest128(category, message.id), category, "", detail))


def move(state: PoolState, message: Message, at: int) -> Decision:
    """inventory.move_stock, by a feed or by hand."""
    command: MoveStock = message.body
    decision = Decision()
    wrong = wrong_with(state, command)
    if wrong:
        _open_exception(
            decision, "stock-move-refused", message, f"{command.pool} {command.reference}: {'; '.join(wrong)}"
        )
    else:
        carry_out(decision, state, command)
    return decision


def carry_out(decision: Decision, state: PoolState, command: MoveStock) -> None:
    """A movement with which nothing is wrong."""
    moved = StockMoved(
        command.pool,
        command.reason,
        command.reference,
        command.rows,
        command.from_bucket,
        command.to_bucket,
        command.to_location,
    )
    decision.event(moved)
    valuing.tell(decision, state, command.pool, command.reference, (moved,))
    if command.to_bucket == "available":
        arrived = (StockRow(r.sku, command.to_location or r.location, r.quantity) for r in command.rows)
        give_rows(decision, state, command.pool, arrived)


def wrong_with(state: PoolState, command: MoveStock) -> list[str]:
    """Everything that is wrong with a movement."""
    wrong = [
        f"{name} is {bucket}, which is not moved by hand"
        for name, bucket in (("from_bucket", command.from_bucket), ("to_bucket", command.to_bucket))
        if bucket not in MOVABLE
    ]
    if command.from_bucket == command.to_bucket and not (
        command.to_location and command.from_bucket != OUTSIDE
    ):
        wrong.append("nothing would move")
    wrong += [f"{row.sku}: quantity is {row.quantity}" for row in command.rows if row.quantity < 1]
    if not wrong and command.from_bucket != OUTSIDE:
        for n, there in model.lacking(state, command.from_bucket, command.rows).items():
            row = command.rows[n]
            what = f"{command.from_bucket} of {row.sku} at {row.location}"
            wrong.append(f"{what} has {there}, not {row.quantity}")
    return wrong


def _take(state: PoolState, message: Message, at: int) -> Decision:
    command: TakeStock = message.body
    decision = Decision()
    had, lacked = counts.taken(state, command.rows)
    if had:
        decision.event(StockMoved(command.pool, "sale", command.reference, had, "available", OUTSIDE))
    if lacked:
        decision.event(StockMoved(command.pool, "sale", command.reference, lacked, "forced", OUTSIDE))
        what = ", ".join(f"{row.quantity} of {row.sku} at {row.location}" for row in lacked[:5])
        detail = f"{command.pool} {command.reference}: {what} left and were not in the book"
        _open_exception(decision, "stock-forced", message, detail)
    return decision


def _take_back(state: PoolState, message: Message, at: int) -> Decision:
    command: TakeBack = message.body
    decision = Decision()
    if command.rows:
        put_on_hand(decision, state, command.pool, TILL_RETURN, command.reference, command.rows)
    if command.damaged:
        aside = StockMoved(command.pool, TILL_RETURN, command.reference, command.damaged, OUTSIDE, "damaged")
        decision.event(aside)
    return decision


def _open_count(state: PoolState, message: Message, at: int) -> Decision:
    command: OpenCount = message.body
    decision = Decision()
    if command.reference not in state.counts:
        rows = counts.watermark(state, command.location, command.skus)
        decision.event(CountOpened(command.pool, command.reference, rows))
    return decision


def _apply_count(state: PoolState, message: Message, at: int) -> Decision:
    command: ApplyCount = message.body
    decision = Decision()
    count = state.counts.get(command.reference)
    if count is None:
        return decision
    unknown = counts.unknown_rows(count, command.rows)
    if unknown:
        what = ", ".join(f"{row.quantity} of {row.sku} at {row.location}" for row in unknown[:5])
        detail = f"{command.pool} {command.reference}: not of this count, or not countable: {what}"
        _open_exception(decision, "stock-move-refused", message, detail)
        return decision
    apply(decision, state, message, command.pool, command.reference, count, command.rows)
    return decision


def apply(
    decision: Decision, state: PoolState, message: Message, pool: str, reference: str, count: OpenCountState,
    rows: tuple[StockRow, ...],
) -> None:  # fmt: skip
    """What was counted stands; what the book had else is moved, and valued."""
    book = tuple([StockRow(row.sku, row.location, count.book[row.sku]) for row in rows])
    decision.event(SnapshotApplied(pool, reference, rows, book))
    corrections = counts.corrections(state, pool, reference, count, rows)
    for moved in corrections:
        decision.event(moved)
        if moved.from_bucket == "forced":
            what = ", ".join(f"{row.quantity} of {row.sku} at {row.location}" for row in moved.rows[:5])
            detail = f"{pool} {reference}: {what} are promised and were not found"
            _open_exception(decision, "stock-forced", message, detail)
        elif moved.to_bucket == "available":
            give_rows(decision, state, pool, moved.rows)
    valuing.tell(decision, state, pool, reference, corrections)


def fold_count_opened(state: PoolState, body: CountOpened) -> None:
    """The watermark is set."""
    location = body.rows[0].location if body.rows else ""
    counts.open_count(state, body.reference, body.rows, location)


def fold_snapshot(state: PoolState, body: SnapshotApplied) -> None:
    """The count is done."""
    state.counts.pop(body.reference, None)


HANDLERS = {
    "inventory.move_stock": move,
    "inventory.take_stock": _take,
    "inventory.take_back": _take_back,
    "inventory.open_count": _open_count,
    "inventory.apply_count": _apply_count,
}
