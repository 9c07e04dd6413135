"""What the flow remembers of an order, folded from the messages that it took."""

from __future__ import annotations

from msgspec import Struct

from contracts.channels import CHANNELS
from contracts.demand import Lines
from contracts.finance import InvoiceIssued, ReceivableCleared
from contracts.fulfillment import (
    FulfillmentCancelled,
    FulfillmentCancelRefused,
    ShipmentDispatched,
    ShortPicked,
)
from contracts.gift_cards import GiftCardHeld
from contracts.inventory import (
    BackorderFilled,
    DemandLine,
    EnrichedLine,
    OrderPriced,
    ReservationExpired,
    ReservationReleased,
    StockReserved,
    StockResourced,
)
from contracts.orders import GIFT_CARD, CancellationRequested, Order, OrderReceived
from contracts.partners import (
    ErpRejected,
    TaxCalculated,
)
from contracts.returns import CardPaid

from . import several as pieces
from .aside import Aside
from .several import Several

# Steps, in their order. `undone` and `excepted` are ends, like `done`.
PRICING, AUTHORIZING, ASSESSING, TAXING, RESERVING = (
    "pricing",
    "authorizing",
    "assessing",
    "taxing",
    "reserving",
)
# Between the assessment and the tax, where a person has to look.
REVIEWING = "reviewing"
FULFILLING, INVOICING, CAPTURING = "fulfilling", "invoicing", "capturing"
DONE, UNDONE, EXCEPTED = "done", "undone", "excepted"
BEFORE_ACCEPTANCE = frozenset({PRICING, AUTHORIZING, ASSESSING, REVIEWING, TAXING, RESERVING})


class Held(Struct):
    """An authorization that holds money: what is left of it, made for the order's n-th `payment`; or a gift card of
    which some is held: then its id is the card's.
    """

    provider: str
    authorization_id: str
    amount_minor: int
    expires_ms: int = 0
    payment: int = 0


class FlowState(Struct):
    """One order's way through order to cash. `version` is that of the steps it began under.

    `several` is there from when the order is known to leave in more than one piece, or to wait for stock; `aside`
    from when something keeps it from its plain way. `before` is the step in which it was excepted; `cards` what gift
    cards paid, known when it is done.
    """

    version: int = 1
    step: str = "none"
    order: Order | None = None
    enriched: tuple[EnrichedLine, ...] = ()
    held: list[Held] = []
    tax: TaxCalculated | None = None
    location: str | None = None
    cancel_reason: str | None = None
    erp_rejected: str | None = None
    several: Several | None = None
    aside: Aside | None = None
    before: str = ""
    cards: tuple[CardPaid, ...] = ()


def demand(state: FlowState) -> Lines:
    """What the order's lines need."""
    assert state.order is not None
    return tuple([DemandLine(line.line_id, line.sku, line.quantity) for line in state.order.lines])


def fold_received(state: FlowState, body: OrderReceived) -> None:
    state.order = body.order
    state.step = PRICING


def fold_priced(state: FlowState, body: OrderPriced) -> None:
    state.enriched = body.lines
    state.step = AUTHORIZING


def fold_card_held(state: FlowState, body: GiftCardHeld) -> None:
    # A card is taken before anything else.
    n = len(state.held)
    state.held.insert(0, Held(GIFT_CARD, body.card_id, body.amount_minor, payment=n))
    if state.order is not None and n + 1 == len(state.order.payments):
        state.step = ASSESSING


def fold_taxed(state: FlowState, body: TaxCalculated) -> None:
    state.tax = body
    state.step = RESERVING


def fold_reserved(state: FlowState, body: StockReserved) -> None:
    state.location = body.location
    state.step = FULFILLING
    if body.elsewhere or body.waiting:
        state.several = pieces.reserved(body)


def fold_dispatched(state: FlowState, body: ShipmentDispatched) -> None:
    if state.aside is not None and undoing(state):
        # It has left all the same: a person decides again.
        state.aside.outcome, state.cancel_reason = "", None
    if body.lines is None:
        state.step = INVOICING
    else:
        pieces.dispatched(_pieces(state, body.pool, body.fulfillment_order_id), body)
        state.location = state.location or body.location


def fold_short_picked(state: FlowState, body: ShortPicked) -> None:
    pieces.short_picked(_pieces(state, body.pool, body.fulfillment_order_id), body)


def _pieces(state: FlowState, pool: str, fulfillment_order_id: str) -> Several:
    """The order's pieces; its one fulfillment order where it was to leave whole until now."""
    if state.several is None:
        state.several = pieces.begun(pool, fulfillment_order_id, state.location or "", demand(state))
    return state.several


def fold_invoiced(state: FlowState, body: InvoiceIssued) -> None:
    if state.several is None:
        state.step = CAPTURING
        return
    state.several.invoices += 1
    state.several.invoiced_minor += body.gross_minor
    due = body.gross_minor
    if state.aside is not None and state.aside.deposit is not None:
        paid = min(state.aside.deposit.left_minor, due)
        state.aside.deposit.left_minor -= paid
        due -= paid
    for one in state.held:
        taken = min(one.amount_minor, due)
        one.amount_minor -= taken
        due -= taken


def fold_cleared(state: FlowState, body: ReceivableCleared) -> None:
    if state.several is not None:
        state.several.cleared_minor += body.captured_minor + body.written_off_minor


def fold_filled(state: FlowState, body: BackorderFilled) -> None:
    if state.several is not None:
        pieces.filled(state.several, body)


def fold_resourced(state: FlowState, body: StockResourced) -> None:
    if state.several is not None:
        pieces.resourced(state.several, body)


def fold_released(state: FlowState, body: ReservationReleased) -> None:
    if state.several is not None:
        pieces.released(state.several, body)


def fold_expired(state: FlowState, body: ReservationExpired) -> None:
    if state.several is not None:
        pieces.expired(state.several, body)


def drop_pieces(state: FlowState) -> None:
    """Nothing more of the order is to leave."""
    if state.several is not None:
        pieces.drop(state.several)


def undoing(state: FlowState) -> str:
    """As what a person has decided that an excepted order is undone; "" if none has."""
    outcome = state.aside.outcome if state.aside is not None else ""
    return outcome if outcome != "completed" else ""


def fold_cancel_requested(state: FlowState, body: CancellationRequested) -> None:
    state.cancel_reason = body.reason
    if state.several is not None:
        pieces.drop(state.several)


def fold_cancel_refused(state: FlowState, body: FulfillmentCancelRefused) -> None:
    if state.aside is not None and undoing(state):
        state.aside.outcome = ""
    if state.several is not None:
        state.several.refused = True


def fold_fulfillment_cancelled(state: FlowState, body: FulfillmentCancelled) -> None:
    if is_resourced(state, body):
        assert state.order is not None
        pool = CHANNELS[state.order.channel].pool
        pieces.part_cancelled(_pieces(state, pool, body.fulfillment_order_id), body)
    elif state.cancel_reason is None:
        state.cancel_reason = body.reason


def is_resourced(state: FlowState, body: FulfillmentCancelled) -> bool:
    """Whether this is one part of the order, or its warehouse's own refusal: others may ship it."""
    stopped = state.cancel_reason is not None or state.erp_rejected is not None
    return state.several is not None or (body.reason == "warehouse-rejected" and not stopped)


def fold_erp_rejected(state: FlowState, body: ErpRejected) -> None:
    state.erp_rejected = body.reason
    if state.several is not None:
        pieces.drop(state.several)


def _end(state: FlowState, step: str) -> None:
    """At rest: only how it ended is kept, and for how long the pool was asked to keep anything."""
    state.step = step
    if step == UNDONE:
        state.several = None
    state.order = None
    state.aside = None
    state.enriched = ()
    state.tax = None
    state.held = []


def fold_done(state: FlowState, body: object) -> None:
    """At rest. Taxes and costs are kept, for what was sold may come back; the order itself stands in `orders`."""
    enriched, tax = state.enriched, state.tax
    _end(state, DONE)
    state.enriched, state.tax = enriched, tax


def fold_undone(state: FlowState, body: object) -> None:
    _end(state, UNDONE)


def fold_excepted(state: FlowState, body: object) -> None:
    """At rest until a person has decided: what would have to be undone then is kept."""
    state.before, state.step = state.step, EXCEPTED
