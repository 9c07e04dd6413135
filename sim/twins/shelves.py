"""What stands on the warehouse's shelves, as it is counted there: what it was told came, less what left.

Only places that were stocked once are counted; of others it has never counted anything.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from .listing import Listing
from .store import Store
from .system import Operation


class Shelf(Struct, frozen=True):
    """So many of an item at a site, last moved at this ms."""

    site: str
    item: str
    qty: int
    at: int


class Shelves:
    """Every place that was stocked."""

    def __init__(self, store: Store) -> None:
        self._shelves = store.table("warehouse.shelves", Shelf)

    @property
    def operation(self) -> Operation:
        """Lists what is counted, place by place."""
        return Listing(self._shelves, _listed).operation

    def books(self) -> list[dict[str, Any]]:
        """[{"site", "item", "qty"}] of every place that was stocked."""
        return [{"site": row.site, "item": row.item, "qty": row.qty} for row in self._shelves.rows.values()]

    def put(self, site: str, item: str, qty: int, now_ms: int) -> None:
        """Units are put there, for the first time or again."""
        key = f"{site} {item}"
        known = self._shelves.rows.get(key) or Shelf(site, item, 0, now_ms)
        self._shelves.put(key, structs.replace(known, qty=known.qty + qty, at=now_ms))

    def move(self, site: str, item: str, qty: int, now_ms: int) -> None:
        """Units come or go, where anything was ever counted."""
        if f"{site} {item}" in self._shelves.rows:
            self.put(site, item, qty, now_ms)


def _listed(shelf: Shelf) -> dict[str, Any]:
    return {"site": shelf.site, "item": shelf.item, "qty": shelf.qty, "changed_at": shelf.at}
