"""The vocabulary of orders: the order itself, what may be asked of it and what becomes true of it."""

from __future__ import annotations

from msgspec import Struct

from .private import Private

# Four separate status axes per order, never one enum.
ORDER_STATUSES = ("received", "accepted", "completed", "rejected", "cancelled", "excepted")
PAYMENT_STATUSES = ("pending", "authorized", "captured", "voided", "declined", "failed", "written_off")
FULFILLMENT_STATUSES = ("pending", "released", "partly_dispatched", "dispatched", "cancelled")
ERP_STATUSES = ("pending", "submitted", "acknowledged", "rejected", "cancelled")
TERMINAL = ("completed", "rejected", "cancelled", "excepted")


class Person(Struct, array_like=True, frozen=True, gc=False):
    """Whom to reach about the order."""

    name: Private[str | None] = None
    email: Private[str | None] = None
    phone: Private[str | None] = None


class PostalAddress(Struct, array_like=True, frozen=True, gc=False):
    """Where goods or bills go. `country` is ISO 3166 alpha-2."""

    country: str
    name: Private[str | None] = None
    lines: Private[tuple[str, ...]] = ()
    city: Private[str | None] = None
    region: str | None = None
    postal_code: Private[str | None] = None


class Discount(Struct, array_like=True, frozen=True, gc=False):
    """A reduction in minor units, zero or more."""

    code: str
    amount_minor: int


class Delivery(Struct, array_like=True, frozen=True, gc=False):
    """How the goods are to travel."""

    service: str = "standard"
    ship_by_ms: int | None = None
    pickup_location: str | None = None
    instructions: Private[str | None] = None


class OrderLine(Struct, array_like=True, frozen=True, gc=False):
    """One line: units of a SKU at a unit price. Discounts reduce the line's total."""

    line_id: str
    sku: str
    quantity: int
    unit_price_minor: int
    discounts: tuple[Discount, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


# The method of a payment by gift card: no provider's, but our own.
GIFT_CARD = "gift_card"


class Payment(Struct, array_like=True, frozen=True, gc=False):
    """One means of payment and the amount that it is to carry."""

    provider: str
    method: str
    token: Private[str]
    amount_minor: int
    # What the token of a gift card stands for: the card, which no token can be made of again.
    card_id: str = ""


class SoldCard(Struct, array_like=True, frozen=True, gc=False):
    """A gift card that an order sells: no goods, no revenue, no tax. `card_id` is what the buyer's code stands for."""

    line_id: str
    card_id: str
    amount_minor: int


class Order(Struct, array_like=True, frozen=True, gc=False):
    """An order as a channel submitted it. Amounts in minor units of `currency`."""

    channel: str
    channel_order_id: str
    currency: str
    prices_include_tax: bool
    lines: tuple[OrderLine, ...]
    ship_to: PostalAddress
    payments: tuple[Payment, ...]
    placed_at_ms: int | None = None
    customer_id: str | None = None
    quote_id: str | None = None
    contact: Person | None = None
    bill_to: PostalAddress | None = None
    delivery: Delivery = Delivery()
    shipping_minor: int = 0
    discounts: tuple[Discount, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    gift_cards: tuple[SoldCard, ...] = ()


def line_total_minor(line: OrderLine) -> int:
    """Units x unit price less the line's discounts."""
    total = line.quantity * line.unit_price_minor
    if line.discounts:
        total -= sum(d.amount_minor for d in line.discounts)
    return total


def line_totals_minor(order: Order) -> list[int]:
    """The total of each line."""
    return [
        line_total_minor(line) if line.discounts else line.quantity * line.unit_price_minor
        for line in order.lines
    ]


def order_total_minor(order: Order) -> int:
    """What the lines, shipping, order discounts and gift cards sold add up to, tax not added."""
    total = sum(line_totals_minor(order)) + order.shipping_minor
    if order.gift_cards:
        total += sum([card.amount_minor for card in order.gift_cards])
    return total - sum([d.amount_minor for d in order.discounts]) if order.discounts else total


class CancelledLine(Struct, array_like=True, frozen=True, gc=False):
    """Units of a line that are cancelled."""

    line_id: str
    quantity: int


# Commands to `orders`.


class SubmitOrder(Struct, array_like=True, frozen=True, gc=False):
    """Receive this order, once for ever per (channel, channel_order_id)."""

    order_id: str
    order: Order


class CancelOrder(Struct, array_like=True, frozen=True, gc=False):
    """Cancel the order if it has not been released."""

    order_id: str
    reason: str


class AcceptOrder(Struct, array_like=True, frozen=True, gc=False):
    """Stock is reserved and payment stands: accept. Carries the axes that change with it."""

    order_id: str
    total_minor: int
    tax_minor: int
    payment_status: str
    fulfillment_status: str
    erp_status: str


class CloseOrder(Struct, array_like=True, frozen=True, gc=False):
    """End the order as rejected, cancelled or excepted; axes as undone. `reason` is a stable code.

    `exception_id`: of an excepted order, the exception that it waits for.
    """

    order_id: str
    order_status: str
    reason: str
    payment_status: str
    fulfillment_status: str
    erp_status: str
    exception_id: str = ""


class MarkPaid(Struct, array_like=True, frozen=True, gc=False):
    """Everything shipped is captured and posted. Completes the order once the ERP has acknowledged.

    `fulfillment_status`: where the order left in several shipments, only now is it known that it has.
    """

    order_id: str
    captured_minor: int
    fulfillment_status: str = ""
    payment_status: str = "captured"


class CancelLines(Struct, array_like=True, frozen=True, gc=False):
    """These units will not be shipped: there are none, or they were not wanted any more."""

    order_id: str
    lines: tuple[CancelledLine, ...]
    reason: str


class RefuseCancellation(Struct, array_like=True, frozen=True, gc=False):
    """The cancellation came too late; the order goes on."""

    order_id: str
    reason: str


class ResolveOrder(Struct, array_like=True, frozen=True, gc=False):
    """orders.resolve: a person has dealt with an exception of this order, and says what becomes of the order."""

    order_id: str
    exception_id: str
    category: str
    outcome: str
    by: str
    reason: str


# Facts of `orders`.


class OrderReceived(Struct, array_like=True, frozen=True, gc=False):
    """The order is durable and will reach exactly one terminal state. `at_ms` is when, where that counts: it names a
    quote.
    """

    order_id: str
    order: Order
    at_ms: int = 0


class OrderAccepted(Struct, array_like=True, frozen=True, gc=False):
    """Promised to the customer."""

    order_id: str
    total_minor: int
    tax_minor: int
    payment_status: str
    fulfillment_status: str
    erp_status: str


class OrderClosed(Struct, array_like=True, frozen=True, gc=False):
    """Body of order.rejected, order.cancelled and order.excepted."""

    order_id: str
    reason: str
    payment_status: str
    fulfillment_status: str
    erp_status: str
    exception_id: str = ""


class OrderAxisChanged(Struct, array_like=True, frozen=True, gc=False):
    """One status axis (payment, fulfillment or erp) moved; `reference` names the document, if any."""

    order_id: str
    axis: str
    status: str
    reference: str | None = None


class OrderCompleted(Struct, array_like=True, frozen=True, gc=False):
    """Every line shipped, invoiced, captured, posted and ERP-acknowledged."""

    order_id: str


class CancellationRequested(Struct, array_like=True, frozen=True, gc=False):
    """A cancellation was asked for; the fulfillment order decides the race."""

    order_id: str
    reason: str


class LinesCancelled(Struct, array_like=True, frozen=True, gc=False):
    """order.lines_cancelled: these units will not be shipped, and are not invoiced."""

    order_id: str
    lines: tuple[CancelledLine, ...]
    reason: str


class ResolutionDecided(Struct, array_like=True, frozen=True, gc=False):
    """order.resolution_decided: a person has decided what an excepted order becomes; the flow does what is left.

    Of `completed` the person vouches that the ERP has the order.
    """

    order_id: str
    exception_id: str
    outcome: str
    by: str
    reason: str


class CancellationRefused(Struct, array_like=True, frozen=True, gc=False):
    """The cancellation came too late."""

    order_id: str
    reason: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "orders.submit": (1, SubmitOrder),
    "orders.cancel": (1, CancelOrder),
    "orders.accept": (1, AcceptOrder),
    "orders.close": (1, CloseOrder),
    "orders.mark_paid": (1, MarkPaid),
    "orders.cancel_lines": (1, CancelLines),
    "orders.refuse_cancellation": (1, RefuseCancellation),
    "orders.resolve": (1, ResolveOrder),
    "order.received": (1, OrderReceived),
    "order.accepted": (1, OrderAccepted),
    "order.rejected": (1, OrderClosed),
    "order.cancelled": (1, OrderClosed),
    "order.excepted": (1, OrderClosed),
    "order.axis_changed": (1, OrderAxisChanged),
    "order.completed": (1, OrderCompleted),
    "order.lines_cancelled": (1, LinesCancelled),
    "order.cancellation_requested": (1, CancellationRequested),
    "order.cancellation_refused": (1, CancellationRefused),
    "order.resolution_decided": (1, ResolutionDecided),
}
