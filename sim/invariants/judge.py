"""The judge: one pass over the turns, in which every invariant reads the facts that it asked for.

It shares nothing with the actors but the contracts: what it knows of stock, money and orders it has worked
out itself.
"""

from __future__ import annotations

from contracts.codec import decode_turn
from contracts.turn import Body
from contracts.vocabulary import decode_body

from .books import Q9
from .bounds import A21
from .cards import A19
from .clients import A11, A13, A17
from .entities import R2
from .evidence import Evidence, Faults
from .exchanged import R3
from .finance import A16, A22, A23, T2
from .history import History
from .invariant import Invariant, InvariantResult, Reader
from .money import A1, A8, Q4
from .once import A12, A14
from .order import A15
from .personal import P1, P2
from .purchases import Q6
from .quoted import R4
from .rebuilt import Q11
from .reconciled import R1
from .released import A18
from .rest import Q1, Q2, Q3
from .returned import A7, A9, Q5
from .revalued import R5
from .settled import Q7, Q8
from .stock import A2, A4, A5
from .subscribed import Q14
from .tenders import A10
from .told import order_timeline
from .units import A3, A6, Q13
from .valued import Q10
from .written import A24

__all__ = ["INVARIANTS", "judge", "order_timeline"]

# Every invariant there is, in the order in which they are told.
INVARIANTS: tuple[type[Invariant], ...] = (
    A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, A21, A22, A23, A24,
    Q1, Q2, Q3, Q4, Q5, Q6, Q7, Q8, Q9, Q10, Q11, Q13, Q14, R1, R2, R3, R4, R5, T2, P1, P2,
)  # fmt: skip

# How an event without a body reads back: a message taken, which became true where it was said.
_NIL = Body(b"\xc0")


def judge(evidence: Evidence) -> list[InvariantResult]:
    """Every invariant's judgement over a whole run."""
    history = History(Faults(evidence.faults))
    invariants = [invariant(history) for invariant in INVARIANTS]
    readers: dict[str, list[Reader]] = {}
    # History first: an invariant finds in it what the fact just read has changed.
    folds = (
        history.facts(),
        history.back.facts(),
        history.settled.facts(),
        history.pool.facts(),
        history.parcels.facts(),
        history.tills.facts(),
    )
    for facts in (*folds, *(invariant.facts() for invariant in invariants)):
        for type_, reader in facts.items():
            readers.setdefault(type_, []).append(reader)
    _pass(evidence, history, readers)
    for invariant in invariants:
        invariant.finish(evidence)
    return [invariant.result() for invariant in invariants]


def _pass(evidence: Evidence, history: History, readers: dict[str, list[Reader]]) -> None:
    take, nil, unread = history.turn, _NIL, history.unread_types
    for number, group in evidence.groups():
        for data in group:
            turn = decode_turn(data)
            take(turn)
            for event in turn.events:
                asked = readers.get(event.type)
                if asked is None:
                    unread.add(event.type)
                elif (raw := event.body) != nil:
                    body = decode_body(event.type, event.version, raw)
                    for read in asked:
                        read(body, turn, number)
