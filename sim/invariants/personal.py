"""P1, P2: no turn holds a person in clear, and whoever is erased is gone."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.customers import CustomerErased, CustomerErasing
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


class P2(Invariant):
    """At risk: somebody was erased. What was under their seals is read by nobody: not from the turns, which stay as
    they were, and not from any copy of them.
    """

    id = "P2"
    title = "whoever is erased has no seal left, and no order of theirs was under way"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.why_no_risk = "nobody was erased"
        self._gone: dict[str, tuple[str, int]] = {}
        # Whose seals they are: an order that nobody asked about is found by its own.
        self._order_of: dict[str, str] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "order.received": self._received,
            "customer.erasing": self._erasing,
            "customer.erased": self._erased,
        }

    def _received(self, body: OrderReceived, turn: Turn, group: int) -> None:
        self._order_of.update(dict.fromkeys(pii_refs(body.order), body.order_id))

    def _erasing(self, body: CustomerErasing, turn: Turn, group: int) -> None:
        sealed = [self._order_of[ref] for ref in body.refs if ref in self._order_of]
        for order_id in dict.fromkeys([*body.orders, *sealed]):
            self.checked += 1
            record = self.history.orders.get(order_id)
            if record is None or record.status not in ("completed", "rejected", "cancelled"):
                status = "unknown" if record is None else record.status
                self.broken(f"{order_id} was {status} when its customer was erased", order_id, turn.at_ms)

    def _erased(self, body: CustomerErased, turn: Turn, group: int) -> None:
        self.at_risk += 1
        self._gone.update(dict.fromkeys(body.refs, (body.customer_id, turn.at_ms)))

    def finish(self, evidence: Evidence) -> None:
        if evidence.seals is None:
            return
        # The vault was looked at, whoever was erased.
        self.checked += 1
        for ref, (customer_id, at_ms) in self._gone.items():
            self.checked += 1
            if ref in evidence.seals:
                self.broken(f"{customer_id} was erased, and seal {ref} is still there", None, at_ms)
