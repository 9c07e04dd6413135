"""Four orders told by hand, with the books that belong to them.

`good_story()` of story_parts.py adds one that leaves in pieces. It holds in every invariant and puts each at
risk; tests change one thing in it.
"""

from __future__ import annotations

from typing import Any

from contracts.accounts import AR, COGS, REVENUE
from contracts.finance import InvoiceIssued
from contracts.fulfillment import FulfillmentCancelled, FulfillmentReleased
from contracts.gift_cards import GiftCardIssued, GiftCardRedeemed, GiftCardRefused
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import (
    ProductRow,
    ProductsUpserted,
    ReservationCommitted,
    ReservationFailed,
    ReservationReleased,
    Shortage,
    StockMoved,
    StockRow,
)
from contracts.ledger import JournalRefused, PeriodMoved
from contracts.orders import (
    CancellationRequested,
    OrderAccepted,
    OrderCompleted,
)
from contracts.partners import (
    ErpAcknowledged,
    ErpCancelled,
    ExceptionOpened,
    FraudAssessed,
    TaxCommitted,
)
from contracts.refunds import CreditNoteIssued, RefundPending, RefundRequested
from contracts.returns import (
    InspectedLine,
    ReturnableLine,
    ReturnAuthorized,
    ReturnClosed,
    ReturnInspected,
    ReturnLine,
    ReturnReceived,
    ReturnRestocked,
    ReturnScrapped,
)
from contracts.settlement import (
    FileRefused,
)
from tests.support.story import (
    CANCELLED,
    CLEARING,
    COST,
    CREDIT,
    EXCEPTED,
    EXPIRES_MS,
    GROSS,
    LINES,
    PRICE,
    QUARANTINE,
    REFUSED,
    SHIPPED,
    STOCK,
    SUSPENSE,
    TAX,
    TOTAL,
    WH1,
    Story,
    authorized,
    captured,
    closed,
    dispatched,
    dispute,
    exception,
    imported,
    judged,
    listed,
    matched,
    mismatched,
    named,
    order_id,
    other,
    paid_out,
    posting,
    quoted,
    refund,
    reserved,
    stocked,
    voided,
)
from tests.support.turns import START_MS, cause_of


def four_orders() -> Story:
    """W1 is shipped, W2 cancelled after it was accepted, W3 refused for want of stock, W4 under review."""
    story = Story()
    story.turn("catalog", "default", ProductsUpserted("default", (ProductRow("A", "A", PRICE, COST, "GBP"),)))
    story.turn(
        "inventory", "default", StockMoved("default", "receipt", "opening", (StockRow("A", "WH1", STOCK),))
    )
    story.turn("finance", "GB01", stocked(10, "opening", (WH1, "D", STOCK * COST)))
    _between_entities(story)
    # October is closed, and what was written for it came too late.
    closing = named("period.closed", PeriodMoved("GB01", 202310, "ann", "month end"))
    story.turn("finance", "GB01", closing, JournalRefused("GB01", "j", 202310, "bob", "period-closed"))
    _shipped(story)
    _returned(story)
    _settled(story)
    # The process ends and another takes over: what is still pending was said under epoch 1.
    story.fault("crash_before_commit", "process:commit")
    _not_shipped(story)
    # W1 is sent again with its key, and then under another.
    story.answer("W1", 202, story.answers[0].body, replayed=True)
    story.answer("W1", 409, b'{"code":"duplicate-order"}', key="other")
    story.fault("timeout_after", "connector:payments:captures", SHIPPED)
    story.fault("timeout_after", "connector:erp:sales_orders", SHIPPED)
    story.fault("duplicate_delivery", "channel:orders:facts", SHIPPED)
    story.books = books()
    return story


def _between_entities(story: Story) -> None:
    """GB01 has sold something of GB02's, for 5 more than it cost there."""
    opening = (("1300 inventory WH3", "D", COST), ("3000 opening balances", "C", COST))
    story.turn("finance", "GB02", other(1, "", "opening_stock", "opening WH3", *opening))
    bought = ((COGS, "D", COST + 5), ("2150 intercompany payable GB02", "C", COST + 5))
    story.turn("finance", "GB01", posting(16, "", "intercompany_bought", "invoice 0", *bought))
    sold = (
        ("1150 intercompany receivable GB01", "D", COST + 5), (COGS, "D", COST),
        ("4000 revenue", "C", COST + 5), ("1300 inventory WH3", "C", COST),
    )  # fmt: skip
    story.turn("finance", "GB02", other(2, "", "intercompany_sold", "GB01 invoice 0", *sold))


def _shipped(story: Story) -> None:
    id_ = SHIPPED
    story.order(
        "W1",
        ("port:payments", id_, [authorized(id_)]),
        ("port:fraud", id_, [FraudAssessed(id_, "accept", 10)]),
        ("port:tax", id_, [quoted(id_)]),
        ("inventory", "default", [reserved(id_)]),
        ("orders", id_, [OrderAccepted(id_, GROSS, TAX, "authorized", "released", "submitted")]),
        ("fulfillment", fulfillment_order_id_of(id_, 0), [
            FulfillmentReleased(fulfillment_order_id_of(id_, 0), id_), dispatched(id_)]),
        ("inventory", "default", [ReservationCommitted(id_, "default", "SH-1")]),
        ("finance", "GB01", [
            InvoiceIssued(id_, "GB01", 1, "SH-1", "GBP", GROSS, TAX, GROSS - TAX, 0, 0, 2),
            posting(1, id_, "invoice", "invoice 1",
                    (AR, "D", GROSS), (REVENUE, "C", GROSS - TAX), ("tax", "C", TAX)),
            posting(2, id_, "cost", "invoice 1", (COGS, "D", 4 * COST), (WH1, "C", 4 * COST)),
        ]),
        ("port:tax", id_, [TaxCommitted(id_, f"TX-{id_}", TAX)]),
        ("port:payments", id_, [captured(id_)]),
        ("finance", "GB01", [posting(3, id_, "capture", "capture ch_1", (CLEARING, "D", GROSS), (AR, "C", GROSS))]),
        ("port:erp", id_, [ErpAcknowledged(id_, "SO-1")]),
        ("orders", id_, [OrderCompleted(id_)]),
    )  # fmt: skip


def _returned(story: Story) -> None:
    """Two of W1's three on line 1 come back: one is second grade, one scrap. A second return would be too much."""
    id_, lines = SHIPPED, (ReturnLine("1", 2),)
    back = StockRow("A", "WH1", 1)
    for actor, key, facts in (
        (
            "returns",
            "ret_1",
            [ReturnAuthorized("ret_1", id_, "default", "WH1", (ReturnableLine("1", "A", 2),), EXPIRES_MS)],
        ),
        ("returns", "ret_2", [ReturnClosed("ret_2", id_, "over-return")]),
        ("returns", "ret_1", [ReturnReceived("ret_1", id_, "G1", lines)]),
        (
            "returns",
            "ret_1",
            [
                ReturnInspected("ret_1", id_, (InspectedLine("1", 0, 1, 1),)),
                ReturnRestocked("ret_1", id_, "default", (), (back,)),
                ReturnScrapped("ret_1", id_, (ReturnLine("1", 1),)),
            ],
        ),
        ("inventory", "default", [StockMoved("default", "return", "ret_1", (back,), to_bucket="damaged")]),
        (
            "finance",
            "GB01",
            [
                posting(
                    11,
                    id_,
                    "return_received",
                    "return ret_1 receipt G1",
                    (QUARANTINE, "D", 2 * COST),
                    (COGS, "C", 2 * COST),
                ),
                posting(
                    12, id_, "return_restocked", "return ret_1", (WH1, "D", COST), (QUARANTINE, "C", COST)
                ),
                posting(
                    13,
                    id_,
                    "return_scrapped",
                    "return ret_1",
                    ("5300 scrap", "D", COST),
                    (QUARANTINE, "C", COST),
                ),
            ],
        ),
        ("finance", "GB01", [CreditNoteIssued(id_, "GB01", 1, "ret_1", "GBP", CREDIT, 167)]),
        ("returns_to_refund", id_, [RefundRequested(id_, "ret_1", "eff", "ch_1", CREDIT, "GBP")]),
        ("payments", id_, [refund(RefundPending)]),
        ("payments", id_, [refund()]),
        ("returns", "ret_1", [ReturnClosed("ret_1", id_, "refunded")]),
        ("gift_cards", "gc_1", [GiftCardIssued("gc_1", id_, "e1", "GB01", "GBP", 500, "psp-a")]),
        ("gift_cards", "gc_1", [GiftCardRedeemed("gc_1", order_id("W0"), "e2", "GB01", "GBP", 400)]),
        ("gift_cards", "gc_1", [GiftCardRefused("gc_1", id_, "e3", "too-little")]),
        ("payments", id_, [dispute("opened")]),
        ("payments", id_, [dispute("lost")]),
    ):
        story.turn(actor, key, *facts, subject=id_)  # fmt: skip


def _settled(story: Story) -> None:
    """The provider's file comes broken and then right; one of its five lines is about nothing of ours."""
    broken = FileRefused("psp-a", "S1", "S1.csv", "sha0", "truncated", ("S1.csv:3: : ends",))
    lines = (
        ("t0", "capture ch_0", 500, 0),
        ("t1", "capture ch_1", GROSS, 20),
        ("t2", "refund re_1", -CREDIT, 0),
        ("t3", "dispute dp_1", -115, 0),
    )
    posted: tuple[tuple[str, str, tuple[tuple[str, str, int], ...]], ...] = (
        ("gift_card_sold", "gift card gc_1 e1", ((CLEARING, "D", 500), ("2110 gift-card liability", "C", 500))),
        ("refund", "refund re_1", (("2120 refunds payable", "D", CREDIT), (CLEARING, "C", CREDIT))),
        ("dispute_opened", "dispute dp_1",
         (("1220 dispute receivable psp-a", "D", 100), ("6100 dispute fees", "D", 15), (CLEARING, "C", 115))),
    )  # fmt: skip
    for n, (step, reference, entries) in enumerate(posted, start=20):
        story.turn("finance", "GB01", posting(n, SHIPPED, step, reference, *entries), subject=SHIPPED)
    for fact_ in (broken, imported()):
        story.turn("settlement", "psp-a", fact_, subject="S1")
    for line in lines:
        story.turn("finance", "GB01", judged(*line), subject="S1")
        story.turn("settlement", "psp-a", matched(*line), subject="S1")
    story.turn("finance", "GB01", judged("t4", "capture ch_9", 300, 10, 300), subject="S1")
    story.turn("settlement", "psp-a", mismatched("t4", "capture ch_9", 300, 10, 300), subject="S1")
    unknown = ExceptionOpened("exc_t4", "settlement-mismatch", "S1", "capture ch_9: unknown")
    story.turn("settlement", "psp-a", unknown, subject="S1")
    story.turn("exceptions", "exc_t4", listed("S1", "settlement-mismatch", "exc_t4"), subject="S1")
    payout = posting(
        23, "", "payout", "payout psp-a S1",
        ("1000 bank", "D", TOTAL.net_minor), ("6000 PSP fees", "D", 30), (CLEARING, "C", 500 + GROSS - CREDIT - 115),
        (SUSPENSE, "C", 300),
    )  # fmt: skip
    story.turn("finance", "GB01", payout, subject="S1")
    story.turn("finance", "GB01", paid_out(), subject="S1")


def _not_shipped(story: Story) -> None:
    id_ = CANCELLED
    story.order(
        "W2",
        ("port:payments", id_, [authorized(id_)]),
        ("inventory", "default", [reserved(id_)]),
        ("orders", id_, [OrderAccepted(id_, GROSS, TAX, "authorized", "released", "submitted")]),
        ("port:erp", id_, [ErpAcknowledged(id_, "SO-2")]),
        ("orders", id_, [CancellationRequested(id_, "changed my mind")]),
        ("fulfillment", fulfillment_order_id_of(id_, 0), [
            FulfillmentCancelled(fulfillment_order_id_of(id_, 0), id_, "changed my mind")]),
        ("inventory", "default", [ReservationReleased(id_, "default", "cancelled")]),
        ("port:erp", id_, [ErpCancelled(id_, "SO-2")]),
        ("port:payments", id_, [voided(id_)]),
    )  # fmt: skip
    story.maker.epoch = 2
    story.turn("orders", id_, closed("cancelled", id_))
    id_ = REFUSED
    story.order(
        "W3",
        ("inventory", "default", [ReservationFailed(id_, "default", (Shortage("A", 40, 6),))]),
        ("orders", id_, [closed("rejected", id_)]),
    )
    id_ = EXCEPTED
    story.order(
        "W4",
        ("port:payments", id_, [authorized(id_)]),
        ("order_to_cash", id_, [exception(id_)]),
        ("exceptions", f"exc_{id_}", [listed(id_)]),
        ("orders", id_, [closed("excepted", id_, "authorized")]),
    )
    # Something said by the first process and taken by the second.
    story.maker.epoch = 1
    said = story.turn("order_to_cash", id_, says=[("port:erp", id_, id_)])
    story.maker.epoch = 2
    story.turn("erp", id_, cause=cause_of(said))


def books() -> dict[str, dict[str, Any]]:
    """The twins' books that belong to the story."""
    items = [{"line": line.line_id, "item": line.sku, "qty": line.quantity} for line in LINES]

    def held(of: str, status: str, taken: int, let_go: int) -> dict[str, Any]:
        return {
            "id": f"pi_{of}", "reference": of, "amount": GROSS, "currency": "gbp", "status": status,
            "expires_at": EXPIRES_MS, "captured": taken, "voided": let_go,
        }  # fmt: skip

    def document(number: str, of: str, status: str) -> dict[str, Any]:
        return {"doc_no": number, "external_ref": of, "status": status, "total": GROSS, "currency": "GBP"}

    return {
        "payments": {
            "authorizations": [
                held(SHIPPED, "succeeded", GROSS, 0),
                held(CANCELLED, "canceled", 0, GROSS),
                held(EXCEPTED, "requires_capture", 0, 0),
            ],
            "captures": [
                {"id": "ch_1", "authorization": f"pi_{SHIPPED}", "amount": GROSS, "currency": "gbp",
                 "reference": SHIPPED, "at": START_MS},
            ],
            "refunds": [
                {"id": "re_1", "capture": "ch_1", "amount": CREDIT, "currency": "gbp", "reference": SHIPPED,
                 "note": "ret_1", "status": "succeeded"},
            ],
            "disputes": [
                {"id": "dp_1", "capture": "ch_1", "amount": 100, "fee": 15, "currency": "gbp",
                 "reference": SHIPPED, "status": "lost"},
            ],
            "payouts": [
                {"file": "S1", "account": "psp-a", "payout": "po_1", "currency": "GBP", "lines": TOTAL.count,
                 "gross": TOTAL.gross_minor, "fee": TOTAL.fee_minor, "net": TOTAL.net_minor},
            ],
        },
        "erp": {"documents": [document("SO-1", SHIPPED, "open"), document("SO-2", CANCELLED, "cancelled")]},
        "warehouse": {
            "orders": [{"depositor_order": fulfillment_order_id_of(SHIPPED, 0), "ref": SHIPPED,
                        "status": "shipped", "items": items}],
            "shipments": [{"shipment": "SH-1", "depositor_order": fulfillment_order_id_of(SHIPPED, 0),
                           "ref": SHIPPED, "items": items}],
            "shelves": [{"site": "WH1", "item": "A", "qty": 7}],
        },
        "tax": {"documents": [{"doc": f"TX-{SHIPPED}", "ref": SHIPPED, "status": "committed", "tax": TAX}]},
        "fraud": {"assessments": [{"order": SHIPPED, "decision": "approve", "risk": 10}]},
    }  # fmt: skip
