"""Who is told what became of our things: channels, CRM, planning, BI, and customers by mail. One connector serves all.

A *feed* names a kind of thing, what they call it, and which of our fields they keep under which name of theirs. To
tell one more system, add a row; what is not in its mapping it is never told.
"""

from __future__ import annotations

from msgspec import Struct

from .channels import CHANNELS

ORDER, SHIPMENT, REFUND, LEVEL = "order", "shipment", "refund", "level"
# A fact that a customer is told: one message for each, ever. Its reference is the hash of the order and the fact.
MESSAGE = "message"
CUSTOMER, STOCK, DAY = "customer", "stock", "day"
# What customers are told.
ACCEPTED, REJECTED, CANCELLED, SHIPPED, REFUNDED = "accepted", "rejected", "cancelled", "shipped", "refunded"
# It lies in a store and waits for its customer.
READY = "ready"

# What can be told of each kind of thing, by our names. A thing is told whole, in its newest state.
FIELDS: dict[str, tuple[str, ...]] = {
    ORDER: (
        "order_ref",
        "channel",
        "customer_id",
        "currency",
        "total_minor",
        "status",
        "payment",
        "fulfillment",
        "reason",
        "cancelled_units",
    ),
    SHIPMENT: ("order_ref", "tracking", "status"),
    REFUND: ("order_ref", "refunded_minor", "currency"),
    LEVEL: ("sellable_units",),
    STOCK: ("on_hand_units", "available_units", "reserved_units", "waiting_units"),
    DAY: ("book", "day", "currency", "sales_minor", "returns_minor", "cost_minor", "margin_minor"),
    CUSTOMER: ("customer_id", "status", "name", "email", "phone"),
    MESSAGE: ("fact", "about", "detail", "order_id", "order_ref", "name", "email", "phone"),
}
# Kinds in which people are named: opened on their way out, kept by nobody here.
PERSONAL = frozenset({MESSAGE, CUSTOMER})
# How a subscriber is told: by a call for many things, or by a file of each kind.
CALLS, FILES = "calls", "files"


class Feed(Struct, frozen=True):
    """Things of a `kind`, `name`d as they are there; `fields` are pairs of our name and theirs.

    What changes all the time and may be a quarter of a minute old is told `seldom`.
    """

    kind: str
    name: str
    fields: tuple[tuple[str, str], ...]
    seldom: bool = False


class Subscriber(Struct, frozen=True):
    """A row: by which port, which feeds, and how.

    `channel`: it is told of this sales channel's own orders alone. Who need not know at once is told `slower`.
    """

    system: str
    feeds: tuple[Feed, ...]
    channel: str = ""
    slower: int = 1
    form: str = CALLS


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
_SHOP_LEVELS = Feed(LEVEL, "levels", (("sellable_units", "available"),), seldom=True)
_MARKET_LEVELS = Feed(LEVEL, "inventory", (("sellable_units", "quantity"),), seldom=True)

_MESSAGES = Feed(
    MESSAGE,
    "messages",
    (
        ("fact", "template"), ("about", "subject"), ("detail", "text"), ("order_id", "order"),
        ("order_ref", "order_number"), ("name", "to_name"), ("email", "to"), ("phone", "to_phone"),
    ),
)  # fmt: skip

_CRM = (
    Feed(
        CUSTOMER,
        "contacts",
        (("customer_id", "id"), ("status", "state"), ("name", "full_name"), ("email", "email"), ("phone", "phone")),
    ),
    Feed(
        ORDER,
        "deals",
        (
            ("order_ref", "number"), ("channel", "source"), ("customer_id", "contact"), ("status", "stage"),
            ("total_minor", "amount"), ("currency", "currency"),
        ),
    ),
)  # fmt: skip
_PLANNING = (
    Feed(
        DAY,
        "daily_sales",
        (
            ("book", "entity"), ("day", "date"), ("currency", "currency"), ("sales_minor", "sales"),
            ("returns_minor", "returns"), ("cost_minor", "cost"), ("margin_minor", "margin"),
        ),
    ),
    Feed(
        STOCK,
        "stock",
        (
            ("on_hand_units", "on_hand"), ("available_units", "free"), ("reserved_units", "promised"),
            ("waiting_units", "backlog"),
        ),
    ),
    Feed(
        ORDER, "open_orders",
        (("channel", "channel"), ("status", "state"), ("total_minor", "value"), ("currency", "currency")),
    ),
)  # fmt: skip
_BI = (
    Feed(
        ORDER,
        "fact_order",
        (
            ("order_ref", "order_no"), ("channel", "channel"), ("currency", "currency"), ("total_minor", "total"),
            ("status", "status"), ("payment", "payment"), ("fulfillment", "fulfillment"),
        ),
    ),
    Feed(SHIPMENT, "fact_shipment", (("order_ref", "order_no"), ("status", "status"))),
    Feed(REFUND, "fact_refund", (("order_ref", "order_no"), ("refunded_minor", "amount"), ("currency", "currency"))),
)  # fmt: skip

SUBSCRIBERS: dict[str, Subscriber] = {
    **{channel: Subscriber("channels", _SHOP, channel) for channel in CHANNELS},
    "web": Subscriber("channels", (*_SHOP, _SHOP_LEVELS), "web"),
    "marketplace": Subscriber("channels", (*_MARKET, _MARKET_LEVELS), "marketplace"),
    "mail": Subscriber("mail", (_MESSAGES,)),
    "crm": Subscriber("crm", _CRM, slower=4),
    "planning": Subscriber("planning", _PLANNING, slower=12),
    "bi": Subscriber("bi", _BI, slower=12, form=FILES),
}
