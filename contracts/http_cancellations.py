"""How a cancellation is asked for: the contract that is, the one that was, and the way from the old to the new.

The first contract had a `reason` in free words, which nobody could count by. The second has a `cause` of a list, and a
`note` for whatever is to be said beside it. Handlers see the second alone.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from .http import CancellationSubmission, Name

Cause = Literal["requested", "customer", "fraud", "no-stock", "price-error", "duplicate", "other"]
CAUSES: tuple[str, ...] = get_args(Cause)


class CancellationAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an order is to be cancelled: a cause, and a note in free words."""

    cause: Cause = "requested"
    note: Annotated[str, Meta(max_length=200)] = ""


class CancellationBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Either contract, as the specification tells of them: `cause` and `note`, or, until its sunset, `reason` alone."""

    cause: Cause | UnsetType = UNSET
    note: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    reason: Name = "requested"


def upcast(old: CancellationSubmission) -> CancellationAsked:
    """The second contract's words for the first's: a reason that is a cause is that cause, any other is a note."""
    for cause in get_args(Cause):
        if old.reason == cause:
            return CancellationAsked(cause)
    return CancellationAsked("other", old.reason)


def reason_of(asked: CancellationAsked) -> str:
    """As the order keeps it. What came in the first contract's words is kept in them."""
    if asked.cause == "other" and asked.note:
        return asked.note
    return f"{asked.cause}: {asked.note}" if asked.note else asked.cause
