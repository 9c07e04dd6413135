"""Arrivals keep the rates they are asked for and, from a trace, its shape."""

from hypothesis import given
from hypothesis import strategies as st

from sim.chance import SeededChance
from sim.load.arrivals import open_arrivals, phases, time_compression, traced_arrivals


def test_the_phases_last_as_long_as_their_orders_take_at_the_two_rates():
    when = phases(5_000, base_per_s=10, multiplier=8, storm_share_bp=8_000, calm_start_ms=1_000)
    assert (when.calm_orders, when.storm_orders) == (1_000, 4_000)
    assert (when.calm_start_ms, when.storm_start_ms, when.storm_end_ms) == (1_000, 101_000, 151_000)


def test_after_the_storm_orders_arrive_at_the_base_rate_again():
    when = phases(
        100, base_per_s=2, multiplier=8, storm_share_bp=8_000, calm_start_ms=0, after_share_bp=1_000
    )
    assert (when.calm_orders, when.storm_orders, when.after_orders) == (10, 80, 10)
    assert (when.storm_start_ms, when.storm_end_ms, when.after_end_ms) == (5_000, 10_000, 15_000)
    arrivals = open_arrivals(when, SeededChance(3))
    assert arrivals == sorted(arrivals)
    assert sum(at >= when.storm_end_ms for at in arrivals) == 10
    traced = traced_arrivals([n * 60_000 for n in range(100)], when)
    assert traced == sorted(traced)
    assert [sum(at < end for at in traced) for end in (5_000, 10_000, 15_000)] == [10, 90, 100]


@given(
    st.integers(1, 400), st.integers(1, 50), st.integers(1, 20), st.integers(0, 10_000), st.integers(0, 1 << 40)
)  # fmt: skip
def test_arrivals_ascend_within_their_phases(orders, base, multiplier, share_bp, seed):
    when = phases(orders, base, multiplier, share_bp, calm_start_ms=10_000)
    arrivals = open_arrivals(when, SeededChance(seed))
    assert len(arrivals) == orders
    assert arrivals == sorted(arrivals)
    assert all(when.calm_start_ms <= at <= when.storm_end_ms for at in arrivals)
    assert all(at >= when.storm_start_ms for at in arrivals[when.calm_orders :])


def test_open_arrivals_are_as_uneven_as_independent_clients_are():
    when = phases(20_000, base_per_s=10, multiplier=1, storm_share_bp=0, calm_start_ms=0)
    counts = [0] * 2_000
    for at in open_arrivals(when, SeededChance(4)):
        counts[at // 1_000] += 1
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    assert mean == 10
    assert 0.85 < variance / mean < 1.15


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=200), st.integers(0, 10_000))
def test_traced_arrivals_ascend_and_stay_in_their_phases(placed, share_bp):
    placed.sort()
    when = phases(len(placed), 10, 8, share_bp, calm_start_ms=5_000)
    arrivals = traced_arrivals(placed, when)
    assert len(arrivals) == len(placed)
    assert arrivals == sorted(arrivals)
    assert all(when.calm_start_ms <= at <= when.storm_end_ms for at in arrivals)
    assert all(at <= when.storm_start_ms for at in arrivals[: when.calm_orders])
    assert all(at >= when.storm_start_ms for at in arrivals[when.calm_orders :])


def test_a_trace_keeps_its_shape_inside_each_phase():
    placed = [0, 10, 30, 40, 50, 90, 100, 110]
    when = phases(8, base_per_s=1, multiplier=8, storm_share_bp=5_000, calm_start_ms=0)
    assert traced_arrivals(placed, when) == [0, 800, 2_400, 3_200, 4_000, 4_250, 4_312, 4_375]


def test_sales_at_one_time_are_spread_evenly():
    when = phases(4, base_per_s=1, multiplier=1, storm_share_bp=0, calm_start_ms=0)
    assert traced_arrivals([7, 7, 7, 7], when) == [0, 1_000, 2_000, 3_000]


def test_compression_is_the_trace_s_time_over_the_base_rate_s():
    hourly = [n * 3_600_000 for n in range(101)]
    assert time_compression(hourly, base_per_s=10) == 36_000.0
    assert time_compression([5], base_per_s=10) == 1.0
