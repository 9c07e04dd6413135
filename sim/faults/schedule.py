"""Which fault strikes a passage: explicit faults first, then one named draw for all rates of a place.

A passage is (place, system, operation, subject, nth). Its draw is 64 bits; each rate of the place has 16 of
them to itself, so taking one kind out leaves the others where they were.
"""

from __future__ import annotations

from collections.abc import Callable

from contracts.ports import Clock

from ..chance import SeededChance
from ..presets import PLACES, Fault, FaultSet, Rate

Note = Callable[[str, str, str], None]
_FIELD = 65_536


class _Place:
    """Where faults may strike: its rates, and how often each subject has passed."""

    __slots__ = ("label", "passed", "rates", "stream")

    def __init__(self, label: str, rates: list[tuple[int, int, Rate]]) -> None:
        self.label = label
        self.stream = f"fault:{label}"
        self.rates = rates
        self.passed: dict[str, int] = {}


class FaultSchedule:
    """Answers `strike` until healed, and notes what took effect."""

    def __init__(self, faults: FaultSet, chance: SeededChance, clock: Clock, note: Note) -> None:
        self.rules, self.explicit, self.windows = faults.rules, faults.explicit, faults.windows
        self.chance = chance
        self.clock = clock
        self.note = note
        self.healed = True
        self.storm_start_ms = 0
        self._places: dict[tuple[str, str, str], _Place] = {}
        self._explicit = {(f.label, f.subject, f.nth): f for f in faults.explicit if f.subject}
        self.crashes = sorted(
            (f for f in faults.explicit if PLACES[f.kind][0] == "process"), key=lambda f: f.parameter
        )

    def begin(self, storm_start_ms: int) -> None:
        """Faults strike from now on."""
        self.healed = False
        self.storm_start_ms = storm_start_ms

    def strike(self, place: str, system: str, operation: str, subject: str) -> Fault | Rate | None:
        """The fault that strikes this passage, or None. Counts the passage in any case."""
        at = self._places.get((place, system, operation))
        if at is None:
            at = self._places[(place, system, operation)] = self._place(place, system, operation)
        nth = at.passed.get(subject, 0)
        at.passed[subject] = nth + 1
        if self.healed:
            return None
        if self._explicit and (fault := self._explicit.get((at.label, subject, nth))) is not None:
            return fault
        if not at.rates:
            return None
        bits = self.chance.bits64(at.stream, subject, nth)
        for shift, threshold, rate in at.rates:
            if (bits >> shift) & (_FIELD - 1) < threshold:
                return rate
        return None

    def outage(self, system: str) -> bool:
        """Whether the system is unreachable now."""
        if self.healed:
            return False
        at = self.clock.now_ms() - self.storm_start_ms
        return any(w.system in (system, "*") and w.from_ms <= at < w.to_ms for w in self.windows)

    def next_crash(self) -> Fault | None:
        """The crash that is due now, taken off the list."""
        if self.healed or not self.crashes:
            return None
        if self.clock.now_ms() - self.storm_start_ms < self.crashes[0].parameter:
            return None
        return self.crashes.pop(0)

    def _place(self, place: str, system: str, operation: str) -> _Place:
        found: list[tuple[int, int, Rate]] = []
        parts = (place, system, operation)
        for rate in self.rules:
            label = rate.label.split(":")
            if all(pattern in ("*", part) for pattern, part in zip(label, parts, strict=True)):
                if len(found) == 4:
                    raise ValueError(f"more than four rates strike {':'.join(parts)}")
                found.append((16 * len(found), rate.rate_bp * _FIELD // 10_000, rate))
        return _Place(":".join(parts), found)
