"""What stores and their counters submit over HTTP, and what they get."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .http import Code, Name, Reason, Time


class CollectionSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """A customer is at the counter. `collection_id` is the counter's own number; without `collected_at` it is now."""

    collection_id: Code
    collected_at: Time | None = None
    by: Name | None = None


class CollectionAnswer(Struct, frozen=True):
    """The order may be handed over."""

    order_id: str
    collection_id: str
    status: str


class TillFileDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person decides over a till file that waits: `post` what its receipts say, or `discard` it."""

    action: Literal["post", "discard"]
    reason: Reason


class TillFileDecided(Struct, frozen=True):
    """The file is being posted, or was discarded."""

    status: str
    file_id: str


class TillTotalAnswer(Struct, frozen=True):
    """What receipts come to."""

    sales: int
    units: int
    net_minor: int
    tax_minor: int
    cash_minor: int
    card_minor: int


class TillFileAnswer(Struct, frozen=True):
    """A till file. While it waits: what its till counted, what its receipts come to, and how the two differ."""

    store: str
    file_id: str
    status: str
    sha256: str
    till: str | None
    currency: str | None
    closed_at: str | None
    counted: TillTotalAnswer | None
    receipts: TillTotalAnswer | None
    refunds_counted: TillTotalAnswer | None
    refund_receipts: TillTotalAnswer | None
    differences: tuple[str, ...]
    exceptions: tuple[str, ...]


class TillFileRow(Struct, frozen=True):
    """A till file in its store's list, in the order in which they first came."""

    store: str
    file_id: str
    status: str
    sha256: str


class TillFilesAnswer(Struct, frozen=True):
    """A page of them."""

    as_of: str
    items: tuple[TillFileRow, ...]
