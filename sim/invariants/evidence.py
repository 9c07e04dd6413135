"""What is judged: the journal's turns, what the clients saw, what went wrong, and the twins' own books.

`index` is a place in one total order of everything that happened in a run: commits, answers, faults.
Instants are epoch milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

# A run that did not converge is at rest all the same when no turn came for this long before its end:
# what is still pending then is not slow, it is lost.
SILENCE_MS = 120_000

CRASHES = ("crash_before_commit", "crash_after_commit")


class Commit(Struct, frozen=True):
    """A group of turns became durable."""

    index: int
    group: int
    at_ms: int


class ClientAnswer(Struct, frozen=True):
    """What a client got for a call. `replayed`: told to be the repeat of an earlier answer.

    `order_id` is the order that the call was about, where it was about one.
    """

    index: int
    at_ms: int
    principal: str
    method: str
    route: str
    key: str
    fingerprint: str
    status: int
    body: bytes
    replayed: bool
    order_id: str | None


class FaultHit(Struct, frozen=True):
    """A fault that took effect. `label` is place:system:operation, `subject` mostly the order."""

    index: int
    at_ms: int
    kind: str
    label: str
    subject: str


class Submitted(Struct, frozen=True):
    """An order that a client meant to place. Empty evidence of this kind means that nobody noted it."""

    order_id: str
    channel: str
    channel_order_id: str
    at_ms: int


class Bound(Struct, frozen=True):
    """Something that is bounded: how much of it there was at most, and how much there may be."""

    what: str
    most: int
    limit: int


Groups = Callable[[], Iterable[tuple[int, list[bytes]]]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole run. `groups()` begins anew at each call: (group number, encoded turns) in commit order.

    `books` are the twins' books by system as of the end. `converged`: everything had come to rest. A digest
    is None where nobody took it, and so are `levels`: the pool's own, (location, SKU) to units by bucket.
    """

    groups: Groups
    commits: Sequence[Commit] = ()
    answers: Sequence[ClientAnswer] = ()
    faults: Sequence[FaultHit] = ()
    submitted: Sequence[Submitted] = ()
    books: dict[str, dict[str, Any]] = field(default_factory=dict)
    live_digest: str | None = None
    rebuilt_digest: str | None = None
    levels: dict[tuple[str, str], dict[str, int]] | None = None
    ended_at_ms: int = 0
    # What the people in the orders are known by: parts of names, addresses, tokens.
    known_of_people: Sequence[str] = ()
    # The references of the seals that the vault still has; None where nobody looked.
    seals: Set[str] | None = None
    converged: bool = True
    bounds: Sequence[Bound] = ()


class Faults:
    """The faults of a run, made easy to ask."""

    def __init__(self, hits: Iterable[FaultHit]) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self.subjects: set[str] = set()
        self.crashes: list[int] = []
        for hit in hits:
            parts = [*hit.label.split(":", 2), "", ""]
            self._counts[hit.kind, parts[1], parts[2]] += 1
            if hit.kind in CRASHES:
                self.crashes.append(hit.at_ms)
            elif hit.subject:
                self.subjects.add(hit.subject)
        self.crashes.sort()

    def count(self, kinds: Iterable[str], system: str | None = None, operation: str | None = None) -> int:
        """How many hits of these kinds, of all systems and operations unless one is named."""
        wanted = frozenset(kinds)
        return sum(
            n
            for (kind, at, what), n in self._counts.items()
            if kind in wanted and system in (None, at) and operation in (None, what)
        )

    def crashed_between(self, from_ms: int, to_ms: int) -> bool:
        """Whether the process crashed within this time, borders included."""
        at = bisect_left(self.crashes, from_ms)
        return at < len(self.crashes) and self.crashes[at] <= to_ms
