"""The plan: one value that is the whole run. Saving it is saving the reproduction.

Times are milliseconds, rates per second, shares in basis points (`_bp`, 10,000 = all). Only integers: a
plan means the same on every machine.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from .presets import PRESETS, Basis, Fault, FaultSet, Rate, Window
from .twins.config import TwinsConfig

Positive = Annotated[int, Meta(ge=1)]
Milliseconds = Annotated[int, Meta(ge=0, le=31 * 86_400_000)]


class StockPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """Opening stock in terms of what the run's orders will ask for, each SKU at one location.

    But for one in `spread_bp`, drawn: of it a tenth lies there, and the rest at `others`.
    A SKU gets `cover_bp` of its demand; one in `scarce_bp` of 10,000, drawn, gets `scarce_cover_bp` only.
    One in `reorder_bp`, drawn, is replenished: when less than `reorder_point_bp` of its opening stock is available
    it is bought, to come `reorder_lead_ms` later. With `late_deliveries` what orders wait for comes now and then by
    itself; without, only what was bought. So many `transfers` from `location` to the others are made in the storm, and
    so many `counts`, each of which finds a unit missing or too many.
    """

    location: str = "WH1"
    cover_bp: Annotated[int, Meta(ge=0, le=10_000_000)] = 30_000
    scarce_bp: Basis = 150
    scarce_cover_bp: Basis = 8_000
    reorder_bp: Basis = 150
    reorder_point_bp: Basis = 8_000
    reorder_lead_ms: Milliseconds = 20_000
    spread_bp: Basis = 100
    others: Annotated[tuple[str, ...], Meta(min_length=1)] = ("WH2", "WH3")
    late_deliveries: bool = True
    transfers: Annotated[int, Meta(ge=0, le=1_000)] = 4
    counts: Annotated[int, Meta(ge=0, le=1_000)] = 4


class LoadPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """What the clients do. Arrivals are open: no answer, late or missing, slows them.

    `storm_share_bp` of the orders arrive in the storm, `after_share_bp` after it, the rest in the calm before it.
    `duplicates_bp` of the orders are sent again with their own idempotency key, `same_order_other_key_bp` with
    another one, and `cancels_bp` are cancelled by the customer; `holds_bp` are held by the support desk for a while;
    of `returns_bp` of the completed ones something is sent back. `preorders_bp`, `wholesale_bp` and `presales_bp` of
    the web's come from channels that wait for what is not there, the last with a deposit. A client without an answer
    sends again after `retry_ms`, without jitter. `zipf_tenths` makes the built-in profile's demand fall with that
    power of a SKU's rank. `gift_cards_bp` are paid with gift cards, wholly or in part, `gift_cards_sold_bp` sell
    some; `euros_bp` of the web's are in euros. With `channel` every order comes through that one. `returns` are
    drawn, or those that the trace tells of. Of `troubled_bp` the money cannot be captured, or is let go of by its
    bank while the order is held: a person's work. For 10,000 orders stores sell `till_sales_bp` receipts.
    `pickups_bp` of the web's are collected in a store; for `quotes_bp` of them the price is asked for first.
    """

    source: Literal["profile", "trace"] = "profile"
    trace: str | None = None
    base_rate_per_s: Annotated[int, Meta(ge=1, le=10_000)] = 10
    multiplier: Annotated[int, Meta(ge=1, le=1_000)] = 8
    shape: Literal["step"] = "step"
    storm_share_bp: Basis = 8_000
    duplicates_bp: Basis = 300
    same_order_other_key_bp: Basis = 100
    cancels_bp: Basis = 200
    returns_bp: Basis = 1_580
    retry_ms: Annotated[int, Meta(ge=1, le=3_600_000)] = 1_000
    zipf_tenths: Annotated[int, Meta(ge=1, le=30)] | None = None
    stock: StockPlan = StockPlan()
    preorders_bp: Basis = 800
    wholesale_bp: Basis = 800
    holds_bp: Basis = 300
    gift_cards_bp: Basis = 300
    presales_bp: Basis = 800
    gift_cards_sold_bp: Basis = 300
    till_sales_bp: Basis = 200
    pickups_bp: Basis = 500
    euros_bp: Basis = 300
    channel: str | None = None
    shipping_minor: Annotated[int, Meta(ge=0)] = 495
    returns: Literal["drawn", "trace"] = "drawn"
    after_share_bp: Basis = 0
    troubled_bp: Basis = 150
    quotes_bp: Basis = 500


class FaultPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """A preset, and what comes on top of it."""

    preset: Literal["none", "standard", "storm"] = "none"
    rules: tuple[Rate, ...] = ()
    explicit: tuple[Fault, ...] = ()
    windows: tuple[Window, ...] = ()


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """Liveness: everything must have come to rest this long after the faults stopped (virtual time)."""

    settle_ms: Milliseconds = 7_200_000


class ServiceLevels(Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds on the 99th percentile in virtual milliseconds; None is not judged."""

    accept_p99_ms: Milliseconds | None = None
    effect_p99_ms: Milliseconds | None = None


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole run. `twins` is handed to the twins as it stands."""

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")] = "promotion"
    seed: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] = 1
    orders: Annotated[int, Meta(ge=1, le=1_000_000)] = 5_000
    load: LoadPlan = LoadPlan()
    faults: FaultPlan = FaultPlan()
    twins: dict[str, Any] = {}
    wire: Literal["fast", "strict"] = "fast"
    limits: Limits = Limits()
    slo: ServiceLevels = ServiceLevels()


def no_shares(kind: type[Struct], *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every share (`_bp`) of a kind of settings at nothing, those added later included; `but` some."""
    return {name: 0 for name in kind.__struct_fields__ if name.endswith("_bp") and name not in but}


PLANS: dict[str, Plan] = {
    "promotion": Plan(name="promotion", faults=FaultPlan(preset="standard")),
    "calm": Plan(name="calm", orders=1_000, load=LoadPlan(multiplier=1)),
    # The ERP is down for the whole of a two-hour promotion, and catches up afterwards beside the shop's ordinary
    # orders. Nobody else refuses anything; customers cancel and send back as ever.
    "erp-down": Plan(
        name="erp-down",
        orders=61_000,
        load=LoadPlan(
            base_rate_per_s=1,
            storm_share_bp=9_443,
            after_share_bp=508,
            # Every order is to be accepted: nothing is short, and nobody's card has too little on it.
            gift_cards_bp=0,
            troubled_bp=0,
            till_sales_bp=0,
            pickups_bp=0,
            euros_bp=0,
            quotes_bp=0,
            stock=StockPlan(scarce_bp=0),
        ),
        # Until the storm is over, however long it is: then everything heals.
        faults=FaultPlan(windows=(Window("outage", "erp", 0, 86_400_000),)),
        twins=no_shares(TwinsConfig),
    ),
    # A year of a real shop, end to end: every sale and what came back of it, nobody refuses anything, nothing fails,
    # what is not there is waited for and bought.
    "year": Plan(
        name="year",
        orders=1_000_000,
        load=LoadPlan(
            **no_shares(LoadPlan, but=("storm_share_bp",)),
            source="trace",
            base_rate_per_s=15,
            multiplier=1,
            channel="preorder",
            shipping_minor=0,
            returns="trace",
            stock=StockPlan(
                cover_bp=2_000,
                scarce_bp=0,
                reorder_bp=10_000,
                reorder_point_bp=5_000,
                reorder_lead_ms=5_000,
                spread_bp=0,
                late_deliveries=False,
                transfers=0,
                counts=0,
            ),
        ),
        twins=no_shares(TwinsConfig),
    ),
}


def effective_faults(faults: FaultPlan) -> FaultSet:
    """The preset's faults followed by the plan's own."""
    preset = PRESETS[faults.preset]
    return FaultSet(
        rules=preset.rules + faults.rules,
        explicit=preset.explicit + faults.explicit,
        windows=preset.windows + faults.windows,
    )


def plan_json(plan: Plan) -> bytes:
    """The plan as indented JSON with every field written out."""
    return msgspec.json.format(msgspec.json.encode(plan, order="deterministic"), indent=2) + b"\n"


def plan_hash(plan: Plan) -> str:
    """SHA-256, in hex, of the plan's canonical JSON: every field, keys of free objects sorted, no blanks."""
    return hashlib.sha256(msgspec.json.encode(plan, order="deterministic")).hexdigest()
