"""Small plans that are dangerous: everything a promotion meets, in 150 orders."""

from __future__ import annotations

from sim.plan import FaultPlan, LoadPlan, Plan, StockPlan
from sim.presets import Fault, Rate, Window

CALLS, CHANNELS = "connector:*:*", "channel:*:*"


def dangerous(seed: int, orders: int = 150) -> Plan:
    """45 orders in the calm, the rest in a storm of 1.3 s; stock is tight, crashes fall among the arrivals."""
    crashes = [("crash_before_commit", at) for at in (-1_500, 250, 700, 1_050)]
    crashes += [("crash_after_commit", at) for at in (-700, 480, 1_200)]
    return Plan(
        name="dangerous",
        seed=seed,
        orders=orders,
        load=LoadPlan(
            storm_share_bp=7_000,
            duplicates_bp=1_000,
            same_order_other_key_bp=800,
            cancels_bp=2_000,
            returns_bp=4_000,
            stock=StockPlan(scarce_bp=4_000, scarce_cover_bp=6_000),
        ),
        faults=FaultPlan(
            rules=(
                Rate("timeout_before", CALLS, 200),
                Rate("timeout_after", CALLS, 300),
                Rate("error_5xx", CALLS, 200, 503),
                Rate("throttle_429", CALLS, 200, 1_000),
                Rate("duplicate_delivery", CHANNELS, 300),
                Rate("drop", CHANNELS, 200),
                Rate("delay", CHANNELS, 200, 500),
                Rate("reorder", CHANNELS, 200, 500),
            ),
            explicit=tuple(Fault(kind, "process:commit", parameter=at) for kind, at in crashes),  # type: ignore[arg-type]
            windows=(Window("outage", "payments", 300, 900), Window("outage", "erp", 600, 1_300)),
        ),
    )


def broad(seed: int, orders: int = 60) -> Plan:
    """Few orders, and something of everything: stores, deposits, euros, others' goods, subscribers that lose rows."""
    return Plan(
        name="broad",
        seed=seed,
        orders=orders,
        load=LoadPlan(
            storm_share_bp=5_000,
            cancels_bp=2_500,
            returns_bp=5_000,
            presales_bp=3_000,
            till_sales_bp=3_000,
            euros_bp=4_000,
            stock=StockPlan(scarce_bp=4_000, scarce_cover_bp=6_000),
        ),
        faults=FaultPlan(
            rules=(
                Rate("timeout_before", CALLS, 300),
                Rate("timeout_after", CALLS, 300),
                Rate("error_5xx", CALLS, 300, 503),
                Rate("delay", CHANNELS, 200, 500),
            ),
        ),
        twins={"mirror_loses_bp": 300},
    )
