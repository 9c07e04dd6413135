"""The timeline of a subject: the coordinates of every turn that touched it, in order.

A turn touches a subject if it is about it, or says something about it. Only coordinates are kept, the
turns stay in the journal; thrown away and rebuilt at will. A subject of which nothing was heard for a while
goes to the shelf, as keys do.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from contracts.turn import Turn

from ..runtime.shelf import Generations, Shelf, ShelfKey

_POS_BITS = 48
# Where its rows stand on the shelf, beside those of actors. A view is of all tenants' turns.
_TENANT, _NAME = "", "view:timeline"


class Timeline:
    """Coordinates by subject."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._touched: Generations[str, array[int]] = Generations()
        self._shelf = shelf
        self.turns = 0

    def take(self, turns: Sequence[Turn]) -> None:
        """Note a committed group."""
        young = self._touched.young
        for turn in turns:
            at = (turn.partition << _POS_BITS) | turn.pos
            own = turn.subject
            known = young.get(own)
            if known is None:
                known = self._known(own)
            known.append(at)
            for said in turn.said:
                if said.subject != own:
                    self._touch(said.subject, at)
        self.turns += len(turns)

    def _known(self, subject: str) -> array[int]:
        """The coordinates in memory; those on the shelf stay there until they are asked for."""
        known = self._touched.get(subject)
        if known is None:
            known = self._touched.young[subject] = array("Q")
        return known

    def _touch(self, subject: str, at: int) -> None:
        """Note a subject that the turn spoke about, once."""
        known = self._known(subject)
        if not known or known[-1] != at:
            known.append(at)

    def rest(self, most: int) -> int:
        """Put up to `most` subjects of which nothing was heard for a generation on the shelf; how many."""
        assert self._shelf is not None
        left = self._touched.take_old(most)
        self._shelf.put([(_row(subject), self._before(subject) + known.tobytes()) for subject, known in left])
        if len(left) < most:
            self._touched.age()
        return len(left)

    def of(self, subject: str) -> list[tuple[int, int]]:
        """(partition, pos) of each turn that touched the subject, in the order of their commits."""
        mask = (1 << _POS_BITS) - 1
        found = array("Q", self._before(subject))
        found.extend(self._touched.get(subject) or ())
        return [(at >> _POS_BITS, at & mask) for at in found]

    def _before(self, subject: str) -> bytes:
        """The coordinates on the shelf."""
        return (self._shelf.get(_row(subject)) or b"") if self._shelf is not None else b""


def _row(subject: str) -> ShelfKey:
    return _TENANT, _NAME, subject
