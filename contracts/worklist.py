"""The vocabulary of exceptions as a work list: who takes one on, what became of it, whom it was escalated to.

`exception.opened` itself stands in `contracts.partners`: anybody may say it.
"""

from __future__ import annotations

from msgspec import Struct

# How an exception may be resolved. The first three are ends of an excepted order.
ORDER_ENDS = ("completed", "rejected", "cancelled")
RESOLUTIONS = (*ORDER_ENDS, "corrected", "written_off", "no_action")


class ClaimException(Struct, array_like=True, frozen=True, gc=False):
    """exceptions.claim: this person takes it on."""

    exception_id: str
    by: str


class HandBackException(Struct, array_like=True, frozen=True, gc=False):
    """exceptions.hand_back: back to the team, with the reason."""

    exception_id: str
    by: str
    reason: str


class ResolveException(Struct, array_like=True, frozen=True, gc=False):
    """exceptions.resolve: dealt with. `resolution` is one of RESOLUTIONS; the reason says what was done."""

    exception_id: str
    by: str
    resolution: str
    reason: str


class EndException(Struct, array_like=True, frozen=True, gc=False):
    """exceptions.end: what it was opened for is over. Whoever opened it says so; category and order are as opened."""

    exception_id: str
    category: str
    order_id: str
    by: str
    resolution: str
    reason: str


class ExceptionListed(Struct, array_like=True, frozen=True, gc=False):
    """exception.listed: it has an owning team and a due time. `order_id` is what it is about."""

    exception_id: str
    category: str
    order_id: str
    detail: str
    team: str
    due_ms: int


class ExceptionClaimed(Struct, array_like=True, frozen=True, gc=False):
    """exception.claimed"""

    exception_id: str
    by: str


class ExceptionHandedBack(Struct, array_like=True, frozen=True, gc=False):
    """exception.handed_back"""

    exception_id: str
    by: str
    reason: str


class ExceptionEscalated(Struct, array_like=True, frozen=True, gc=False):
    """exception.escalated: unresolved after `level` times its due time; `to` is told."""

    exception_id: str
    level: int
    to: str


class ExceptionResolved(Struct, array_like=True, frozen=True, gc=False):
    """exception.resolved: by whom, how and why."""

    exception_id: str
    category: str
    order_id: str
    by: str
    resolution: str
    reason: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "exceptions.claim": (1, ClaimException),
    "exceptions.hand_back": (1, HandBackException),
    "exceptions.resolve": (1, ResolveException),
    "exceptions.end": (1, EndException),
    "exception.listed": (1, ExceptionListed),
    "exception.claimed": (1, ExceptionClaimed),
    "exception.handed_back": (1, ExceptionHandedBack),
    "exception.escalated": (1, ExceptionEscalated),
    "exception.resolved": (1, ExceptionResolved),
}
