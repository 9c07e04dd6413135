"""The warehouse's dock: goods that carriers bring are counted there, and a feed tells of it."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any

from msgspec import Struct, structs, to_builtins

from .shelves import Shelves
from .store import Store


class Counted(Struct, frozen=True):
    """So many of an item, for a line of the order that it was bought on."""

    line: str
    item: str
    qty: int


class Inbound(Struct, frozen=True):
    """A delivery on its way, `expected` or `received`; `n` is its record's number in the feed, 0 before."""

    receipt: str
    po: str
    site: str
    items: list[Counted]
    due_ms: int
    n: int = 0


class Dock:
    """What is expected and what was counted. Each delivery is counted once, at its time."""

    def __init__(self, store: Store, shelves: Shelves) -> None:
        self._shelves = shelves
        self._inbound = store.table("warehouse.inbound", Inbound)
        rows = self._inbound.rows.values()
        self._feed = sorted((row for row in rows if row.n), key=lambda row: row.n)
        self._due = [(row.due_ms, row.receipt) for row in rows if not row.n]
        heapify(self._due)

    def expect(self, inbound: Inbound) -> None:
        """A carrier will bring this."""
        self._inbound.put(inbound.receipt, inbound)
        heappush(self._due, (inbound.due_ms, inbound.receipt))

    def refuse(self, po: str, now_ms: int) -> None:
        """What has not come of this order will not come."""
        self.advance(now_ms)
        gone = {row.receipt for row in self._inbound.rows.values() if row.po == po and not row.n}
        for receipt in sorted(gone):
            self._inbound.drop(receipt)
        self._due = [place for place in self._due if place[1] not in gone]
        heapify(self._due)

    def advance(self, now_ms: int) -> None:
        """Count what has come by now, the earliest first."""
        while self._due and self._due[0][0] <= now_ms:
            expected = self._inbound.rows[heappop(self._due)[1]]
            counted = structs.replace(expected, n=len(self._feed) + 1)
            self._inbound.put(counted.receipt, counted)
            self._feed.append(counted)
            for item in counted.items:
                self._shelves.move(counted.site, item.item, item.qty, counted.due_ms)

    def page(self, after: int, limit: int) -> list[dict[str, Any]]:
        """The records behind `after`."""
        return [
            {
                "n": row.n,
                "receipt": row.receipt,
                "po": row.po,
                "site": row.site,
                "received_at": row.due_ms,
                "items": to_builtins(row.items),
            }
            for row in self._feed[after : after + limit]
        ]

    def books(self) -> list[dict[str, Any]]:
        """[{"receipt", "po", "site", "items"}] of what was counted, in that order."""
        return [
            {"receipt": row.receipt, "po": row.po, "site": row.site, "items": to_builtins(row.items)}
            for row in self._feed
        ]
