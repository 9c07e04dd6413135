"""What a movement by hand, a transfer or a count is to the books: units that they value otherwise since. Pure.

Goods received, returned and shipped are posted with their own documents; what changes its bucket only, in the
same building, is worth what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contracts.channels import price_list_of
from contracts.decision import Decision
from contracts.inventory import StockMoved
from contracts.stock import OUTSIDE, ValueMoved, ValueRow

from .model import PoolState

ROAD = "in_transit"


def value_rows(moved: StockMoved) -> Iterator[ValueRow]:
    """What a movement is to the books, row by row; nothing where all of it stays in its building."""
    from_, to = moved.from_bucket, moved.to_bucket
    for row in moved.rows:
        here, there, units = row.location, moved.to_location or row.location, row.quantity
        if from_ == OUTSIDE or to == OUTSIDE:
            bucket, place = (to, there) if from_ == OUTSIDE else (from_, here)
            lost = -units if from_ == OUTSIDE else units
            yield ValueRow("transit_loss" if bucket == ROAD else "count", row.sku, place, lost)
        elif from_ == ROAD or to == ROAD or here != there:
            if from_ != ROAD:
                yield ValueRow("transfer_out", row.sku, here, units, there)
            if to != ROAD:
                yield ValueRow("transfer_in", row.sku, there, units)


def tell(
    decision: Decision, state: PoolState, pool: str, reference: str, moves: Iterable[StockMoved]
) -> None:
    """Have posted what these movements, which this turn makes, are to the books."""
    rows = tuple([row for moved in moves for row in value_rows(moved)])
    if rows:
        decision.event(ValueMoved(pool, state.valued + 1, reference, price_list_of(pool), rows))


def fold_value_moved(state: PoolState, body: ValueMoved) -> None:
    """The number is used."""
    state.valued = body.number
