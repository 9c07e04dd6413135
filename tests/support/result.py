"""A made-up result of a run, the size and shape of a real one, for the tests of reports."""

from contracts.ports import SYSTEMS
from sim.chance import SeededChance
from sim.reports.result import (
    FaultMark,
    InFlight,
    InvariantResult,
    Latency,
    LevelResult,
    LoadFigures,
    OrderCounts,
    Percentiles,
    PhaseSpan,
    RunResult,
    Series,
    Violation,
)

CALM_S, STORM_S, END_S = 100, 50, 330
KINDS = {
    "timeout_before": "connector:payments:authorizations",
    "timeout_after": "connector:erp:sales_orders",
    "error_5xx": "connector:tax:quotes",
    "throttle_429": "connector:warehouse:shipping_orders",
    "duplicate_delivery": "channel:orders:facts",
    "drop": "channel:inventory:commands",
    "delay": "channel:finance:facts",
    "reorder": "channel:orders:facts",
}

BROKEN = InvariantResult(
    "A8",
    held=False,
    checked=4_012,
    at_risk=61,
    title="nobody is charged twice",
    first_violation=Violation(
        "captured 40.50 GBP where 20.25 GBP were invoiced <twice>",
        subject="ord_abcdefghijklmnopqrstuvwxyz",
        at_ms=131_250,
        timeline=("2:10 order.received", "2:10 payments.capture sent", "2:11 payments.capture sent again"),
    ),
)

INVARIANTS = tuple(
    InvariantResult(id_, held=True, checked=checked, at_risk=at_risk, title=title, why_not=why)
    for id_, title, checked, at_risk, why in (
        ("A1", "every received order reaches exactly one end", 5_000, 5_000, ""),
        ("A2", "an order is received once, however often it is sent", 5_000, 231, ""),
        ("A4", "stock never falls below nothing", 133_512, 1_904, ""),
        ("A5", "what is reserved is shipped or given back", 4_801, 312, ""),
        ("A8", "nobody is charged twice", 4_612, 187, ""),
        ("A9", "the ERP has each accepted order once", 4_612, 96, ""),
        ("A17", "a capture follows its dispatch", 4_550, 0, "no plan dispatches in parts yet"),
        ("Q1", "the ledger balances in every turn", 13_700, 13_700, ""),
        ("Q11", "folding the journal again gives the same state", 6, 6, ""),
    )
)


def _series(chance):
    arrivals, completions, in_flight, effect = [], [], [], []
    backlog: dict[str, list[int]] = {system: [] for system in SYSTEMS}
    flying = waiting = 0
    for second in range(END_S):
        rate = 10 if second < CALM_S else 80 if second < CALM_S + STORM_S else 0
        come = rate * (60 + chance.below(80, "arrivals", "", second)) // 100
        able = 0 if 120 <= second < 135 else 20
        go = min(flying, able, 10 + second % 3 if second < CALM_S else 20)
        flying += come - go
        waiting = max(0, flying - 15)
        arrivals.append(come)
        completions.append(go)
        in_flight.append(flying)
        for system in SYSTEMS:
            backlog[system].append(waiting if system == "erp" else 0)
        down, back = second - 110, second - 118
        outage = down * 70 if 0 <= down < 8 else max(0, 560 - back * 90) if 0 <= back < 7 else 0
        backlog["payments"][-1] = outage
        effect.append(2_400 + flying * 45 if go else None)
    marks = [
        FaultMark(at, kind, place)
        for kind, place in KINDS.items()
        for at in sorted(chance.below(END_S * 800, kind, "", n) for n in range(180))
    ]
    marks += [FaultMark(at, "crash_before_commit", "process:commit") for at in (40_000, 106_000, 139_000)]
    marks += [FaultMark(at, "crash_after_commit", "process:commit") for at in (70_000, 114_000, 146_000)]
    marks += [FaultMark(110_000 + n * 100, "outage", "window:payments") for n in range(80)]
    return Series(
        t_ms=tuple(range(0, END_S * 1000, 1000)),
        arrivals=tuple(arrivals),
        completions=tuple(completions),
        in_flight=tuple(in_flight),
        backlog={system: tuple(sizes) for system, sizes in backlog.items()},
        accept_p50=tuple(620 + n // 6 if come else None for n, come in zip(in_flight, arrivals, strict=True)),
        accept_p95=tuple(1_900 + n * 2 if come else None for n, come in zip(in_flight, arrivals, strict=True)),
        effect_p50=tuple(effect),
        effect_p95=tuple(value and value * 2 for value in effect),
        faults=tuple(sorted(marks, key=lambda mark: mark.at_ms)),
    )  # fmt: skip


def made_up_result(verdict="held", invariants=INVARIANTS):
    """A result; the same one each time."""
    series = _series(SeededChance(1))
    counts = {
        kind: sum(mark.kind == kind for mark in series.faults)
        for kind in sorted({m.kind for m in series.faults})
    }
    places: dict[str, dict[str, int]] = {}
    for mark in series.faults:
        place = places.setdefault(mark.place.rpartition(":")[0], {})
        place[mark.kind] = place.get(mark.kind, 0) + 1
    return RunResult(
        seed=7,
        plan_hash="5f0c" * 16,
        journal_sha256="9a1b" * 16,
        virtual_s=float(END_S),
        wall_s=31.4,
        turns=141_120,
        turns_per_wall_s=4_494,
        orders=OrderCounts(5_000, 5_000, 4_612, 231, 4_550, 140, 79),
        load=LoadFigures(10, 80, 20432.8, "trace", 4_000, 137_840, 132_719,
                         {"cancellation": 2_450, "exact_duplicate_row": 1_254}, {"no_customer": 464}),
        in_flight=InFlight(p95=max(series.in_flight) * 9 // 10, max=max(series.in_flight)),
        backlog_max={system: max(sizes) for system, sizes in series.backlog.items()},
        faults=counts,
        invariants=invariants,
        latency_ms=Latency(Percentiles(640, 4_300, 9_100), Percentiles(61_000, 143_000, 171_000)),
        verdict=verdict,
        replay="tidegate simulate --trace online_retail.csv.xz --orders 5000 --faults standard --seed 7",
        kpis={"duplicate_requests_answered_alike": 231, "turns_per_order": 28.2},
        stressed=("erp", "payments"),
        slo=(LevelResult("accept p99", 10_000, 9_100, True),),
        phases=tuple(
            PhaseSpan(name, low * 1000, high * 1000)
            for name, low, high in (("calm", 0, CALM_S), ("storm", CALM_S, 150), ("settle", 150, END_S))
        ),
        fault_places=places,
        faults_never=("channel:catalog:* reorder",),
        series=series,
    )  # fmt: skip
