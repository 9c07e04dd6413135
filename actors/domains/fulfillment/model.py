"""The fulfillment order: created, released, recalled or dispatched. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.fulfillment import ReleaseToWarehouse

# The partner's service level: released without a confirmation for longer is an exception.
CONFIRMATION_SLA_MS = 24 * 3_600_000


class FulfillmentState(Struct):
    """`status` is none, created, released, dispatched or cancelled."""

    status: str = "none"
    order_id: str = ""
    location: str = ""
    pool: str = ""
    cancel_effect_key: str = ""
    release: ReleaseToWarehouse | None = None
    overdue: bool = False


def may_dispatch(state: FulfillmentState) -> bool:
    """A confirmation is believed for what was released."""
    return state.status == "released"
