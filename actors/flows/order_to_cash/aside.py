"""What keeps an order from its plain way, as the flow remembers it. None of it is there for a plain order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from contracts.deposits import DepositHeld
from contracts.inventory import EnrichedLine
from contracts.orders import Order
from contracts.partners import TaxCalculated

if TYPE_CHECKING:
    from .state import FlowState


class Hold(Struct):
    """A hold. `asked`: the fulfillment orders have still to say whether it comes in time."""

    until_ms: int = 0
    asked: bool = False


class Edit(Struct):
    """An edit under way: the order as it is to be, and what is known of it. `more`: more money is held for it."""

    edit_id: str
    order: Order
    stage: str
    enriched: tuple[EnrichedLine, ...] = ()
    tax: TaxCalculated | None = None
    more: bool = False


class Deposit(Struct):
    """What was asked for, what of it no invoice has needed yet, and what is held by now."""

    asked_minor: int
    left_minor: int
    held: tuple[DepositHeld, ...] = ()


class Selling(Struct):
    """Gift cards are being paid for: what is not captured yet of what was asked for; what ends the order then."""

    asked_minor: int
    left_minor: int
    captured_minor: int
    fulfillment_status: str


class Aside(Struct):
    """Holds by id. `asking`: so many fulfillment orders have not said yet whether they are held.

    `renewing` is the authorization that is being made anew, the n-th such effect; `unrenewable` are those that could
    not be. `edits` counts edits ever begun; `edited`: one was applied.

    `unpaid`: a capture failed, or nobody knows what came of it. `outcome`: what a person decided that the order,
    which was excepted, becomes; `written_off`: with what it still owed given up.
    """

    holds: dict[str, Hold] = {}
    asking: int = 0
    renewing: str = ""
    renewals: int = 0
    unrenewable: tuple[str, ...] = ()
    edit: Edit | None = None
    edits: int = 0
    edited: bool = False
    unpaid: bool = False
    outcome: str = ""
    written_off: bool = False
    deposit: Deposit | None = None
    selling: Selling | None = None


def aside_of(state: FlowState) -> Aside:
    """It, made new where there is none: for folds."""
    if state.aside is None:
        state.aside = Aside()
    return state.aside


def is_held(state: FlowState) -> bool:
    """Whether a hold stands, or an edit that needs the order to stand still: what can be held back is."""
    aside = state.aside
    if aside is None:
        return False
    editing = aside.edit is not None and aside.edit.stage != "holding"
    return editing or any(not hold.asked for hold in aside.holds.values())
