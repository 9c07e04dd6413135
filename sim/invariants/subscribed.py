"""Q14: what subscribers were told of is what became true."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.gift_cards import GiftCardCredited
from contracts.turn import Turn

from . import channels
from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant

# Where a push may have been lost, or come twice.
LOST = ("timeout_before", "timeout_after", "error_5xx", "throttle_429", "outage")


class Q14(RestInvariant):
    """At risk: calls that failed or whose answers got lost, older states that came after newer ones, and rows that a
    subscriber said it had and had lost.
    """

    id = "Q14"
    title = "every channel's books equal ours"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.why_no_risk = "nobody is told of anything"
        self._credited: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {"gift_card.credited": self._to_a_card}

    def _to_a_card(self, body: GiftCardCredited, turn: Turn, group: int) -> None:
        self._credited[body.order_id] = self._credited.get(body.order_id, 0) + body.amount_minor

    def at_rest(self, evidence: Evidence) -> None:
        kept = evidence.books.get("channels")
        if kept is None:
            return
        self.why_no_risk = "no call failed, nothing was lost and nothing came late"
        self.at_risk += self.history.faults.count(LOST, "channels") + sum(kept["counts"].values())
        for order_id, difference in channels.differences(
            self.history, evidence, kept["books"], self._credited
        ):
            self.checked += 1
            if difference:
                self.broken(difference, order_id or None)
