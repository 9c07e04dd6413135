"""Right and wrong, judged from the journal's turns and the twins' own books, by code that shares nothing
with the actors but `contracts`.

`judge(evidence)` returns a judgement of every invariant in `INVARIANTS`; `order_timeline` tells the story of
the order that a violation names.
"""

from .evidence import Bound, ClientAnswer, Commit, Evidence, FaultHit, Submitted
from .invariant import Invariant, InvariantResult
from .judge import INVARIANTS, judge
from .told import order_timeline

__all__ = [
    "INVARIANTS",
    "Bound",
    "ClientAnswer",
    "Commit",
    "Evidence",
    "FaultHit",
    "Invariant",
    "InvariantResult",
    "Submitted",
    "judge",
    "order_timeline",
]
