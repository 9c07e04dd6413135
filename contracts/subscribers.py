"""Who is told what became of our things: every sales channel, and customers by mail. One connector serves all of them.

A *feed* names a kind of thing, what they call it, and which of our fields they keep under which name of theirs. To
tell one more system, add a row; what is not in its mapping it is never told.
"""

from __future__ import annotations

from msgspec import Struct

from .channels import CHANNELS

ORDER, SHIPMENT, REFUND, LEVEL = "order", "shipment", "refund", "level"
# A fact that a customer is told: one message for each, ever. Its reference is the hash of the order and the fact.
MESSAGE = "message"
# What customers are told.
ACCEPTED, REJECTED, CANCELLED, SHIPPED, REFUNDED = "accepted", "rejected", "cancelled", "shipped", "refunded"

# What can be told of each kind of thing, by our names. A thing is told whole, in its newest state.
FIELDS: dict[str, tuple[str, ...]] = {
    ORDER: ("order_ref", "status", "payment", "fulfillment", "reason", "cancelled_units"),
    SHIPMENT: ("order_ref", "tracking", "status"),
    REFUND: ("order_ref", "refunded_minor", "currency"),
    LEVEL: ("sellable_units",),
    MESSAGE: ("fact", "about", "detail", "order_id", "order_ref", "name", "email", "phone"),
}
# Kinds in which people are named: opened on their way out, kept by nobody here.
PERSONAL = frozenset({MESSAGE})


class Feed(Struct, frozen=True):
    """Things of a `kind`, `name`d as they are there; `fields` are pairs of our name and theirs."""

    kind: str
    name: str
    fields: tuple[tuple[str, str], ...]


class Subscriber(Struct, frozen=True):
    """A row: by which port, and which feeds. `channel`: it is told of this sales channel's own orders alone."""

    system: str
    feeds: tuple[Feed, ...]
    channel: str = ""


_SHOP = (
    Feed(
        ORDER,
        "orders",
        (
            ("order_ref", "order"), ("status", "state"), ("payment", "payment_state"),
            ("fulfillment", "fulfillment_state"), ("reason", "reason"), ("cancelled_units", "cancelled"),
        ),
    ),
    Feed(SHIPMENT, "shipments", (("order_ref", "order"), ("tracking", "tracking"), ("status", "state"))),
    Feed(REFUND, "refunds", (("order_ref", "order"), ("refunded_minor", "amount"), ("currency", "currency"))),
)  # fmt: skip
_MARKET = (
    Feed(
        ORDER,
        "order_status",
        (
            ("order_ref", "marketplace_order_id"), ("status", "order_status"), ("payment", "payment_status"),
            ("fulfillment", "fulfillment_status"), ("reason", "cancel_reason"), ("cancelled_units", "cancelled_qty"),
        ),
    ),
    Feed(
        SHIPMENT,
        "fulfilments",
        (("order_ref", "marketplace_order_id"), ("tracking", "tracking_number"), ("status", "shipment_status")),
    ),
    Feed(
        REFUND,
        "adjustments",
        (("order_ref", "marketplace_order_id"), ("refunded_minor", "refund_amount"), ("currency", "refund_currency")),
    ),
)  # fmt: skip
# Who sells by looking at the levels; the other channels take orders whether or not there is any.
_SHOP_LEVELS = Feed(LEVEL, "levels", (("sellable_units", "available"),))
_MARKET_LEVELS = Feed(LEVEL, "inventory", (("sellable_units", "quantity"),))

_MESSAGES = Feed(
    MESSAGE,
    "messages",
    (
        ("fact", "template"), ("about", "subject"), ("detail", "text"), ("order_id", "order"),
        ("order_ref", "order_number"), ("name", "to_name"), ("email", "to"), ("phone", "to_phone"),
    ),
)  # fmt: skip

SUBSCRIBERS: dict[str, Subscriber] = {
    **{channel: Subscriber("channels", _SHOP, channel) for channel in CHANNELS},
    "web": Subscriber("channels", (*_SHOP, _SHOP_LEVELS), "web"),
    "marketplace": Subscriber("channels", (*_MARKET, _MARKET_LEVELS), "marketplace"),
    "mail": Subscriber("mail", (_MESSAGES,)),
}
