"""What people at their desks submit over HTTP: holds, edits, decisions, gift cards sold, journals, periods, repairs.

`by` names the person where an API key stands for several; left out, it is the key. Of what needs two persons it is
always the key.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from .edits import EditOrder
from .http import (
    MAX_LINES,
    AddressSubmission,
    Code,
    LineSubmission,
    Name,
    PaidAmount,
    Reason,
    ReturnLines,
    Time,
    address_of,
    line_of,
)
from .private import Private

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class HoldSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Hold an order, under an id of the client's own. Not ended by `until`, a person has to look; left out: at once."""

    hold_id: Code
    reason: Reason
    until: Time | None = None
    by: Name | None = None


class HoldReleaseSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a hold is over."""

    reason: Reason = "released"
    by: Name | None = None


class ReviewSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What came of an order's fraud review."""

    decision: Literal["accept", "reject"]
    reason: Reason
    by: Name | None = None


class EditSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """All the lines of an order as they are to be, or where it goes, or both. What is not given stays."""

    lines: Annotated[tuple[LineSubmission, ...], Meta(min_length=1, max_length=MAX_LINES)] | None = None
    ship_to: AddressSubmission | None = None
    by: Name | None = None


def to_edit(order_id: str, edit_id: str, by: str, submitted: EditSubmission) -> EditOrder:
    """The edit in our own words."""
    return EditOrder(
        order_id,
        edit_id,
        by,
        tuple([line_of(line) for line in submitted.lines or ()]),
        None if submitted.ship_to is None else address_of(submitted.ship_to),
    )


class RefundSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Units that the customer keeps and gets the money of. `refund_ref` is the client's own number for it."""

    refund_ref: Code
    lines: ReturnLines
    reason: Name = "unspecified"


class CreditPaymentSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Pay what is owed of a return's credit onto the gift card that has this code."""

    code: Private[Annotated[str, Meta(min_length=8, max_length=256)]]
    reason: Reason
    by: Name | None = None


class GiftCardSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A gift card that is sold: its code, what is on it, and who takes the money."""

    code: Private[Annotated[str, Meta(min_length=8, max_length=256)]]
    amount_minor: PaidAmount
    currency: Currency
    channel: Code
    provider: Code
    by: Name | None = None


class PurchaseDecisionSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person decides over a purchase order; `accept_invoices`: those in dispute are owed."""

    decision: Literal["approve", "cancel", "close"]
    reason: Reason
    accept_invoices: bool = False
    by: Name | None = None


class RunSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Start a reconciliation now. `settle_ms`: what changed within it is in flight, where that is not the table's."""

    settle_ms: Annotated[int, Meta(ge=0, le=86_400_000)] | None = None
    by: Name | None = None


class ScheduleSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """How often a reconciliation runs by itself; 0 for never."""

    every_ms: Annotated[int, Meta(ge=0, le=31 * 86_400_000)]
    by: Name | None = None


class RepairSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Start the named repair of a difference."""

    repair: Code
    reason: Reason
    by: Name | None = None


class EntrySubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A side of a journal: `D` or `C`, in minor units."""

    account: Annotated[str, Meta(min_length=1, max_length=128)]
    side: Literal["D", "C"]
    amount_minor: PaidAmount


class JournalSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Entries for a second person to approve; or, with `reverses` and without entries, that journal's reversal."""

    journal_id: Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{1,64}$")]
    book: Code
    reason: Reason
    currency: Currency | None = None
    entries: Annotated[tuple[EntrySubmission, ...], Meta(max_length=500)] = ()
    day: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    reverses: Code | None = None
    order_id: Code | None = None


class ApprovalSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What the second person decides."""

    decision: Literal["approve", "reject"]
    reason: Reason


class ReasonSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    reason: Reason


class SettlementFileText(Struct, frozen=True, forbid_unknown_fields=True):
    """A settlement file as it came, as text."""

    provider: Code
    name: Name
    content: Annotated[str, Meta(min_length=1, max_length=900_000)]


class ContractSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A fact's contract as it is to become: the JSON Schema of its data."""

    type: Name
    schema: dict[str, Any]


class RehearsalSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be rehearsed: an order as it would be submitted, or a settlement file. One of them."""

    order: dict[str, Any] | None = None
    settlement_file: SettlementFileText | None = None
