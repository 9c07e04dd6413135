"""The ways of reservations, fulfillment orders and returns."""

from __future__ import annotations

from typing import Any

from actors.domains.fulfillment.actor import FULFILLMENT as FULFILLMENT_ACTOR
from actors.domains.inventory.actor import INVENTORY
from actors.domains.returns.actor import RETURNS
from contracts.decision import Decision
from contracts.edits import ChangeReservation, ReviseFulfillmentOrder
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
    StockPart,
    StockRow,
)
from contracts.orders import Delivery, PostalAddress
from contracts.pickups import CollectOrder
from contracts.platform import TimerFired
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
from tests.support.walk import bodies
from tests.support.ways import Walker, Way, problem_code

POOL, O, F, R = "default", "ord_1", "ful_1", "ret_1"


# -- reservations: ten of A at WH1, two at WH2; the web asks for four, or like the others for fourteen


def _reserve(units: int, channel: str, at: str = "") -> Any:
    return lambda w: ReserveStock(O, POOL, (DemandLine("1", "A", units),), channel, at)


def _change(units: int) -> Any:
    return lambda w: ChangeReservation(O, POOL, (DemandLine("1", "A", units),), "web")


def _held(state: Any) -> Any:
    return state.reservations.get(O)


def _reservation(state: Any) -> str:
    held = _held(state)
    if held is None:
        return "none"
    return "held" if not held.waiting else "kept" if held.held else "waiting"


def _unreserved(decision: Decision) -> str:
    """An edit is answered and nothing is told; without a shortage it is refused for what the reservation is."""
    failed = bodies(decision, "inventory.reservation_failed")
    failed += [
        said.body
        for said in decision.said
        if said.type == "inventory.reservation_failed" and said.body is not None
    ]
    return "out-of-stock" if any(body.shortages for body in failed) else ""


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
        "reserve_there": _reserve(2, "web", "WH2"),
        "too_much_there": _reserve(3, "web", "WH2"),
        "release_some": lambda w: ReleasePart(O, POOL, "why", (StockPart("WH1", _one(w)),), False),
        "change": _change(2),
        "change_much": _change(40),
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


def _create(window_ms: int, held: bool = False, collect_ms: int = 0) -> Any:
    return lambda w: CreateFulfillmentOrder(
        F, O, "WH1", POOL, "k", "k2", window_ms, (DemandLine("1", "A", 3),), PostalAddress("GB"), Delivery(),
        held=held, collect_ms=collect_ms,
    )  # fmt: skip


def _shipped(units: int | None, final: bool) -> Any:
    lines = None if units is None else (DemandLine("1", "A", units),) if units else ()
    return lambda w: ConfirmDispatch(F, O, f"SH-{w.n}", "T", 0, lines, final)


def _ful(state: Any) -> str:
    if state.status == "created" and state.held:
        return "held"
    if state.status == "created" and state.collect_ms:
        return "ready"
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
    return problem_code(decision)


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
        "create_to_collect": _create(0, collect_ms=60_000),
        "collect": lambda w: CollectOrder(F, O, f"C-{w.n}", "eve", 0),
        "never_came": lambda w: TimerFired(0),
        "revise": lambda w: ReviseFulfillmentOrder(
            F, O, "WH2", "k3", (DemandLine("1", "A", 2),), PostalAddress("GB")
        ),
    },
    {
        "none": (),
        "created": ("create",),
        "held": ("create_held",),
        "ready": ("create_to_collect",),
        "released": ("create_at_once",),
        "partly_dispatched": ("create_at_once", "ship_part"),
        "dispatched": ("create", "window_over", "ship"),
        "cancelled": ("create", "cancel"),
    },
    _ful,
    lambda state: (_ful(state), state.lines),
    _ful_told,
    {
        "window_over": "timer.release",
        "overdue": "timer.confirmation",
        "never_came": "timer.collection",
    },
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


WAYS = (RESERVATION, FULFILLMENT_ORDER, RETURN)
