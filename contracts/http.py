"""What clients submit over HTTP, as structs: unknown fields refused, every bound in the type.

What no type can say (sums, known names, one field against another) stands in `contracts.http_rules`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .customers import UpsertCustomer
from .ids import gift_card_id_of
from .instants import second_of
from .orders import (
    GIFT_CARD,
    Delivery,
    Discount,
    Order,
    OrderLine,
    Payment,
    Person,
    PostalAddress,
    SoldCard,
)
from .private import Private
from .turn import DEFAULT_TENANT

MAX_LINES = 2_000
MAX_BODY_BYTES = 1 << 20
MAX_COMMAND_BYTES = 192 * 1024
MAX_DEPTH = 16

Code = Annotated[str, Meta(min_length=1, max_length=64)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Text = Annotated[str, Meta(max_length=256)]
LongText = Annotated[str, Meta(max_length=512)]
Amount = Annotated[int, Meta(ge=0, le=10**12)]
PaidAmount = Annotated[int, Meta(ge=1, le=10**12)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
Time = Annotated[datetime, Meta(tz=True)]
Attributes = Annotated[dict[Code, LongText], Meta(max_length=32)]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FieldError(Struct, frozen=True):
    """One bad field: a JSON pointer (RFC 6901), a stable code, a sentence that never repeats the value."""

    pointer: str
    code: str
    detail: str


class ContactSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to reach."""

    name: Private[Text | None] = None
    email: Private[Text | None] = None
    phone: Private[Code | None] = None


class AddressSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """An address; what beside the country is needed depends on the delivery service."""

    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    name: Private[Text | None] = None
    lines: Private[Annotated[tuple[Text, ...], Meta(max_length=6)]] = ()
    city: Private[Text | None] = None
    region: Code | None = None
    postal_code: Private[Code | None] = None


class DiscountSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A reduction."""

    code: Code
    amount_minor: Amount


class DeliverySubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """How the goods are to travel."""

    service: Code = "standard"
    ship_by: Time | None = None
    pickup_location: Code | None = None
    instructions: Private[LongText | None] = None


class LineSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU at a unit price."""

    line_id: Code
    sku: Code
    quantity: Quantity
    unit_price_minor: Amount
    discounts: Annotated[tuple[DiscountSubmission, ...], Meta(max_length=50)] = ()
    attributes: Attributes = {}


class PaymentSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A means of payment and what it is to carry."""

    provider: Code
    method: Code
    token: Private[Annotated[str, Meta(min_length=1, max_length=256)]]
    amount_minor: PaidAmount


class SoldCardSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A gift card that the order sells. `code` is what will pay with it: the channel makes it and tells the buyer."""

    line_id: Code
    code: Private[Annotated[str, Meta(min_length=8, max_length=256)]]
    amount_minor: PaidAmount


class OrderSubmission(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order as a channel submits it. Amounts in minor units of `currency`."""

    channel: Code
    channel_order_id: Name
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    lines: Annotated[tuple[LineSubmission, ...], Meta(max_length=MAX_LINES)]
    ship_to: AddressSubmission
    payments: Annotated[tuple[PaymentSubmission, ...], Meta(min_length=1, max_length=10)]
    placed_at: Time | None = None
    prices_include_tax: bool = True
    customer_id: Name | None = None
    quote_id: Name | None = None
    contact: ContactSubmission | None = None
    bill_to: AddressSubmission | None = None
    delivery: DeliverySubmission | None = None
    shipping_minor: Amount = 0
    discounts: Annotated[tuple[DiscountSubmission, ...], Meta(max_length=50)] = ()
    attributes: Attributes = {}
    gift_cards: Annotated[tuple[SoldCardSubmission, ...], Meta(max_length=50)] = ()


class CustomerSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A customer as of `changed_at`. Of two told at once the CRM's stands."""

    changed_at: Time
    contact: ContactSubmission
    address: AddressSubmission | None = None
    source: Literal["channel", "crm"] = "channel"


class ErasureSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a person is to be erased."""

    reason: Name = "requested"


class CancellationSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an order is to be cancelled."""

    reason: Name = "requested"


class QuoteLineSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Units whose price is asked for."""

    sku: Code
    quantity: Quantity


class QuoteSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Lines whose prices a channel wants held."""

    channel: Code
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    lines: Annotated[tuple[QuoteLineSubmission, ...], Meta(min_length=1, max_length=MAX_LINES)]


def ms_of(time: datetime) -> int:
    """Milliseconds since the Unix epoch, rounded down, in integers throughout."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def time_of(at_ms: int) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return f"{second_of(at_ms // 1_000)}.{at_ms % 1_000:03d}Z"


def to_order(submitted: OrderSubmission, tenant: str = DEFAULT_TENANT) -> Order:
    """The order in our own words. A gift card's code stays private; the card that it stands for is named."""
    contact, delivery = submitted.contact, submitted.delivery
    return Order(
        channel=submitted.channel,
        channel_order_id=submitted.channel_order_id,
        currency=submitted.currency,
        prices_include_tax=submitted.prices_include_tax,
        lines=tuple(line_of(line) for line in submitted.lines),
        ship_to=address_of(submitted.ship_to),
        payments=tuple(
            Payment(
                paid.provider,
                paid.method,
                paid.token,
                paid.amount_minor,
                gift_card_id_of(tenant, paid.token) if paid.method == GIFT_CARD else "",
            )
            for paid in submitted.payments
        ),
        placed_at_ms=None if submitted.placed_at is None else ms_of(submitted.placed_at),
        customer_id=submitted.customer_id,
        quote_id=submitted.quote_id,
        contact=None if contact is None else Person(contact.name, contact.email, contact.phone),
        bill_to=None if submitted.bill_to is None else address_of(submitted.bill_to),
        delivery=Delivery() if delivery is None else _delivery(delivery),
        shipping_minor=submitted.shipping_minor,
        discounts=_discounts(submitted.discounts),
        attributes=tuple(submitted.attributes.items()),
        gift_cards=tuple(
            SoldCard(one.line_id, gift_card_id_of(tenant, one.code), one.amount_minor)
            for one in submitted.gift_cards
        ),
    )


def to_customer(customer_id: str, submitted: CustomerSubmission, *, new: bool = False) -> UpsertCustomer:
    """The customer in our own words; `new` if nobody is to be known by this number."""
    contact = submitted.contact
    return UpsertCustomer(
        customer_id,
        submitted.source,
        ms_of(submitted.changed_at),
        Person(contact.name, contact.email, contact.phone),
        None if submitted.address is None else address_of(submitted.address),
        new,
    )


def line_of(line: LineSubmission) -> OrderLine:
    """A line in our own words."""
    return OrderLine(
        line.line_id,
        line.sku,
        line.quantity,
        line.unit_price_minor,
        _discounts(line.discounts),
        tuple(line.attributes.items()),
    )


def _discounts(submitted: tuple[DiscountSubmission, ...]) -> tuple[Discount, ...]:
    return tuple(Discount(one.code, one.amount_minor) for one in submitted)


def _delivery(submitted: DeliverySubmission) -> Delivery:
    ship_by = None if submitted.ship_by is None else ms_of(submitted.ship_by)
    return Delivery(submitted.service, ship_by, submitted.pickup_location, submitted.instructions)


def address_of(submitted: AddressSubmission) -> PostalAddress:
    """An address in our own words."""
    return PostalAddress(
        submitted.country,
        submitted.name,
        submitted.lines,
        submitted.city,
        submitted.region,
        submitted.postal_code,
    )


class ReturnLineSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of an order line that come back."""

    line_id: Code
    quantity: Quantity


ReturnLines = Annotated[tuple[ReturnLineSubmission, ...], Meta(min_length=1, max_length=MAX_LINES)]


class ReturnSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer means to send back. `return_ref` is the client's own number for it."""

    order_id: Annotated[str, Meta(pattern="^ord_[a-z2-7]{26}$")]
    return_ref: Code
    lines: ReturnLines
    reason: Name = "unspecified"


class ReceiptSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What the dock has received of a return; `location` is its own, if not the one that the return was meant for."""

    receipt_id: Code
    lines: ReturnLines
    location: Code | None = None


Units = Annotated[int, Meta(ge=0, le=1_000_000)]


class InspectedLineSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a line: as new, second grade, scrap, sent back to the customer."""

    line_id: Code
    grade_a: Units = 0
    grade_b: Units = 0
    scrap: Units = 0
    refused: Units = 0


class InspectionSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """The grades of everything that was received."""

    lines: Annotated[tuple[InspectedLineSubmission, ...], Meta(min_length=1, max_length=MAX_LINES)]


Reason = Annotated[str, Meta(min_length=1, max_length=512)]


class ClaimSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes an exception on; left out, the API key that asks."""

    by: Name | None = None


class HandBackSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an exception goes back to its team."""

    reason: Reason
    by: Name | None = None


class ResolutionSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """How an exception was dealt with."""

    resolution: Literal["completed", "rejected", "cancelled", "corrected", "written_off", "no_action"]
    reason: Reason
    by: Name | None = None


class DiscrepancySubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What is decided over a settlement line in suspense.

    A `match` names the open item of the clearing account, as the ledger refers to it (`capture ch_1`).
    """

    action: Literal["write_off", "match"]
    reason: Reason
    reference: Text = ""
