"""The stores' tills: what was sold at each, its closings, and the files that they upload of them.

A sale is paid and taken when it is rung up; nobody is asked. Goods may be brought back to a till, once. At its closing
a till counts itself and uploads a file some time later, or hours later; it may first come cut off or with a count that
is wrong and be put right after, or come twice. The cards of a closing are one batch at the provider, under the
closing's number, on the day itself. Nothing runs in the background: what is due happens before anything else is
looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Annotated, Any

from msgspec import Meta, Struct, structs, to_builtins

from contracts.ports import ForeignResponse

from .config import TwinsConfig
from .draw import hits
from .store import Store
from .system import Operation, TwinSystem, refusal
from .till_files import Closing, GivenBack, Item, Natural, Positive, Returned, Sale, sums, written

# Whose terminals stand in a store: the account that its cards are settled to.
TERMINALS = {"ST1": "psp-a", "ST2": "psp-b"}

# (account, batch, amount, currency): what the provider is told of a closing's cards.
Acquirer = Callable[[str, str, int, str], None]


class Handed(Struct, frozen=True):
    """Units of an order's line."""

    line: str
    item: str
    qty: Positive


class RingRequest(Struct):
    """tills/sales:ring: what happens at a till, not a call of the broker's."""

    store: str
    till: str
    receipt: str
    items: Annotated[list[Item], Meta(min_length=1)]
    cash: Natural
    card: Natural
    curr: str = "GBP"


class GiveBackRequest(Struct):
    """tills/refunds:give: a customer brings back what they bought at receipt `of`."""

    store: str
    till: str
    receipt: str
    of: str
    items: Annotated[list[Returned], Meta(min_length=1)]
    cash: Natural
    card: Natural
    curr: str = "GBP"


class CloseRequest(Struct):
    """tills/closings:close: somebody closes a till."""

    store: str
    till: str


class HandOverRequest(Struct):
    """tills/collections:hand_over: somebody at the counter gives a customer their order."""

    store: str
    order: str
    collection: str
    items: Annotated[list[Handed], Meta(min_length=1)]


class Collection(Struct, frozen=True):
    """An order that was handed over."""

    collection: str
    store: str
    order: str
    items: list[Handed]


class ListRequest(Struct):
    """tills/till_files: the files behind `after`."""

    after: Natural = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 200


class FileRequest(Struct):
    """tills/till_file: the content of file `n`."""

    n: int


class Upload(Struct, frozen=True):
    """A file, to be there at `due_ms`; `n` is its number in the feed, 0 before."""

    key: str
    store: str
    name: str
    due_ms: int
    content: str
    n: int = 0


class Tills(TwinSystem):
    """Every till of every store."""

    def __init__(self, config: TwinsConfig, store: Store) -> None:
        super().__init__(
            {
                "sales:ring": Operation(RingRequest, self._ring),
                "refunds:give": Operation(GiveBackRequest, self._give_back),
                "closings:close": Operation(CloseRequest, self._close),
                "collections:hand_over": Operation(HandOverRequest, self._hand_over),
                "till_files": Operation(ListRequest, self._list),
                "till_file": Operation(FileRequest, self._content),
            }
        )
        self._config = config
        self._sales = store.table("tills.sales", Sale)
        self._given = store.table("tills.refunds", GivenBack)
        self._closings = store.table("tills.closings", Closing)
        self._uploads = store.table("tills.uploads", Upload)
        self._collections = store.table("tills.collections", Collection)
        uploads = list(self._uploads.rows.values())
        self._published = sorted([one for one in uploads if one.n], key=lambda one: one.n)
        self._due = [(one.due_ms, one.key) for one in uploads if not one.n]
        heapify(self._due)
        # Up to where the files were read: who asks for what is behind a file has it.
        self._read = 0
        self._acquirer: Acquirer = lambda account, batch, amount, curr: None

    def pays_to(self, acquirer: Acquirer) -> None:
        """Where the terminals send what was paid by card."""
        self._acquirer = acquirer

    # -- what happens in the stores -----------------------------------------------------------------

    def _ring(self, request: RingRequest, key: str, now_ms: int) -> ForeignResponse:
        owed = sum(item.net + item.tax for item in request.items)
        if owed != request.cash + request.card:
            return refusal(422, "not_paid")
        if request.receipt in self._sales.rows or request.receipt in self._given.rows:
            return refusal(409, "receipt_printed")
        sale = Sale(**structs.asdict(request), at=now_ms)
        self._sales.put(sale.receipt, sale)
        return ForeignResponse(201, {"receipt": sale.receipt})

    def _give_back(self, request: GiveBackRequest, key: str, now_ms: int) -> ForeignResponse:
        owed = sum(item.net + item.tax for item in request.items)
        if owed != request.cash + request.card:
            return refusal(422, "not_paid")
        if request.receipt in self._sales.rows or request.receipt in self._given.rows:
            return refusal(409, "receipt_printed")
        sale = self._sales.rows.get(request.of)
        if sale is None or any(one.of == request.of for one in self._given.rows.values()):
            return refusal(409, "not_sold")
        sold: dict[str, int] = {}
        for item in sale.items:
            sold[item.item] = sold.get(item.item, 0) + item.qty
        if any(item.qty > sold.get(item.item, 0) for item in request.items):
            return refusal(409, "not_sold")
        given = GivenBack(**structs.asdict(request), at=now_ms)
        self._given.put(given.receipt, given)
        return ForeignResponse(201, {"receipt": given.receipt})

    def _close(self, request: CloseRequest, key: str, now_ms: int) -> ForeignResponse:
        at = (request.store, request.till)
        sales = [one for one in self._sales.rows.values() if (one.store, one.till) == at and not one.closing]
        given = [one for one in self._given.rows.values() if (one.store, one.till) == at and not one.closing]
        if not sales and not given:
            return ForeignResponse(200, {"closing": None})
        before = sum(1 for one in self._closings.rows.values() if (one.store, one.till) == at)
        items = [item for sale in sales for item in sale.items]
        closing = Closing(
            f"{request.store}-{request.till}-{before + 1:04d}", request.store, request.till, (sales or given)[0].curr,
            min([one.at for one in sales] + [one.at for one in given]), now_ms, [one.receipt for one in sales],
            sum(one.qty for one in items), sum(one.net for one in items), sum(one.tax for one in items),
            sum(one.cash for one in sales), sum(one.card for one in sales), [one.receipt for one in given],
        )  # fmt: skip
        self._closings.put(closing.closing, closing)
        for sale in sales:
            self._sales.put(sale.receipt, structs.replace(sale, closing=closing.closing))
        for one in given:
            self._given.put(one.receipt, structs.replace(one, closing=closing.closing))
        cards = closing.card - sum(one.card for one in given)
        if cards:
            account = TERMINALS.get(closing.store, "psp-a")
            self._acquirer(account, closing.closing, cards, closing.curr)
        self._schedule(closing, now_ms + self._config.till_upload_ms)
        return ForeignResponse(201, {"closing": closing.closing})

    def _hand_over(self, request: HandOverRequest, key: str, now_ms: int) -> ForeignResponse:
        if request.collection in self._collections.rows:
            return refusal(409, "handed_over")
        handed = Collection(request.collection, request.store, request.order, request.items)
        self._collections.put(handed.collection, handed)
        return ForeignResponse(201, {"collection": handed.collection})

    def _schedule(self, closing: Closing, due_ms: int) -> None:
        """When the file is there, and what is wrong with it first."""
        config = self._config
        right = self._written(closing, 0)

        def unlucky(share_bp: int, what: str) -> bool:
            return hits(share_bp, config.seed, f"tills:{what}", closing.closing)

        if unlucky(config.till_late_bp, "late"):
            due_ms += config.till_late_ms
        if unlucky(config.till_truncated_bp, "truncated"):
            lines = right.splitlines(keepends=True)
            self._put(closing, "truncated", due_ms, "".join(lines[: len(lines) * 2 // 3]))
            due_ms += config.till_late_ms // 2
        elif unlucky(config.till_wrong_total_bp, "wrong_total"):
            self._put(closing, "wrong_total", due_ms, self._written(closing, 1))
            due_ms += config.till_late_ms // 2
        self._put(closing, "right", due_ms, right)
        if unlucky(config.till_twice_bp, "twice"):
            self._put(closing, "twice", due_ms + config.till_late_ms // 4, right)

    def _put(self, closing: Closing, what: str, due_ms: int, content: str) -> None:
        key = f"{closing.closing} {what}"
        self._uploads.put(key, Upload(key, closing.store, f"{closing.closing}.csv", due_ms, content))
        heappush(self._due, (due_ms, key))

    def _written(self, closing: Closing, off: int) -> str:
        sales = [self._sales.rows[receipt] for receipt in closing.receipts]
        return written(closing, sales, [self._given.rows[receipt] for receipt in closing.back], off)

    def advance(self, now_ms: int) -> None:
        """Files are there that are due."""
        while self._due and self._due[0][0] <= now_ms:
            upload = self._uploads.rows[heappop(self._due)[1]]
            upload = structs.replace(upload, n=len(self._published) + 1)
            self._uploads.put(upload.key, upload)
            self._published.append(upload)

    def waiting(self) -> int:
        """Files that are not there yet, or were not read."""
        return len(self._due) + len(self._published) - self._read

    # -- what is asked ------------------------------------------------------------------------------

    def _list(self, request: ListRequest, key: str, now_ms: int) -> ForeignResponse:
        self._read = max(self._read, min(request.after, len(self._published)))
        page = self._published[request.after : request.after + request.limit]
        records = [{"n": one.n, "store": one.store, "name": one.name} for one in page]
        return ForeignResponse(200, {"records": records, "last": page[-1].n if page else request.after})

    def _content(self, request: FileRequest, key: str, now_ms: int) -> ForeignResponse:
        if not 1 <= request.n <= len(self._published):
            return refusal(404, "no_such_file")
        upload = self._published[request.n - 1]
        return ForeignResponse(200, {"name": upload.name, "content": upload.content})

    def books(self) -> dict[str, Any]:
        """{"closings": [{"closing", "store", "till", "curr", "sales", "units": {item: qty}, "net", "tax", "cash",
        "card", "back", "back_units": {"item grade": qty}}], "told_twice": n, "collections": [{"collection", "store",
        "order", "items"}]}: closings whose files are there, how many of these came twice, and what was handed over at
        the counters. Tax, cash and card are less what was given back; `back` is what was, without tax.
        """
        there = {one.key for one in self._published}
        return {
            "told_twice": sum(key.endswith(" twice") for key in there),
            "collections": [to_builtins(one) for one in self._collections.rows.values()],
            "closings": [
                self._told(one) for one in self._closings.rows.values() if f"{one.closing} right" in there
            ],
        }

    def _told(self, one: Closing) -> dict[str, Any]:
        given = [self._given.rows[receipt] for receipt in one.back]
        _, net, tax, cash, card = sums(given)
        units: dict[str, int] = {}
        for item in [item for back in given for item in back.items]:
            name = f"{item.item} {item.grade}"
            units[name] = units.get(name, 0) + item.qty
        return {
            "closing": one.closing, "store": one.store, "till": one.till, "curr": one.curr,
            "sales": len(one.receipts), "units": self._units(one), "net": one.net, "tax": one.tax - tax,
            "cash": one.cash - cash, "card": one.card - card, "back": net, "back_units": units,
        }  # fmt: skip

    def _units(self, closing: Closing) -> dict[str, int]:
        units: dict[str, int] = {}
        for receipt in closing.receipts:
            for one in self._sales.rows[receipt].items:
                units[one.item] = units.get(one.item, 0) + one.qty
        return units
