"""The warehouse: shipping orders, recalls, a feed of what has left, and at its dock one of what has come.

An order ships at its due time, mostly whole; now and then units are not found, or some lines leave later.
Nothing runs in the background: what is due is shipped before anything else is looked at, so a restart loses
nothing.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Annotated, Any

from msgspec import Meta, Struct, structs, to_builtins

from contracts.ports import ForeignResponse

from .carrier import Carrier
from .config import TwinsConfig
from .dock import Dock
from .draw import below, hits, token
from .listing import Listing
from .shelves import Shelves
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
    """`status` is accepted, recalled, shipped or closed; what is `left` of an accepted one leaves at `due_ms`.

    `trips` counts its shipments. Closed: nothing of it was found.
    """

    depositor_order: str
    ref: str
    site: str
    items: list[Item]
    status: str
    due_ms: int
    left: list[Item] = []
    trips: int = 0


class Shipment(Struct, frozen=True):
    """What left at once, the `trip`-th. `whole`: all that was ordered; `complete`: the last. Told at `tell_ms`."""

    shipment: str
    depositor_order: str
    ref: str
    site: str
    tracking: str
    shipped_at: int
    items: list[Item]
    whole: bool
    complete: bool
    tell_ms: int
    trip: int = 0


class Record(Struct, frozen=True):
    """Record `n` of the feed, counted from 1 without gaps: a shipment told, now and then again."""

    n: int
    shipment: str


class Warehouse(TwinSystem):
    """Idempotent by the depositor's order number; knows no effect keys."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "shipping_orders": Operation(ShipRequest, self._accept),
                "recalls": Operation(RecallRequest, self._recall),
                "confirmations": Operation(FeedRequest, self._feed),
                "receipts": Operation(FeedRequest, self._receipts),
                "scans": Operation(FeedRequest, self._scans),
            }
        )
        self.shelves = Shelves(store)
        self.dock = Dock(store, self.shelves)
        self._operations["counts:list"] = self.shelves.operation
        self._carrier = Carrier(config, store)
        self._config = config
        self._orders = store.table("warehouse.orders", Order)
        self._shipments = store.table("warehouse.shipments", Shipment)
        self._operations["shipments:list"] = Listing(self._shipments, self._listed).operation
        self._records = store.table("warehouse.records", Record)
        self._feed_rows = list(self._records.rows.values())
        told = {row.shipment for row in self._feed_rows}
        # (when, 0 an order leaves or 1 a shipment is told, its name)
        self._due = [
            *((o.due_ms, 0, o.depositor_order) for o in self._orders.rows.values() if o.status == "accepted"),
            *((s.tell_ms, 1, s.shipment) for s in self._shipments.rows.values() if s.shipment not in told),
        ]
        heapify(self._due)

    def advance(self, now_ms: int) -> None:
        """Ship and tell what is due by now, the earliest first; count what has come."""
        self.dock.advance(now_ms)
        due = self._due
        while due and due[0][0] <= now_ms:
            _, telling, name = heappop(due)
            if telling:
                self._tell(self._shipments.rows[name])
            else:
                order = self._orders.rows[name]
                if order.status == "accepted":
                    self._ship(order)
        self._carrier.advance(now_ms)

    def waiting(self) -> int:
        """Orders that have not left yet, shipments that have not been told, and parcels on their way."""
        orders = self._orders.rows
        due = sum(1 for _, telling, name in self._due if telling or orders[name].status == "accepted")
        return due + self._carrier.waiting()

    def _ship(self, order: Order) -> None:
        name, config, trip = order.depositor_order, self._config, order.trips
        found = order.left if trip else self._found(order)
        now, later = found, list[Item]()
        if not trip:
            now, later = self._split(name, found)
        named = (name,) if not trip else (name, str(trip))
        left = Shipment(
            shipment=f"SH-{token('shipment', *named)}",
            depositor_order=name,
            ref=order.ref,
            site=order.site,
            tracking=f"TRK{token('tracking', *named)}",
            shipped_at=order.due_ms,
            items=now,
            whole=now == order.items,
            complete=not later,
            tell_ms=order.due_ms,
            trip=trip,
        )
        if hits(config.late_bp, config.seed, "warehouse:late", left.shipment):
            left = structs.replace(left, tell_ms=order.due_ms + config.late_ms)
        self._shipments.put(left.shipment, left)
        for item in now:
            self.shelves.move(order.site, item.item, -item.qty, left.tell_ms)
        if now:
            self._carrier.takes(left.shipment, name, order.ref, [item.item for item in now], order.due_ms)
        if left.tell_ms > order.due_ms:
            heappush(self._due, (left.tell_ms, 1, left.shipment))
        else:
            self._tell(left)
        if later:
            due_ms = order.due_ms + config.pick_max_ms
            order = structs.replace(order, left=later, due_ms=due_ms, trips=trip + 1)
            heappush(self._due, (due_ms, 0, name))
        else:
            status = "shipped" if now or trip else "closed"
            order = structs.replace(order, status=status, left=[], trips=trip + 1)
        self._orders.put(name, order)

    def _found(self, order: Order) -> list[Item]:
        """What the pickers find of the order: mostly all of it."""
        config, name = self._config, order.depositor_order
        missing = {item.line: item.qty for item in order.items if item.item in config.warehouse_missing_items}
        if hits(config.short_bp, config.seed, "warehouse:short", name):
            item = order.items[below(len(order.items), config.seed, "warehouse:short_line", name)]
            missing[item.line] = 1 + below(item.qty, config.seed, "warehouse:short_units", name)
        if not missing:
            return order.items
        found = [structs.replace(item, qty=item.qty - missing.get(item.line, 0)) for item in order.items]
        return [item for item in found if item.qty]

    def _split(self, name: str, found: list[Item]) -> tuple[list[Item], list[Item]]:
        """What leaves now, and what leaves later."""
        config = self._config
        later = [item for item in found if item.item in config.warehouse_later_items]
        if len(found) > 1 and hits(config.partial_bp, config.seed, "warehouse:partial", name):
            later = found[1 + below(len(found) - 1, config.seed, "warehouse:partial_lines", name) :]
        if len(later) == len(found):
            return found, []
        return [item for item in found if item not in later], later

    def _tell(self, left: Shipment) -> None:
        config = self._config
        again = hits(config.repeat_bp, config.seed, "warehouse:repeat", left.shipment)
        for _ in range(2 if again else 1):
            record = Record(len(self._feed_rows) + 1, left.shipment)
            self._records.put(str(record.n), record)
            self._feed_rows.append(record)

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
        heappush(self._due, (due_ms, 0, name))
        return ForeignResponse(202, {"accepted": True})

    def _recall(self, request: RecallRequest, key: str, now_ms: int) -> ForeignResponse:
        order = self._orders.rows.get(request.depositor_order)
        if order is None:
            return ForeignResponse(404, {"reason": "UNKNOWN_ORDER"})
        if order.status in ("shipped", "closed"):
            return ForeignResponse(409, {"reason": "SHIPPED"})
        if order.status == "accepted":
            self._orders.put(order.depositor_order, structs.replace(order, status="recalled"))
        return ForeignResponse(200, {"recalled": True})

    def _feed(self, request: FeedRequest, key: str, now_ms: int) -> ForeignResponse:
        page = self._feed_rows[request.after : request.after + request.limit]
        records = [self._record(row) for row in page]
        return ForeignResponse(200, {"records": records, "last": page[-1].n if page else request.after})

    def _receipts(self, request: FeedRequest, key: str, now_ms: int) -> ForeignResponse:
        records = self.dock.page(request.after, request.limit)
        return ForeignResponse(200, {"records": records, "last": request.after + len(records)})

    def _scans(self, request: FeedRequest, key: str, now_ms: int) -> ForeignResponse:
        records = self._carrier.page(request.after, request.limit)
        return ForeignResponse(200, {"records": records, "last": request.after + len(records)})

    def _record(self, row: Record) -> dict[str, Any]:
        """A record as it is told; what left is listed where it is not all that was ordered.

        The last of several shipments says how many they are: it may be told before the others.
        """
        return {"n": row.n, **self._told_of(self._shipments.rows[row.shipment])}

    def _listed(self, left: Shipment) -> dict[str, Any] | None:
        """A shipment as it is listed: told or not, but none that holds nothing."""
        if not left.items:
            return None
        return {**self._told_of(left), "site": left.site, "changed_at": left.tell_ms}

    def _told_of(self, left: Shipment) -> dict[str, Any]:
        record: dict[str, Any] = {
            "depositor_order": left.depositor_order,
            "ref": left.ref,
            "shipment": left.shipment,
            "tracking": left.tracking,
            "shipped_at": left.shipped_at,
        }
        if left.whole and left.complete:
            return record
        record = {**record, "items": to_builtins(left.items), "complete": left.complete}
        return {**record, "shipments": left.trip + 1} if left.trip and left.complete else record

    def _told_twice(self) -> int:
        """Records that were told again, and changed nothing."""
        again = len(self._feed_rows) - len({row.shipment for row in self._feed_rows})
        return again + self._carrier.told_twice

    def books(self) -> dict[str, Any]:
        """Orders, shipments, receipts, shelves and parcels, as of the last `advance`: lists of rows, by name."""
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
                    "site": row.site,
                    "tracking": row.tracking,
                    "items": to_builtins(row.items),
                }
                for row in self._shipments.rows.values()
                if row.items
            ],
            "receipts": self.dock.books(),
            "shelves": self.shelves.books(),
            "told_twice": self._told_twice(),
            "parcels": self._carrier.books(),
        }
