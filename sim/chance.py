"""Chance in a simulation: every draw is a hash of its name, never the next number of a generator.

A draw is named (stream, subject, n), so taking out one order or one fault leaves all the others as they
were, on any machine. Integers only: no floating point stands between a seed and what it decides.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import accumulate

BASIS = 10_000
_MASK = (1 << 64) - 1


class SeededChance:
    """The chance port in simulation. Two with one seed agree on every draw, in any order of asking."""

    def __init__(self, seed: int) -> None:
        self._seed = str(seed).encode()
        self._streams: dict[str, blake2b] = {}

    def bits64(self, stream: str, subject: str, n: int) -> int:
        """The draw itself: 64 uniform bits."""
        begun = self._streams.get(stream)
        if begun is None:
            begun = self._streams[stream] = self._begin(stream)
        hasher = begun.copy()
        # The ordinal has a fixed width, so the end of the subject is never in doubt.
        hasher.update(subject.encode() + (n & _MASK).to_bytes(8, "big"))
        return int.from_bytes(hasher.digest(), "big")

    def below(self, bound: int, stream: str, subject: str, n: int) -> int:
        """An integer in [0, bound), by multiply and shift. ValueError where the bound is not positive."""
        if bound <= 0:
            raise ValueError(f"bound must be positive, not {bound}")
        return (self.bits64(stream, subject, n) * bound) >> 64

    def happens(self, rate_bp: int, stream: str, subject: str, n: int) -> bool:
        """True in `rate_bp` of 10,000 draws."""
        return rate_bp > 0 and self.below(BASIS, stream, subject, n) < rate_bp

    def _begin(self, stream: str) -> blake2b:
        hasher = blake2b(digest_size=8)
        for part in (self._seed, stream.encode()):
            hasher.update(len(part).to_bytes(4, "big") + part)
        return hasher


def cumulative(weights: Iterable[int]) -> tuple[int, ...]:
    """Running sums of weights. ValueError where one is negative or all are zero."""
    listed = tuple(weights)
    if not listed or min(listed) < 0 or sum(listed) == 0:
        raise ValueError("weights must be non-negative and not all zero")
    return tuple(accumulate(listed))


def pick(table: Sequence[int], draw: int) -> int:
    """The index that `draw`, in [0, table[-1]), falls to in a cumulative table."""
    return bisect_right(table, draw)
