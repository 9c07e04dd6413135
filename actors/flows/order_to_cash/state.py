"""What the flow remembers of an order, folded from the messages that it took."""

from __future__ import annotations

from msgspec import Struct

from contracts.finance import InvoiceIssued
from contracts.fulfillment import FulfillmentCancelled, ShipmentDispatched
from contracts.inventory import EnrichedLine, OrderPriced, StockReserved
from contracts.orders import CancellationRequested, Order, OrderReceived
from contracts.partners import (
    ErpRejected,
    PaymentAuthorized,
    TaxCalculated,
)

# Steps, in their order. `undone` and `excepted` are ends, like `done`.
PRICING, AUTHORIZING, ASSESSING, TAXING, RESERVING = (
    "pricing",
    "authorizing",
    "assessing",
    "taxing",
    "reserving",
)
FULFILLING, INVOICING, CAPTURING = "fulfilling", "invoicing", "capturing"
DONE, UNDONE, EXCEPTED = "done", "undone", "excepted"
BEFORE_ACCEPTANCE = frozenset({PRICING, AUTHORIZING, ASSESSING, TAXING, RESERVING})


class Held(Struct):
    """An authorization that holds money."""

    provider: str
    authorization_id: str
    amount_minor: int


class FlowState(Struct):
    """One order's way through order to cash. `version` is that of the steps it began under."""

    version: int = 1
    step: str = "none"
    order: Order | None = None
    enriched: tuple[EnrichedLine, ...] = ()
    held: list[Held] = []
    tax: TaxCalculated | None = None
    location: str | None = None
    cancel_reason: str | None = None
    erp_rejected: str | None = None


def fold_received(state: FlowState, body: OrderReceived) -> None:
    state.order = body.order
    state.step = PRICING


def fold_priced(state: FlowState, body: OrderPriced) -> None:
    state.enriched = body.lines
    state.step = AUTHORIZING


def fold_authorized(state: FlowState, body: PaymentAuthorized) -> None:
    state.held.append(Held(body.provider, body.authorization_id, body.amount_minor))
    if state.order is not None and len(state.held) == len(state.order.payments):
        state.step = ASSESSING


def fold_assessed(state: FlowState, body: object) -> None:
    state.step = TAXING


def fold_taxed(state: FlowState, body: TaxCalculated) -> None:
    state.tax = body
    state.step = RESERVING


def fold_reserved(state: FlowState, body: StockReserved) -> None:
    state.location = body.location
    state.step = FULFILLING


def fold_dispatched(state: FlowState, body: ShipmentDispatched) -> None:
    state.step = INVOICING


def fold_invoiced(state: FlowState, body: InvoiceIssued) -> None:
    state.step = CAPTURING


def fold_cancel_requested(state: FlowState, body: CancellationRequested) -> None:
    state.cancel_reason = body.reason


def fold_fulfillment_cancelled(state: FlowState, body: FulfillmentCancelled) -> None:
    if state.cancel_reason is None:
        state.cancel_reason = body.reason


def fold_erp_rejected(state: FlowState, body: ErpRejected) -> None:
    state.erp_rejected = body.reason


def _end(state: FlowState, step: str) -> None:
    """At rest: only how it ended is kept."""
    state.step = step
    state.order = None
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
    _end(state, EXCEPTED)
