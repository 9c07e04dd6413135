"""What storefronts and marketplaces have in their books, against the journal's facts and the other twins' books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contracts.sourcing import rule_of
from contracts.stores import sources

from .evidence import Evidence

if TYPE_CHECKING:
    from .history import History
    from .records import OrderRecord

Row = Mapping[str, Any]
# (order, what differs, or None where both sides say the same)
Compared = Iterator[tuple[str, str | None]]

# What a channel calls things, and what it has of them, in our words. A storefront speaks otherwise than a marketplace.
_SHOP = {
    "order": ("orders", {"ref": "order", "status": "state", "cancelled": "cancelled"}),
    "shipment": ("shipments", {"ref": "order", "tracking": "tracking", "status": "state"}),
    "refund": ("refunds", {"ref": "order", "amount": "amount"}),
    "level": ("levels", {"units": "available"}),
}
_MARKET = {
    "order": (
        "order_status",
        {"ref": "marketplace_order_id", "status": "order_status", "cancelled": "cancelled_qty"},
    ),
    "shipment": (
        "fulfilments",
        {"ref": "marketplace_order_id", "tracking": "tracking_number", "status": "shipment_status"},
    ),
    "refund": ("adjustments", {"ref": "marketplace_order_id", "amount": "refund_amount"}),
    "level": ("inventory", {"units": "quantity"}),
}
WORDS = {"marketplace": _MARKET}
# Who sells by looking at the levels.
WITH_LEVELS = ("web", "marketplace")
POOL = "default"


class Kept:
    """What a subscriber has of one kind of thing, by reference, in our words. Rows nobody asked for are left over."""

    def __init__(self, book: Mapping[str, Any], name: str, words: Mapping[str, str]) -> None:
        self.rows: dict[str, Row] = {
            row["ref"]: {ours: row.get(theirs) for ours, theirs in words.items()}
            for row in book.get(name, ())
        }

    def differs(self, ref: str, ours: Row) -> str | None:
        """In what a row differs from ours, if it does."""
        row = self.rows.pop(ref, None)
        if row is None:
            return f"{ref} is unknown there"
        wrong = {name: row[name] for name in ours if row[name] != ours[name]}
        return f"{ref} has {wrong} there, { ({name: ours[name] for name in wrong}) } here" if wrong else None


def differences(
    history: History, evidence: Evidence, books: Mapping[str, Any], credited: Mapping[str, int]
) -> Compared:
    """Every channel, both ways. `credited` went back onto gift cards, by order."""
    by_channel: dict[str, list[OrderRecord]] = {name: [] for name in (*WITH_LEVELS, *books)}
    for record in history.received():
        assert record.order is not None
        by_channel.setdefault(record.order.channel, []).append(record)
    shipped = rows_of(evidence, "warehouse", "shipments", "ref")
    paid_back = rows_of(evidence, "payments", "refunds", "reference")
    for channel, records in by_channel.items():
        sides = {
            kind: Kept(books.get(channel, {}), *words) for kind, words in WORDS.get(channel, _SHOP).items()
        }
        for record in records:
            order_id = record.order_id
            for difference in (
                _order(record, sides["order"]),
                *_shipments(history, record, shipped.get(order_id, []), sides["shipment"]),
                _refund(record, paid_back.get(order_id, []), credited.get(order_id, 0), sides["refund"]),
            ):
                yield order_id, difference and f"{channel}: {difference}"
        if channel in WITH_LEVELS:
            for sku, units in sellable(history, channel).items():
                difference = sides["level"].differs(sku, {"units": units})
                yield "", difference and f"{channel}: {difference}"
        for kind, side in sides.items():
            for ref in side.rows:
                yield "", f"{channel}: {kind} {ref} is nothing of ours"


def rows_of(evidence: Evidence, system: str, table: str, key: str) -> dict[str, list[Row]]:
    """Rows of a twin's table by one of their fields."""
    found: dict[str, list[Row]] = {}
    for row in evidence.books.get(system, {}).get(table, ()):
        found.setdefault(row[key], []).append(row)
    return found


def _order(record: OrderRecord, side: Kept) -> str | None:
    if record.status in ("none", "received") and record.order_id not in side.rows:
        # Nothing has become of it yet that the channel, which placed it, does not know.
        return None
    assert record.order is not None
    cancelled = {line: units for line, units in record.cancelled_units.items() if units}
    ours = {"ref": record.order.channel_order_id, "status": record.status, "cancelled": cancelled}
    return side.differs(record.order_id, ours)


def _shipments(history: History, record: OrderRecord, shipped: list[Row], side: Kept) -> Iterator[str | None]:
    known = {shipment.shipment_id for shipment in (*record.shipments, *record.again)}
    for row in shipped:
        id_ = row["shipment"]
        if id_ in known:
            status = history.parcels.status.get(id_, "dispatched")
            assert record.order is not None
            ref = record.order.channel_order_id
            yield side.differs(id_, {"ref": ref, "tracking": row["tracking"], "status": status})


def paid(rows: list[Row]) -> int:
    """What the provider has paid back."""
    return sum(row["amount"] for row in rows if row["status"] == "succeeded")


def _refund(record: OrderRecord, paid_back: list[Row], credited: int, side: Kept) -> str | None:
    assert record.order is not None
    amount = credited + paid(paid_back)
    if not amount and record.order_id not in side.rows:
        return None
    return side.differs(record.order_id, {"ref": record.order.channel_order_id, "amount": amount})


def sellable(history: History, channel: str) -> dict[str, int]:
    """What the channel may sell of every SKU: what is available where orders are shipped from, less what is waited for
    and its buffer.
    """
    units: dict[str, int] = {}
    for (location, sku), level in history.pool.levels.items():
        there = level.get("available", 0) if sources([location]) else 0
        units[sku] = units.get(sku, 0) + there
    for sku, n in waited_for(history).items():
        units[sku] = units.get(sku, 0) - n
    buffer = rule_of(POOL, channel).buffer
    return {sku: max(0, n - buffer) for sku, n in units.items()}


def waited_for(history: History) -> dict[str, int]:
    """Units that orders wait for, by SKU."""
    units: dict[str, int] = {}
    for order_id, grant in history.pool.grants.items():
        waiting = {line_id: n for line_id, n in grant.waiting.items() if n}
        order = history.of(order_id).order
        for line in order.lines if waiting and order is not None else ():
            units[line.sku] = units.get(line.sku, 0) + waiting.get(line.line_id, 0)
    return units
