"""Q14: what subscribers were told of is what became true."""

from __future__ import annotations

from collections.abc import Mapping

from . import channels, subscribers
from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant

# Where a push may have been lost, or come twice.
LOST = ("timeout_before", "timeout_after", "error_5xx", "throttle_429", "outage")
SYSTEMS = ("channels", "crm", "planning", "bi")


class Q14(RestInvariant):
    """At risk: calls that failed or whose answers got lost, older states that came after newer ones, and rows that a
    subscriber said it had and had lost.
    """

    id = "Q14"
    title = "the books of every channel, of CRM, planning and BI equal ours"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.why_no_risk = "nobody is told of anything"
        self._told = subscribers.Told()

    def facts(self) -> Mapping[str, Reader]:
        return self._told.facts()

    def at_rest(self, evidence: Evidence) -> None:
        kept = evidence.books.get("channels")
        if kept is None:
            return
        self.why_no_risk = "no call failed, nothing was lost and nothing came late"
        for system in SYSTEMS:
            counts = evidence.books.get(system, {}).get("counts", {})
            self.at_risk += self.history.faults.count(LOST, system) + sum(counts.values())
        for compared in (
            channels.differences(self.history, evidence, kept["books"], self._told.credited),
            subscribers.differences(self.history, evidence, self._told),
        ):
            for order_id, difference in compared:
                self.checked += 1
                if difference:
                    self.broken(difference, order_id or None)
