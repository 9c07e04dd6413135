"""Draws are named, bounded and even; tables are the distributions they say."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.chance import SeededChance, cumulative, pick
from sim.tables import (
    ONE,
    QUANTILES,
    SCALE,
    exp2_fixed,
    exponential_quantiles,
    interpolated,
    log2_fixed,
    zipf_weights,
)


def test_draws_are_fixed_for_ever():
    """These numbers are the format of every saved plan: a change breaks each reproduction."""
    chance = SeededChance(7)
    assert [chance.below(10_000, "load", "O-1", n) for n in range(4)] == [3438, 9852, 3061, 2702]
    assert chance.bits64("faults", "ord_x", 0) == 16699691020985612167


def test_a_draw_does_not_depend_on_the_draws_before_it():
    one, other = SeededChance(3), SeededChance(3)
    for n in range(100):
        other.below(5, "noise", "x", n)
    assert one.below(1 << 40, "s", "x", 9) == other.below(1 << 40, "s", "x", 9)


@given(st.integers(1, 1 << 62), st.integers(), st.text(), st.text(), st.integers(0, 1 << 40))
def test_a_draw_is_below_its_bound(bound, seed, stream, subject, n):
    assert 0 <= SeededChance(seed).below(bound, stream, subject, n) < bound


def test_the_parts_of_a_name_do_not_run_into_each_other():
    names = [("a", "bc", 0), ("ab", "c", 0), ("abc", "", 0), ("a", "bc", 1), ("a", "bc\0", 0)]
    assert len({SeededChance(1).bits64(*name) for name in names}) == len(names)


@pytest.mark.parametrize("bound", [0, -1])
def test_a_bound_that_is_not_positive_is_refused(bound):
    with pytest.raises(ValueError, match="bound"):
        SeededChance(1).below(bound, "s", "x", 0)


def test_draws_are_even():
    chance = SeededChance(11)
    counts = Counter(chance.below(10, "s", "x", n) for n in range(20_000))
    assert all(abs(count - 2_000) < 200 for count in counts.values())


def test_a_rate_happens_as_often_as_it_says():
    chance = SeededChance(5)
    assert sum(chance.happens(150, "f", "x", n) for n in range(40_000)) in range(500, 700)
    assert not any(chance.happens(0, "f", "x", n) for n in range(1_000))


def test_pick_gives_each_index_its_weight():
    table = cumulative([1, 0, 3])
    assert [pick(table, draw) for draw in range(4)] == [0, 2, 2, 2]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_weights_that_cannot_be_drawn_from_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        cumulative(weights)


@given(st.integers(1, 1 << 50))
def test_the_fixed_point_logarithm_is_the_logarithm(n):
    assert log2_fixed(n) / ONE == pytest.approx(math.log2(n), abs=1e-9)


@given(st.integers(-30 * ONE, 30 * ONE))
def test_the_fixed_point_power_is_the_power(exponent):
    assert exp2_fixed(exponent) / ONE == pytest.approx(2.0 ** (exponent / ONE), rel=1e-8, abs=1e-11)


@pytest.mark.parametrize("tenths", [8, 11, 14])
def test_zipf_weights_fall_with_their_power(tenths):
    weights = zipf_weights(3_922, tenths)
    for rank in (1, 2, 10, 500, 3_922):
        assert weights[rank - 1] / ONE == pytest.approx(rank ** (-tenths / 10), rel=1e-6)


def test_exponential_quantiles_have_the_mean_and_the_shape_of_the_distribution():
    quantiles = exponential_quantiles()
    assert sum(quantiles) == QUANTILES * SCALE
    assert quantiles[QUANTILES // 2] / SCALE == pytest.approx(math.log(2), rel=1e-2)
    assert sum(q > 3 * SCALE for q in quantiles) / QUANTILES == pytest.approx(math.exp(-3), rel=1e-2)


def test_interpolation_goes_through_its_points_and_stays_within_them():
    points = ((0, 10), (100, 20), (200, 220))
    assert [interpolated(points, at) for at in (-5, 0, 50, 100, 150, 200, 900)] == [
        10, 10, 15, 20, 120, 220, 220,
    ]  # fmt: skip
