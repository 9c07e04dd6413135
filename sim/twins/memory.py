"""The twins in memory, for virtual time. They are the outside: a crash of the system does not touch them."""

from __future__ import annotations

from contracts.ports import Chance, Clock

from .body import CallAt, Twins
from .config import TwinsConfig
from .store import Store


class MemoryTwins(Twins):
    """The foreign systems in this process's memory, under the clock and chance they are given."""

    def __init__(self, config: TwinsConfig, clock: Clock, chance: Chance, at: CallAt | None = None) -> None:
        super().__init__(config, clock, chance, Store(), at)
