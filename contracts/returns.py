"""The vocabulary of returns: advised, received, inspected, restocked or scrapped, closed; and what was sold.

A return is of one order. Lines name the order's lines; quantities are units.
"""

from __future__ import annotations

from msgspec import Struct

from .inventory import StockRow
from .orders import Delivery, Order, PostalAddress
from .turn import Address


class ReturnLine(Struct, array_like=True, frozen=True, gc=False):
    """Units of an order line."""

    line_id: str
    quantity: int


class InspectedLine(Struct, array_like=True, frozen=True, gc=False):
    """What became of a line's units: as new, second grade, scrap, or sent back to the customer."""

    line_id: str
    grade_a: int
    grade_b: int
    scrap: int
    refused: int = 0
    # Where they are, as `return.inspected` tells it; who grades them need not say it.
    location: str = ""


# Commands to `returns`.


class AdviseReturn(Struct, array_like=True, frozen=True, gc=False):
    """returns.advise: the customer means to send these units back.

    Not received within `receive_within_ms`, the return is closed. `fee_bp` of what is credited is kept.
    The rest goes back where it came from, or onto the gift card `refund_to`. `keeps`: the customer keeps the goods,
    which are credited at once and never sold again.
    """

    return_id: str
    order_id: str
    reason: str
    lines: tuple[ReturnLine, ...]
    receive_within_ms: int
    fee_bp: int = 0
    refund_to: str = ""
    keeps: bool = False


class ReceiveReturn(Struct, array_like=True, frozen=True, gc=False):
    """returns.receive: the dock has these units. Of a return that nobody advised, the first word of it.

    `location` is the dock's, where it is not the one that the return was authorized for.
    """

    return_id: str
    order_id: str
    receipt_id: str
    lines: tuple[ReturnLine, ...]
    location: str = ""


class InspectReturn(Struct, array_like=True, frozen=True, gc=False):
    """returns.inspect: every unit received has its grade."""

    return_id: str
    order_id: str
    lines: tuple[InspectedLine, ...]


class CloseReturn(Struct, array_like=True, frozen=True, gc=False):
    """returns.close: the flow has done all there is to do. `reason` is refunded or nothing-to-credit."""

    return_id: str
    order_id: str
    reason: str


# Between `returns` and the flow.


class CheckReturn(Struct, array_like=True, frozen=True, gc=False):
    """returns.check: may these units come back? Answered allowed or denied."""

    return_id: str
    order_id: str
    lines: tuple[ReturnLine, ...]
    fee_bp: int
    refund_to: str = ""


class ReturnableLine(Struct, array_like=True, frozen=True, gc=False):
    """A line that may come back, and what it is a line of."""

    line_id: str
    sku: str
    quantity: int


class ReturnAllowed(Struct, array_like=True, frozen=True, gc=False):
    """returns.allowed: with all returns of the order, no more comes back than was shipped."""

    return_id: str
    order_id: str
    pool: str
    location: str
    lines: tuple[ReturnableLine, ...]


class ReturnDenied(Struct, array_like=True, frozen=True, gc=False):
    """returns.denied: `code` is not-found, not-shipped, unknown-line or over-return."""

    return_id: str
    order_id: str
    code: str
    detail: str


class LetReturnGo(Struct, array_like=True, frozen=True, gc=False):
    """returns.let_go: it never came; its units may be advised again."""

    return_id: str
    order_id: str


# Facts of `returns`.


class ReturnAdvised(Struct, array_like=True, frozen=True, gc=False):
    """return.advised: asked for, not yet allowed. `receipt_id` where the goods were there first."""

    return_id: str
    order_id: str
    reason: str
    lines: tuple[ReturnLine, ...]
    receive_within_ms: int
    fee_bp: int
    asker: Address | None
    receipt_id: str | None = None
    refund_to: str = ""
    receipt_location: str = ""
    keeps: bool = False


class ReturnAuthorized(Struct, array_like=True, frozen=True, gc=False):
    """return.authorized: the RMA stands until `due_ms`."""

    return_id: str
    order_id: str
    pool: str
    location: str
    lines: tuple[ReturnableLine, ...]
    due_ms: int


class ReturnReceived(Struct, array_like=True, frozen=True, gc=False):
    """return.received: these units are in quarantine, at `location`."""

    return_id: str
    order_id: str
    receipt_id: str
    lines: tuple[ReturnLine, ...]
    location: str = ""


class ReturnInspected(Struct, array_like=True, frozen=True, gc=False):
    """return.inspected: what is credited is everything but the refused units."""

    return_id: str
    order_id: str
    lines: tuple[InspectedLine, ...]


class ReturnRestocked(Struct, array_like=True, frozen=True, gc=False):
    """return.restocked: `rows` may be sold again, `set_aside` are second grade."""

    return_id: str
    order_id: str
    pool: str
    rows: tuple[StockRow, ...]
    set_aside: tuple[StockRow, ...]


class ReturnScrapped(Struct, array_like=True, frozen=True, gc=False):
    """return.scrapped: these units never enter stock again."""

    return_id: str
    order_id: str
    lines: tuple[ReturnLine, ...]


class ReturnClosed(Struct, array_like=True, frozen=True, gc=False):
    """return.closed: refunded, nothing-to-credit, not-received, or the code of the denial."""

    return_id: str
    order_id: str
    reason: str


# What order to cash knows of a sale.


class TellOrder(Struct, array_like=True, frozen=True, gc=False):
    """orders.tell: what was sold of this order? `orders` passes the question on, with the order in it."""

    order_id: str
    return_id: str


class TellSale(Struct, array_like=True, frozen=True, gc=False):
    """flow.tell_sale: what was shipped and invoiced of this order?"""

    order_id: str
    return_id: str
    order: Order


class SoldLine(Struct, array_like=True, frozen=True, gc=False):
    """A shipped line: net and tax as invoiced, the discount taken off before, the cost of one unit."""

    line_id: str
    sku: str
    quantity: int
    net_minor: int
    tax_minor: int
    discount_minor: int
    cost_minor: int


class CardPaid(Struct, array_like=True, frozen=True, gc=False):
    """What a gift card paid of a sale."""

    card_id: str
    amount_minor: int


class SaleTold(Struct, array_like=True, frozen=True, gc=False):
    """flow.sale_told: `status` is sold, not-shipped or not-found; the rest stands for what is sold.

    `cards`: what each gift card paid of it; `refund_by`: how a credit is shared over the means of payment;
    `lost_parcel`: what the channel does about one.
    """

    order_id: str
    return_id: str
    status: str
    book: str = ""
    pool: str = ""
    location: str = ""
    currency: str = ""
    jurisdiction: str = ""
    lines: tuple[SoldLine, ...] = ()
    # The gift card that the order was paid with, if one was.
    card_id: str = ""
    cards: tuple[CardPaid, ...] = ()
    refund_by: str = "first"
    lost_parcel: str = "person"
    # All of it left in one parcel.
    whole: bool = False
    # Where goods are sent again.
    channel: str = ""
    ship_to: PostalAddress | None = None
    delivery: Delivery | None = None


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "returns.advise": (1, AdviseReturn),
    "returns.receive": (1, ReceiveReturn),
    "returns.inspect": (1, InspectReturn),
    "returns.close": (1, CloseReturn),
    "returns.check": (1, CheckReturn),
    "returns.allowed": (1, ReturnAllowed),
    "returns.denied": (1, ReturnDenied),
    "returns.let_go": (1, LetReturnGo),
    "return.advised": (1, ReturnAdvised),
    "return.authorized": (1, ReturnAuthorized),
    "return.received": (1, ReturnReceived),
    "return.inspected": (1, ReturnInspected),
    "return.restocked": (1, ReturnRestocked),
    "return.scrapped": (1, ReturnScrapped),
    "return.closed": (1, ReturnClosed),
    "orders.tell": (1, TellOrder),
    "flow.tell_sale": (1, TellSale),
    "flow.sale_told": (1, SaleTold),
}
