"""Looks at every backlog now and then, so that its drain can be forecast."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.ports import Clock

from ..policies.drain import Drain
from ..runtime.backlog import Backlog

LOOK_MS = 10_000


async def watch_drains(
    drains: Mapping[str, Drain], backlogs: Mapping[str, Backlog], clock: Clock, every_ms: int = LOOK_MS
) -> None:
    """Note what came and what waits of each system, for ever."""
    while True:
        now = clock.now_ms()
        for system, drain in drains.items():
            backlog = backlogs[system]
            drain.note(now, backlog.came, len(backlog))
        await clock.sleep_until_ms(now + every_ms)
