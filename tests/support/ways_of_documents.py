"""The ways of what partners' documents tell: purchase orders and settlement lines."""

from __future__ import annotations

from typing import Any

from actors.domains.finance.settlement_actor import SETTLEMENT
from actors.domains.finance.settlement_model import line_state
from actors.domains.inventory.purchasing import PURCHASING
from contracts.decision import Decision
from contracts.platform import TimerFired
from contracts.purchasing import (
    AcknowledgeOrder,
    AdviseShipment,
    ApproveOrder,
    CancelPurchase,
    ClosePurchase,
    ConfirmedLine,
    ConfirmPutAway,
    CountedLine,
    FailOrder,
    InvoicedLine,
    ReceiveGoods,
    SuggestOrder,
    TakeInvoice,
)
from contracts.replenishment import PurchaseLine
from contracts.settlement import (
    ControlTotal,
    ImportFile,
    LineJudged,
    ResolveDiscrepancy,
    SettlementLine,
    SuspenseCleared,
    SuspenseKept,
    TakeLine,
)
from tests.support.walk import bodies
from tests.support.ways import Walker, Way, problem_code

POOL, O, PO = "default", "ord_1", "po_1"


# -- purchase orders: ten of A, so dear that a person has to approve

PRICE = 100_000_000


def _goods_in(walker: Walker) -> ReceiveGoods:
    """Five, and one more when all ten are there: within the tolerance."""
    units = 1 if walker.state.delivered else 5
    return ReceiveGoods(PO, f"r{walker.n}", (CountedLine("1", units),), 0)


def _put_away(walker: Walker) -> ConfirmPutAway:
    waiting = walker.state.to_put_away
    return ConfirmPutAway(PO, waiting[0] if waiting else "r1")


def _po_told(decision: Decision) -> str:
    return next((str(body.reason) for body in bodies(decision, "purchasing.refused")), "")


ISSUED = ("suggest", "approve")
PURCHASE_ORDER = Way(
    "purchase order",
    PURCHASING,
    PO,
    {
        "suggest": lambda w: SuggestOrder(
            PO, POOL, "WH1", "SUP-B", "GBP", 1_000, (PurchaseLine("1", "A", 10, PRICE, PRICE),)
        ),
        "approve": lambda w: ApproveOrder(PO, "pat"),
        "fail": lambda w: FailOrder(PO, "why"),
        "acknowledge": lambda w: AcknowledgeOrder(PO, "a1", "accepted", (ConfirmedLine("1", 10, PRICE),)),
        "advise": lambda w: AdviseShipment(PO, f"s{w.n}", (CountedLine("1", 5),), 0, False),
        "receive": _goods_in,
        "put_away": _put_away,
        "invoice": lambda w: TakeInvoice(PO, f"i{w.n}", "GBP", (InvoicedLine("1", 5, PRICE),), 5 * PRICE),
        "cancel": lambda w: CancelPurchase(PO, "why"),
        "close": lambda w: ClosePurchase(PO, "why"),
        "overdue": lambda w: TimerFired(0),
    },
    {
        "none": (),
        "suggested": ("suggest",),
        "issued": ISSUED,
        "acknowledged": (*ISSUED, "acknowledge"),
        "receiving": (*ISSUED, "receive"),
        ("receiving", "close"): (*ISSUED, "receive", "put_away"),
        "delivered": (*ISSUED, "receive", "receive"),
        ("delivered", "close"): (*ISSUED, "receive", "receive", "put_away", "put_away"),
        "closed": (*ISSUED, "receive", "put_away", "close"),
        "cancelled": (*ISSUED, "cancel"),
        "excepted": (*ISSUED, "overdue"),
        ("excepted", "put_away"): (*ISSUED, "receive", "overdue"),
        ("excepted", "close"): (*ISSUED, "receive", "put_away", "overdue"),
    },
    lambda state: str(state.status),
    lambda state: (state.status, state.receipts, state.invoices, state.to_put_away),
    _po_told,
    {"overdue": "timer.overdue"},
    asks=False,
)


# -- settlement lines: t1 of file S1, over 300


def _judged(residue: int) -> Any:
    return lambda w: LineJudged(
        "psp-a", "S1", "t1", "capture ch_1", "amount" if residue else "", "GBP", 300, 10, 300 - residue, residue,
        O, "GB01",
    )  # fmt: skip


def _cleared(how: str, amount: int, left: int) -> Any:
    return lambda w: SuspenseCleared(
        "psp-a", "S1", "t1", "capture ch_1", how, "", "GBP", amount, left, "pat", "why"
    )


def _line(state: Any) -> str:
    """A line that has left suspense is remembered as such by its file alone."""
    found = line_state(state, "S1", "t1")
    return "resolved" if found == "suspended" and "S1/t1" not in state.open else found


SETTLEMENT_LINE = Way(
    "settlement line",
    SETTLEMENT,
    "psp-a",
    {
        "take": lambda w: TakeLine(
            "psp-a", "S1", "sha", SettlementLine(1, "t1", "capture", "ch_1", O, "GBP", 300, 10, 290)
        ),
        "matched": _judged(0),
        "mismatched": _judged(100),
        "resolve": lambda w: ResolveDiscrepancy("psp-a", "S1", "t1", "write_off", "", "pat", "why"),
        "cleared": _cleared("write_off", 100, 0),
        "kept": lambda w: SuspenseKept("psp-a", "S1", "t1", "why"),
        "found": _cleared("found", 100, 0),
        "found_part": _cleared("found", 60, 40),
    },
    {
        "none": (),
        "asked": ("take",),
        "matched": ("take", "matched"),
        "suspended": ("take", "mismatched"),
        "resolving": ("take", "mismatched", "resolve"),
        "resolved": ("take", "mismatched", "resolve", "cleared"),
    },
    _line,
    _line,
    problem_code,
    before=(
        ImportFile(
            "psp-a", "S1", "S1.csv", "sha", "po", "GB01", "GBP", "2026-11-26", ControlTotal(2, 600, 20, 580)
        ),
    ),
)

WAYS = (PURCHASE_ORDER, SETTLEMENT_LINE)
