"""The warehouse: shipping orders, recalls, a feed of what has left, and at its dock one of what has come.

An order ships, whole, at its due time. Nothing runs in the background: what is due is shipped before
anything else is looked at, so a restart loses nothing.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Annotated, Any

from msgspec import Meta, Struct, structs, to_builtins

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .dock import Dock
from .draw import below, token
from .store import Store
from .system import Operation, TwinSystem


class Item(Struct, frozen=True):
    """So many of an item."""

    line: str
    item: str
    qty: Annotated[int, Meta(ge=1)]


class ShipRequest(Struct):
    """warehouse/shipping_orders."""

    depositor_order: str
    ref: str
    site: str
    items: Annotated[list[Item], Meta(min_length=1)]
    ship_to: dict[str, Any]
    service: str


class RecallRequest(Struct):
    """warehouse/recalls."""

    depositor_order: str


class FeedRequest(Struct):
    """warehouse/confirmations: the records behind `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 200


class Order(Struct, frozen=True):
    """`status` is accepted, recalled or shipped; an accepted one leaves at `due_ms`."""

    depositor_order: str
    ref: str
    site: str
    items: list[Item]
    status: str
    due_ms: int


class Shipment(Struct, frozen=True):
    """Record `n` of the feed, counted from 1 without gaps."""

    n: int
    depositor_order: str
    ref: str
    shipment: str
    tracking: str
    shipped_at: int
    items: list[Item]


class Warehouse(TwinSystem):
    """Idempotent by the depositor's order number; knows no effect keys."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "shipping_orders": Operation(ShipRequest, self._accept),
                "recalls": Operation(RecallRequest, self._recall),
                "confirmations": Operation(FeedRequest, self._feed),
                "receipts": Operation(FeedRequest, self._receipts),
            }
        )
        self.dock = Dock(store)
        self._config = config
        self._orders = store.table("warehouse.orders", Order)
        self._shipments = store.table("warehouse.shipments", Shipment)
        self._feed_rows = list(self._shipments.rows.values())
        self._due = [
            (order.due_ms, order.depositor_order)
            for order in self._orders.rows.values()
            if order.status == "accepted"
        ]
        heapify(self._due)

    def advance(self, now_ms: int) -> None:
        """Ship what is due by now, the earliest first; count what has come."""
        self.dock.advance(now_ms)
        due = self._due
        while due and due[0][0] <= now_ms:
            order = self._orders.rows[heappop(due)[1]]
            if order.status == "accepted":
                self._ship(order)

    def waiting(self) -> int:
        """Orders that have not left yet."""
        return sum(1 for _, name in self._due if self._orders.rows[name].status == "accepted")

    def _ship(self, order: Order) -> None:
        name = order.depositor_order
        left = Shipment(
            n=len(self._feed_rows) + 1,
            depositor_order=name,
            ref=order.ref,
            shipment=f"SH-{token('shipment', name)}",
            tracking=f"TRK{token('tracking', name)}",
            shipped_at=order.due_ms,
            items=order.items,
        )
        self._orders.put(name, structs.replace(order, status="shipped"))
        self._shipments.put(str(left.n), left)
        self._feed_rows.append(left)

    def _accept(self, request: ShipRequest, key: str, now_ms: int) -> ForeignResponse:
        name = request.depositor_order
        known = self._orders.rows.get(name)
        if known is not None:
            same = (known.ref, known.site, known.items) == (request.ref, request.site, request.items)
            if not same:
                return ForeignResponse(422, {"reason": "ORDER_DIFFERS"})
            return ForeignResponse(202, {"accepted": True})
        config = self._config
        for line in request.items:
            if line.item in config.warehouse_unknown_items:
                return ForeignResponse(422, {"reason": "UNKNOWN_ITEM", "item": line.item})
        spread = config.pick_max_ms - config.pick_min_ms + 1
        due_ms = now_ms + config.pick_min_ms + below(spread, config.seed, "warehouse:pick", name)
        order = Order(name, request.ref, request.site, request.items, "accepted", due_ms)
        self._orders.put(name, order)
        heappush(self._due, (due_ms, name))
        return ForeignResponse(202, {"accepted": True})

    def _recall(self, request: RecallRequest, key: str, now_ms: int) -> ForeignResponse:
        order = self._orders.rows.get(request.depositor_order)
        if order is None:
            return ForeignResponse(404, {"reason": "UNKNOWN_ORDER"})
        if order.status == "shipped":
            return ForeignResponse(409, {"reason": "SHIPPED"})
        if order.status == "accepted":
            self._orders.put(order.depositor_order, structs.replace(order, status="recalled"))
        return ForeignResponse(200, {"recalled": True})

    def _feed(self, request: FeedRequest, key: str, now_ms: int) -> ForeignResponse:
        page = self._feed_rows[request.after : request.after + request.limit]
        records = [
            {
                "n": row.n,
                "depositor_order": row.depositor_order,
                "ref": row.ref,
                "shipment": row.shipment,
                "tracking": row.tracking,
                "shipped_at": row.shipped_at,
            }
            for row in page
        ]
        return ForeignResponse(200, {"records": records, "last": page[-1].n if page else request.after})

    def _receipts(self, request: FeedRequest, key: str, now_ms: int) -> ForeignResponse:
        records = self.dock.page(request.after, request.limit)
        return ForeignResponse(200, {"records": records, "last": request.after + len(records)})

    def books(self) -> dict[str, Any]:
        """{"orders": [...], "shipments": [...], "receipts": [...]}, as of the last `advance`."""
        return {
            "orders": [
                {
                    "depositor_order": row.depositor_order,
                    "ref": row.ref,
                    "status": row.status,
                    "items": to_builtins(row.items),
                }
                for row in self._orders.rows.values()
            ],
            "shipments": [
                {
                    "shipment": row.shipment,
                    "depositor_order": row.depositor_order,
                    "ref": row.ref,
                    "items": to_builtins(row.items),
                }
                for row in self._feed_rows
            ],
            "receipts": self.dock.books(),
        }
