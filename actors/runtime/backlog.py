"""What waits for a slow system: in the journal, not in memory.

A waiting entry costs its coordinates (one 64-bit integer). The first few hundred are kept whole, so that
a fast system never reads back; beyond them bodies are read from the journal in batches when their turn
comes. Entries of one subject leave in order and one at a time; lanes choose between subjects.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Sequence

from contracts.turn import LANES, Message

HOT = 256
REFILL = 128
_INDEX_BITS = 10
_POS_BITS = 48
MAX_SAID = 1 << _INDEX_BITS


def pack(id_: str) -> int:
    """The coordinates in a message id as one integer."""
    partition, pos, index = id_.split(".")
    return (int(partition) << (_POS_BITS + _INDEX_BITS)) | (int(pos) << _INDEX_BITS) | int(index)


def unpack(locator: int) -> tuple[int, int, int]:
    """(partition, pos, index) of a packed locator."""
    mask = (1 << _POS_BITS) - 1
    return locator >> (_POS_BITS + _INDEX_BITS), (locator >> _INDEX_BITS) & mask, locator & (MAX_SAID - 1)


ReadBack = Callable[[Sequence[tuple[int, int, int]]], list[Message]]


class _Lane:
    """One lane: whole messages at the front, coordinates behind them."""

    __slots__ = ("_head", "cold", "hot")

    def __init__(self) -> None:
        self.hot: deque[Message] = deque()
        self.cold: array[int] = array("Q")
        self._head = 0

    def __len__(self) -> int:
        return len(self.hot) + len(self.cold) - self._head

    def put(self, message: Message) -> None:
        if len(self.hot) < HOT and len(self.cold) == self._head:
            self.hot.append(message)
        else:
            self.cold.append(pack(message.id))

    def take(self, read_back: ReadBack) -> Message | None:
        if not self.hot and len(self.cold) > self._head:
            batch = self.cold[self._head : self._head + REFILL]
            self._head += len(batch)
            self.hot.extend(read_back([unpack(locator) for locator in batch]))
            if self._head >= 4096 or self._head == len(self.cold):
                del self.cold[: self._head]
                self._head = 0
        return self.hot.popleft() if self.hot else None


class Backlog:
    """The entries that wait for one system."""

    def __init__(self, system: str, read_back: ReadBack) -> None:
        self.system = system
        self._read_back = read_back
        self._lanes = tuple(_Lane() for _ in LANES)
        self._held: dict[str, deque[Message]] = {}
        self._held_count = 0
        self._busy: set[str] = set()
        self._freed: deque[Message] = deque()
        # What was taken and may not go yet, by type. It still waits, and its subject is still busy.
        self._aside: dict[str, deque[Message]] = {}
        self.aside = 0
        self._depth = 0
        self.max_depth = 0
        # How many ever came; less those that wait, how many went.
        self.came = 0

    def __len__(self) -> int:
        return self._depth

    def put(self, message: Message) -> None:
        """Wait at the end of the message's lane."""
        self._lanes[message.lane].put(message)
        self.came += 1
        self._depth += 1
        if self._depth > self.max_depth:
            self.max_depth = self._depth

    def take(self) -> Message | None:
        """The next entry whose subject has none taken; its subject is busy until `free`."""
        if self._freed:
            self._depth -= 1
            return self._freed.popleft()
        for lane in self._lanes:
            while (message := lane.take(self._read_back)) is not None:
                if message.subject in self._busy:
                    self._held.setdefault(message.subject, deque()).append(message)
                    self._held_count += 1
                    continue
                self._busy.add(message.subject)
                self._depth -= 1
                return message
        return None

    def set_aside(self, message: Message) -> None:
        """What was taken waits on, before everything of its type that is still to be taken."""
        self._aside.setdefault(message.type, deque()).append(message)
        self.aside += 1
        self._depth += 1

    def take_aside(self, may_go: Callable[[str], bool]) -> Message | None:
        """The oldest entry set aside of a type that may go now."""
        for type_, waiting in self._aside.items():
            if waiting and may_go(type_):
                self.aside -= 1
                self._depth -= 1
                return waiting.popleft()
        return None

    def types_aside(self) -> list[str]:
        """The types of which something was set aside."""
        return [type_ for type_, waiting in self._aside.items() if waiting]

    def claim(self, subject: str) -> None:
        """Mark a subject busy: an entry of it was taken by a process that is gone."""
        self._busy.add(subject)

    def free(self, subject: str) -> None:
        """The entry taken for this subject is concluded; the next one held back may go."""
        held = self._held.get(subject)
        if held is None:
            self._busy.discard(subject)
            return
        self._freed.append(held.popleft())
        self._held_count -= 1
        if not held:
            del self._held[subject]

    def statistics(self) -> dict[str, int]:
        """Depth now and at most, subjects with an entry taken, entries held behind them."""
        return {
            "depth": len(self),
            "max_depth": self.max_depth,
            "taken": len(self._busy),
            "held": self._held_count,
            "aside": self.aside,
        }
