"""What is answered over HTTP about what waits for a second person."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType


class ApprovalRow(Struct, frozen=True, kw_only=True):
    """What waits. `decide_at` is where it is decided, by a key that has `scope` and is not of client `by`."""

    approval_id: str
    kind: str
    subject: str
    by: str
    reason: str
    amount_minor: int | None
    currency: str | None
    asked_at: str
    lapses_at: str | None
    scope: str
    decide_at: str


class ApprovalsAnswer(Struct, frozen=True, kw_only=True):
    """A page of what waits, the oldest first; `waiting` is how many there are in all."""

    as_of: str
    waiting: int
    items: tuple[ApprovalRow, ...]


class ApprovalOutcome(Struct, frozen=True):
    """What became of the command, as it would have been answered to its client."""

    status: int
    location: str | None
    body: Any


class ApprovalAnswer(Struct, frozen=True, kw_only=True):
    """An approval, decided or not."""

    approval_id: str
    status: Literal["waiting", "approved", "rejected", "lapsed", "concluded"]
    kind: str
    subject: str
    by: str
    reason: str
    amount_minor: int | None
    currency: str | None
    asked_at: str
    lapses_at: str
    scope: str
    decided_by: str | None
    decision: str | None
    outcome: ApprovalOutcome | None
    version: int


class ApprovalAsked(Struct, frozen=True):
    """202: it waits for a second person, who finds it at the Location."""

    approval_id: str
    status: str
    kind: str
    subject: str
    trace_id: str
    card_id: str | UnsetType = UNSET


class ApprovalDecided(Struct, frozen=True):
    """202: it is decided; what was approved is worked on, and its outcome is at the Location."""

    approval_id: str
    status: str


class RefundAsked(Struct, frozen=True, kw_only=True):
    """202: the refund is under way as this return; or, with an `approval_id`, it will be, once it is approved."""

    status: str
    return_id: str
    trace_id: str
    approval_id: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    subject: str | UnsetType = UNSET
