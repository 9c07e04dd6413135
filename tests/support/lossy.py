"""Twins whose answers get lost now and then, after their effect."""

from __future__ import annotations

from typing import Any

import trio

from actors.system import FEEDS
from sim.invariants import FaultHit
from sim.timeline import Timeline
from sim.twins import MemoryTwins


class LossyTwins:
    """Loses every ninth answer after its effect, and the first of the mail service."""

    def __init__(self, twins: MemoryTwins, notes: Any, timeline: Timeline) -> None:
        self.twins = twins
        self.notes = notes
        self.timeline = timeline
        self.calls = 0
        self.letters = 0

    async def call(self, request):
        response = await self.twins.call(request)
        if request.operation in (
            *(feed.operation for feed in FEEDS),
            "settlement_files",
            "till_files",
            "sales_orders:find",
        ):
            return response
        self.calls += 1
        self.letters += request.system == "mail"
        if self.calls % 9 == 0 or (request.system == "mail" and self.letters == 1):
            label = f"connector:{request.system}:{request.operation}"
            self.notes.faults.append(
                FaultHit(
                    next(self.notes.index), self.timeline.now_ms(), "timeout_after", label, request.subject
                )
            )
            await trio.sleep(60)
        return response
