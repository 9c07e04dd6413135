"""What a backlog cost: how long it took against what was forecast, and what was held in memory meanwhile; as rows."""

from __future__ import annotations

from .result import RunResult
from .words import clock, count

_MIB = 1 << 20


def drain_rows(result: RunResult) -> list[tuple[str, str]]:
    """Of each backlog that the storm left: (what, how much)."""
    rows: list[tuple[str, str]] = []
    for one in result.drains:
        rows += [
            (f"{one.system}: waited at {clock(one.from_ms)}", count(one.waiting)),
            (f"{one.system}: arriving, leaving", f"{one.arriving_per_s:.1f}/s, {one.leaving_per_s:.1f}/s"),
            (f"{one.system}: forecast", clock(int(one.forecast_s * 1000))),
            (f"{one.system}: took", clock(int(one.took_s * 1000))),
        ]
    return rows


def memory_rows(result: RunResult) -> list[tuple[str, str, str, str]]:
    """Of each look: (when, resident, held by the system, held by the world around it), in MiB."""
    return [
        (
            f"{look.phase} {clock(look.at_ms)}",
            count(look.resident // _MIB),
            f"{look.held / _MIB:.1f}",
            count(sum(look.outside.values()) // _MIB) if look.outside else "",
        )
        for look in result.memory
    ]
