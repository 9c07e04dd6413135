"""The operators of a simulated run: they claim exceptions that orders wait for, and resolve a share of them.

Each looks at its order first and names the end that it can have; now and then one names another first, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b, sha256

import msgspec

from actors.runtime.intake import Call
from actors.views.exceptions import OpenException
from contracts.exceptions import EXCEPTING
from contracts.ids import is_order_id
from contracts.worklist import ClaimException, ResolveException

from .clients import Clients
from .timeline import Timeline

# How often they look at the work list, and how long an order is left to come to what rest it can.
LOOK_MS = 2_000
LEFT_MS = 10_000
_ROUTE = "/v1/exceptions"
_LEFT = ("dispatched", "partly_dispatched")


class Operators:
    """Everybody who works on the list."""

    def __init__(self, clients: Clients, timeline: Timeline) -> None:
        self.clients = clients
        self.timeline = timeline
        self.resolved = 0
        self._tried: set[str] = set()
        self._busy = False

    @property
    def open(self) -> bool:
        """Whether they have something to do still, or are at it."""
        return self._busy or any(True for _ in self._due(0))

    def _due(self, left_ms: int) -> Iterator[OpenException]:
        """What of the list is theirs: three of four, by the exception's id."""
        system = self.clients.door.system
        for row in system.work_list.of() if system is not None else ():
            theirs = row.category in EXCEPTING and is_order_id(row.order_id)
            if theirs and row.exception_id not in self._tried and _draw(row.exception_id) % 4:
                if row.opened_at_ms + left_ms <= self.timeline.now_ms():
                    yield row

    async def run(self) -> None:
        """Look at the list for ever."""
        while True:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + LOOK_MS)
            self._busy = True
            for row in list(self._due(LEFT_MS)):
                self._tried.add(row.exception_id)
                await self._work_on(row)
            self._busy = False

    async def _work_on(self, row: OpenException) -> None:
        claimed = ClaimException(row.exception_id, "olga")
        if await self._say("claim", row, claimed) != 200:
            return
        while (system := self.clients.door.system) is None:
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + LOOK_MS)
        order = system.look("orders", row.order_id)
        if order is None or order.order_status != "excepted":
            ends = ["corrected"]
        elif order.fulfillment_status in _LEFT:
            ends = ["rejected", "completed"]
        else:
            ends = ["completed", "cancelled"]
        if len(ends) > 1 and _draw(row.exception_id) % 8 < 4:
            del ends[0]
        for end in ends:
            said = ResolveException(row.exception_id, "olga", end, f"looked into: {end}")
            if await self._say(f"resolve-{end}", row, said) == 200:
                self.resolved += 1
                return

    async def _say(self, what: str, row: OpenException, command: msgspec.Struct) -> int:
        route = f"{_ROUTE}/{row.exception_id}/{what}"
        call = Call(
            principal="operators",
            method="POST",
            route=route,
            key=f"{row.exception_id}-{what}",
            fingerprint=sha256(msgspec.msgpack.encode(command)).hexdigest(),
            to="exceptions",
            to_key=row.exception_id,
            subject=row.order_id,
            command=command,
            sheddable=False,
        )
        return await self.clients.insist(call, row.order_id)


def _draw(exception_id: str) -> int:
    return blake2b(exception_id.encode(), digest_size=1).digest()[0]
