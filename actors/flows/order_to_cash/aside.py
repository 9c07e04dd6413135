"""What keeps an order from its plain way, as the flow remembers it. None of it is there for a plain order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from .state import FlowState


class Hold(Struct):
    """A hold. `asked`: the fulfillment orders have still to say whether it comes in time."""

    until_ms: int = 0
    asked: bool = False


class Aside(Struct):
    """Holds by id. `asking`: so many fulfillment orders have not said yet whether they are held.

    `renewing` is the authorization that is being made anew, the n-th such effect; `unrenewable` are those that could
    not be.
    """

    holds: dict[str, Hold] = {}
    asking: int = 0
    renewing: str = ""
    renewals: int = 0
    unrenewable: tuple[str, ...] = ()


def aside_of(state: FlowState) -> Aside:
    """It, made new where there is none: for folds."""
    if state.aside is None:
        state.aside = Aside()
    return state.aside
