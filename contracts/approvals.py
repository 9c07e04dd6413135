"""What needs a second person, as data; and the vocabulary of asking one.

Whoever asks and whoever approves are clients, never one and the same. What is approved then runs as the command that it
would have been, and what became of it stands with the approval.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from .money import EXPONENTS

# Waited for so long; then it has to be asked for again.
LAPSES_AFTER_MS = 7 * 86_400_000


class Kind(Struct, frozen=True):
    """A row. `over`: amounts above it, in whole units of the currency, need a second person; None: all of it does.

    `scope` is what the second person's key must have; `named` and `about_named` are what the key of what is to be, and
    what it is about, are called in the answer.
    """

    about: str
    scope: str
    over: int | None = None
    named: str = ""
    about_named: str = ""


KINDS: Mapping[str, Kind] = {
    "refund": Kind("money back for goods that the customer keeps", "refunds:approve", 250, "return_id"),
    "gift-card-refund": Kind(
        "money back for a gift card that an order sold", "refunds:approve", 250, "card_id", "order_id"
    ),
    "gift-card-sale": Kind("a gift card sold at a desk", "gift-cards:approve", 500, "card_id"),
    "period-close": Kind("a period is closed for ever", "finance:approve"),
    "period-reopen": Kind("a period that the flows were done with is open again", "finance:approve"),
}
# Journals have two persons of their own; they are listed with the rest.
JOURNAL = "manual-journal"


def needs_second(kind: str, amount_minor: int = 0, currency: str = "") -> bool:
    """Whether this needs a second person. An amount in a currency that is not known does."""
    over = KINDS[kind].over
    if over is None or currency not in EXPONENTS:
        return True
    most: int = over * 10 ** EXPONENTS[currency]
    return amount_minor > most


class RequestApproval(Struct, array_like=True, frozen=True, gc=False):
    """approvals.request: `by` asks for `command`, which would go to `to`, `key` and `about`.

    `subject` says for people what it is about; `command` is the encoded body of (type, version).
    """

    approval_id: str
    kind: str
    subject: str
    by: str
    reason: str
    amount_minor: int
    currency: str
    to: str
    key: str
    about: str
    type: str
    version: int
    lane: int
    command: bytes


class ApproveRequest(Struct, array_like=True, frozen=True, gc=False):
    """approvals.approve"""

    approval_id: str
    by: str
    reason: str


class RejectRequest(Struct, array_like=True, frozen=True, gc=False):
    """approvals.reject"""

    approval_id: str
    by: str
    reason: str


class ApprovalAsked(Struct, array_like=True, frozen=True, gc=False):
    """approvals.asked: somebody other than `by` has to decide before `lapses_ms`."""

    approval_id: str
    kind: str
    subject: str
    by: str
    reason: str
    amount_minor: int
    currency: str
    lapses_ms: int
    to: str
    key: str
    about: str
    type: str
    version: int
    lane: int
    command: bytes


class ApprovalSettled(Struct, array_like=True, frozen=True, gc=False):
    """approvals.approved, approvals.rejected, approvals.lapsed: by whom and why."""

    approval_id: str
    by: str
    reason: str


class ApprovalConcluded(Struct, array_like=True, frozen=True, gc=False):
    """approvals.concluded: what was approved was worked on; its answer, as its client would have got it."""

    approval_id: str
    status: int
    location: str
    body: bytes


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "approvals.request": (1, RequestApproval),
    "approvals.approve": (1, ApproveRequest),
    "approvals.reject": (1, RejectRequest),
    "approvals.asked": (1, ApprovalAsked),
    "approvals.approved": (1, ApprovalSettled),
    "approvals.rejected": (1, ApprovalSettled),
    "approvals.lapsed": (1, ApprovalSettled),
    "approvals.concluded": (1, ApprovalConcluded),
}
