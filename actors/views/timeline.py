"""The timeline of a subject: the coordinates of every turn that touched it, in order.

A turn touches a subject if it is about it, or says something about it. Only coordinates are kept, the
turns stay in the journal; thrown away and rebuilt at will.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from contracts.turn import Turn

_POS_BITS = 48


class Timeline:
    """Coordinates by subject."""

    def __init__(self) -> None:
        self._touched: dict[str, array[int]] = {}
        self.turns = 0

    def take(self, turns: Sequence[Turn]) -> None:
        """Note a committed group."""
        touched = self._touched
        for turn in turns:
            at = (turn.partition << _POS_BITS) | turn.pos
            own = turn.subject
            known = touched.get(own)
            if known is None:
                known = touched[own] = array("Q")
            known.append(at)
            for said in turn.said:
                if said.subject != own:
                    self._touch(said.subject, at)
        self.turns += len(turns)

    def _touch(self, subject: str, at: int) -> None:
        """Note a subject that the turn spoke about, once."""
        known = self._touched.setdefault(subject, array("Q"))
        if not known or known[-1] != at:
            known.append(at)

    def of(self, subject: str) -> list[tuple[int, int]]:
        """(partition, pos) of each turn that touched the subject, in the order of their commits."""
        mask = (1 << _POS_BITS) - 1
        return [(at >> _POS_BITS, at & mask) for at in self._touched.get(subject, ())]
