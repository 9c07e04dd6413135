"""Looks at a run while it goes on: how long each backlog will take, and what is held in memory.

In the storm at its beginning, its quarters and its end; then when the first minute of the healing is over, which
is when a forecast has something to go by; and at rest.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping

from actors.system import System
from contracts.ports import SYSTEMS

from .memory import Scale, resident_bytes, system_parts
from .reports.result import DrainFigures, DrainForecast, MemoryLook
from .timeline import Timeline

# After the healing: a minute to count in, and a little more.
AFTER_HEALING_MS = 75_000
# The name of the last look.
REST = "rest"


class Looks:
    """What was seen. `outside` are the things of the world around the system, by name; None: nothing is weighed."""

    def __init__(self, timeline: Timeline, start_ms: int, outside: Mapping[str, object] | None) -> None:
        self.timeline = timeline
        self.start_ms = start_ms
        self.outside = outside
        self.forecasts: list[DrainForecast] = []
        self.memory: list[MemoryLook] = []
        # Systems that drain, with the forecast that they are held to and when that was made.
        self._draining: dict[str, DrainForecast] = {}
        self.drains: list[DrainFigures] = []

    async def run(self, storm_start_ms: int, storm_end_ms: int, system: Callable[[], System | None]) -> None:
        """Look at all of the storm's instants; then see the backlogs drain."""
        quarters = [storm_start_ms + (storm_end_ms - storm_start_ms) * n // 4 for n in range(5)]
        for at in quarters:
            await self.timeline.sleep_until_ms(at)
            self.look("storm", system())
        await self.timeline.sleep_until_ms(storm_end_ms + AFTER_HEALING_MS)
        for told in self.look("heal", system()):
            if told.drained_in_s is not None and told.waiting > 2 * SYSTEMS[told.system].rate_per_s:
                self._draining[told.system] = told
        while self._draining:
            self._see_drained(system())
            await self.timeline.sleep_until_ms(self.timeline.now_ms() + 1_000)

    def _see_drained(self, system: System | None) -> None:
        for name, told in list(self._draining.items()):
            if system is None or len(system.engine.backlogs[name]) >= SYSTEMS[name].rate_per_s:
                continue
            del self._draining[name]
            took_s = (self.timeline.now_ms() - self.start_ms - told.at_ms) / 1000
            left_per_s = told.arriving_per_s + told.waiting / max(took_s, 1)
            assert told.drained_in_s is not None
            self.drains.append(
                DrainFigures(
                    name, told.at_ms, told.waiting, told.arriving_per_s, round(left_per_s, 2),
                    told.drained_in_s, took_s,
                )
            )  # fmt: skip

    def look(self, phase: str, system: System | None) -> list[DrainForecast]:
        """Note what the system forecasts and, where that is wanted, what is held."""
        if system is None:
            return []
        at_ms = self.timeline.now_ms() - self.start_ms
        told = []
        for name in system.drains:
            waiting, arriving, leaving, drained = system.forecast(name)
            if waiting > 2 * SYSTEMS[name].rate_per_s:
                in_s = None if drained is None else round(drained, 1)
                told.append(DrainForecast(at_ms, name, waiting, round(arriving, 2), round(leaving, 2), in_s))
        self.forecasts += told
        if self.outside is not None:
            self._weigh(at_ms, phase, system, self.outside)
        return told

    def _weigh(self, at_ms: int, phase: str, system: System, outside: Mapping[str, object]) -> None:
        # Cycles are not collected while a run is under way; what is resident should be what is held.
        gc.collect()
        resident, held = resident_bytes(), system_parts(system)
        around: dict[str, int] = {}
        if not self.memory or phase == REST:
            # Seldom: the world is large, and to weigh it takes as much memory again for a moment.
            around = {name: Scale([self.timeline]).weigh(one) for name, one in outside.items()}
        self.memory.append(MemoryLook(at_ms, phase, resident, held, around))
