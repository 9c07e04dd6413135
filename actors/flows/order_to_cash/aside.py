"""What keeps an order from its plain way, as the flow remembers it. None of it is there for a plain order."""

from __future__ import annotations

from msgspec import Struct


class Hold(Struct):
    """A hold. `asked`: the fulfillment orders have still to say whether it comes in time."""

    until_ms: int = 0
    asked: bool = False


class Aside(Struct):
    """Holds by id. `asking`: so many fulfillment orders have not said yet whether they are held."""

    holds: dict[str, Hold] = {}
    asking: int = 0
