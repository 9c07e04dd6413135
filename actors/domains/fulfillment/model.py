"""The fulfillment order: created, released, recalled or dispatched. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.demand import Lines, lines_less, lines_within
from contracts.fulfillment import ConfirmDispatch, ReleaseToWarehouse
from contracts.parcels import DELIVERED, PARCEL_STATUSES, ScanKept

# The partner's service level: released without a confirmation for longer is an exception.
CONFIRMATION_SLA_MS = 24 * 3_600_000


class Parcel(Struct, array_like=True, frozen=True):
    """Where a shipment was seen last: a status of `contracts.parcels`, at an instant."""

    status: str
    at_ms: int


def is_news(known: Parcel | None, status: str, at_ms: int) -> bool:
    """Whether a scan tells something new, so that in whatever order all of them come the last word is the same.

    A parcel that was delivered is delivered; else the newest scan stands, of equal ones that of the loss.
    """
    if known is None:
        return True
    if known.status == DELIVERED or status == DELIVERED:
        return known.status != DELIVERED
    rank = PARCEL_STATUSES.index
    return (at_ms, rank(status)) > (known.at_ms, rank(known.status))


class FulfillmentState(Struct):
    """`status` is none, created, released, dispatched or cancelled.

    `lines` are those that have not left yet; `part`: the order has others. `partly`: some have left. `heard` are
    the shipments confirmed; `awaits` says how many are still to be, -1 while the warehouse has not named the last.
    `held`: it is not to be released, its window or none notwithstanding. `parcels` are the shipments that a carrier has
    scanned, `kept` the scans of those that no warehouse has confirmed yet.
    """

    status: str = "none"
    order_id: str = ""
    location: str = ""
    pool: str = ""
    cancel_effect_key: str = ""
    release: ReleaseToWarehouse | None = None
    overdue: bool = False
    lines: Lines = ()
    part: bool = False
    partly: bool = False
    heard: tuple[str, ...] = ()
    awaits: int = -1
    held: bool = False
    window_ms: int = 0
    collect_ms: int = 0
    parcels: dict[str, Parcel] = {}
    kept: tuple[ScanKept, ...] = ()
    # Its partner has said so itself.
    accepted: bool = False
    # The lost shipment that it stands in for.
    again: str = ""


def may_dispatch(state: FulfillmentState) -> bool:
    """A confirmation is believed for what was released."""
    return state.status == "released"


def is_whole(state: FulfillmentState, command: ConfirmDispatch) -> bool:
    """Whether the confirmation is of the whole order, which has left in one piece."""
    return not state.part and not state.partly and command.lines in (None, state.lines)


def awaited(state: FulfillmentState, command: ConfirmDispatch) -> int:
    """How many shipments are still to be confirmed after this one: confirmations may overtake each other."""
    if command.final:
        return max(0, command.shipments - len(state.heard) - 1)
    return state.awaits - 1 if state.awaits > 0 else -1


def split_confirmed(state: FulfillmentState, command: ConfirmDispatch) -> tuple[Lines, Lines, Lines]:
    """What has left, what of the rest will not come, and what was confirmed beyond what was asked for."""
    if command.lines is None:
        return state.lines, (), ()
    left = lines_within(command.lines, state.lines)
    over = lines_less(command.lines, left)
    return left, () if awaited(state, command) else lines_less(state.lines, left), over
