"""THE MAP: who is told which fact, and by whom it is owned.

One row a fact that anybody subscribes to. A subscription names the fields of the fact's body that give
the subscriber's key and subject. Facts without subscribers are read by views and judges alone.
long because it is one table.
"""

from __future__ import annotations

from msgspec import Struct

from .turn import NORMAL, URGENT


class Subscription(Struct, frozen=True):
    """One subscriber of a fact: its actor, where its key and subject stand in the body, its lane."""

    actor: str
    key_field: str
    subject_field: str = "order_id"
    lane: int = NORMAL


class Topic(Struct, frozen=True):
    """A row of the map.

    `sla_ms` is the time within which subscribers have it when nothing is down; `data_class` is public,
    internal, personal or finance; `pattern` is synchronous, event or scheduled, with its reason.
    """

    owner: str
    subscribers: tuple[Subscription, ...]
    data_class: str
    pattern: str
    sla_ms: int = 5_000
    lifecycle: str = "active"
    retention_days: int = 3_650


_FLOW = "event: the flow goes on when it can, nobody waits for it"

TOPICS: dict[str, Topic] = {
    "order.received": Topic("orders", (Subscription("order_to_cash", "order_id"),), "personal", _FLOW),
    "order.cancellation_requested": Topic(
        "orders", (Subscription("order_to_cash", "order_id", lane=URGENT),), "internal", _FLOW
    ),
    "order.edit_requested": Topic(
        "orders", (Subscription("order_to_cash", "order_id", lane=URGENT),), "personal", _FLOW
    ),
    "order.resolution_decided": Topic(
        "orders", (Subscription("order_to_cash", "order_id", lane=URGENT),), "internal", _FLOW
    ),
    "order.hold_requested": Topic(
        "orders", (Subscription("order_to_cash", "order_id", lane=URGENT),), "internal", _FLOW
    ),
    "order.released_from_hold": Topic(
        "orders", (Subscription("order_to_cash", "order_id", lane=URGENT),), "internal", _FLOW
    ),
    "erp.order_acknowledged": Topic(
        "erp", (Subscription("orders", "order_id"),), "internal", "event: the ERP is slow, orders go on"
    ),
    "erp.order_rejected": Topic(
        "erp",
        (Subscription("order_to_cash", "order_id", lane=URGENT),),
        "internal",
        "event: the flow undoes what was done",
    ),
    "fulfillment.cancelled": Topic(
        "fulfillment", (Subscription("order_to_cash", "order_id", lane=URGENT),), "internal", _FLOW
    ),
    "fulfillment.cancel_refused": Topic(
        "fulfillment", (Subscription("order_to_cash", "order_id", lane=URGENT),), "internal", _FLOW
    ),
    "fulfillment.overdue": Topic(
        "fulfillment",
        (Subscription("order_to_cash", "order_id"),),
        "internal",
        "event: an exception for the warehouse team, and money that must not expire meanwhile",
    ),
    "payment.auth_expired": Topic("payments", (Subscription("order_to_cash", "order_id"),), "finance", _FLOW),
    "fulfillment.rejected": Topic(
        "warehouse",
        (Subscription("fulfillment", "fulfillment_order_id"),),
        "internal",
        "event: the fulfillment order decides what follows",
    ),
    "fulfillment.recalled": Topic(
        "warehouse", (Subscription("fulfillment", "fulfillment_order_id", lane=URGENT),), "internal", _FLOW
    ),
    "fulfillment.recall_refused": Topic(
        "warehouse", (Subscription("fulfillment", "fulfillment_order_id", lane=URGENT),), "internal", _FLOW
    ),
    "shipment.dispatched": Topic(
        "fulfillment",
        (
            Subscription("inventory", "pool"),
            Subscription("orders", "order_id"),
            Subscription("order_to_cash", "order_id"),
        ),
        "internal",
        _FLOW,
    ),
    "fulfillment.not_sent_again": Topic(
        "fulfillment", (Subscription("returns_to_refund", "order_id"),), "internal", _FLOW
    ),
    "fulfillment.short_picked": Topic(
        "fulfillment", (Subscription("order_to_cash", "order_id"),), "internal", _FLOW
    ),
    "inventory.backorder_filled": Topic(
        "inventory", (Subscription("order_to_cash", "order_id"),), "internal", _FLOW
    ),
    "payment.captured": Topic(
        "payments",
        (Subscription("finance", "book"),),
        "finance",
        "event: the sub-ledger posts what was taken",
    ),
    "payment.capture_failed": Topic(
        "payments", (Subscription("order_to_cash", "order_id"),), "finance", _FLOW
    ),
    "shipment.lost": Topic(
        "fulfillment", (Subscription("returns_to_refund", "order_id"),), "internal", _FLOW
    ),
    "return.received": Topic("returns", (Subscription("returns_to_refund", "order_id"),), "internal", _FLOW),
    "return.inspected": Topic("returns", (Subscription("returns_to_refund", "order_id"),), "internal", _FLOW),
    "return.restocked": Topic(
        "returns", (Subscription("inventory", "pool"),), "internal", "event: the shelf has them when it can"
    ),
    "credit_note.issued": Topic(
        "finance", (Subscription("returns_to_refund", "order_id"),), "finance", _FLOW
    ),
    "payment.refunded": Topic(
        "payments",
        (Subscription("finance", "book"), Subscription("returns_to_refund", "order_id")),
        "finance",
        "event: the sub-ledger posts what was paid",
    ),
    **{
        fact: Topic("finance", (Subscription("order_to_cash", "order_id"),), "finance", _FLOW)
        for fact in ("invoice.issued", "receivable.cleared", "deposit.held", "finance.gift_card_paid")
    },
    "gift_card.cancelled": Topic(
        "gift_cards",
        (Subscription("finance", "book"), Subscription("returns_to_refund", "order_id")),
        "finance",
        "event: the sub-ledger posts what is owed to its buyer again, the flow pays it",
    ),
    "gift_card.issued": Topic(
        "gift_cards",
        (Subscription("finance", "book"),),
        "finance",
        "event: the sub-ledger posts what is owed on it",
    ),
    "gift_card.redeemed": Topic(
        "gift_cards",
        (Subscription("finance", "book"),),
        "finance",
        "event: the sub-ledger posts what it paid for",
    ),
    "gift_card.credited": Topic(
        "gift_cards",
        (Subscription("finance", "book"), Subscription("returns_to_refund", "order_id")),
        "finance",
        "event: the sub-ledger posts what is owed on it",
    ),
    "gift_card.refused": Topic(
        "gift_cards", (Subscription("returns_to_refund", "order_id"),), "finance", _FLOW
    ),
    "payment.refund_failed": Topic(
        "payments", (Subscription("returns_to_refund", "order_id"),), "finance", _FLOW
    ),
    **{
        f"payment.dispute_{what}": Topic(
            "payments",
            (Subscription("finance", "book"),),
            "finance",
            "event: the sub-ledger posts what the shopper's bank takes",
        )
        for what in ("opened", "won", "lost")
    },
    "approval.requested": Topic("finance", (), "finance", "event: a second person decides when there is one"),
    "approval.decided": Topic("finance", (), "finance", "event: whoever asked for it is told"),
    "period.revalued": Topic("finance", (), "finance", "scheduled: at a period's end, where the entity is"),
    "period.closed": Topic("finance", (), "finance", "event: nothing is posted to it any more"),
    "exception.opened": Topic(
        "exceptions",
        (Subscription("exceptions", "exception_id"),),
        "internal",
        "event: a person is needed and nobody waits for one",
    ),
    "exception.resolved": Topic(
        "exceptions", (), "internal", "event: what was excepted may go on as the person decided"
    ),
    "till_file.imported": Topic(
        "stores",
        (Subscription("store_sales", "store", "file_id"),),
        "finance",
        "event: what a till has sold is hours old, nobody waits for it",
    ),
    "till_file.posted": Topic(
        "finance", (Subscription("stores", "store", "file_id"),), "finance", "event: the store's file is done"
    ),
    "finance.suspense_cleared": Topic(
        "finance",
        (Subscription("settlement", "provider", "file_id"),),
        "finance",
        "event: a line in suspense is explained, now or whenever",
    ),
    "inventory.value_moved": Topic(
        "inventory",
        (Subscription("catalog", "price_list", "pool"),),
        "internal",
        "event: what moved is valued at what the catalog says that it costs",
    ),
    "catalog.stock_valued": Topic(
        "catalog",
        (Subscription("finance", "book", "pool"),),
        "finance",
        "event: the sub-ledger posts what goods on the road or missing cost",
    ),
    **{
        f"price.{what}": Topic(
            "catalog", (), "internal", "event: whoever counts quotes compares them with orders"
        )
        for what in ("quoted", "quote_used")
    },
    "exchange_rate.imported": Topic(
        "finance", (), "finance", "scheduled: the book values other currencies at the newest rates"
    ),
    **{
        f"intercompany.{what}": Topic(
            "finance",
            (Subscription("finance", "book"),),
            "finance",
            "event: the other entity's book posts its side of it",
        )
        for what in ("sold", "returned")
    },
    "product.changed": Topic("catalog", (), "public", "event: whoever shows products shows the new one"),
    "tax_rate.changed": Topic("catalog", (), "public", "scheduled: the tax service's are compared with it"),
    "price.changed": Topic("catalog", (), "public", "event: whoever shows prices shows the new one"),
    "customer.upserted": Topic(
        "customers", (), "personal", "event: whoever keeps customers hears what is newest"
    ),
    "customer.erased": Topic(
        "customers", (), "internal", "event: whoever has a copy forgets it as well, in its own time"
    ),
    "vault.call_gave_up": Topic(
        "connectors",
        (Subscription("customers", "order_id"),),
        "internal",
        "event: the erasure is tried again later",
    ),
    "integration.gave_up": Topic(
        "connectors", (Subscription("order_to_cash", "order_id"),), "internal", _FLOW
    ),
    "reconciliation.completed": Topic(
        "reconciliations", (), "finance", "scheduled: books are compared when both sides have settled"
    ),
    "sync.confirmed": Topic(
        "channel_sync", (), "internal", "scheduled: changes gather for some seconds, the newest state is told"
    ),
    "replenishment.triggered": Topic(
        "inventory",
        (Subscription("procure_to_replenish", "order_id"),),
        "internal",
        "event: buying takes days, nobody waits for it",
    ),
    "purchase_order.issued": Topic(
        "purchasing", (Subscription("procure_to_replenish", "order_id"),), "internal", _FLOW
    ),
    "purchase_order.delivered": Topic(
        "purchasing", (Subscription("procure_to_replenish", "order_id"),), "internal", _FLOW
    ),
    "purchase_order.cancelled": Topic(
        "purchasing", (Subscription("procure_to_replenish", "order_id"),), "internal", _FLOW
    ),
    "goods.received": Topic(
        "purchasing",
        (Subscription("procure_to_replenish", "order_id"), Subscription("finance", "book")),
        "internal",
        "event: the pool takes the units, the sub-ledger posts them",
    ),
    "supplier_invoice.matched": Topic(
        "purchasing",
        (Subscription("procure_to_replenish", "order_id"), Subscription("finance", "book")),
        "finance",
        "event: the sub-ledger owes it, the flow pays it when it is due",
    ),
    "supplier.order_refused": Topic(
        "suppliers", (Subscription("procure_to_replenish", "order_id"),), "internal", _FLOW
    ),
    "supplier.call_gave_up": Topic(
        "connectors", (Subscription("procure_to_replenish", "order_id"),), "internal", _FLOW
    ),
}


class Room(Struct, frozen=True):
    """An actor: the aggregate it owns, what its key is, who writes, how stale a copy may be."""

    aggregate: str
    key: str
    system_of_record: str
    written_by: str
    staleness_ms: int | None


# Who owns what. A test refuses a contract type whose prefix has no row.
ACTORS: dict[str, Room] = {
    "intake": Room("call", "principal, method, route, idempotency key", "Tidegate", "clients", None),
    "orders": Room("order", "order id", "Tidegate; the ERP for the document", "channels", None),
    "customers": Room("customer", "customer id, or guest and order id", "CRM", "channels, CRM", 300_000),
    "order_to_cash": Room("the order's flow", "order id", "Tidegate", "flows", None),
    "returns": Room(
        "return", "return id", "Tidegate; the ERP for the document", "channels, warehouses", None
    ),
    "gift_cards": Room("gift card", "card id", "Tidegate", "flows", None),
    "returns_to_refund": Room("the returns of an order", "order id", "Tidegate", "flows", None),
    "catalog": Room("product, price, tax rate", "price list", "ERP", "ERP only", 900_000),
    "inventory": Room("stock, reservation", "stock pool", "Tidegate", "warehouses, flows", 30_000),
    "fulfillment": Room("fulfillment order, shipment", "its id", "warehouse", "partner", 3_600_000),
    "finance": Room(
        "invoice, posting, period, journal", "book", "ERP; ours is the sub-ledger", "flows", 86_400_000
    ),
    "webhooks": Room("webhook endpoint", "endpoint id", "Tidegate", "clients", None),
    "stores": Room("till file", "store", "the store's tills", "files", 86_400_000),
    "store_sales": Room("the flow of a store's till files", "store", "Tidegate", "flows", None),
    "tills": Room("feed of till files", "feed", "the store's tills", "connectors", None),
    "approvals": Room("approval", "approval id", "Tidegate", "clients, operators", None),
    "exceptions": Room("exception", "exception id", "Tidegate", "operators", None),
    "settlement": Room("settlement file and line", "provider", "payment provider", "files", 86_400_000),
    "reconciliations": Room(
        "reconciliation, difference", "reconciliation's name", "Tidegate", "schedule, operators", 86_400_000
    ),
    "channel_sync": Room("what a subscriber has confirmed", "subscriber", "Tidegate", "connectors", 30_000),
    "purchasing": Room(
        "purchase order and its documents", "purchase order id", "Tidegate, then ERP", "flows, partners", None
    ),
    "procure_to_replenish": Room("the purchase order's flow", "purchase order id", "Tidegate", "flows", None),
    "payments": Room("call to the payment provider", "order id", "payment provider", "connectors", None),
    "fraud": Room("call to the fraud service", "order id", "fraud service", "connectors", None),
    "tax": Room("call to the tax service", "order id", "tax service", "connectors", None),
    "erp": Room("call to the ERP", "order id", "ERP", "connectors", None),
    "connector_policies": Room("connector's policy", "system", "Tidegate", "operators", None),
    "exports": Room("export", "export id", "Tidegate", "clients", None),
    "partner_files": Room("partner's file", "partner and document", "partner", "files", None),
    "vault": Room("call to the vault", "customer id, or guest and order id", "Tidegate", "connectors", None),
    "suppliers": Room(
        "call to a supplier, its feeds", "purchase order id or feed", "supplier", "connectors", None
    ),
    "warehouse": Room("call to the warehouse, its feed", "order id or feed", "warehouse", "connectors", None),
}
