"""R1: what the system's own reconciliations find when everything is at rest."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.ports import SYSTEMS
from contracts.reconciliations import RECONCILIATIONS, ReconciliationCompleted
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant


class R1(RestInvariant):
    """Orders with an open exception are left out: there a person is already looking. Not the judge compares here,
    but the system: what Q9 finds and this does not is a difference that nobody would have been told of.

    At risk: calls of which some answer got lost, and records that came late or twice.
    """

    id = "R1"
    title = "every reconciliation's last run was finished and found nothing that no exception is open for"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self.last: dict[str, ReconciliationCompleted] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {"reconciliation.completed": self._completed}

    def _completed(self, body: ReconciliationCompleted, turn: Turn, group: int) -> None:
        self.last[body.name] = body

    def at_rest(self, evidence: Evidence) -> None:
        if not self.last:
            self.why_no_risk = "nobody had the books compared"
            return
        left_open = sum(map(self.history.messages.open_calls, SYSTEMS))
        self.at_risk = self.history.faults.count(("timeout_after",)) + left_open
        for name in sorted(RECONCILIATIONS):
            run = self.last.get(name)
            self.checked += 1
            if run is None or not run.complete:
                self.broken(
                    f"{name} was not brought to its end: {run.why if run is not None else 'never run'}"
                )
                continue
            self.checked += run.compared
            if run.found > len(run.open):
                self.broken(f"{name} found {run.found} differences")
            for one in run.open:
                order_id = one.difference.order_id
                if not self.history.is_excepted(order_id):
                    self.broken(
                        f"{name}: {one.difference.ref} is {one.difference.kind}",
                        order_id or None,
                        run.as_of_ms,
                    )
