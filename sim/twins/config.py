"""How the twins behave, as one value: JSON both ways."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

Natural = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]


class SystemConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One system's pace: latency per call in ms, calls at once, requests per second and how many at once.

    Raises ValueError for a latency range upside down.
    """

    latency_min_ms: Natural
    latency_max_ms: Natural
    concurrency: Positive
    quota_per_s: Positive
    burst: Positive

    def __post_init__(self) -> None:
        if self.latency_min_ms > self.latency_max_ms:
            raise ValueError("latency_min_ms is above latency_max_ms")


class TwinsConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All systems. Shares are basis points of orders, drawn from a hash of (seed, order); a
    supplier's are of purchase orders.

    Of shipping orders, `short_bp` lack some units, `partial_bp` leave in two shipments; of confirmations,
    `repeat_bp` are told twice and `late_bp` are told `late_ms` after the goods have left.
    Of assessments `review_bp` want a person, whose decision comes between `review_min_ms` and `review_max_ms` later and
    is a refusal for `review_reject_bp`; at 0 ms nobody there decides.
    Of parcels `scan_bp` are scanned on their way and `lost_bp` are lost, half of which turn up again; a parcel takes
    between `travel_min_ms` and `travel_max_ms`.
    An authorization holds for `hold_ms`, one of `tok_short` for `short_hold_ms`; the first of `tok_lapses` is promised
    for `hold_ms` and let go of by its bank after `lapse_ms`.
    Of rows that a subscriber is told, `mirror_loses_bp` are lost there after it has said that it has them.
    `silence_ms`: how long a caller of `tok_timeout` would wait for the answer that never comes.
    Of till files `till_late_bp` are uploaded `till_late_ms` later than `till_upload_ms` after the closing.
    Pending refunds (of which `refund_fail_bp` of all refunds fail) and disputes go on between `later_min_ms` and
    `later_max_ms` after the last step. Raises ValueError for a range upside down.
    """

    payments: SystemConfig
    fraud: SystemConfig
    tax: SystemConfig
    erp: SystemConfig
    warehouse: SystemConfig
    suppliers: SystemConfig
    channels: SystemConfig
    crm: SystemConfig
    planning: SystemConfig
    bi: SystemConfig
    mail: SystemConfig
    tills: SystemConfig
    seed: int = 1
    decline_bp: BasisPoints = 0
    hold_ms: Positive = 7 * 86_400_000
    short_hold_ms: Positive = 120_000
    lapse_ms: Positive = 15_000
    deny_bp: BasisPoints = 0
    review_bp: BasisPoints = 0
    review_reject_bp: BasisPoints = 0
    review_min_ms: Natural = 0
    review_max_ms: Natural = 0
    erp_reject_bp: BasisPoints = 0
    erp_blocked_items: tuple[str, ...] = ("T-ERP-REJECT",)
    warehouse_unknown_items: tuple[str, ...] = ("T-UNKNOWN",)
    warehouse_missing_items: tuple[str, ...] = ("T-SHORT",)
    warehouse_later_items: tuple[str, ...] = ("T-LATER",)
    short_bp: BasisPoints = 0
    partial_bp: BasisPoints = 0
    repeat_bp: BasisPoints = 0
    late_bp: BasisPoints = 0
    late_ms: Natural = 30_000
    carrier_lost_items: tuple[str, ...] = ("T-LOST",)
    scan_bp: BasisPoints = 0
    lost_bp: BasisPoints = 0
    travel_min_ms: Positive = 1_000
    travel_max_ms: Positive = 5_000
    pick_min_ms: Positive = 2_000
    pick_max_ms: Positive = 10_000
    silence_ms: Natural = 30_000
    refund_pending_bp: BasisPoints = 0
    refund_fail_bp: BasisPoints = 0
    dispute_bp: BasisPoints = 0
    event_twice_bp: BasisPoints = 0
    later_min_ms: Positive = 1_000
    later_max_ms: Positive = 5_000
    supplier_reject_bp: BasisPoints = 0
    supplier_change_bp: BasisPoints = 0
    supplier_short_bp: BasisPoints = 0
    supplier_over_bp: BasisPoints = 0
    supplier_split_bp: BasisPoints = 0
    supplier_early_bp: BasisPoints = 0
    supplier_price_bp: BasisPoints = 0
    supplier_repeat_bp: BasisPoints = 0
    supplier_ack_max_ms: Positive = 1_000
    supplier_invoice_max_ms: Positive = 1_000
    supplier_unknown_items: tuple[str, ...] = ("T-NOT-SOLD",)
    mirror_loses_bp: BasisPoints = 0
    mirror_unknown_refs: tuple[str, ...] = ("T-NOT-LISTED",)
    mail_refused: tuple[str, ...] = ("nobody@bounce.example",)
    settlement_day_ms: Positive = 86_400_000
    settlement_late_bp: BasisPoints = 0
    settlement_truncated_bp: BasisPoints = 0
    settlement_wrong_total_bp: BasisPoints = 0
    settlement_twice_bp: BasisPoints = 0
    settlement_recut_bp: BasisPoints = 0
    settlement_stray_bp: BasisPoints = 0
    till_upload_ms: Natural = 0
    till_late_ms: Natural = 0
    till_late_bp: BasisPoints = 0
    till_truncated_bp: BasisPoints = 0
    till_wrong_total_bp: BasisPoints = 0
    till_twice_bp: BasisPoints = 0

    def __post_init__(self) -> None:
        if self.pick_min_ms > self.pick_max_ms:
            raise ValueError("pick_min_ms is above pick_max_ms")
        if self.later_min_ms > self.later_max_ms:
            raise ValueError("later_min_ms is above later_max_ms")
        if self.review_min_ms > self.review_max_ms:
            raise ValueError("review_min_ms is above review_max_ms")
        if self.travel_min_ms > self.travel_max_ms:
            raise ValueError("travel_min_ms is above travel_max_ms")

    @classmethod
    # long because it is a table: a line is a setting.
    def standard(cls, seed: int = 1) -> TwinsConfig:
        """For simulation: human latencies, an ERP that takes 20 requests a second, some bad luck."""
        return cls(
            payments=_pace(80, 400, 128, 400),
            fraud=_pace(40, 150, 64, 400),
            tax=_pace(20, 90, 64, 400),
            erp=_pace(150, 600, 15, 20),
            warehouse=_pace(50, 200, 32, 200),
            suppliers=_pace(100, 400, 8, 20),
            channels=_pace(50, 300, 8, 20),
            crm=_pace(100, 500, 1, 20),
            planning=_pace(100, 500, 1, 20),
            bi=_pace(100, 500, 1, 20),
            mail=_pace(50, 300, 1, 20),
            tills=_pace(20, 90, 4, 20),
            seed=seed,
            decline_bp=100,
            deny_bp=50,
            review_bp=100,
            review_reject_bp=2_500,
            review_min_ms=5_000,
            review_max_ms=30_000,
            erp_reject_bp=30,
            short_bp=150,
            partial_bp=300,
            repeat_bp=500,
            late_bp=300,
            scan_bp=500,
            lost_bp=50,
            travel_min_ms=4_000,
            travel_max_ms=30_000,
            refund_pending_bp=2_000,
            refund_fail_bp=100,
            dispute_bp=60,
            event_twice_bp=500,
            later_min_ms=20_000,
            later_max_ms=60_000,
            supplier_reject_bp=300,
            supplier_change_bp=1_000,
            supplier_short_bp=800,
            supplier_over_bp=800,
            supplier_split_bp=2_500,
            supplier_early_bp=1_500,
            supplier_price_bp=800,
            supplier_repeat_bp=1_500,
            supplier_ack_max_ms=8_000,
            supplier_invoice_max_ms=15_000,
            mirror_loses_bp=50,
            settlement_day_ms=10_000,
            settlement_late_bp=1_000,
            settlement_truncated_bp=1_500,
            settlement_wrong_total_bp=1_500,
            settlement_twice_bp=1_500,
            settlement_recut_bp=1_500,
            settlement_stray_bp=1_500,
            till_upload_ms=5_000,
            till_late_ms=40_000,
            till_late_bp=3_000,
            till_truncated_bp=2_500,
            till_wrong_total_bp=3_500,
            till_twice_bp=3_000,
        )

    @classmethod
    def sandbox(cls, seed: int = 1) -> TwinsConfig:
        """For trying things out: quick, and nothing fails unless a test value asks for it."""
        return cls(
            payments=_pace(5, 30, 256, 1_000),
            fraud=_pace(2, 15, 256, 1_000),
            tax=_pace(2, 10, 256, 1_000),
            erp=_pace(10, 60, 15, 200),
            warehouse=_pace(5, 30, 256, 1_000),
            suppliers=_pace(5, 30, 256, 1_000),
            channels=_pace(5, 30, 256, 1_000),
            crm=_pace(5, 30, 256, 1_000),
            planning=_pace(5, 30, 256, 1_000),
            bi=_pace(5, 30, 256, 1_000),
            mail=_pace(5, 30, 256, 1_000),
            tills=_pace(2, 10, 256, 1_000),
            seed=seed,
            pick_min_ms=200,
            pick_max_ms=600,
            review_min_ms=1_000,
            review_max_ms=2_000,
        )

    def changed(self, changes: dict[str, Any]) -> TwinsConfig:
        """This value with some fields changed, those of a system within it: {"erp": {"quota_per_s": 10}}.

        Raises msgspec.ValidationError naming the field.
        """
        merged: dict[str, Any] = msgspec.to_builtins(self)
        for name, value in changes.items():
            before = merged.get(name)
            merged[name] = (
                {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
            )
        return msgspec.convert(merged, TwinsConfig)

    @classmethod
    def from_json(cls, data: bytes | str) -> TwinsConfig:
        """Read what `to_json` wrote. Raises msgspec.ValidationError naming the field."""
        return msgspec.json.decode(data, type=cls)

    def to_json(self) -> bytes:
        """This value as JSON."""
        return msgspec.json.encode(self)


def _pace(latency_min_ms: int, latency_max_ms: int, concurrency: int, quota_per_s: int) -> SystemConfig:
    return SystemConfig(
        latency_min_ms=latency_min_ms,
        latency_max_ms=latency_max_ms,
        concurrency=concurrency,
        quota_per_s=quota_per_s,
        burst=quota_per_s,
    )
