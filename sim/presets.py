"""Faults as data: a rate, an explicit fault, a window; and the presets that plans name.

A label is `place:system:operation`, each part a word or `*`: `connector:payments:captures`, `connector:*:*`,
`channel:*:*`; the process has one place, `process:commit`.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

Kind = Literal[
    "timeout_before",
    "timeout_after",
    "error_5xx",
    "throttle_429",
    "duplicate_delivery",
    "drop",
    "delay",
    "reorder",
    "crash_before_commit",
    "crash_after_commit",
    "outage",
]
KINDS: tuple[str, ...] = get_args(Kind)

# Which place a kind of fault can strike, and what its parameter means.
PLACES: dict[str, tuple[str, str]] = {
    "timeout_before": ("connector", "unused: the caller's own deadline ends the wait"),
    "timeout_after": ("connector", "unused: the caller's own deadline ends the wait"),
    "error_5xx": ("connector", "the status, 0 for 503"),
    "throttle_429": ("connector", "Retry-After in ms"),
    "duplicate_delivery": ("channel", "unused"),
    "drop": ("channel", "unused"),
    "delay": ("channel", "longest delay in ms"),
    "reorder": ("channel", "how long a wake-up is held back behind later ones, in ms"),
    "crash_before_commit": ("process", "when, in ms from the start of the storm"),
    "crash_after_commit": ("process", "when, in ms from the start of the storm"),
    "outage": ("window", "unused"),
}

Basis = Annotated[int, Meta(ge=0, le=10_000)]


class Rate(Struct, frozen=True, forbid_unknown_fields=True):
    """A fault in `rate_bp` of 10,000 draws, one draw for each (label, subject, nth)."""

    kind: Kind
    label: str
    rate_bp: Basis
    parameter: int = 0


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """One fault at one place: the `nth` (from 0) passage of `subject` at `label`.

    A crash has no subject: its parameter is the time in ms from the start of the storm, negative for the
    calm before it; a time before the run begins never comes.
    """

    kind: Kind
    label: str
    subject: str = ""
    nth: Annotated[int, Meta(ge=0)] = 0
    parameter: int = 0


class Window(Struct, frozen=True, forbid_unknown_fields=True):
    """A system is struck from `from_ms` to before `to_ms`, in ms from the start of the storm."""

    kind: Literal["outage"]
    system: str
    from_ms: int
    to_ms: int
    parameter: int = 0


class FaultSet(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that may go wrong in a run."""

    rules: tuple[Rate, ...] = ()
    explicit: tuple[Fault, ...] = ()
    windows: tuple[Window, ...] = ()


def _rates(call_bp: int, channel_bp: int, retry_after_ms: int, delay_ms: int) -> tuple[Rate, ...]:
    calls, channels = "connector:*:*", "channel:*:*"
    return (
        Rate("timeout_before", calls, call_bp),
        Rate("timeout_after", calls, call_bp),
        Rate("error_5xx", calls, call_bp, 503),
        Rate("throttle_429", calls, call_bp, retry_after_ms),
        Rate("duplicate_delivery", channels, channel_bp),
        Rate("drop", channels, channel_bp),
        Rate("delay", channels, channel_bp, delay_ms),
        Rate("reorder", channels, channel_bp, delay_ms),
    )


def _crashes(kind: Literal["crash_before_commit", "crash_after_commit"], *at_ms: int) -> tuple[Fault, ...]:
    return tuple(Fault(kind, "process:commit", parameter=at) for at in at_ms)


# A run of 5,000 orders at 10/s and 8x has 100 s of calm and 50 s of storm: the times below lie in both.
PRESETS: dict[str, FaultSet] = {
    "none": FaultSet(),
    "standard": FaultSet(
        rules=_rates(call_bp=120, channel_bp=100, retry_after_ms=1_000, delay_ms=500),
        explicit=_crashes("crash_before_commit", -60_000, 6_000, 39_000)
        + _crashes("crash_after_commit", -30_000, 14_000, 46_000),
        windows=(Window("outage", "payments", 10_000, 18_000), Window("outage", "erp", 20_000, 35_000)),
    ),
    "storm": FaultSet(
        rules=_rates(call_bp=400, channel_bp=400, retry_after_ms=2_000, delay_ms=2_000),
        explicit=_crashes("crash_before_commit", -60_000, 2_000, 12_000, 25_000, 39_000)
        + _crashes("crash_after_commit", -30_000, 7_000, 16_000, 31_000, 46_000),
        windows=(
            Window("outage", "payments", 8_000, 20_000),
            Window("outage", "fraud", 15_000, 25_000),
            Window("outage", "tax", 22_000, 30_000),
            Window("outage", "erp", 10_000, 60_000),
            Window("outage", "warehouse", 35_000, 50_000),
        ),
    ),
}
