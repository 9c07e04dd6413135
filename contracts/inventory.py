"""The vocabulary of inventory and of its catalog: stock in pools, reservations, products and prices."""

from __future__ import annotations

from msgspec import Struct


class ProductRow(Struct, array_like=True, frozen=True, gc=False):
    """A product and its list price. `cost_minor` is the standard cost in the book's currency."""

    sku: str
    name: str
    price_minor: int
    cost_minor: int
    currency: str
    tax_class: str = "standard"
    weight_g: int = 0


class StockRow(Struct, array_like=True, frozen=True, gc=False):
    """Units of a SKU put on hand at a location."""

    sku: str
    location: str
    quantity: int


class DemandLine(Struct, array_like=True, frozen=True, gc=False):
    """What an order line needs."""

    line_id: str
    sku: str
    quantity: int


class Shortage(Struct, array_like=True, frozen=True, gc=False):
    """A SKU of which less is available than the order's lines need together."""

    sku: str
    wanted: int
    available: int


# catalog

# A list price may differ by this much from what the channel charged (basis points of the list price).
PRICE_TOLERANCE_BP = 100


class ImportProducts(Struct, array_like=True, frozen=True, gc=False):
    """Put these products into the price list, replacing rows of the same SKU.

    It is a file's: true as of an instant, or of nobody knows when. What a product's own change told later stands.
    """

    price_list: str
    rows: tuple[ProductRow, ...]
    as_of_ms: int = 0


class ProductsUpserted(Struct, array_like=True, frozen=True, gc=False):
    """The price list holds these rows now, as of the instant of the file that brought them, if it said one."""

    price_list: str
    rows: tuple[ProductRow, ...]
    as_of_ms: int = 0


class QuotedLine(Struct, array_like=True, frozen=True, gc=False):
    """A line to be priced: what the channel charged."""

    line_id: str
    sku: str
    unit_price_minor: int


class PriceOrder(Struct, array_like=True, frozen=True, gc=False):
    """Check prices by the channel's policy (`list`: within tolerance, `trust`: as charged) and enrich."""

    order_id: str
    currency: str
    policy: str
    lines: tuple[QuotedLine, ...]
    tolerance_bp: int = PRICE_TOLERANCE_BP


class EnrichedLine(Struct, array_like=True, frozen=True, gc=False):
    """What the catalog knows of a line."""

    line_id: str
    tax_class: str
    cost_minor: int
    weight_g: int


class OrderPriced(Struct, array_like=True, frozen=True, gc=False):
    """Every line stands at an acceptable price."""

    order_id: str
    lines: tuple[EnrichedLine, ...]


class LineProblem(Struct, array_like=True, frozen=True, gc=False):
    """Why a line cannot be priced."""

    line_id: str
    sku: str
    code: str


class OrderUnpriceable(Struct, array_like=True, frozen=True, gc=False):
    """At least one line is of an unknown SKU, in another currency or at a changed price."""

    order_id: str
    problems: tuple[LineProblem, ...]


# inventory


class StockPart(Struct, array_like=True, frozen=True, gc=False):
    """Units of an order's lines at one location."""

    location: str
    lines: tuple[DemandLine, ...]


class ReceiveStock(Struct, array_like=True, frozen=True, gc=False):
    """Put units on hand: opening stock or a goods receipt. `reference` names its document."""

    pool: str
    reference: str
    rows: tuple[StockRow, ...]


class ReserveStock(Struct, array_like=True, frozen=True, gc=False):
    """Reserve every line or none, in one turn of the pool, by the channel's sourcing rule.

    A rule with backorders reserves what there is and lets the rest wait. With `at` all of it stands there, or nothing.
    """

    order_id: str
    pool: str
    lines: tuple[DemandLine, ...]
    channel: str = ""
    at: str = ""


class ResourceStock(Struct, array_like=True, frozen=True, gc=False):
    """A location will not ship these reserved units: find them elsewhere, else let them wait, else give them up.

    `bucket` says what becomes of the units there: `quality_hold` if nobody found them, else `available`. `tried`
    are the locations that have failed the order already.
    """

    order_id: str
    pool: str
    channel: str
    location: str
    lines: tuple[DemandLine, ...]
    bucket: str
    tried: tuple[str, ...] = ()


class ReleaseReservation(Struct, array_like=True, frozen=True, gc=False):
    """Give an order's reservation back, with what it waits for. Releasing what is not reserved changes nothing."""

    order_id: str
    pool: str
    reason: str


class ReleasePart(Struct, array_like=True, frozen=True, gc=False):
    """Give back these units of an order's reservation, and with `waiting` all that it waits for."""

    order_id: str
    pool: str
    reason: str
    parts: tuple[StockPart, ...]
    waiting: bool


class ExpireReservation(Struct, array_like=True, frozen=True, gc=False):
    """The order has waited long enough: what has not come is given up."""

    order_id: str
    pool: str


class StockMoved(Struct, array_like=True, frozen=True, gc=False):
    """inventory.moved: each row is a movement from one bucket to another, of a positive quantity."""

    pool: str
    reason: str
    reference: str
    rows: tuple[StockRow, ...]
    from_bucket: str = "outside"
    to_bucket: str = "available"
    to_location: str = ""


class StockReserved(Struct, array_like=True, frozen=True, gc=False):
    """inventory.reserved: the lines stand reserved, at `location` and `elsewhere`; the rest is `waiting`.

    Available to reserved, line by line. Until `expires_ms` what waits may still come; `held`: nothing of the
    order is to ship before all of it is there. `channel` is named where something waits.
    """

    order_id: str
    pool: str
    location: str
    lines: tuple[DemandLine, ...]
    elsewhere: tuple[StockPart, ...] = ()
    waiting: tuple[DemandLine, ...] = ()
    expires_ms: int = 0
    held: bool = False
    channel: str = ""


class BackorderFilled(Struct, array_like=True, frozen=True, gc=False):
    """inventory.backorder_filled: units that the order waited for are reserved at a location."""

    order_id: str
    pool: str
    location: str
    lines: tuple[DemandLine, ...]


class StockResourced(Struct, array_like=True, frozen=True, gc=False):
    """inventory.resourced: `lines`, reserved at `location`, went to `bucket` there.

    In their place `parts` are reserved elsewhere, `waiting` waits until `expires_ms`, `cancelled` is given up.
    """

    order_id: str
    pool: str
    location: str
    lines: tuple[DemandLine, ...]
    bucket: str
    parts: tuple[StockPart, ...]
    waiting: tuple[DemandLine, ...]
    cancelled: tuple[DemandLine, ...]
    expires_ms: int = 0
    channel: str = ""


class ReservationFailed(Struct, array_like=True, frozen=True, gc=False):
    """inventory.reservation_failed: the channel's locations cannot supply the order, and it may not wait."""

    order_id: str
    pool: str
    shortages: tuple[Shortage, ...]


class ReservationReleased(Struct, array_like=True, frozen=True, gc=False):
    """inventory.reservation_released: what the order held is available again.

    All of it, with what it waited for; or with `partly` only `parts` and the `waiting` units named.
    """

    order_id: str
    pool: str
    reason: str
    parts: tuple[StockPart, ...] = ()
    waiting: tuple[DemandLine, ...] = ()
    partly: bool = False


class ReservationExpired(Struct, array_like=True, frozen=True, gc=False):
    """inventory.reservation_expired: `waiting` is given up; what was `held` for it is available again."""

    order_id: str
    pool: str
    waiting: tuple[DemandLine, ...]
    parts: tuple[StockPart, ...]


class ReservationCommitted(Struct, array_like=True, frozen=True, gc=False):
    """inventory.reservation_committed: what the order held has left the building.

    All of it; or where `lines` are named, those, from `location`.
    """

    order_id: str
    pool: str
    shipment_id: str
    location: str = ""
    lines: tuple[DemandLine, ...] | None = None


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "catalog.import_products": (1, ImportProducts),
    "catalog.price_order": (1, PriceOrder),
    "catalog.order_priced": (1, OrderPriced),
    "catalog.order_unpriceable": (1, OrderUnpriceable),
    "product.upserted": (1, ProductsUpserted),
    "inventory.receive_stock": (1, ReceiveStock),
    "inventory.reserve": (1, ReserveStock),
    "inventory.release_reservation": (1, ReleaseReservation),
    "inventory.resource": (1, ResourceStock),
    "inventory.release_part": (1, ReleasePart),
    "inventory.expire_reservation": (1, ExpireReservation),
    "inventory.moved": (1, StockMoved),
    "inventory.reserved": (1, StockReserved),
    "inventory.reservation_failed": (1, ReservationFailed),
    "inventory.reservation_released": (1, ReservationReleased),
    "inventory.reservation_committed": (1, ReservationCommitted),
    "inventory.backorder_filled": (1, BackorderFilled),
    "inventory.resourced": (1, StockResourced),
    "inventory.reservation_expired": (1, ReservationExpired),
}
