"""The vocabulary of replenishment: when a position of stock is to be filled up, and with what.

`order_id` is the purchase order's id. `price_minor` is what the supplier asks for a unit, `cost_minor` the
standard cost at which a unit stands in stock.
"""

from __future__ import annotations

from msgspec import Struct


class ReorderRow(Struct, array_like=True, frozen=True, gc=False):
    """When and how a SKU is replenished at a location.

    Below `reorder_point` available to promise, whole lots of `lot_size` are ordered: `order_quantity` units of
    them where that is given, else as many as bring it back to `target` (by default the reorder point and a lot).
    """

    sku: str
    location: str
    reorder_point: int
    supplier: str
    price_minor: int
    cost_minor: int
    currency: str
    lead_time_ms: int
    lot_size: int = 1
    order_quantity: int = 0
    target: int = 0


class SetReorderPoints(Struct, array_like=True, frozen=True, gc=False):
    """Put these rows into the pool, replacing those of the same SKU and location."""

    pool: str
    rows: tuple[ReorderRow, ...]


class ReorderPointsSet(Struct, array_like=True, frozen=True, gc=False):
    """inventory.reorder_points_set: the pool watches these positions now."""

    pool: str
    rows: tuple[ReorderRow, ...]


class PurchaseLine(Struct, array_like=True, frozen=True, gc=False):
    """A line of a purchase order."""

    line_id: str
    sku: str
    quantity: int
    price_minor: int
    cost_minor: int


class ReplenishmentTriggered(Struct, array_like=True, frozen=True, gc=False):
    """replenishment.triggered: these positions fell under their reorder points; this much is to be bought."""

    order_id: str
    pool: str
    location: str
    supplier: str
    currency: str
    lead_time_ms: int
    lines: tuple[PurchaseLine, ...]


class Place(Struct, array_like=True, frozen=True, gc=False):
    """A SKU at a location."""

    sku: str
    location: str


class ReplenishmentSpared(Struct, array_like=True, frozen=True, gc=False):
    """replenishment.spared: these positions fell, and stood at their reorder points again before it was told."""

    pool: str
    places: tuple[Place, ...]


class EndReplenishment(Struct, array_like=True, frozen=True, gc=False):
    """inventory.end_replenishment: nothing more will come of this order; watch its positions again."""

    order_id: str
    pool: str


class ReplenishmentEnded(Struct, array_like=True, frozen=True, gc=False):
    """replenishment.ended: the order's positions are watched again."""

    order_id: str
    pool: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "inventory.set_reorder_points": (1, SetReorderPoints),
    "inventory.reorder_points_set": (1, ReorderPointsSet),
    "inventory.end_replenishment": (1, EndReplenishment),
    "replenishment.triggered": (1, ReplenishmentTriggered),
    "replenishment.spared": (1, ReplenishmentSpared),
    "replenishment.ended": (1, ReplenishmentEnded),
}
