"""The shapes of a load: sales as a source tells them, orders as the clients will send them."""

from __future__ import annotations

from msgspec import Struct

from contracts.inventory import ProductRow, StockRow
from contracts.orders import Order
from contracts.replenishment import ReorderRow


class SaleLine(Struct, array_like=True, frozen=True, gc=False):
    """Units of a SKU at the unit price charged, in minor units."""

    sku: str
    quantity: int
    price_minor: int


class Sale(Struct, array_like=True, frozen=True, gc=False):
    """A sale as its source tells it. `placed_ms` is the source's own time; `country` is ISO 3166 alpha-2."""

    ref: str
    placed_ms: int
    customer: str | None
    country: str
    lines: tuple[SaleLine, ...]


class TraceReturn(Struct, array_like=True, frozen=True, gc=False):
    """Units of a sale's lines that came back under a document of the source: (line id, units), at the source's time."""

    ref: str
    placed_ms: int
    lines: tuple[tuple[str, int], ...]


class Product(Struct, array_like=True, frozen=True, gc=False):
    """A product as its source knows it: name and list price in minor units."""

    sku: str
    name: str
    price_minor: int


class PlannedReturn(Struct, frozen=True):
    """What a customer sends back at an instant (epoch ms), or as soon after it as the order is completed."""

    ref: str
    at_ms: int
    lines: tuple[tuple[str, int], ...]


class PlannedQuote(Struct, frozen=True):
    """A client asks for its prices first, under a `ref` that may be another order's too, and orders `wait_ms` after it
    was answered; `late`: after the quote has expired.
    """

    ref: str
    wait_ms: int
    late: bool = False


class PlannedOrder(Struct, frozen=True):
    """What one client does, by the epoch milliseconds at which it means to.

    `duplicate_at_ms`: the same request again with the same key. `second_key_at_ms`: the same order under
    `second_key`. `cancel_at_ms`: the customer asks to cancel. `hold_at_ms`: the support desk holds it for `hold_ms`.
    `returns`: what comes back, where the source tells it. With a `quote` `at_ms` is when its price is asked for.
    """

    at_ms: int
    order: Order
    idempotency_key: str
    second_key: str
    duplicate_at_ms: tuple[int, ...] = ()
    second_key_at_ms: int | None = None
    cancel_at_ms: int | None = None
    hold_at_ms: int | None = None
    hold_ms: int = 0
    returns: tuple[PlannedReturn, ...] = ()
    quote: PlannedQuote | None = None


class GiftCard(Struct, array_like=True, frozen=True, gc=False):
    """A gift card that is sold before the orders come, and what is on it then."""

    card_id: str
    amount_minor: int


class PlannedTillSale(Struct, array_like=True, frozen=True, gc=False):
    """A receipt of a store's till: (SKU, units, net, tax) of each line, paid in cash or by card."""

    at_ms: int
    store: str
    till: str
    receipt: str
    lines: tuple[tuple[str, int, int, int], ...]
    by_card: bool


class PlannedTillRefund(Struct, array_like=True, frozen=True, gc=False):
    """A line of a receipt is brought back to its till: (SKU, units, net, tax), and its grade."""

    at_ms: int
    store: str
    till: str
    receipt: str
    of: str
    line: tuple[str, int, int, int]
    grade: str
    by_card: bool


class PlannedClosing(Struct, array_like=True, frozen=True, gc=False):
    """A till is closed."""

    at_ms: int
    store: str
    till: str


class TillLoad(Struct, frozen=True):
    """What stores sell, each in the order of its time, and what the book has of it there at first."""

    sales: tuple[PlannedTillSale, ...] = ()
    closings: tuple[PlannedClosing, ...] = ()
    stock: tuple[StockRow, ...] = ()
    refunds: tuple[PlannedTillRefund, ...] = ()


class TraceReport(Struct, frozen=True):
    """What became of the rows of a trace.

    Every row read is a line of an order, a row of a return or is listed by kind:
    rows = lines + returned_rows + sum(kinds.values()). `notes` count what was kept, and how it was read. `sales` of
    which `orders` could be used. Amounts are quantity times price as the trace has them: of the lines used and of what
    came back of them in minor units, of what is listed, by kind, as decimal text in the currency's own unit.
    """

    layout: str
    rows: int
    lines: int
    sales: int
    orders: int
    kinds: dict[str, int]
    notes: dict[str, int]
    returned_rows: int = 0
    sold_minor: int = 0
    returned_minor: int = 0
    amounts: dict[str, str] = {}

    @property
    def balanced(self) -> bool:
        """No row was lost on the way."""
        return self.rows == self.lines + self.returned_rows + sum(self.kinds.values())


class PlannedLoad(Struct, frozen=True):
    """A whole load, in the order of arrival. Rates per second; instants in epoch milliseconds.

    `time_compression` says how many times faster than in its trace the base rate runs (1.0 for the profile).
    """

    orders: tuple[PlannedOrder, ...]
    catalog: tuple[ProductRow, ...]
    stock: tuple[StockRow, ...]
    calm_start_ms: int
    storm_start_ms: int
    storm_end_ms: int
    base_per_s: int
    storm_per_s: int
    time_compression: float
    trace: TraceReport | None = None
    reorder: tuple[ReorderRow, ...] = ()
    cards: tuple[GiftCard, ...] = ()
    tills: TillLoad = TillLoad()
