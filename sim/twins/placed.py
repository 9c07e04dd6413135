"""What customers have ordered at the channels, as each channel has it in its own books."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from .listing import Listing
from .store import Store
from .system import Operation


class Placed(Struct, frozen=True):
    """An order as its customer placed it."""

    channel: str
    ref: str
    total: int
    curr: str
    at: int


class PlacedOrders:
    """Every channel's orders, in the order in which they were placed."""

    def __init__(self, system: str, store: Store) -> None:
        self._orders = store.table(f"{system}.placed", Placed)

    @property
    def operation(self) -> Operation:
        """Lists them."""
        return Listing(self._orders, _listed).operation

    def put(self, placed: Placed) -> None:
        """A customer has placed it."""
        self._orders.put(f"{placed.channel} {placed.ref}", placed)


def _listed(row: Placed) -> dict[str, Any]:
    return {
        "channel": row.channel, "ref": row.ref, "total": row.total, "curr": row.curr, "changed_at": row.at,
    }  # fmt: skip
