"""Money in whole minor units, and ids that are derived and never drawn."""

from typing import Any

import pytest

from contracts.ids import (
    digest128,
    effect_key_of,
    external_id,
    fulfillment_order_id_of,
    hash128,
    order_id_of,
    partition_of,
)
from contracts.money import format_minor, share_half_up, tax_in_gross, tax_on_net
from contracts.turn import PARTITIONS, message_id, timer_id


@pytest.mark.parametrize(
    "amount, numerator, denominator, share",
    [(10, 1, 4, 3), (9, 1, 4, 2), (-10, 1, 4, -3), (0, 1, 3, 0), (1, 1, 2, 1), (-1, 1, 2, -1), (7, 3, 3, 7)],
)
def test_halves_go_away_from_zero(amount, numerator, denominator, share):
    assert share_half_up(amount, numerator, denominator) == share


def test_tax_inside_and_on_top():
    assert tax_in_gross(1_200, 2_000) == 200
    assert tax_on_net(1_000, 2_000) == 200
    assert tax_in_gross(510, 2_000) == 85
    assert tax_on_net(495, 550) == 27
    assert tax_in_gross(999, 0) == tax_on_net(999, 0) == 0


@pytest.mark.parametrize(
    "amount, currency, text",
    [
        (2_025, "GBP", "20.25 GBP"),
        (5, "GBP", "0.05 GBP"),
        (-5, "GBP", "-0.05 GBP"),
        (2_025, "JPY", "2025 JPY"),
        (2_025, "KWD", "2.025 KWD"),
        (0, "KWD", "0.000 KWD"),
        (0, "JPY", "0 JPY"),
        (100, "XXX", "1.00 XXX"),
    ],
)
def test_amounts_are_written_with_their_currencys_decimals(amount, currency, text):
    assert format_minor(amount, currency) == text


@pytest.mark.parametrize("digest", [digest128, hash128])
def test_a_digest_tells_parts_from_their_borders(digest):
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab") != digest("ab", "")
    assert digest("1:a", "b") != digest("1", "a1:b")
    assert digest("é", "x") == digest("é", "x")
    assert len({digest(str(n)) for n in range(1_000)}) == 1_000


def test_ids_are_the_same_for_ever():
    order_id = order_id_of("main", "web", "W1")
    assert order_id == "ord_ncpgdrbsxv32iqwdbhoa3xgbzq"
    assert fulfillment_order_id_of(order_id, 0) == "ful_ncpgdrbsxv32iqwdbhoa3xgbzq_0"
    assert external_id("a", "b") == "x:" + hash128("a", "b")
    assert message_id(3, 7, 1) == "3.7.1"
    assert timer_id(3, 7, "release") == "t:3.7:release"


def test_one_order_of_one_channel_and_tenant_has_one_id():
    ids = {order_id_of(t, c, o) for t in ("main", "other") for c in ("web", "phone") for o in ("1", "2")}
    assert len(ids) == 8


def test_an_effect_key_differs_by_every_part():
    base: tuple[Any, ...] = ("main", "payments", "authorize", "ord_1", 0)
    keys = {effect_key_of(*base)}
    for n, other in enumerate(("other", "erp", "capture", "ord_2", 1)):
        changed: Any = (*base[:n], other, *base[n + 1 :])
        keys.add(effect_key_of(*changed))
    assert len(keys) == 6


def test_partitions_are_stable_and_used_evenly():
    counts = [0] * PARTITIONS
    for n in range(6_400):
        counts[partition_of("main", f"ord_{n}")] += 1
    assert min(counts) > 60
    assert max(counts) < 145
    assert partition_of("main", "ord_1") == partition_of("main", "ord_1")
    assert [partition_of("main", f"k{n}") for n in range(4)] == [12, 47, 1, 29]
