"""Counts: what a count or a partner's snapshot makes of the book, and what a till takes that is not in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.inventory import StockMoved, StockRow
from contracts.stock import OUTSIDE

from .model import OpenCountState, PoolState, units_in

# Where missing units are taken from: first what is doubted already, never what is promised to orders.
LOSS_FROM = ("quality_hold", "available", "safety", "damaged")


def on_hand(pool: PoolState, sku: str, location: str) -> int:
    """What the book has in the building."""
    position = pool.positions.get(sku, {}).get(location)
    return 0 if position is None else position.on_hand


def watermark(pool: PoolState, location: str, skus: Iterable[str]) -> tuple[StockRow, ...]:
    """The book as of now: movements after it are those that change it from here."""
    return tuple(StockRow(sku, location, on_hand(pool, sku, location)) for sku in dict.fromkeys(skus))


def open_count(pool: PoolState, reference: str, rows: Iterable[StockRow], location: str) -> None:
    """Remember the book at the watermark."""
    pool.counts[reference] = OpenCountState(location, {row.sku: row.quantity for row in rows})


def unknown_rows(count: OpenCountState, rows: Iterable[StockRow]) -> list[StockRow]:
    """Rows that the count did not begin with, or that cannot be: another SKU, another place, below zero."""
    seen: set[str] = set()
    wrong = []
    for row in rows:
        if row.sku not in count.book or row.location != count.location or row.quantity < 0 or row.sku in seen:
            wrong.append(row)
        seen.add(row.sku)
    return wrong


def corrections(
    pool: PoolState, name: str, reference: str, count: OpenCountState, rows: Iterable[StockRow]
) -> list[StockMoved]:
    """The movements after which book = counted + what moved since the watermark."""
    moves: dict[tuple[str, str], list[StockRow]] = {}
    for row in rows:
        difference = row.quantity - count.book[row.sku]
        if difference < 0:
            _lose(pool, moves, row, -difference)
        elif difference:
            _gain(pool, moves, row, difference)
    return [
        StockMoved(name, "count-loss" if to == OUTSIDE else "count-gain", reference, tuple(some), from_, to)
        for (from_, to), some in moves.items()
    ]


def _lose(pool: PoolState, moves: dict[tuple[str, str], list[StockRow]], row: StockRow, units: int) -> None:
    for bucket in LOSS_FROM:
        there = min(units, units_in(pool, row.sku, row.location, bucket))
        if there:
            moves.setdefault((bucket, OUTSIDE), []).append(StockRow(row.sku, row.location, there))
            units -= there
    if units:
        moves.setdefault(("forced", OUTSIDE), []).append(StockRow(row.sku, row.location, units))


def _gain(pool: PoolState, moves: dict[tuple[str, str], list[StockRow]], row: StockRow, units: int) -> None:
    owed = min(units, units_in(pool, row.sku, row.location, "forced"))
    if owed:
        moves.setdefault((OUTSIDE, "forced"), []).append(StockRow(row.sku, row.location, owed))
    if units > owed:
        moves.setdefault((OUTSIDE, "available"), []).append(StockRow(row.sku, row.location, units - owed))


def incoming(pool: PoolState, rows: Iterable[StockRow]) -> tuple[tuple[StockRow, ...], tuple[StockRow, ...]]:
    """Rows that arrive: those that make up for what was forced, and those that become available."""
    owed: dict[tuple[str, str], int] = {}
    settle, available = [], []
    for row in rows:
        at = (row.sku, row.location)
        debt = owed.get(at)
        if debt is None:
            debt = units_in(pool, row.sku, row.location, "forced")
        units = min(debt, row.quantity)
        owed[at] = debt - units
        if units:
            settle.append(StockRow(row.sku, row.location, units))
        if row.quantity > units:
            available.append(StockRow(row.sku, row.location, row.quantity - units) if units else row)
    return tuple(settle), tuple(available)


def taken(pool: PoolState, rows: Iterable[StockRow]) -> tuple[tuple[StockRow, ...], tuple[StockRow, ...]]:
    """Rows that have left already: those that the book had available, and those it lacked."""
    left: dict[tuple[str, str], int] = {}
    had, lacked = [], []
    for row in rows:
        at = (row.sku, row.location)
        there = left.get(at)
        if there is None:
            there = units_in(pool, row.sku, row.location, "available")
        units = min(there, row.quantity)
        left[at] = there - units
        if units:
            had.append(StockRow(row.sku, row.location, units))
        if row.quantity > units:
            lacked.append(StockRow(row.sku, row.location, row.quantity - units))
    return tuple(had), tuple(lacked)
