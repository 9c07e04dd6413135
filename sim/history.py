"""The history of a run as seen from outside the system: commits, what clients were told, faults; in one order."""

from __future__ import annotations

from actors.runtime.errors import RuntimeRefusal
from actors.runtime.intake import Answered, Call
from contracts.ports import Clock

from .invariants.evidence import ClientAnswer, Commit, FaultHit


class History:
    """Appends; the index is one order over everything."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._index = 0
        self.commits: list[Commit] = []
        self.answers: list[ClientAnswer] = []
        self.faults: list[FaultHit] = []

    def _next(self) -> int:
        self._index += 1
        return self._index

    def committed(self, group: int, turns: int) -> None:
        """A group became durable."""
        self.commits.append(Commit(self._next(), group, self._clock.now_ms()))

    def struck(self, kind: str, label: str, subject: str) -> None:
        """A fault took effect."""
        self.faults.append(FaultHit(self._next(), self._clock.now_ms(), kind, label, subject))

    def answered(self, call: Call, answer: Answered | RuntimeRefusal, order_id: str) -> None:
        """A client was told something."""
        body = answer.body if isinstance(answer, Answered) else answer.code.encode()
        replayed = isinstance(answer, Answered) and answer.replayed
        self.answers.append(
            ClientAnswer(
                self._next(),
                self._clock.now_ms(),
                call.principal,
                call.method,
                call.route,
                call.key,
                call.fingerprint,
                answer.status,
                body,
                replayed,
                order_id,
            )
        )
