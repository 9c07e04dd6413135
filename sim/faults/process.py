"""Faults of the process: it dies before or after a commit. What is unsynced is lost, what is not said was
never said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from contracts.ports import Clock, Journal, JournalHeader

from .schedule import FaultSchedule


class ProcessCrash(Exception):
    """The simulated process is gone."""


class CrashingJournal:
    """Wraps the Journal port: takes `sync_ms` a group, reports commits, and dies when a crash is due."""

    def __init__(
        self,
        inner: Journal,
        schedule: FaultSchedule,
        clock: Clock,
        committed: Callable[[int, int], None],
        sync_ms: int = 10,
    ) -> None:
        self._inner = inner
        self._schedule = schedule
        self._clock = clock
        self._committed = committed
        self._sync_ms = sync_ms
        self.groups = 0
        self.lost_turns = 0
        # Durable turns that the dead process told nobody about.
        self.untold: list[bytes] = []

    @property
    def header(self) -> JournalHeader:
        """The inner journal's."""
        return self._inner.header

    def take_over(self) -> int:
        """Become the owner."""
        return self._inner.take_over()

    async def append(
        self, group: Sequence[bytes], coordinates: Sequence[tuple[int, int]], epoch: int
    ) -> None:
        """Sync a group. Raises ProcessCrash where one is due."""
        await self._clock.sleep_until_ms(self._clock.now_ms() + self._sync_ms)
        crash = self._schedule.next_crash()
        if crash is not None and crash.kind == "crash_before_commit":
            self.lost_turns += len(group)
            self._schedule.note(crash.kind, "process:commit", "")
            raise ProcessCrash(crash.kind)
        await self._inner.append(group, coordinates, epoch)
        self._committed(self.groups, len(group))
        self.groups += 1
        if crash is not None:
            self.untold = list(group)
            self._schedule.note(crash.kind, "process:commit", "")
            raise ProcessCrash(crash.kind)

    def read(self, start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """The inner journal's groups."""
        return self._inner.read(start)

    def read_turns(self, coordinates: Iterable[tuple[int, int]]) -> list[bytes]:
        """The inner journal's turns."""
        return self._inner.read_turns(coordinates)

    def put_rest(self, rows: Sequence[tuple[str, str, str, bytes]]) -> None:
        """Pass on."""
        self._inner.put_rest(rows)

    def get_rest(self, tenant: str, actor: str, key: str) -> bytes | None:
        """Pass on."""
        return self._inner.get_rest(tenant, actor, key)

    def read_rest(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Pass on."""
        return self._inner.read_rest()

    def close(self) -> None:
        """Pass on."""
        self._inner.close()
