"""What clients get over HTTP about lists of orders, what was paid, products, prices, and what is in suspense.

Amounts are integers in minor units.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from .http_answers_money import SettlementLineAnswer


class OrderListed(Struct, frozen=True):
    """An order in a list: its total is what was asked for until it is accepted, then what it comes to."""

    order_id: str
    channel: str
    channel_order_id: str
    customer_id: str | None
    currency: str
    total_minor: int
    order_status: str
    reason: str | None
    received_at: str
    changed_at: str


class OrdersAnswer(Struct, frozen=True):
    """A page of orders in the order in which they were received."""

    as_of: str
    items: tuple[OrderListed, ...]


class MeansAnswer(Struct, frozen=True):
    """A means of payment and what it is to carry. `card_id` is a gift card's."""

    provider: str
    method: str
    amount_minor: int
    card_id: str | None


class CaptureAnswer(Struct, frozen=True):
    """Money taken. `settled_minor` where the provider owes it in another currency."""

    capture_id: str
    provider: str
    authorization_id: str
    amount_minor: int
    currency: str
    settled_minor: int | None
    settled_currency: str | None
    purpose: str | None


class BackAnswer(Struct, frozen=True):
    """Money that goes back of a capture: a refund (pending, done, failed) or a dispute (open, won, lost)."""

    capture_id: str
    amount_minor: int
    status: str
    refund_id: str | UnsetType = UNSET
    dispute_id: str | UnsetType = UNSET


class PaymentsAnswer(Struct, frozen=True):
    """By which means an order is paid, what was captured, and what went back."""

    order_id: str
    payment_status: str
    currency: str
    means: tuple[MeansAnswer, ...]
    captures: tuple[CaptureAnswer, ...]
    refunds: tuple[BackAnswer, ...]
    disputes: tuple[BackAnswer, ...]
    expired_authorizations: tuple[str, ...]


class RefundAnswer(Struct, frozen=True):
    """Money asked back, of a capture or onto a gift card: asked, done or failed."""

    return_id: str
    capture_id: str
    amount_minor: int
    status: str


class RefundsAnswer(Struct, frozen=True):
    """What was asked back of an order."""

    order_id: str
    items: tuple[RefundAnswer, ...]


class SettlementTaken(Struct, frozen=True):
    """A settlement file is being imported; so many lines are judged as they come."""

    settlement_id: str
    status: str
    lines: int


class DiscrepancyAnswer(SettlementLineAnswer, frozen=True, kw_only=True):
    """A line in suspense, wholly or in part."""

    discrepancy_id: str


class DiscrepanciesAnswer(Struct, frozen=True):
    """A page of what is in suspense."""

    as_of: str
    items: tuple[DiscrepancyAnswer, ...]


class ProductAnswer(Struct, frozen=True):
    """A product of a price list."""

    sku: str
    name: str
    tax_class: str
    weight_g: int
    price_minor: int
    currency: str
    changed_at: str | None
    price_list: str | UnsetType = UNSET


class ProductsAnswer(Struct, frozen=True):
    """A page of products in the order of their arrival."""

    price_list: str
    as_of: str
    items: tuple[ProductAnswer, ...]


class PlannedPrice(Struct, frozen=True):
    """A price that will hold."""

    price_minor: int
    currency: str
    effective_at: str


class PriceAnswer(Struct, frozen=True):
    """What a product costs since `effective_at` (None: since it is known), and what it will."""

    sku: str
    price_minor: int
    currency: str
    effective_at: str | None
    planned: tuple[PlannedPrice, ...]
    price_list: str | UnsetType = UNSET


class PricesAnswer(Struct, frozen=True):
    """A page of prices in the order in which their products arrived."""

    price_list: str
    as_of: str
    items: tuple[PriceAnswer, ...]


class CatalogChanged(Struct, frozen=True):
    """changed, planned, or superseded where something newer is known."""

    skus: tuple[str, ...]
    status: str
