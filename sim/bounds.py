"""What is bounded in a run, and how full it ever was: as each process counted, and as the outside did."""

from __future__ import annotations

from actors.system import System
from contracts.ports import SYSTEMS

from .invariants.evidence import Bound
from .twins import MemoryTwins


class Bounds:
    """Fed with every process as it ends."""

    def __init__(self) -> None:
        self._most: dict[str, tuple[int, int]] = {}
        self.processes = 0

    def note(self, system: System) -> None:
        """A process has ended, or the run has."""
        self.processes += 1
        for name, pump in system.pumps.items():
            self._note(f"calls in flight to {name}", pump.max_in_flight, pump.limits.concurrency)
        for name, mailbox in system.engine.mailboxes.items():
            self._note(f"mailbox of {name}", mailbox.statistics()["max_size"], mailbox.bound)

    def _note(self, what: str, most: int, limit: int) -> None:
        before = self._most.get(what, (0, 0))[0]
        self._most[what] = max(before, most), limit

    def told(self, twins: MemoryTwins) -> list[Bound]:
        """All of them, with what the twins saw: calls of a process that died are still in flight beside its heir's."""
        bounds = [Bound(what, most, limit) for what, (most, limit) in sorted(self._most.items())]
        for name, traffic in sorted(twins.traffic().items()):
            limit = SYSTEMS[name].concurrency * min(self.processes, 2)
            bounds.append(Bound(f"calls in flight as {name} saw them", traffic.in_flight_max, limit))
        return bounds
