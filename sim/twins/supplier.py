"""The suppliers: they take purchase orders, say what they will do, deliver more or less of it, and send invoices.

All that will come of an order is drawn when it is taken, by its number: so many documents, each told in its feed
when its time comes, and so many deliveries, which carriers bring to the warehouse. Some documents come twice.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Annotated, Any

from msgspec import Meta, Struct, structs, to_builtins

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .dock import Counted, Dock, Inbound
from .draw import below, hits, token
from .store import Store
from .system import Operation, TwinSystem

ACCEPTED, CHANGED, REJECTED = "IA", "IC", "IR"
FEEDS = ("acknowledgments", "ship_notices", "invoices")


class Item(Struct, frozen=True):
    """So many of an item at a price each."""

    line: str
    item: str
    qty: Annotated[int, Meta(ge=0)]
    price: Annotated[int, Meta(ge=0)]


class OrderRequest(Struct):
    """suppliers/purchase_orders."""

    po: str
    vendor: str
    ship_to: str
    curr: str
    deliver_by: int
    items: Annotated[list[Item], Meta(min_length=1)]


class WithdrawRequest(Struct):
    """suppliers/purchase_orders:cancel."""

    po: str
    vendor: str
    why: str


class FeedRequest(Struct):
    """A feed: the records behind `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 200


class Order(Struct, frozen=True):
    """`status` is open, rejected or cancelled. Shipped is what `leaves_ms` lies behind."""

    po: str
    vendor: str
    curr: str
    items: list[Item]
    status: str
    leaves_ms: int


class Document(Struct, frozen=True):
    """An acknowledgment, ship notice or invoice, told `copies` times at `due_ms`; `n` is its first record's
    number, 0 before.
    """

    doc: str
    feed: str
    po: str
    due_ms: int
    copies: int
    items: list[Item]
    fields: dict[str, Any]
    n: int = 0


class Suppliers(TwinSystem):
    """Idempotent by the number of the purchase order; knows no effect keys."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "purchase_orders": Operation(OrderRequest, self._take),
                "purchase_orders:cancel": Operation(WithdrawRequest, self._withdraw),
                "acknowledgments": Operation(FeedRequest, self._feed_of("acknowledgments")),
                "ship_notices": Operation(FeedRequest, self._feed_of("ship_notices")),
                "invoices": Operation(FeedRequest, self._feed_of("invoices")),
            }
        )
        self._config = config
        self._dock: Dock | None = None
        self._orders = store.table("suppliers.orders", Order)
        self._documents = store.table("suppliers.documents", Document)
        self._feeds: dict[str, list[Document]] = {feed: [] for feed in FEEDS}
        rows = self._documents.rows.values()
        for document in sorted((row for row in rows if row.n), key=lambda row: row.n):
            self._feeds[document.feed] += [document] * document.copies
        self._due = [(row.due_ms, row.doc) for row in rows if not row.n]
        heapify(self._due)

    def delivers_to(self, dock: Dock) -> None:
        """Carriers bring the goods to this dock."""
        self._dock = dock

    def advance(self, now_ms: int) -> None:
        """Tell what is due by now, the earliest first."""
        while self._due and self._due[0][0] <= now_ms:
            document = self._documents.rows[heappop(self._due)[1]]
            feed = self._feeds[document.feed]
            told = structs.replace(document, n=len(feed) + 1)
            self._documents.put(told.doc, told)
            feed += [told] * told.copies

    # -- orders ------------------------------------------------------------------------------------

    def _take(self, request: OrderRequest, key: str, now_ms: int) -> ForeignResponse:
        known = self._orders.rows.get(request.po)
        if known is not None:
            if (known.vendor, known.items) != (request.vendor, request.items):
                return ForeignResponse(422, {"reason": "ORDER_DIFFERS"})
            return ForeignResponse(202, {"taken": True})
        for item in request.items:
            if item.item in self._config.supplier_unknown_items:
                return ForeignResponse(422, {"reason": "UNKNOWN_ITEM", "item": item.item})
        self._plan(request, now_ms)
        return ForeignResponse(202, {"taken": True})

    def _withdraw(self, request: WithdrawRequest, key: str, now_ms: int) -> ForeignResponse:
        known = self._orders.rows.get(request.po)
        if known is None:
            # Remembered: an order that is still on its way must not come after its withdrawal.
            gone = Order(request.po, request.vendor, "", [], "cancelled", now_ms)
            self._orders.put(request.po, gone)
        elif known.status == "open" and known.leaves_ms <= now_ms:
            return ForeignResponse(409, {"reason": "SHIPPED"})
        elif known.status == "open":
            self._orders.put(request.po, structs.replace(known, status="cancelled"))
            gone_docs = {
                row.doc for row in self._documents.rows.values() if row.po == request.po and not row.n
            }
            for doc in sorted(gone_docs):
                self._documents.drop(doc)
            self._due = [place for place in self._due if place[1] not in gone_docs]
            heapify(self._due)
            if self._dock is not None:
                self._dock.refuse(request.po, now_ms)
        return ForeignResponse(200, {"withdrawn": True})

    # -- what comes of an order --------------------------------------------------------------------

    def _below(self, bound: int, what: str, po: str) -> int:
        return below(max(1, bound), self._config.seed, f"supplier:{what}", po)

    def _hits(self, share_bp: int, what: str, po: str) -> bool:
        return hits(share_bp, self._config.seed, f"supplier:{what}", po)

    def _plan(self, request: OrderRequest, now_ms: int) -> None:
        config, po = self._config, request.po
        code, confirmed = self._answer(request)
        said_ms = now_ms + 1 + self._below(config.supplier_ack_max_ms, "acknowledges", po)
        self._say("acknowledgments", request, 0, said_ms, confirmed, {"code": code})
        lead_ms = max(1_000, request.deliver_by - now_ms)
        # On the way from half of the lead time on; there a fifth early or late.
        leaves_ms = max(said_ms, now_ms + lead_ms // 2)
        arrives_ms = max(leaves_ms, now_ms + lead_ms * (80 + self._below(41, "arrives", po)) // 100)
        status = "rejected" if code == REJECTED else "open"
        self._orders.put(po, Order(po, request.vendor, request.curr, request.items, status, leaves_ms))
        if code == REJECTED:
            return
        shipped = self._delivered(confirmed, po)
        parts = self._shipments(shipped, po)
        for n, items in enumerate(parts):
            due_ms = arrives_ms + n * (lead_ms * 3 // 10)
            fields = {"arrives": due_ms, "final": n == len(parts) - 1}
            self._say("ship_notices", request, n, leaves_ms + n, items, fields)
            self._bring(request, n, items, due_ms)
        self._bill(request, shipped, leaves_ms, arrives_ms)

    def _answer(self, request: OrderRequest) -> tuple[str, list[Item]]:
        """What the supplier says it will do: as ordered, less of the first line, or nothing."""
        po = request.po
        if self._hits(self._config.supplier_reject_bp, "rejects", po):
            return REJECTED, []
        if self._hits(self._config.supplier_change_bp, "changes", po):
            first = request.items[0]
            less = first.qty - first.qty * (5 + self._below(30, "less", po)) // 100
            return CHANGED, [structs.replace(first, qty=max(1, less)), *request.items[1:]]
        return ACCEPTED, request.items

    def _delivered(self, confirmed: list[Item], po: str) -> list[Item]:
        """What is sent: as confirmed, or more or less of the last line."""
        config, last = self._config, confirmed[-1]
        percent = 1 + self._below(30, "percent", po)
        change = max(1, last.qty * percent // 100)
        if self._hits(config.supplier_short_bp, "short", po):
            last = structs.replace(last, qty=max(1, last.qty - change))
        elif self._hits(config.supplier_over_bp, "over", po):
            last = structs.replace(last, qty=last.qty + change)
        return [*confirmed[:-1], last]

    def _shipments(self, shipped: list[Item], po: str) -> list[list[Item]]:
        """In one delivery, or in two."""
        if not self._hits(self._config.supplier_split_bp, "splits", po):
            return [shipped]
        first = [structs.replace(item, qty=(item.qty + 1) // 2) for item in shipped]
        rest = [structs.replace(item, qty=item.qty // 2) for item in shipped if item.qty > 1]
        return [first, rest] if rest else [first]

    def _bill(self, request: OrderRequest, shipped: list[Item], leaves_ms: int, arrives_ms: int) -> None:
        """The invoice, when the goods leave or some time after they came; some ask for more than was agreed."""
        config, po = self._config, request.po
        due_ms = arrives_ms + self._below(config.supplier_invoice_max_ms, "bills", po)
        if self._hits(config.supplier_early_bp, "early", po):
            due_ms = leaves_ms
        if self._hits(config.supplier_price_bp, "dearer", po):
            percent = 101 + self._below(15, "asks", po)
            shipped = [structs.replace(item, price=item.price * percent // 100 + 1) for item in shipped]
        total = sum(item.qty * item.price for item in shipped)
        self._say("invoices", request, 0, due_ms, shipped, {"curr": request.curr, "total": total})

    def _say(
        self, feed: str, request: OrderRequest, n: int, due_ms: int, items: list[Item], fields: dict[str, Any]
    ) -> None:
        doc = f"{feed[:3].upper()}-{token(feed, request.po, str(n))}"
        copies = 2 if self._hits(self._config.supplier_repeat_bp, f"repeats:{feed}", request.po) else 1
        self._documents.put(doc, Document(doc, feed, request.po, due_ms, copies, items, fields))
        heappush(self._due, (due_ms, doc))

    def _bring(self, request: OrderRequest, n: int, items: list[Item], due_ms: int) -> None:
        if self._dock is not None:
            counted = [Counted(item.line, item.item, item.qty) for item in items]
            receipt = f"GR-{token('receipt', request.po, str(n))}"
            self._dock.expect(Inbound(receipt, request.po, request.ship_to, counted, due_ms))

    # -- what is told ------------------------------------------------------------------------------

    def _feed_of(self, feed: str) -> Any:
        def page(request: FeedRequest, key: str, now_ms: int) -> ForeignResponse:
            after = request.after
            rows = self._feeds[feed][after : after + request.limit]
            records = [
                {
                    "n": after + n,
                    "doc": row.doc,
                    "po": row.po,
                    "items": to_builtins(row.items),
                    **row.fields,
                }
                for n, row in enumerate(rows, start=1)
            ]
            return ForeignResponse(200, {"records": records, "last": after + len(rows)})

        return page

    def books(self) -> dict[str, Any]:
        """{"orders": [{"po", "vendor", "status", "items"}], and of each feed [{"doc", "po", "items", ...}]}.

        `told_twice` counts the documents that came again.
        """
        told = {
            feed: [
                {"doc": row.doc, "po": row.po, "items": to_builtins(row.items), **row.fields}
                for row in {document.doc: document for document in rows}.values()
            ]
            for feed, rows in self._feeds.items()
        }
        orders = [
            {"po": row.po, "vendor": row.vendor, "status": row.status, "items": to_builtins(row.items)}
            for row in self._orders.rows.values()
        ]
        again = sum(len(rows) - len({row.doc for row in rows}) for rows in self._feeds.values())
        return {"orders": orders, **told, "told_twice": again}
