"""The twins' own draws: a hash of a name, integers only.

A draw is named by what it decides, so taking out one order leaves every other order's luck where it was.
"""

from __future__ import annotations

from hashlib import blake2b


def below(bound: int, seed: int, stream: str, subject: str, n: int = 0) -> int:
    """An integer in [0, bound), the same for the same name on every machine."""
    name = f"{seed}\x1f{stream}\x1f{subject}\x1f{n}".encode()
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "big") % bound


def hits(share_bp: int, seed: int, stream: str, subject: str) -> bool:
    """True for about `share_bp` of 10,000 subjects."""
    return share_bp > 0 and below(10_000, seed, stream, subject) < share_bp


def token(*parts: str, size: int = 8) -> str:
    """A stable name made of `parts`: `2 * size` hexadecimal digits."""
    return blake2b("\x1f".join(parts).encode(), digest_size=size).hexdigest()


class HashChance:
    """The Chance port for the living body, which has no simulator to ask."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def below(self, bound: int, stream: str, subject: str, n: int) -> int:
        """An integer in [0, bound)."""
        return below(bound, self._seed, stream, subject, n)
