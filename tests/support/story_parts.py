"""An order that leaves in pieces, for the story: some of it is not found, some has to come, some never comes."""

from __future__ import annotations

from typing import Any

from contracts.accounts import AR, COGS, REVENUE
from contracts.customers import CustomerErased, CustomerErasing, CustomerUpserted
from contracts.finance import InvoiceIssued
from contracts.fulfillment import FulfillmentReleased, ShipmentDispatched, ShortPicked
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import (
    BackorderFilled,
    DemandLine,
    ProductRow,
    ProductsUpserted,
    ReservationCommitted,
    ReservationExpired,
    StockMoved,
    StockPart,
    StockReserved,
    StockResourced,
    StockRow,
)
from contracts.orders import (
    CancelledLine,
    LinesCancelled,
    Order,
    OrderAccepted,
    OrderCompleted,
    OrderLine,
    Payment,
    Person,
    PostalAddress,
)
from contracts.partners import (
    AuthorizationVoided,
    ErpAcknowledged,
    LineTax,
    PaymentAuthorized,
    PaymentCaptured,
    TaxCalculated,
    TaxCommitted,
)
from tests.support.plants_quoted import tell_quoted
from tests.support.plants_reconciled import compare_books
from tests.support.plants_told import tell_subscribers
from tests.support.story import (
    CLEARING,
    COST,
    EXPIRES_MS,
    PRICE,
    REFUSED,
    WH1,
    Step,
    Story,
    order_id,
    posting,
    stocked,
)
from tests.support.story_of_four import four_orders
from tests.support.turns import START_MS

IN_PIECES = order_id("W6")
TOTAL, TAXES = 5 * PRICE, 417
WAITS_UNTIL_MS = START_MS + 1_800_000


def line(line_id: str, quantity: int) -> DemandLine:
    """Units of D on a line."""
    return DemandLine(line_id, "D", quantity)


def left(shipment: str, ordinal: int, line_id: str, quantity: int) -> ShipmentDispatched:
    """Some of the order has left WH1."""
    return ShipmentDispatched(
        fulfillment_order_id_of(IN_PIECES, ordinal), IN_PIECES, shipment, "T1", "WH1", "default", START_MS,
        (line(line_id, quantity),),
    )  # fmt: skip


def _shipped(n: int, ordinal: int, line_id: str, quantity: int, tax: int) -> tuple[Step, ...]:
    """A shipment, and what follows from it."""
    id_, ful, shipment = IN_PIECES, fulfillment_order_id_of(IN_PIECES, ordinal), f"SH-{n}"
    number, gross, cost = n - 3, quantity * PRICE, quantity * COST
    return (
        ("fulfillment", ful, [FulfillmentReleased(ful, id_), left(shipment, ordinal, line_id, quantity)]),
        ("inventory", "default",
         [ReservationCommitted(id_, "default", shipment, "WH1", (line(line_id, quantity),))]),
        ("finance", "GB01", [
            InvoiceIssued(id_, "GB01", number, shipment, "GBP", gross, tax, gross - tax, 0, 0, 1),
            posting(100 * n, id_, "invoice", f"invoice {number}",
                    (AR, "D", gross), (REVENUE, "C", gross - tax), ("tax", "C", tax)),
            posting(100 * n + 1, id_, "cost", f"invoice {number}", (COGS, "D", cost), (WH1, "C", cost)),
        ]),
        ("port:tax", id_, [TaxCommitted(id_, f"TX-{id_}", tax)]),
        ("port:payments", id_,
         [PaymentCaptured(id_, "psp-a", f"ch_{n}", f"pi_{id_}", gross, "GBP", "GB01")]),
        ("finance", "GB01",
         [posting(100 * n + 2, id_, "capture", f"capture ch_{n}", (CLEARING, "D", gross), (AR, "C", gross))]),
    )  # fmt: skip


def tell_in_pieces(story: Story) -> None:
    """W6: five of D. Two leave WH1, one is not found at WH2, one comes and leaves, one never comes."""
    id_, pool = IN_PIECES, "default"
    lines = (OrderLine("1", "D", 3, PRICE), OrderLine("2", "D", 2, PRICE))
    payment = Payment("psp-a", "card", "~1.c2VhbGVk", TOTAL)
    order = Order("web", "W6", "GBP", True, lines, PostalAddress("GB"), (payment,))
    story.turn("catalog", pool, ProductsUpserted(pool, (ProductRow("D", "D", PRICE, COST, "GBP"),)))
    rows = (StockRow("D", "WH1", 2), StockRow("D", "WH2", 1))
    story.turn("inventory", pool, StockMoved(pool, "receipt", "opening D", rows))
    values = ((WH1, "D", 2 * COST), ("1300 inventory WH2", "D", COST))
    story.turn("finance", "GB01", stocked(14, "opening D", *values))
    story.turn("finance", "GB01", stocked(15, "late D", (WH1, "D", COST)))
    reserved = StockReserved(
        id_, pool, "WH1", (line("1", 2),), (StockPart("WH2", (line("1", 1),)),), (line("2", 2),),
        WAITS_UNTIL_MS, channel="wholesale",
    )  # fmt: skip
    late = StockMoved(pool, "receipt", "late D", (StockRow("D", "WH1", 1),))
    short = fulfillment_order_id_of(id_, 1)
    lost = (line("1", 1),)
    story.order(
        "W6",
        ("port:payments", id_, [PaymentAuthorized(id_, "psp-a", f"pi_{id_}", TOTAL, "GBP", EXPIRES_MS)]),
        ("port:tax", id_, [TaxCalculated(id_, f"TX-{id_}", "GB", (LineTax("1", 250), LineTax("2", 167)), 0)]),
        ("inventory", pool, [reserved]),
        ("orders", id_, [OrderAccepted(id_, TOTAL, TAXES, "authorized", "pending", "submitted")]),
        ("port:erp", id_, [ErpAcknowledged(id_, "SO-5")]),
        *_shipped(5, 0, "1", 2, 166),
        ("fulfillment", short,
         [FulfillmentReleased(short, id_), ShortPicked(short, id_, "WH2", pool, lost)]),
        ("inventory", pool, [StockResourced(id_, pool, "WH2", lost, "quality_hold", (), (), lost)]),
        ("orders", id_, [LinesCancelled(id_, (CancelledLine("1", 1),), "short-picked")]),
        ("inventory", pool, [late, BackorderFilled(id_, pool, "WH1", (line("2", 1),))]),
        *_shipped(6, 2, "2", 1, 83),
        ("inventory", pool, [ReservationExpired(id_, pool, (line("2", 1),), ())]),
        ("orders", id_, [LinesCancelled(id_, (CancelledLine("2", 1),), "backorder-expired")]),
        ("port:payments", id_, [AuthorizationVoided(id_, "psp-a", f"pi_{id_}")]),
        ("orders", id_, [OrderCompleted(id_)]),
        order=order,
    )  # fmt: skip


def add_books(books: dict[str, dict[str, Any]]) -> None:
    """The twins' books of it."""
    id_ = IN_PIECES
    books["payments"]["authorizations"].append(
        {"id": f"pi_{id_}", "reference": id_, "amount": TOTAL, "currency": "gbp", "status": "canceled",
         "expires_at": EXPIRES_MS, "captured": 3 * PRICE, "voided": 2 * PRICE}
    )  # fmt: skip
    for capture, units in (("ch_5", 2), ("ch_6", 1)):
        books["payments"]["captures"].append(
            {"id": capture, "authorization": f"pi_{id_}", "amount": units * PRICE, "currency": "gbp",
             "reference": id_, "at": START_MS}
        )  # fmt: skip
    books["erp"]["documents"].append(
        {"doc_no": "SO-5", "external_ref": id_, "status": "open", "total": TOTAL, "currency": "GBP"}
    )
    for ordinal, shipment, line_id, units in ((0, "SH-5", "1", 2), (1, "", "1", 1), (2, "SH-6", "2", 1)):
        items = [{"line": line_id, "item": "D", "qty": units}]
        name = fulfillment_order_id_of(id_, ordinal)
        books["warehouse"]["orders"].append(
            {
                "depositor_order": name,
                "ref": id_,
                "status": "shipped" if shipment else "closed",
                "items": items,
            }
        )
        if shipment:
            books["warehouse"]["shipments"].append(
                {"shipment": shipment, "depositor_order": name, "ref": id_, "items": items}
            )
    shelves = [{"site": "WH1", "item": "D", "qty": 0}, {"site": "WH2", "item": "D", "qty": 1}]
    books["warehouse"]["shelves"] += shelves
    books["tax"]["documents"].append(
        {"doc": f"TX-{id_}", "ref": id_, "status": "committed", "tax": TAXES, "committed": 249}
    )


def levels() -> dict[tuple[str, str], dict[str, int]]:
    """The pool's levels at the end of the whole story."""
    return {
        ("WH1", "A"): {"available": 6, "reserved": 0, "damaged": 1},
        ("WH1", "D"): {"available": 0, "reserved": 0},
        ("WH2", "D"): {"available": 0, "reserved": 0, "quality_hold": 1},
    }


def good_story() -> Story:
    """The whole story, which holds."""
    story = four_orders()
    tell_in_pieces(story)
    add_books(story.books)
    tell_quoted(story)
    compare_books(story)
    story.fields["levels"] = levels()
    known = CustomerUpserted("C-8", "crm", 1, Person("~1.c2VhbGVk"), None)
    story.turn("customers", "C-8", known)
    tell_subscribers(story)
    story.turn("customers", "C-7", CustomerErasing("C-7", (REFUSED,), ("2",)))
    story.turn("customers", "C-7", CustomerErased("C-7", 1, (REFUSED,), ("2",)))
    return story
