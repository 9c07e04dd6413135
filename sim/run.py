"""One run: a plan in, a result out. Wall time is handed in by whoever has a clock."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass

from actors.journal.digest import journal_sha256
from actors.runtime.fold import rebuilt
from actors.system import System, all_actors
from contracts.ids import order_id_of
from contracts.ports import SYSTEMS, Journal
from contracts.stock import BUCKETS
from contracts.turn import DEFAULT_TENANT

from .invariants.evidence import Evidence, Submitted
from .invariants.judge import judge
from .invariants.told import order_timeline
from .load.arrivals import phases
from .load.build import build_load
from .load.orders import CURRENCY, KNOWN_OF_PEOPLE
from .load.planned import PlannedLoad
from .plan import Plan, plan_hash
from .presets import KINDS, PLACES
from .reports.result import (
    InvariantResult,
    LevelResult,
    LoadFigures,
    PurchaseCounts,
    RevenueFigures,
    RunResult,
    Verdict,
    Violation,
)
from .revenue import revenue_figures
from .stage import BOOK, MakeSystem, Show, Stage
from .timeline import Timeline, run_virtual

SETUP_MS = 5_000
# 2026-05-31T23:00:00Z: May is over where the seller is, so long after every storm's beginning. The standard faults have
# the payment provider away then: what was shipped is owed for.
MONTH_END_MS = 1_780_268_400_000
MONTH_ENDS_AFTER_MS = 14_000
TIMELINE_LINES = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: its result, and the stage as it was left, for whoever wants to look closer."""

    result: RunResult
    stage: Stage


def run_plan(
    plan: Plan,
    *,
    show: Show = lambda _: None,
    now_s: Callable[[], float] = lambda: 0.0,
    replay: str = "",
    make_system: MakeSystem = System,
    journal: Journal | None = None,
) -> Outcome:
    """Run a plan in virtual time. Raises TraceError for a trace that cannot be read.

    With a `journal` turns are kept there, and the result says what was held in memory meanwhile; it is for the
    caller to close. Without, they are kept in memory.
    """
    began = now_s()
    start_ms = start_ms_of(plan)
    load = build_load(plan, start_ms + SETUP_MS)

    async def main(timeline: Timeline) -> Stage:
        stage = Stage(plan, load, timeline, show, make_system, journal)
        await stage.run()
        return stage

    collecting = gc.isenabled()
    gc.disable()
    try:
        # Turns are acyclic and stay: collecting them again and again costs a third of the run.
        stage = run_virtual(main, seed=plan.seed, start_ms=start_ms)
    finally:
        if collecting:
            gc.enable()
    return Outcome(_result(plan, load, stage, began, now_s, replay), stage)


def start_ms_of(plan: Plan) -> int:
    """When a run begins, to the second."""
    load = plan.load
    when = phases(
        plan.orders, load.base_rate_per_s, load.multiplier, load.storm_share_bp, SETUP_MS, load.after_share_bp
    )
    return (MONTH_END_MS - when.storm_start_ms - MONTH_ENDS_AFTER_MS) // 1000 * 1000


def evidence_of(stage: Stage) -> Evidence:
    """What the judge is shown."""
    system = stage.system
    journal = stage.inner_journal
    if system is not None:
        stage.bounds.note(system)
    return Evidence(
        groups=journal.read,
        commits=stage.history.commits,
        answers=stage.history.answers,
        faults=stage.history.faults,
        submitted=[
            Submitted(
                order_id_of(DEFAULT_TENANT, p.order.channel, p.order.channel_order_id),
                p.order.channel,
                p.order.channel_order_id,
                p.at_ms,
            )
            for p in stage.load.orders
        ],
        books=stage.books,
        live_digest=system.engine.fold.digest() if system is not None else "no system",
        rebuilt_digest=rebuilt(all_actors(), journal.read()).digest(),
        levels=levels_of(system) if system is not None else None,
        ended_at_ms=stage.phases[-1].to_ms + stage.start_ms,
        converged=stage.converged,
        known_of_people=KNOWN_OF_PEOPLE,
        bounds=stage.bounds.told(stage.twins),
        seals=stage.vault.refs(),
    )


def levels_of(system: System) -> dict[tuple[str, str], dict[str, int]]:
    """The pool's own levels: (location, SKU) to units by bucket."""
    pool = system.look("inventory", "default")
    positions = pool.positions if pool is not None else {}
    return {
        (location, sku): {bucket: getattr(position, bucket) for bucket in BUCKETS}
        for sku, places in positions.items()
        for location, position in places.items()
    }


def _result(
    plan: Plan, load: PlannedLoad, stage: Stage, began: float, now_s: Callable[[], float], replay: str
) -> RunResult:
    evidence = evidence_of(stage)
    invariants = _judged(evidence, stage)
    seen = stage.observer
    levels = _levels(plan, stage)
    revenue = _revenue(plan, load, stage)
    verdict, because = _verdict(invariants, stage, levels, revenue)
    wall = now_s() - began
    virtual_ms = stage.phases[-1].to_ms
    return RunResult(
        seed=plan.seed,
        plan_hash=plan_hash(plan),
        journal_sha256=journal_sha256(stage.inner_journal),
        virtual_s=virtual_ms / 1000,
        wall_s=round(wall, 3),
        turns=seen.turns,
        turns_per_wall_s=int(seen.turns / wall) if wall > 0 else 0,
        orders=seen.orders(len(load.orders)),
        load=_load_figures(plan, load),
        in_flight=seen.in_flight_figures(),
        backlog_max=dict(sorted(seen.backlog_max.items())),
        faults=dict(sorted(seen.faults.items())),
        invariants=invariants,
        latency_ms=seen.latency(),
        verdict=verdict,
        replay=replay,
        kpis=_kpis(stage),
        name=plan.name,
        because=because,
        stressed=_stressed(stage),
        slo=levels,
        phases=tuple(stage.phases),
        fault_places={place: dict(sorted(kinds.items())) for place, kinds in sorted(seen.places.items())},
        faults_never=_never(stage),
        series=seen.series(),
        business=dict(seen.business),
        purchases=PurchaseCounts(**seen.bought),
        revenue=revenue,
        forecasts=tuple(stage.looks.forecasts),
        drains=tuple(stage.looks.drains),
        memory=tuple(stage.looks.memory),
    )


def _judged(evidence: Evidence, stage: Stage) -> tuple[InvariantResult, ...]:
    told = []
    for one in judge(evidence):
        violation = None
        if one.first_violation is not None:
            lines = order_timeline(evidence, one.order_id)[-TIMELINE_LINES:] if one.order_id else []
            violation = Violation(one.first_violation, one.order_id or "", None, tuple(lines))
        told.append(
            InvariantResult(
                one.id, one.held, one.checked, one.at_risk, violation, one.title, one.why_no_risk or ""
            )
        )
    return tuple(told)


def _revenue(plan: Plan, load: PlannedLoad, stage: Stage) -> RevenueFigures | None:
    """The ledger against the trace, where everything that the trace tells was played."""
    if plan.load.returns != "trace" or load.trace is None or stage.system is None:
        return None
    return revenue_figures(load.trace, stage.system.trial_balance, BOOK, CURRENCY)


def _verdict(
    invariants: tuple[InvariantResult, ...],
    stage: Stage,
    levels: tuple[LevelResult, ...],
    revenue: RevenueFigures | None,
) -> tuple[Verdict, str]:
    if any(not one.held for one in invariants):
        return "broken", ""
    if revenue is not None and stage.converged:
        if revenue.difference_minor or revenue.trial_balance_minor:
            wrong = revenue.difference_minor or revenue.trial_balance_minor
            return "broken", f"the ledger differs from the trace by {wrong} {CURRENCY} (minor units)"
        if stage.senders.refused:
            return "broken", f"{stage.senders.refused} returns of the trace were refused"
    if not stage.converged:
        seen = stage.observer
        waiting = f"{seen.in_flight} orders and {seen.purchases_open} purchase orders"
        return "stalled", f"{waiting} not at rest within the settle bound"
    unchecked = [one.id for one in invariants if one.checked == 0]
    if unchecked:
        return "broken", f"never checked: {', '.join(unchecked)}"
    missed = [level.name for level in levels if not level.held]
    return ("slow", f"missed: {', '.join(missed)}") if missed else ("held", "")


def _levels(plan: Plan, stage: Stage) -> tuple[LevelResult, ...]:
    latency = stage.observer.latency()
    wanted = (
        ("accept p99", plan.slo.accept_p99_ms, latency.accept.p99),
        ("effect p99", plan.slo.effect_p99_ms, latency.effect.p99),
    )
    return tuple(
        LevelResult(name, limit, measured, measured is not None and measured <= limit)
        for name, limit, measured in wanted
        if limit is not None
    )


def _load_figures(plan: Plan, load: PlannedLoad) -> LoadFigures:
    trace = load.trace
    return LoadFigures(
        load.base_per_s,
        load.storm_per_s,
        round(load.time_compression, 3),
        plan.load.source,
        sum(load.storm_start_ms <= one.at_ms for one in load.orders),
        trace.rows if trace else 0,
        trace.lines if trace else 0,
        trace.kinds if trace else {},
        trace.notes if trace else {},
    )


def _stressed(stage: Stage) -> tuple[str, ...]:
    """Systems whose backlog grew past what they take in two seconds."""
    depths = stage.observer.backlog_max
    return tuple(s for s, limits in SYSTEMS.items() if depths.get(s, 0) > 2 * limits.rate_per_s)


def _never(stage: Stage) -> tuple[str, ...]:
    """Kinds of fault that the plan names and nothing was struck by."""
    faults = stage.schedule
    named = {rate.kind for rate in faults.rules} | {fault.kind for fault in faults.explicit}
    named |= {window.kind for window in faults.windows}
    return tuple(k for k in KINDS if k in named and k in PLACES and k not in stage.observer.faults)


def _kpis(stage: Stage) -> dict[str, int]:
    system = stage.system
    figures = {"restarts": stage.restarts, "lost_turns": stage.journal.lost_turns}
    if system is not None:
        figures["duplicate_records"] = sum(feed.counts["repeated"] for feed in system.feeds)
    figures["exceptions_resolved"] = stage.operators.resolved
    refused = sum(1 for answer in stage.history.answers if answer.status == 409)
    return {**figures, "answers": len(stage.history.answers), "refused_409": refused}
