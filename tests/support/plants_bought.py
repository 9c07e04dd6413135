"""Planted wrongs in what is bought: documents doubled, GR-IR that disagrees, orders that nothing goes on with."""

from __future__ import annotations

from contracts.inventory import StockMoved, StockRow
from contracts.partners import ExceptionOpened
from contracts.purchasing import (
    GoodsReceived,
    InvoicedLine,
    InvoiceMatched,
    InvoiceReceived,
    PurchaseAcknowledged,
    PurchaseEnded,
    PurchaseSuggested,
    ReceivedLine,
    ShipmentAdvised,
)
from contracts.replenishment import PurchaseLine
from tests.support.plants import plant
from tests.support.story import COST, EXPIRES_MS, WH1, Story, listed, named, posting

PO, UNITS, PRICE = "po_1", 10, 90
TOTAL = UNITS * PRICE
LINE = InvoicedLine("1", UNITS, PRICE)
GOODS = GoodsReceived(
    PO, "GR-1", "default", "WH1", "GB01", "GBP", (ReceivedLine("1", "A", UNITS, PRICE, PRICE),)
)


def suggested(story: Story) -> None:
    line = PurchaseLine("1", "A", UNITS, PRICE, PRICE)
    story.turn("purchasing", PO, PurchaseSuggested(PO, "default", "WH1", "SUP-A", "GBP", 1_000, (line,)))


def ended(status: str) -> object:
    return named(f"purchase_order.{status}", PurchaseEnded(PO, "default", "SUP-A", "why", True))


def received(story: Story) -> None:
    story.turn("purchasing", PO, GOODS)
    story.turn(
        "finance", "GB01",
        posting(50, PO, "goods_receipt", "GR-1", (WH1, "D", UNITS * COST),
                ("2050 GR-IR", "C", TOTAL), ("5100 purchase price variance", "C", UNITS * COST - TOTAL)),
    )  # fmt: skip
    moved = StockMoved("default", "receipt", "GR-1", (StockRow("A", "WH1", UNITS),))
    story.turn("inventory", "default", moved, subject=PO)
    story.fields["levels"]["WH1", "A"]["available"] += UNITS
    story.books["warehouse"]["shelves"][0]["qty"] += UNITS
    story.books["warehouse"]["receipts"] = [
        {"receipt": "GR-1", "po": PO, "site": "WH1", "items": [{"line": "1", "item": "A", "qty": UNITS}]}
    ]
    story.books["suppliers"] = {
        "orders": [{"po": PO, "vendor": "SUP-A", "status": "open", "items": []}],
        "invoices": [],
    }


def a_purchase(story: Story) -> None:
    """One that holds: suggested, received, invoiced, matched, closed."""
    suggested(story)
    received(story)
    story.turn("purchasing", PO, InvoiceReceived(PO, "INV-1", "GBP", (LINE,), TOTAL))
    story.turn(
        "purchasing", PO, InvoiceMatched(PO, "INV-1", "SUP-A", "GB01", "GBP", TOTAL, TOTAL, 0, (LINE,))
    )
    story.turn(
        "finance", "GB01",
        posting(51, PO, "supplier_invoice", "INV-1", ("2050 GR-IR", "D", TOTAL), ("2000 accounts payable", "C", TOTAL)),
    )  # fmt: skip
    story.turn("purchasing", PO, ended("closed"))
    story.books["suppliers"]["invoices"] = [{"doc": "INV-1", "po": PO, "total": TOTAL}]


def a_purchase_waits_with_an_open_exception(story: Story) -> None:
    suggested(story)
    story.turn("exceptions", "exc_po", listed(PO, "purchase-order-rejected", "exc_po"), subject=PO)
    story.turn(
        "purchasing", PO, ExceptionOpened("exc_po", "purchase-order-rejected", PO, "why"), ended("excepted")
    )


@plant("Q6", "0 on GR-IR, received less invoiced is 900")
def goods_are_received_and_not_posted(story: Story) -> None:
    suggested(story)
    story.turn("purchasing", PO, GOODS, ended("closed"))


@plant("Q6", "900 on GR-IR, received less invoiced is 0")
def a_matched_invoice_leaves_gr_ir_as_it_was(story: Story) -> None:
    suggested(story)
    received(story)
    story.turn(
        "purchasing", PO, InvoiceMatched(PO, "INV-1", "SUP-A", "GB01", "GBP", TOTAL, TOTAL, 0, (LINE,))
    )


@plant("Q6", "posted on GR-IR, and nobody ordered it")
def a_receipt_of_no_order_is_posted(story: Story) -> None:
    story.turn(
        "finance", "GB01",
        posting(50, "po_x", "goods_receipt", "r", ("1300 inventory WH1", "D", 1), ("2050 GR-IR", "C", 1)),
    )  # fmt: skip


@plant("A14", "GR-1 was received twice")
def a_receipt_is_believed_twice(story: Story) -> None:
    a_purchase(story)
    story.turn("purchasing", PO, GOODS)


@plant("A14", "GR-1 available was put into stock twice")
def a_receipt_is_put_into_stock_twice(story: Story) -> None:
    a_purchase(story)
    moved = StockMoved("default", "receipt", "GR-1", (StockRow("A", "WH1", UNITS),))
    story.turn("inventory", "default", moved, subject=PO)


@plant("A14", "po_1 INV-1 was billed twice")
def an_invoice_is_believed_twice(story: Story) -> None:
    a_purchase(story)
    story.turn("purchasing", PO, InvoiceReceived(PO, "INV-1", "GBP", (LINE,), TOTAL))


@plant("A14", "po_1 ACK-1 was acknowledged twice")
def an_acknowledgment_is_believed_twice(story: Story) -> None:
    a_purchase(story)
    for _ in range(2):
        story.turn("purchasing", PO, PurchaseAcknowledged(PO, "ACK-1", "accept", ()))


@plant("A14", "po_1 ASN-1 was advised twice")
def a_ship_notice_is_believed_twice(story: Story) -> None:
    a_purchase(story)
    for _ in range(2):
        story.turn("purchasing", PO, ShipmentAdvised(PO, "ASN-1", (), EXPIRES_MS, True))


@plant("Q1", "po_1 is open and nothing will go on with it")
def a_purchase_order_is_forgotten(story: Story) -> None:
    suggested(story)


@plant("Q1", "po_1 is excepted and no exception is open")
def a_purchase_order_is_excepted_without_an_exception(story: Story) -> None:
    suggested(story)
    story.turn("purchasing", PO, ended("excepted"))


@plant("Q9", "the warehouse counted")
def the_dock_counted_what_was_never_received(story: Story) -> None:
    a_purchase(story)
    story.books["warehouse"]["receipts"].append(
        {**story.books["warehouse"]["receipts"][0], "receipt": "GR-2"}
    )


@plant("Q9", "the supplier billed 1000 as INV-1")
def a_supplier_billed_another_amount(story: Story) -> None:
    a_purchase(story)
    story.books["suppliers"]["invoices"][0]["total"] = 1_000


@plant("Q9", "rejected by SUP-A, closed here")
def a_rejected_order_is_closed_here(story: Story) -> None:
    a_purchase(story)
    story.books["suppliers"]["orders"][0]["status"] = "rejected"


@plant("Q9", "a supplier has an order that we never wrote")
def a_supplier_has_an_order_of_nobody(story: Story) -> None:
    a_purchase(story)
    story.books["suppliers"]["orders"].append({"po": "po_9", "vendor": "SUP-A", "status": "open"})
