"""The vocabulary of stock by hand: movements between buckets, tills, transfers, counts. Units of pools."""

from __future__ import annotations

from msgspec import Struct

from .inventory import DemandLine, StockRow

# The buckets of a (SKU, location): on_hand = the first six less `forced`; `in_transit` is not on hand yet.
BUCKETS = ("available", "reserved", "allocated", "safety", "damaged", "quality_hold", "forced", "in_transit")
OUTSIDE = "outside"


class MoveStock(Struct, array_like=True, frozen=True, gc=False):
    """Move units between two buckets, `outside` among them; to another location where `to_location` says so.

    Reserved and allocated units belong to orders and are not moved by hand. Refused whole, with an exception,
    where a bucket has too little.
    """

    pool: str
    reference: str
    reason: str
    from_bucket: str
    to_bucket: str
    rows: tuple[StockRow, ...]
    to_location: str = ""


class TakeStock(Struct, array_like=True, frozen=True, gc=False):
    """Units have left already (a till's sale): never refused. What the book lacks is `forced`, with an exception."""

    pool: str
    reference: str
    rows: tuple[StockRow, ...]


class TakeBack(Struct, array_like=True, frozen=True, gc=False):
    """inventory.take_back: a till took goods back. What was forced is made up for first; `damaged` is put aside."""

    pool: str
    reference: str
    rows: tuple[StockRow, ...]
    damaged: tuple[StockRow, ...]


class OpenCount(Struct, array_like=True, frozen=True, gc=False):
    """A count of these SKUs at a location begins: this turn is its watermark."""

    pool: str
    reference: str
    location: str
    skus: tuple[str, ...]


class ApplyCount(Struct, array_like=True, frozen=True, gc=False):
    """What was counted as of the watermark: book = counted + the movements after it. Applied once."""

    pool: str
    reference: str
    rows: tuple[StockRow, ...]


class TakeSnapshot(Struct, array_like=True, frozen=True, gc=False):
    """inventory.take_snapshot: what lies at a location now; the book is to say the same.

    `expected` beside each row is what whoever counted believes the book to have, -1 where they do not say.
    """

    pool: str
    reference: str
    location: str
    rows: tuple[StockRow, ...]
    expected: tuple[StockRow, ...]


class HoldStock(Struct, array_like=True, frozen=True, gc=False):
    """inventory.hold_stock: keep these units for a while, for an order that may come. All of them or none."""

    reservation_id: str
    pool: str
    channel: str
    lines: tuple[DemandLine, ...]
    until_ms: int


class EndHold(Struct, array_like=True, frozen=True, gc=False):
    """inventory.end_hold: they are for others again."""

    reservation_id: str
    pool: str


class StockHeld(Struct, array_like=True, frozen=True, gc=False):
    """inventory.held: what is reserved under this id is so until an instant, and for no order."""

    reservation_id: str
    pool: str
    until_ms: int


class CountOpened(Struct, array_like=True, frozen=True, gc=False):
    """inventory.count_opened: what the book had on hand at the watermark."""

    pool: str
    reference: str
    rows: tuple[StockRow, ...]


class SnapshotApplied(Struct, array_like=True, frozen=True, gc=False):
    """inventory.snapshot_applied: counted against the book at the watermark; the difference is moved beside it."""

    pool: str
    reference: str
    counted: tuple[StockRow, ...]
    book: tuple[StockRow, ...]


class ValueRow(Struct, array_like=True, frozen=True, gc=False):
    """Units that the books value otherwise from now on. `step` is one of the posting rules'.

    `transfer_out` and `transfer_in`: so many left a location for the road, or came from it. `count` and
    `transit_loss`: so many are missing in the building or on the road; below zero, too many are there. `to` is where
    what left for the road is going.
    """

    step: str
    sku: str
    location: str
    units: int
    to: str = ""


class ValueMoved(Struct, array_like=True, frozen=True, gc=False):
    """inventory.value_moved: what was moved by hand or counted, to be posted at cost.

    `number` is the pool's own, without gaps: who has posted one has posted all before it.
    """

    pool: str
    number: int
    reference: str
    price_list: str
    rows: tuple[ValueRow, ...]


class ValuedRow(Struct, array_like=True, frozen=True, gc=False):
    """A step at a location, at standard cost; below zero where its units are. `entity`: whom it is to, or from."""

    step: str
    location: str
    cost_minor: int
    entity: str = ""


class StockValued(Struct, array_like=True, frozen=True, gc=False):
    """catalog.stock_valued: what moved in a pool, at standard cost, as far as it concerns one book."""

    book: str
    pool: str
    number: int
    reference: str
    currency: str
    rows: tuple[ValuedRow, ...]


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "inventory.move_stock": (1, MoveStock),
    "inventory.take_stock": (1, TakeStock),
    "inventory.take_back": (1, TakeBack),
    "inventory.open_count": (1, OpenCount),
    "inventory.apply_count": (1, ApplyCount),
    "inventory.take_snapshot": (1, TakeSnapshot),
    "inventory.hold_stock": (1, HoldStock),
    "inventory.end_hold": (1, EndHold),
    "inventory.held": (1, StockHeld),
    "inventory.count_opened": (1, CountOpened),
    "inventory.snapshot_applied": (1, SnapshotApplied),
    "inventory.value_moved": (1, ValueMoved),
    "catalog.stock_valued": (1, StockValued),
}
