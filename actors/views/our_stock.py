"""Our side of the stock reconciliation: what each location should have of each SKU, by what came and what left.

Buckets of one location are one shelf to whoever counts it; only what crosses its door changes what is there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from contracts.stock import OUTSIDE

# Units here are at no location: they come or leave.
ELSEWHERE = frozenset({OUTSIDE, "in_transit"})


def crosses(buckets: tuple[str, str], to_location: str) -> bool:
    """Whether what moves between these buckets leaves a location or comes to one."""
    return bool(to_location) or not ELSEWHERE.isdisjoint(buckets)


def stock_counted(
    db: sqlite3.Connection,
    units: Iterable[tuple[str, str, int]],
    buckets: tuple[str, str],
    to_location: str,
    at_ms: int,
) -> None:
    """Count (location, SKU, units) that go from one bucket to another, or to one of `to_location`."""
    leave, come = (bucket not in ELSEWHERE for bucket in buckets)
    rows: list[tuple[str, str, int, int]] = []
    for location, sku, n in units:
        if leave and n:
            rows.append((f"{location} {sku}", location, -n, at_ms))
        if come and n:
            there = to_location or location
            rows.append((f"{there} {sku}", there, n, at_ms))
    db.executemany(
        "INSERT INTO ours VALUES ('stock', ?, '', ?, '', ?, '', ?, '')"
        " ON CONFLICT DO UPDATE SET value = value + excluded.value, at_ms = excluded.at_ms",
        rows,
    )
