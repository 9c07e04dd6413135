"""P1: no turn holds in clear what identifies a person or pays for them."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.orders import OrderReceived
from contracts.private import pii_refs
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader


class P1(Invariant):
    """At risk: an order came in with somebody's data in it. What the clients' people are known by is looked for in
    the bytes of every turn, wherever it might stand.
    """

    id = "P1"
    title = "nobody's name, address or card token stands in a turn in clear"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.why_no_risk = "no order had anybody's data in it"

    def facts(self) -> Mapping[str, Reader]:
        return {"order.received": self._received}

    def _received(self, body: OrderReceived, turn: Turn, group: int) -> None:
        self.at_risk += bool(pii_refs(body.order))

    def finish(self, evidence: Evidence) -> None:
        known = [words.encode() for words in evidence.known_of_people]
        for number, group in evidence.groups():
            self.checked += len(group)
            whole = b"".join(group)
            for words in known:
                if words in whole:
                    n = next((n for n, data in enumerate(group) if words in data), 0)
                    self.broken(f"turn {n} of group {number} has {words.decode()!r} in clear")
