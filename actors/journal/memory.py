"""The journal in memory: for simulation and tests. Deterministic, and nothing in it ever waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from contracts.ports import JournalHeader, StaleEpoch
from contracts.turn import FORMAT, PARTITIONS

from .engine import JournalStatistics


class MemoryJournal:
    """Implements contracts.ports.Journal over lists of encoded turns.

    It outlives its owners: after a simulated crash the next system takes over the same object. What is
    lost in a crash, or fails, is decided by whoever wraps it.
    """

    def __init__(self, mode: str = "simulated") -> None:
        self._mode = mode
        self._epoch = 0
        self._groups: list[list[bytes]] = []
        self._turns: dict[tuple[int, int], bytes] = {}
        self._rest: dict[tuple[str, str, str], bytes] = {}
        self._count = 0
        self._bytes = 0

    @property
    def header(self) -> JournalHeader:
        """Format, partitions, mode and the newest epoch."""
        return JournalHeader(FORMAT, PARTITIONS, self._mode, self._epoch)

    def take_over(self) -> int:
        """Become the owner: the epoch grows by one and is returned."""
        self._epoch += 1
        return self._epoch

    async def append(
        self, group: Sequence[bytes], coordinates: Sequence[tuple[int, int]], epoch: int
    ) -> None:
        """Keep a group, all or none. No checkpoint: the caller decides where it lets others run.

        Raises StaleEpoch, ValueError (an empty group, or not one coordinate per turn).
        """
        if epoch != self._epoch or not epoch:
            raise StaleEpoch(f"append with epoch {epoch}, the newest is {self._epoch}")
        kept = list(group)
        if not kept or len(kept) != len(coordinates):
            raise ValueError(f"{len(kept)} turns with {len(coordinates)} coordinates")
        self._groups.append(kept)
        self._turns.update(zip(coordinates, kept, strict=True))
        self._count += len(kept)
        self._bytes += sum(map(len, kept))

    def read(self, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """(group number, encoded turns) from group `start` on, in the order of their commits."""
        number = start
        while number < len(self._groups):
            yield number, list(self._groups[number])
            number += 1

    def read_turns(self, coordinates: Iterable[tuple[int, int]]) -> list[bytes]:
        """The encoded turns at these (partition, pos), in the order asked. KeyError names a missing one."""
        turns = self._turns
        return [turns[at] for at in coordinates]

    def put_rest(self, rows: Sequence[tuple[str, str, str, bytes]]) -> None:
        """Keep the state of keys at rest: (tenant, actor, key, bytes)."""
        for tenant, actor, key, body in rows:
            self._rest[tenant, actor, key] = body

    def get_rest(self, tenant: str, actor: str, key: str) -> bytes | None:
        """The kept state of a key, or None."""
        return self._rest.get((tenant, actor, key))

    def read_rest(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Every kept row."""
        for (tenant, actor, key), body in self._rest.items():
            yield tenant, actor, key, body

    def statistics(self) -> JournalStatistics:
        """What is kept."""
        return JournalStatistics(len(self._groups), self._count, self._bytes, self._epoch)

    def close(self) -> None:
        """Nothing to release: the next owner takes over the same object."""
