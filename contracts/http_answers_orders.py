"""What clients get over HTTP about orders, returns, quotes and gift cards. Amounts are integers in minor units."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from .http_answers_money import DocumentAnswer, PostingAnswer, SettlementLineAnswer


class OrderHold(Struct, frozen=True):
    """A hold of an order: requested, standing, refused or released."""

    hold_id: str
    status: str
    reason: str
    by: str


class OrderDiscount(Struct, frozen=True):
    """A reduction."""

    code: str
    amount_minor: int


class OrderLineAnswer(Struct, frozen=True):
    """Units of a SKU; `total_minor` is what the line comes to after its discounts."""

    line_id: str
    sku: str
    quantity: int
    unit_price_minor: int
    discounts: tuple[OrderDiscount, ...]
    attributes: dict[str, str]
    total_minor: int


class OrderSoldCard(Struct, frozen=True):
    """A gift card that the order sells."""

    line_id: str
    card_id: str
    amount_minor: int


class CancelledUnits(Struct, frozen=True):
    """Units of a line that will not come."""

    line_id: str
    quantity: int


class OrderAmounts(Struct, frozen=True):
    """What the order comes to; tax is None until it is known."""

    lines_minor: int
    shipping_minor: int
    gift_cards_minor: int
    discounts_minor: int
    tax_minor: int | None
    total_minor: int
    paid_minor: int


class OrderPlace(Struct, frozen=True):
    """Where it goes, as far as that names nobody."""

    country: str
    region: str | None


class OrderDelivery(Struct, frozen=True):
    """How it travels."""

    service: str
    ship_by_ms: int | None
    pickup_location: str | None


class OrderPayment(Struct, frozen=True):
    """A means of payment, without its token."""

    provider: str
    method: str
    amount_minor: int
    card_id: str


class OrderDocuments(Struct, frozen=True):
    """What others call it."""

    erp: str | None
    shipment: str | None


class OrderAnswer(Struct, frozen=True):
    """An order with its four statuses. `personal_data` is sealed, erased, or None where there is none."""

    order_id: str
    channel: str
    channel_order_id: str
    placed_at: str | None
    order_status: str
    payment_status: str
    fulfillment_status: str
    erp_status: str
    terminal: bool
    reason: str | None
    cancellation: str | None
    holds: tuple[OrderHold, ...]
    edits: dict[str, str]
    currency: str
    prices_include_tax: bool
    customer_id: str | None
    lines: tuple[OrderLineAnswer, ...]
    gift_cards: tuple[OrderSoldCard, ...]
    cancelled_lines: tuple[CancelledUnits, ...]
    amounts: OrderAmounts
    ship_to: OrderPlace
    delivery: OrderDelivery
    payments: tuple[OrderPayment, ...]
    documents: OrderDocuments
    attributes: dict[str, str]
    version: int
    personal_data: str | None


class SaidTo(Struct, frozen=True):
    """A message that a turn said."""

    to: str
    type: str


class TurnAnswer(Struct, frozen=True):
    """A turn: who took which message when, and what came of it; never a body."""

    id: str
    at: str
    at_ms: int
    actor: str
    key: str
    subject: str
    seq: int
    kind: str
    cause: str
    correlation: str
    trace_id: str
    events: tuple[str, ...]
    said: tuple[SaidTo, ...]
    timers_set: tuple[str, ...]


class TimelineAnswer(Struct, frozen=True):
    """Every turn that touched an order, in the order of their commits."""

    order_id: str
    personal_data: str | None
    turns: tuple[TurnAnswer, ...]


class CausedPosting(PostingAnswer, frozen=True):
    """A posting of an order; `caused_by` is the turn that said the message that led to it."""

    caused_by: str


class PaidLine(SettlementLineAnswer, frozen=True):
    """A settlement line of an order, with its payout."""

    payout_id: str
    file_status: str


class LineageAnswer(Struct, frozen=True):
    """From an order to its documents, their postings, and the settlement lines that paid for them."""

    order_id: str
    as_of: str
    documents: tuple[DocumentAnswer, ...]
    postings: tuple[CausedPosting, ...]
    settlement_lines: tuple[PaidLine, ...]
    truncated: bool


class OrderAsked(Struct, frozen=True):
    """What was asked of an order, and how far that is; what comes of it stands in the order."""

    order_id: str
    status: str
    trace_id: str | UnsetType = UNSET
    hold_id: str | UnsetType = UNSET
    edit_id: str | UnsetType = UNSET
    line_id: str | UnsetType = UNSET


class ReviewAnswer(Struct, frozen=True):
    """What an order's fraud review came to."""

    order_id: str
    decision: str


class ReturnAsked(Struct, frozen=True):
    """How far the return is now."""

    return_id: str
    status: str
    trace_id: str


class CreditPaid(Struct, frozen=True):
    """So much of a return's credit goes onto a gift card."""

    return_id: str
    card_id: str
    amount_minor: int
    currency: str


class ReturnLineAnswer(Struct, frozen=True):
    """Units of a line that come back, and how many are here."""

    line_id: str
    quantity: int
    received: int


class InspectedLineAnswer(Struct, frozen=True):
    """What became of a line's units, and where they are."""

    line_id: str
    grade_a: int
    grade_b: int
    scrap: int
    refused: int
    location: str


class ReturnAnswer(Struct, frozen=True):
    """A return. `outcome` is None until it is closed."""

    return_id: str
    order_id: str
    status: str
    outcome: str | None
    reason: str
    restocking_fee_bp: int
    lines: tuple[ReturnLineAnswer, ...]
    inspected: tuple[InspectedLineAnswer, ...]
    version: int


class QuotedLine(Struct, frozen=True):
    """Units at the price that the quote holds for each of them."""

    sku: str
    quantity: int
    unit_price_minor: int


class QuoteMade(Struct, frozen=True):
    """A quote that was just made."""

    quote_id: str
    channel: str
    currency: str
    lines: tuple[QuotedLine, ...]
    total_minor: int
    expires_at: str
    trace_id: str


class QuoteAnswer(Struct, frozen=True):
    """A quote: live, expired, or used by an order."""

    quote_id: str
    status: str
    order_id: str | None
    channel: str
    currency: str
    lines: tuple[QuotedLine, ...]
    total_minor: int
    expires_at: str


class GiftCardSold(Struct, frozen=True):
    """A gift card that was just sold."""

    card_id: str
    balance_minor: int
    currency: str


class GiftCardAnswer(Struct, frozen=True):
    """What is on a gift card, and what of it is free."""

    card_id: str
    currency: str
    balance_minor: int
    free_minor: int
    issued_minor: int
    credited_minor: int
    redeemed_minor: int
    version: int


class GiftCardBack(Struct, frozen=True):
    """A gift card given back: what was paid for it is refunded; with an `approval_id`, once that is approved."""

    card_id: str
    order_id: str
    status: str
    amount_minor: int | UnsetType = UNSET
    approval_id: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    subject: str | UnsetType = UNSET
    trace_id: str | UnsetType = UNSET


class CustomerAsked(Struct, frozen=True):
    """How far it is with a customer, or with their erasure."""

    customer_id: str
    status: str
    orders: tuple[str, ...] | UnsetType = UNSET
    waiting_for: tuple[str, ...] | UnsetType = UNSET


class CustomerAnswer(Struct, frozen=True):
    """A customer in clear; `contact` and `address` are None once they are erased."""

    customer_id: str
    status: str
    source: str
    changed_at: str | None
    erased_at: str | None
    contact: dict[str, Any] | None
    address: dict[str, Any] | None
    orders: tuple[str, ...]
    version: int
    waiting_for: tuple[str, ...] | UnsetType = UNSET
