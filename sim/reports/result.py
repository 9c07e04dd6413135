"""The outcome of a run, in the shape of its `--json`. Additions are fine; what stands here is relied upon.

Instants are virtual milliseconds since the run began, durations say their unit, counts are plain.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

Verdict = Literal["held", "broken", "stalled", "slow"]

# What the command line exits with.
EXIT_CODES: dict[str, int] = {"held": 0, "broken": 1, "stalled": 3, "slow": 4}


class OrderCounts(Struct, frozen=True):
    """Orders by where they got to. `submitted` counts distinct orders, not requests."""

    submitted: int = 0
    received: int = 0
    accepted: int = 0
    rejected: int = 0
    completed: int = 0
    cancelled: int = 0
    excepted: int = 0


class PurchaseCounts(Struct, frozen=True):
    """Purchase orders by where they got to, and the documents that came for them."""

    suggested: int = 0
    issued: int = 0
    acknowledged: int = 0
    ship_notices: int = 0
    receipts: int = 0
    invoices: int = 0
    invoices_matched: int = 0
    closed: int = 0
    cancelled: int = 0
    excepted: int = 0


class LoadFigures(Struct, frozen=True):
    """The rates that the clients kept. `trace_kinds`: rows that are no sale; `trace_notes`: kept, but noted."""

    base_per_s: int
    storm_per_s: int
    time_compression: float
    source: str = "profile"
    orders_in_storm: int = 0
    trace_rows: int = 0
    trace_lines: int = 0
    trace_kinds: dict[str, int] = {}
    trace_notes: dict[str, int] = {}


class InFlight(Struct, frozen=True):
    """Orders received and not yet at rest, over the run's seconds."""

    p95: int
    max: int


class Violation(Struct, frozen=True):
    """The first time an invariant broke: what was seen, of which subject, and the subject's timeline."""

    message: str
    subject: str = ""
    at_ms: int | None = None
    timeline: tuple[str, ...] = ()


class InvariantResult(Struct, frozen=True):
    """How often an invariant was checked, and in how many of those it could have broken.

    With `at_risk` 0 nothing was shown; `why_not` says why it could not be otherwise, if that is so.
    """

    id: str
    held: bool
    checked: int
    at_risk: int
    first_violation: Violation | None = None
    title: str = ""
    why_not: str = ""

    @property
    def state(self) -> Literal["held", "broken", "not exercised"]:
        """The one word that a reader needs."""
        if not self.held:
            return "broken"
        return "held" if self.at_risk > 0 else "not exercised"


class Percentiles(Struct, frozen=True):
    """Virtual milliseconds; None where nothing was measured."""

    p50: int | None = None
    p95: int | None = None
    p99: int | None = None


class Latency(Struct, frozen=True):
    """Timed from the intended arrival: `accept` to the promise, `effect` to completion."""

    accept: Percentiles = Percentiles()
    effect: Percentiles = Percentiles()


class LevelResult(Struct, frozen=True):
    """A service level: its limit and what was measured, in virtual milliseconds."""

    name: str
    limit_ms: int
    measured_ms: int | None
    held: bool


class PhaseSpan(Struct, frozen=True):
    """A phase of the run and when it was."""

    name: str
    from_ms: int
    to_ms: int


class FaultMark(Struct, frozen=True):
    """A fault that took effect."""

    at_ms: int
    kind: str
    place: str


class Series(Struct, frozen=True):
    """One entry per virtual second. `t_ms` is the second's beginning; None where nothing was measured."""

    t_ms: tuple[int, ...] = ()
    arrivals: tuple[int, ...] = ()
    completions: tuple[int, ...] = ()
    in_flight: tuple[int, ...] = ()
    backlog: dict[str, tuple[int, ...]] = {}
    accept_p50: tuple[int | None, ...] = ()
    accept_p95: tuple[int | None, ...] = ()
    effect_p50: tuple[int | None, ...] = ()
    effect_p95: tuple[int | None, ...] = ()
    faults: tuple[FaultMark, ...] = ()


class RevenueFigures(Struct, frozen=True):
    """A trace's totals and the ledger's, in minor units, tax included; `excluded` by kind as decimal text.

    `revenue_minor` is net of discounts; `tax_minor` what is owed of both, sales and returns.
    """

    sold_minor: int
    returned_minor: int
    excluded: dict[str, str]
    revenue_minor: int
    sales_returns_minor: int
    tax_minor: int
    trial_balance_minor: int

    @property
    def difference_minor(self) -> int:
        """What the ledger has more than the trace."""
        ledger = self.revenue_minor - self.sales_returns_minor + self.tax_minor
        return ledger - (self.sold_minor - self.returned_minor)


class DrainForecast(Struct, frozen=True):
    """What the system said of a backlog: rates a second over the last minute, and how long it will take.

    `drained_in_s` is None where more comes than may go.
    """

    at_ms: int
    system: str
    waiting: int
    arriving_per_s: float
    leaving_per_s: float
    drained_in_s: float | None


class DrainFigures(Struct, frozen=True):
    """A backlog that the storm left: from `from_ms` on, what was forecast then, and how long it took."""

    system: str
    from_ms: int
    waiting: int
    arriving_per_s: float
    leaving_per_s: float
    forecast_s: float
    took_s: float


class MemoryLook(Struct, frozen=True):
    """Bytes held by the system, by part, and by the world around it, which keeps everything to judge it by.

    `resident` is the whole process, the interpreter included.
    """

    at_ms: int
    phase: str
    resident: int
    system: dict[str, int]
    outside: dict[str, int]

    @property
    def held(self) -> int:
        """By the system in all."""
        return sum(self.system.values())


class RunResult(Struct, frozen=True):
    """Everything there is to say about a run.

    `faults` counts what took effect by kind, `fault_places` the same by place and kind, and `faults_never`
    names reachable cells that no fault struck. `stressed` names the systems whose capacity the storm
    exceeded. `business` counts what came back and went back. `because` is the reason for the verdict in one sentence.
    """

    seed: int
    plan_hash: str
    journal_sha256: str
    virtual_s: float
    wall_s: float
    turns: int
    turns_per_wall_s: int
    orders: OrderCounts
    load: LoadFigures
    in_flight: InFlight
    backlog_max: dict[str, int]
    faults: dict[str, int]
    invariants: tuple[InvariantResult, ...]
    latency_ms: Latency
    verdict: Verdict
    replay: str
    kpis: dict[str, Any] = {}
    name: str = "promotion"
    because: str = ""
    stressed: tuple[str, ...] = ()
    slo: tuple[LevelResult, ...] = ()
    phases: tuple[PhaseSpan, ...] = ()
    fault_places: dict[str, dict[str, int]] = {}
    faults_never: tuple[str, ...] = ()
    series: Series = Series()
    business: dict[str, int] = {}
    purchases: PurchaseCounts = PurchaseCounts()
    revenue: RevenueFigures | None = None
    forecasts: tuple[DrainForecast, ...] = ()
    drains: tuple[DrainFigures, ...] = ()
    memory: tuple[MemoryLook, ...] = ()


class Progress(Struct, frozen=True):
    """A look at a run under way. `virtual_ms` since it began; counts so far; the backlog now."""

    virtual_ms: int
    phase: str
    planned: int
    received: int = 0
    accepted: int = 0
    completed: int = 0
    closed: int = 0
    in_flight: int = 0
    backlog: dict[str, int] = {}
    faults: dict[str, int] = {}
    turns: int = 0


def verdict_line(result: RunResult) -> str:
    """The run in one line: the verdict, why, and whether the storm was one."""
    states = [invariant.state for invariant in result.invariants]
    said = f"{states.count('held')} of {len(states)} invariants held"
    if states.count("broken"):
        broken = ", ".join(one.id for one in result.invariants if one.state == "broken")
        said = f"{broken} broken; {said}"
    if states.count("not exercised"):
        said += f", {states.count('not exercised')} not exercised"
    parts = [result.because or said]
    if result.because:
        parts.append(said)
    parts.append(f"stressed: {', '.join(result.stressed)}" if result.stressed else "not stressed")
    return f"{result.verdict}: " + "; ".join(parts)
