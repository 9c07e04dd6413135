"""The vocabulary of goods that are sent again: a carrier has lost them, and the channel's customers rather have goods.

They are nobody's order: stock of the pool that is set aside for a shipment, sent, and lost to the books.
"""

from __future__ import annotations

from msgspec import Struct

from .demand import Lines


class AllocateStock(Struct, array_like=True, frozen=True, gc=False):
    """inventory.allocate: set all of these lines aside at one place, to stand in for a shipment that is lost."""

    order_id: str
    pool: str
    channel: str
    reference: str
    lines: Lines


class StockAllocated(Struct, array_like=True, frozen=True, gc=False):
    """inventory.allocated: they stand at `location`, or nowhere all of them are available."""

    order_id: str
    pool: str
    reference: str
    location: str
    lines: Lines


class GiveBackAllocated(Struct, array_like=True, frozen=True, gc=False):
    """inventory.give_back_allocated: what was set aside will not leave; it goes to this bucket."""

    pool: str
    reference: str
    location: str
    bucket: str
    lines: Lines


class NotSentAgain(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.not_sent_again: these lines of what was to stand in for a lost shipment will not leave either.

    `bucket` is where they are then: `quality_hold` where they were not found.
    """

    fulfillment_order_id: str
    order_id: str
    again: str
    pool: str
    location: str
    bucket: str
    lines: Lines


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "inventory.allocate": (1, AllocateStock),
    "inventory.allocated": (1, StockAllocated),
    "inventory.give_back_allocated": (1, GiveBackAllocated),
    "fulfillment.not_sent_again": (1, NotSentAgain),
}
