"""The carrier behind the warehouse: where its parcels are, told by scans that come twice and out of order."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any

from msgspec import Struct, structs

from .config import TwinsConfig
from .draw import below, hits
from .store import Store


class Scan(Struct, frozen=True):
    """Where a parcel was at `at`, told at `tell_ms`; record `n` of the feed from then on, 0 before."""

    shipment: str
    depositor_order: str
    ref: str
    status: str
    at: int
    tell_ms: int
    n: int = 0


class Carrier:
    """Some parcels are scanned on their way, some are lost. The rest arrive, and nobody says so."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        self._config = config
        self._scans = store.table("carrier.scans", Scan)
        rows = self._scans.rows
        self._told = sorted((row for row in rows.values() if row.n), key=lambda row: row.n)
        self._due = [(row.tell_ms, key) for key, row in rows.items() if not row.n]
        heapify(self._due)

    def takes(self, shipment: str, depositor_order: str, ref: str, items: list[str], at_ms: int) -> None:
        """A parcel is given to the carrier."""
        config = self._config
        drawn = hits(config.lost_bp, config.seed, "carrier:lost", shipment)
        lost = drawn or any(item in config.carrier_lost_items for item in items)
        if not lost and not hits(config.scan_bp, config.seed, "carrier:scan", shipment):
            return
        spread = config.travel_max_ms - config.travel_min_ms + 1
        took_ms = config.travel_min_ms + below(spread, config.seed, "carrier:travel", shipment)
        seen = [("in_transit", at_ms + took_ms // 2), ("lost" if lost else "delivered", at_ms + took_ms)]
        if lost and below(2, config.seed, "carrier:found", shipment) and drawn:
            # It turns up again.
            seen.append(("delivered", at_ms + 3 * took_ms))
        for n, (status, when) in enumerate(seen):
            late = took_ms if hits(config.late_bp, config.seed, f"carrier:late{n}", shipment) else 0
            self._add(Scan(shipment, depositor_order, ref, status, when, when + late), str(n))
            if hits(config.repeat_bp, config.seed, f"carrier:repeat{n}", shipment):
                self._add(Scan(shipment, depositor_order, ref, status, when, when + took_ms), f"{n} again")

    def _add(self, scan: Scan, name: str) -> None:
        key = f"{scan.shipment} {name}"
        self._scans.put(key, scan)
        heappush(self._due, (scan.tell_ms, key))

    def advance(self, now_ms: int) -> None:
        """Tell what is due."""
        while self._due and self._due[0][0] <= now_ms:
            key = heappop(self._due)[1]
            told = structs.replace(self._scans.rows[key], n=len(self._told) + 1)
            self._scans.put(key, told)
            self._told.append(told)

    def waiting(self) -> int:
        """Scans not told yet."""
        return len(self._due)

    def page(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Records of the feed."""
        return [
            {
                "n": row.n,
                "shipment": row.shipment,
                "depositor_order": row.depositor_order,
                "ref": row.ref,
                "status": row.status,
                "at": row.at,
            }
            for row in self._told[after : after + limit]
        ]

    @property
    def told_twice(self) -> int:
        """Scans that were told again."""
        return len(self._told) - len({(row.shipment, row.status, row.at) for row in self._told})

    def books(self) -> list[dict[str, Any]]:
        """[{"shipment", "ref", "status"}]: where each parcel is that was ever scanned."""
        newest: dict[str, Scan] = {}
        for row in self._told:
            known = newest.get(row.shipment)
            if known is None or row.at > known.at:
                newest[row.shipment] = row
        return [{"shipment": row.shipment, "ref": row.ref, "status": row.status} for row in newest.values()]
