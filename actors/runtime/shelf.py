"""What was not used for a while leaves memory for the journal's `rest` table, and comes back when it is asked for.

So memory follows open work, not history. A row on the shelf is worth something to the owner that put it there and
to nobody else: it carries that owner's epoch, and whoever takes the journal over folds it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import msgspec

from contracts.ports import Journal

K = TypeVar("K")
V = TypeVar("V")

ShelfKey = tuple[str, str, str]


class Generations(Generic[K, V]):
    """A table in two halves: what was used since the last `age`, and what has not been since."""

    __slots__ = ("old", "young")

    def __init__(self) -> None:
        self.young: dict[K, V] = {}
        self.old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self.young) + len(self.old)

    def __iter__(self) -> Iterator[tuple[K, V]]:
        yield from self.old.items()
        yield from self.young.items()

    def get(self, key: K) -> V | None:
        """The value; it is young again."""
        found = self.young.get(key)
        if found is None and self.old:
            found = self.old.pop(key, None)
            if found is not None:
                self.young[key] = found
        return found

    def take_old(self, most: int) -> list[tuple[K, V]]:
        """Take some of what was not used since the last `age` out of the table."""
        old = self.old
        return [old.popitem() for _ in range(min(most, len(old)))]

    def age(self) -> None:
        """From here on what is young is old, until it is used. Only when nothing old is left."""
        if self.old:
            raise RuntimeError("what is old is to leave before the next generation is")
        self.old, self.young = self.young, {}


class _Filter:
    """Whether a key may have been put on the shelf: never a wrong no, at 5 million keys 7 wrong yes of 100.

    A Bloom filter of two bits a key and a fixed 4 MiB. Most keys asked for are new, and without it each would be
    read for in the journal: thirteen reads an order. It uses the interpreter's own hash, which differs from process
    to process: what it says decides whether a row is looked for, never what is found.
    """

    __slots__ = ("_bits",)

    _MASK = (1 << 25) - 1

    def __init__(self) -> None:
        self._bits = bytearray((self._MASK + 1) // 8)

    def add(self, key: ShelfKey) -> None:
        value = hash(key)
        for place in (value & self._MASK, value >> 32 & self._MASK):
            self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, key: ShelfKey) -> bool:
        value, bits = hash(key), self._bits
        one, two = value & self._MASK, value >> 32 & self._MASK
        return bool(bits[one >> 3] >> (one & 7) & 1 and bits[two >> 3] >> (two & 7) & 1)


class Shelf:
    """Rows of (tenant, actor, key) of one owner of a journal, durable in no hurry: with some later group."""

    def __init__(self, journal: Journal, epoch: int) -> None:
        self._journal = journal
        self._epoch = epoch
        self._head = msgspec.msgpack.encode(epoch)
        self._filter = _Filter()
        # How many were put; a row that was put twice counts twice.
        self.put_count = 0

    def put(self, rows: Iterable[tuple[ShelfKey, bytes]]) -> None:
        """Keep rows; a row of the same key is replaced."""
        kept: list[tuple[str, str, str, bytes]] = []
        for at, body in rows:
            self._filter.add(at)
            kept.append((*at, self._head + body))
        self.put_count += len(kept)
        self._journal.put_rest(kept)

    def get(self, at: ShelfKey) -> bytes | None:
        """The row, if this owner put it there."""
        if not self.put_count or at not in self._filter:
            return None
        return self._own(self._journal.get_rest(*at))

    def rows(self) -> Iterator[tuple[ShelfKey, bytes]]:
        """Every row of this owner, in no order that means anything."""
        for tenant, actor, key, row in self._journal.read_rest():
            if (body := self._own(row)) is not None:
                yield (tenant, actor, key), body

    def _own(self, row: bytes | None) -> bytes | None:
        return row[len(self._head) :] if row is not None and row.startswith(self._head) else None
