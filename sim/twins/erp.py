"""The ERP: sales orders, with no idempotency whatever. Amounts in minor units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct, structs

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import below, hits
from .listing import Listing
from .store import Store, Table
from .system import Operation, TwinSystem

FIRST_NUMBER = 1_000_001


class Item(Struct):
    """A line of a sales order."""

    line: str
    item: str
    qty: int
    amt: int


class CreateRequest(Struct):
    """erp/sales_orders."""

    external_ref: str
    curr: str
    total: int
    items: list[Item]
    cust: str | None = None


class FindRequest(Struct):
    """erp/sales_orders:find."""

    external_ref: str


class CancelRequest(Struct):
    """erp/sales_orders:cancel."""

    external_ref: str
    why: str


class ChangeRequest(Struct):
    """erp/sales_orders:change: its items are these now."""

    external_ref: str
    total: int
    items: list[Item]


class ReviseRequest(Struct):
    """erp/price_changes:revise: what somebody at the ERP decides, not a call of the broker's."""

    item: str
    price: int
    curr: str
    valid_from: int


class ProductReviseRequest(Struct):
    """erp/product_changes:revise: somebody at the ERP changes a product."""

    item: str
    name: str
    tax_class: str
    weight_g: int
    price: int
    cost: int
    currency: str


class CustomerReviseRequest(Struct):
    """erp/customer_changes:revise: somebody at the ERP changes a customer."""

    cust: str
    name: str
    email: str | None = None
    phone: str | None = None


class RateReviseRequest(Struct):
    """erp/exchange_rates:revise: the treasury enters what a unit of a currency is worth; `rate` is decimal text."""

    company: str
    currency: str
    rate: str
    valid_from: int


class TaxReviseRequest(Struct):
    """erp/tax_rates:revise: somebody enters all rates of a zone, basis points by class."""

    zone: str
    classes: dict[str, int]
    valid_from: int


class RestoreRequest(Struct):
    """erp/changes:restore: the ERP goes back to a backup, in which `feed` had `n` changes."""

    feed: str
    n: Annotated[int, Meta(ge=0)]


# What the ERP tells as deltas, as somebody enters it; prices have a table of their own.
NOTED: dict[str, type[Struct]] = {
    "product_changes": ProductReviseRequest,
    "customer_changes": CustomerReviseRequest,
    "exchange_rates": RateReviseRequest,
    "tax_rates": TaxReviseRequest,
}


class Noted(Struct, frozen=True):
    """A change of reference data, at this ms; its number is its place."""

    body: dict[str, Any]
    at: int


class PriceChangesRequest(Struct):
    """erp/price_changes, product_changes, customer_changes, exchange_rates, tax_rates: the changes behind `after`."""

    after: Annotated[int, Meta(ge=0)] = 0
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 200


class PriceChange(Struct, frozen=True):
    """A change of a price; its number in the ERP is its place."""

    item: str
    price: int
    currency: str
    valid_from: int


class Document(Struct, frozen=True):
    """A sales order, `open` or `cancelled`; last changed at this ms."""

    doc_no: str
    external_ref: str
    status: str
    total: int
    currency: str
    at: int = 0


class Cancelled(Struct, frozen=True):
    """A reference nobody may create a sales order for any more."""

    why: str


class Erp(TwinSystem):
    """The same create twice makes two documents: whoever sends again asks first."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "price_changes": Operation(PriceChangesRequest, self._price_changes),
                "price_changes:revise": Operation(ReviseRequest, self._revise),
                **{name: Operation(PriceChangesRequest, self._told(name)) for name in NOTED},
                **{f"{name}:revise": Operation(row, self._note(name)) for name, row in NOTED.items()},
                "changes:restore": Operation(RestoreRequest, self._restore),
                "sales_orders": Operation(CreateRequest, self._create),
                "sales_orders:find": Operation(FindRequest, self._find),
                "sales_orders:cancel": Operation(CancelRequest, self._cancel),
                "sales_orders:change": Operation(ChangeRequest, self._change),
            }
        )
        self._config = config
        self._documents = store.table("erp.documents", Document)
        self._operations["sales_orders:list"] = Listing(self._documents, _listed).operation
        self._changes = store.table("erp.price_changes", PriceChange)
        self._noted = {name: store.table(f"erp.{name}", Noted) for name in NOTED}
        self._cancelled = store.table("erp.cancelled", Cancelled)
        self._by_ref: dict[str, list[str]] = {}
        for doc_no, document in self._documents.rows.items():
            self._by_ref.setdefault(document.external_ref, []).append(doc_no)
        self._next = 1 + max((int(doc_no[3:]) for doc_no in self._documents.rows), default=FIRST_NUMBER - 1)

    def _create(self, request: CreateRequest, key: str, now_ms: int) -> ForeignResponse:
        if request.external_ref in self._cancelled.rows:
            return ForeignResponse(422, {"code": "CANCELLED"})
        blocked = self._blocked(request)
        if blocked is not None:
            return ForeignResponse(422, {"code": "ITEM_BLOCKED", "item": blocked})
        doc_no = f"SO-{self._next}"
        self._next += 1
        document = Document(doc_no, request.external_ref, "open", request.total, request.curr, now_ms)
        self._documents.put(doc_no, document)
        self._by_ref.setdefault(request.external_ref, []).append(doc_no)
        return ForeignResponse(201, {"doc_no": doc_no})

    def _blocked(self, request: CreateRequest | ChangeRequest) -> str | None:
        config = self._config
        for line in request.items:
            if line.item in config.erp_blocked_items:
                return line.item
        ref = request.external_ref
        if request.items and hits(config.erp_reject_bp, config.seed, "erp:reject", ref):
            return request.items[below(len(request.items), config.seed, "erp:item", ref)].item
        return None

    def _find(self, request: FindRequest, key: str, now_ms: int) -> ForeignResponse:
        found = [self._documents.rows[doc_no] for doc_no in self._by_ref.get(request.external_ref, ())]
        return ForeignResponse(200, {"docs": [{"doc_no": row.doc_no, "status": row.status} for row in found]})

    def _change(self, request: ChangeRequest, key: str, now_ms: int) -> ForeignResponse:
        doc_nos = self._by_ref.get(request.external_ref, [])
        if not doc_nos:
            return ForeignResponse(404, {"code": "NO_DOCUMENT"})
        document = self._documents.rows[doc_nos[0]]
        if document.status == "cancelled":
            return ForeignResponse(409, {"code": "CANCELLED"})
        blocked = self._blocked(request)
        if blocked is not None:
            return ForeignResponse(422, {"code": "ITEM_BLOCKED", "item": blocked})
        self._documents.put(document.doc_no, structs.replace(document, total=request.total))
        return ForeignResponse(200, {"doc_no": document.doc_no})

    def _cancel(self, request: CancelRequest, key: str, now_ms: int) -> ForeignResponse:
        ref = request.external_ref
        # Remembered in any case: a create that is still on its way must not come after its cancellation.
        if ref not in self._cancelled.rows:
            self._cancelled.put(ref, Cancelled(request.why))
        doc_nos = self._by_ref.get(ref, [])
        for doc_no in doc_nos:
            document = self._documents.rows[doc_no]
            if document.status != "cancelled":
                self._documents.put(doc_no, structs.replace(document, status="cancelled", at=now_ms))
        return ForeignResponse(200, {"doc_no": doc_nos[0] if doc_nos else None, "status": "cancelled"})

    def _revise(self, request: ReviseRequest, effect_key: str, now_ms: int) -> ForeignResponse:
        n = len(self._changes.rows) + 1
        change = PriceChange(request.item, request.price, request.curr, request.valid_from)
        self._changes.put(str(n), change)
        return ForeignResponse(201, {"n": n})

    def _price_changes(self, request: PriceChangesRequest, effect_key: str, now_ms: int) -> ForeignResponse:
        head = len(self._changes.rows)
        records = [
            {"n": n, **structs.asdict(self._changes.rows[str(n)])}
            for n in range(request.after + 1, min(head, request.after + request.limit) + 1)
        ]
        last = request.after + len(records)
        return ForeignResponse(200, {"records": records, "last": last, "head": head})

    def _note(self, name: str) -> Callable[[Any, str, int], ForeignResponse]:
        def note(request: Any, effect_key: str, now_ms: int) -> ForeignResponse:
            noted = self._noted[name]
            n = len(noted.rows) + 1
            noted.put(str(n), Noted(structs.asdict(request), now_ms))
            return ForeignResponse(201, {"n": n})

        return note

    def _told(self, name: str) -> Callable[[Any, str, int], ForeignResponse]:
        def told(request: PriceChangesRequest, effect_key: str, now_ms: int) -> ForeignResponse:
            rows = self._noted[name].rows
            head = len(rows)
            records = [
                {"n": n, **rows[str(n)].body, "changed_at": rows[str(n)].at}
                for n in range(request.after + 1, min(head, request.after + request.limit) + 1)
            ]
            last = request.after + len(records)
            return ForeignResponse(200, {"records": records, "last": last, "head": head})

        return told

    def _restore(self, request: RestoreRequest, effect_key: str, now_ms: int) -> ForeignResponse:
        table: Table[Any] = self._noted.get(request.feed) or self._changes
        for n in range(len(table.rows), request.n, -1):
            table.drop(str(n))
        return ForeignResponse(200, {"n": len(table.rows)})

    def books(self) -> dict[str, Any]:
        """{"documents": [{"doc_no", "external_ref", "status", "total", "currency"}]}"""
        rows = [structs.asdict(row) for row in self._documents.rows.values()]
        for row in rows:
            del row["at"]
        return {"documents": rows}


def _listed(row: Document) -> dict[str, Any]:
    return {
        "doc_no": row.doc_no, "external_ref": row.external_ref, "status": row.status, "total": row.total,
        "curr": row.currency, "changed_at": row.at,
    }  # fmt: skip
