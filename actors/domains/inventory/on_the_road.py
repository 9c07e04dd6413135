"""Transfers under way, by their reference: what left for where, and how much of it is still to come. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.inventory import StockMoved

ROAD = "in_transit"


class Transfer(Struct):
    """Units of each SKU that are still on the road."""

    to: str
    left: dict[str, int]


def fold_moved(transfers: dict[str, Transfer], body: StockMoved) -> None:
    """What leaves for the road is on it, what comes from it is not; a transfer with nothing left is forgotten."""
    if body.to_bucket == ROAD:
        known = transfers.setdefault(body.reference, Transfer(body.to_location, {}))
        for row in body.rows:
            known.left[row.sku] = known.left.get(row.sku, 0) + row.quantity
    elif (found := transfers.get(body.reference)) is not None:
        for row in body.rows:
            found.left[row.sku] = found.left.get(row.sku, 0) - row.quantity
        if not any(units > 0 for units in found.left.values()):
            del transfers[body.reference]
