"""What is submitted over HTTP in bulk and at the platform's own desks: customers made, exports, partners' files."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from .http import AddressSubmission, ContactSubmission, CustomerSubmission, Name, Reason, Time

Kind = Literal["orders", "ledger-entries", "invoices", "credit-notes", "movements", "shipments"]


class NewCustomerSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A customer that nobody knows yet, by the number that their channel gives them."""

    customer_id: Annotated[str, Meta(min_length=1, max_length=128, pattern="^(?!guest:)")]
    changed_at: Time
    contact: ContactSubmission
    address: AddressSubmission | None = None
    source: Literal["channel", "crm"] = "channel"


def to_told(submitted: NewCustomerSubmission) -> CustomerSubmission:
    """The same, as it is told of any customer."""
    return CustomerSubmission(
        submitted.changed_at, submitted.contact, submitted.address, submitted.source
    )  # fmt: skip


class ExportSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A list, as it is now; of one book where it is of books."""

    kind: Kind
    book: Name | None = None


class ConnectorPolicySubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of its system a connector may use: calls in flight, a second, and at once. What is not given stays."""

    reason: Reason
    concurrency: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    rate_per_s: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    burst: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    by: Name | None = None


class PartnerFileSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Records in the partner's own words, under a control number that is used once."""

    control_number: Annotated[str, Meta(min_length=1, max_length=64)]
    records: Annotated[tuple[dict[str, Any], ...], Meta(min_length=1, max_length=5_000)]
