"""The ways of reservations, fulfillment orders, returns, purchase orders and settlement lines."""

from __future__ import annotations

from typing import Any

from actors.domains.finance.settlement_actor import SETTLEMENT
from actors.domains.finance.settlement_model import line_state
from actors.domains.fulfillment.actor import FULFILLMENT as FULFILLMENT_ACTOR
from actors.domains.inventory.actor import INVENTORY
from actors.domains.inventory.purchasing import PURCHASING
from actors.domains.returns.actor import RETURNS
from contracts.decision import Decision
from contracts.fulfillment import (
    CancelFulfillmentOrder,
    ConfirmDispatch,
    CreateFulfillmentOrder,
    ShipmentDispatched,
    WarehouseRecalled,
    WarehouseRecallRefused,
    WarehouseRejected,
)
from contracts.holds import GoOnWithFulfillment, HoldFulfillmentOrder
from contracts.inventory import (
    DemandLine,
    ExpireReservation,
    ReceiveStock,
    ReleasePart,
    ReleaseReservation,
    ReserveStock,
    ResourceStock,
    StockRow,
)
from contracts.orders import Delivery, PostalAddress
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
from contracts.returns import (
    AdviseReturn,
    CloseReturn,
    InspectedLine,
    InspectReturn,
    ReceiveReturn,
    ReturnableLine,
    ReturnAllowed,
    ReturnDenied,
    ReturnLine,
)
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

POOL, O, F, R, PO = "default", "ord_1", "ful_1", "ret_1", "po_1"


# -- reservations: ten of A at WH1, two at WH2; the web asks for four, or like the others for fourteen


def _reserve(units: int, channel: str) -> Any:
    return lambda w: ReserveStock(O, POOL, (DemandLine("1", "A", units),), channel)


def _held(state: Any) -> Any:
    return state.reservations.get(O)


def _reservation(state: Any) -> str:
    held = _held(state)
    if held is None:
        return "none"
    return "held" if not held.waiting else "kept" if held.held else "waiting"


def _unreserved(decision: Decision) -> str:
    return "out-of-stock" if bodies(decision, "inventory.reservation_failed") else ""


def _one(w: Walker) -> tuple[DemandLine, ...]:
    return (DemandLine("1", "A", 1),)


RESERVATION = Way(
    "reservation",
    INVENTORY,
    POOL,
    {
        "reserve": _reserve(4, "web"),
        "reserve_some": _reserve(14, "wholesale"),
        "reserve_kept": _reserve(14, "preorder"),
        "reserve_much": _reserve(14, "web"),
        "stock_comes": lambda w: ReceiveStock(POOL, f"d{w.n}", (StockRow("A", "WH1", 20),)),
        "release": lambda w: ReleaseReservation(O, POOL, "why"),
        "give_up": lambda w: ReleasePart(O, POOL, "why", (), True),
        "expire_early": lambda w: ExpireReservation(O, POOL),
        "expire": lambda w: _late(w, ExpireReservation(O, POOL)),
        "ship_part": lambda w: ShipmentDispatched(F, O, "s", "t", "WH1", POOL, 0, _one(w)),
        "ship": lambda w: ShipmentDispatched(F, O, "s", "t", "WH1", POOL, 0, None),
        "find_elsewhere": lambda w: ResourceStock(O, POOL, "wholesale", "WH1", _one(w), "quality_hold"),
        "find_none": lambda w: ResourceStock(
            O, POOL, "wholesale", "WH1", _one(w), "quality_hold", ("WH1", "WH2")
        ),
    },
    {
        "none": (),
        "held": ("reserve",),
        "waiting": ("reserve_some",),
        "kept": ("reserve_kept",),
    },
    _reservation,
    _held,
    _unreserved,
    before=(ReceiveStock(POOL, "opening", (StockRow("A", "WH1", 10), StockRow("A", "WH2", 2))),),
)


def _late(walker: Walker, body: Any) -> Any:
    """So late that every wait is over."""
    walker.n += 10**9
    return body


# -- fulfillment orders: three of A


def _create(window_ms: int, held: bool = False) -> Any:
    return lambda w: CreateFulfillmentOrder(
        F, O, "WH1", POOL, "k", "k2", window_ms, (DemandLine("1", "A", 3),), PostalAddress("GB"), Delivery(),
        held=held,
    )  # fmt: skip


def _shipped(units: int | None, final: bool) -> Any:
    lines = None if units is None else (DemandLine("1", "A", units),) if units else ()
    return lambda w: ConfirmDispatch(F, O, f"SH-{w.n}", "T", 0, lines, final)


def _ful(state: Any) -> str:
    if state.status == "created" and state.held:
        return "held"
    found: str = state.status
    return "partly_dispatched" if found == "released" and state.partly else found


def _ful_told(decision: Decision) -> str:
    for body in bodies(decision, "fulfillment.cancel_refused"):
        return str(body.reason)
    for body in bodies(decision, "exception.opened"):
        return str(body.category) if body.category != "fulfillment-overdue" else ""
    for said in decision.said:
        if said.type == "fulfillment.hold_refused":
            return str(said.body.reason)
    return ""


FULFILLMENT_ORDER = Way(
    "fulfillment order",
    FULFILLMENT_ACTOR,
    F,
    {
        "create": _create(5_000),
        "create_at_once": _create(0),
        "create_held": _create(5_000, held=True),
        "hold": lambda w: HoldFulfillmentOrder(F, O),
        "go_on": lambda w: GoOnWithFulfillment(F, O),
        "window_over": lambda w: TimerFired(0),
        "cancel": lambda w: CancelFulfillmentOrder(F, O, "why", False),
        "recall": lambda w: CancelFulfillmentOrder(F, O, "why", True),
        "recalled": lambda w: WarehouseRecalled(F, O),
        "recall_refused": lambda w: WarehouseRecallRefused(F, O, "gone"),
        "warehouse_rejects": lambda w: WarehouseRejected(F, O, "UNKNOWN"),
        "ship_part": _shipped(1, final=False),
        "ship": _shipped(None, final=True),
        "find_none": _shipped(0, final=True),
        "overdue": lambda w: TimerFired(0),
    },
    {
        "none": (),
        "created": ("create",),
        "held": ("create_held",),
        "released": ("create_at_once",),
        "partly_dispatched": ("create_at_once", "ship_part"),
        "dispatched": ("create", "window_over", "ship"),
        "cancelled": ("create", "cancel"),
    },
    _ful,
    lambda state: (_ful(state), state.lines),
    _ful_told,
    {"window_over": "timer.release", "overdue": "timer.confirmation"},
    tells=frozenset({"recall_refused"}),
)


# -- returns: three of line 1


def _receive(units: int) -> Any:
    return lambda w: ReceiveReturn(R, O, f"G{w.n}", (ReturnLine("1", units),))


def _inspect(units: int) -> Any:
    def say(walker: Walker) -> InspectReturn:
        return InspectReturn(R, O, (InspectedLine("1", walker.state.received.get("1", 0) + units, 0, 0),))

    return say


RETURN = Way(
    "return",
    RETURNS,
    R,
    {
        "advise": lambda w: AdviseReturn(R, O, "too-small", (ReturnLine("1", 3),), 600_000),
        "allow": lambda w: ReturnAllowed(R, O, POOL, "WH1", (ReturnableLine("1", "A", 3),)),
        "deny": lambda w: ReturnDenied(R, O, "over-return", "why"),
        "receive": _receive(1),
        "receive_more": _receive(4),
        "inspect": _inspect(0),
        "inspect_else": _inspect(1),
        "never_came": lambda w: TimerFired(0),
        "close": lambda w: CloseReturn(R, O, "refunded"),
    },
    {
        "none": (),
        "advised": ("advise",),
        "authorized": ("advise", "allow"),
        "received": ("advise", "allow", "receive"),
        "inspected": ("advise", "allow", "receive", "inspect"),
        "closed": ("advise", "allow", "receive", "inspect", "close"),
    },
    lambda state: str(state.status),
    lambda state: (state.status, state.received, state.lines),
    problem_code,
    {"never_came": "timer.receipt"},
    tells=frozenset({"deny"}),
)


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

WAYS = (RESERVATION, FULFILLMENT_ORDER, RETURN, PURCHASE_ORDER, SETTLEMENT_LINE)
