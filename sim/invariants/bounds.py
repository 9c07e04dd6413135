"""A21: what is bounded stays within its bound, as those who hold it counted, and as the outside did."""

from __future__ import annotations

from .evidence import Evidence
from .invariant import Invariant

NOBODY_COUNTED = "nobody counted"


class A21(Invariant):
    """At risk: a bound that was reached. One more would have been too many."""

    id = "A21"
    title = "every mailbox is within its bound, and calls in flight to a system within its limit"

    def finish(self, evidence: Evidence) -> None:
        if not evidence.bounds:
            self.why_no_risk = NOBODY_COUNTED
        for bound in evidence.bounds:
            self.checked += 1
            self.at_risk += bound.most >= bound.limit
            if bound.most > bound.limit:
                self.broken(f"{bound.what}: {bound.most}, where {bound.limit} are the most")
