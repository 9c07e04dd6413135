"""What an invariant is: it reads facts as they pass, judges them, and says how often danger was there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from contracts.turn import Turn

from .evidence import Evidence

if TYPE_CHECKING:
    from .history import History

# (the fact's body, the turn it stands in, the turn's group)
Reader = Callable[[Any, Turn, int], None]

NOT_AT_REST = "the run did not come to rest"


class InvariantResult(Struct, frozen=True):
    """How often an invariant was evaluated, how often its danger was really there, and how it broke.

    `at_risk` 0 shows nothing; `why_no_risk` says why it could not be otherwise, if that is so.
    """

    id: str
    title: str
    held: bool
    checked: int
    at_risk: int
    first_violation: str | None = None
    order_id: str | None = None
    why_no_risk: str | None = None
    at_ms: int | None = None
    violations: int = 0


class Invariant:
    """One row of the table. A subclass counts `checked` and `at_risk` and reports through `broken`.

    `facts` names the facts it wants to read while the turns pass; `finish` comes after the last turn.
    """

    id = ""
    title = ""

    def __init__(self, history: History) -> None:
        self.history = history
        self.checked = 0
        self.at_risk = 0
        self.why_no_risk: str | None = None
        self.violations = 0
        self._first: tuple[str, str | None, int | None] | None = None

    def facts(self) -> Mapping[str, Reader]:
        """The facts to be shown, by type. Facts that merely repeat a message taken are never shown."""
        return {}

    def finish(self, evidence: Evidence) -> None:
        """All turns have passed: judge what can be judged only now."""

    def broken(self, sentence: str, order_id: str | None = None, at_ms: int | None = None) -> None:
        """It does not hold: the order, and what happened, in a short sentence."""
        self.violations += 1
        if self._first is None:
            self._first = (sentence, order_id, at_ms)

    def result(self) -> InvariantResult:
        """The judgement. An explanation stands only where nothing was at risk."""
        sentence, order_id, at_ms = self._first or (None, None, None)
        return InvariantResult(
            id=self.id,
            title=self.title,
            held=not self.violations,
            checked=self.checked,
            at_risk=self.at_risk,
            first_violation=sentence,
            order_id=order_id,
            why_no_risk=None if self.at_risk else self.why_no_risk,
            at_ms=at_ms,
            violations=self.violations,
        )


class RestInvariant(Invariant):
    """Judged only when everything has come to rest: before that, what is missing may still come."""

    def finish(self, evidence: Evidence) -> None:
        if self.history.is_at_rest(evidence):
            self.at_rest(evidence)
        else:
            self.why_no_risk = NOT_AT_REST

    def at_rest(self, evidence: Evidence) -> None:
        """Judge the end of the run."""
