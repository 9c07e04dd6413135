"""The load of a plan: the published figures, the trace as it is, the rates, the stock."""

from collections import Counter

import msgspec
import pytest

from contracts.orders import order_total_minor
from sim.chance import SeededChance
from sim.load import build_load, read_sales
from sim.load.abroad import PRICE_PERCENT
from sim.load.profile import profile_products, profile_sales
from sim.load.stock import demand_of, expected_shortages
from sim.plan import LoadPlan, Plan, StockPlan
from tests.support.data import trace_path


def _quantile(values, per_mille):
    return sorted(values)[len(values) * per_mille // 1000]


def _lines(load):
    return [line for planned in load.orders for line in planned.order.lines]


def test_the_profile_looks_like_the_published_figures():
    # Of orders that sell a gift card and nothing else, and of what is on offer, the profile tells nothing.
    load = build_load(Plan(seed=1, load=LoadPlan(gift_cards_sold_bp=0, quotes_bp=0)))
    sizes = [len(planned.order.lines) for planned in load.orders]
    lines = _lines(load)
    assert [_quantile(sizes, at) for at in (500, 950, 990)] == pytest.approx([15, 79, 219], rel=0.08)
    assert sum(sizes) / len(sizes) == pytest.approx(26.6, rel=0.03)
    assert max(sizes) <= 1_114
    units = [line.quantity for line in lines]
    assert [_quantile(units, at) for at in (500, 950, 990)] == pytest.approx([3, 30, 100], rel=0.05)
    prices = [line.unit_price_minor for line in lines]
    assert [_quantile(prices, at) for at in (500, 950, 990)] == pytest.approx([208, 995, 1_698], rel=0.10)
    wanted = Counter(line.sku for line in lines)
    top = sum(count for _, count in wanted.most_common(39))
    assert top / len(lines) == pytest.approx(0.094, abs=0.006)
    assert len(load.catalog) == 3_922
    repeated = sum(len(p.order.lines) - len(demand_of(p)) for p in load.orders)
    assert 0.02 < repeated / len(lines) < 0.04


def test_a_sale_of_the_profile_does_not_depend_on_how_many_there_are():
    chance = SeededChance(3)
    products = profile_products(chance)
    assert profile_sales(20, products, chance, None) == profile_sales(60, products, chance, None)[:20]


@pytest.mark.parametrize("tenths", [8, 11, 14])
def test_demand_can_be_skewed_by_a_power(tenths):
    load = build_load(Plan(orders=300, load=LoadPlan(zipf_tenths=tenths)))
    wanted = Counter(line.sku for line in _lines(load))
    plain = Counter(line.sku for line in _lines(build_load(Plan(orders=300))))
    assert wanted["P0001"] > 2 * plain["P0001"]


def test_gift_cards_are_sold_for_the_orders_that_mean_to_pay_with_them_and_some_with_too_little():
    load = build_load(Plan(orders=400, load=LoadPlan(gift_cards_bp=10_000)))
    wanted: Counter[str] = Counter()
    for planned in load.orders:
        for payment in planned.order.payments:
            if payment.method == "gift_card":
                wanted[payment.card_id] += payment.amount_minor
    sold = {card.card_id: card.amount_minor for card in load.cards}
    assert sum(len(one.order.payments) == 1 for one in load.orders) > 40
    enough = sum(sold.get(card, 0) >= amount for card, amount in wanted.items())
    assert 0 < len(wanted) - enough < enough
    # One of them is several orders' card.
    assert len(wanted) < sum(any(p.card_id for p in one.order.payments) for one in load.orders) - 20
    assert build_load(Plan(orders=400, load=LoadPlan(gift_cards_bp=0))).cards == ()


def test_some_ask_for_a_price_first_some_too_late_to_use_it_and_some_for_another_orders():
    load = build_load(Plan(orders=2_000, load=LoadPlan(quotes_bp=2_000)))
    asking = [(planned.quote, planned.order) for planned in load.orders if planned.quote is not None]
    assert 150 < len(asking) < 400
    assert sum(quote.late for quote, _ in asking) == pytest.approx(len(asking) / 4, rel=0.3)
    refs = Counter(quote.ref for quote, _ in asking)
    assert 0.1 < sum(n > 1 for n in refs.values()) / len(asking) < 0.3
    same: dict[str, object] = {}
    for quote, order in asking:
        asked = (order.channel, order.lines)
        assert same.setdefault(quote.ref, asked) == asked
    assert {order.channel for _, order in asking} == {"web", "trade"}
    assert {order.channel for quote, order in asking if quote.late} == {"trade"}
    plain = build_load(Plan(orders=2_000, load=LoadPlan(quotes_bp=0)))
    assert not any(one.quote for one in plain.orders) and len(plain.catalog) + 4 == len(load.catalog)


def _check_orders(load, plan):
    for planned in load.orders:
        order = planned.order
        assert sum(payment.amount_minor for payment in order.payments) == order_total_minor(order) > 0
        assert all(payment.amount_minor > 0 for payment in order.payments)
        assert order.prices_include_tax
        assert order.currency == ("EUR" if order.channel == "web-eu" else "GBP")
        assert order.shipping_minor == (495 if order.lines else 0)
        assert order.lines or order.gift_cards
        assert len(order.lines) <= 2_000
        assert len({line.line_id for line in order.lines}) == len(order.lines)
        assert len(msgspec.msgpack.encode(order)) < 192 * 1024
        assert all(at > planned.at_ms for at in planned.duplicate_at_ms)
        assert planned.cancel_at_ms is None or planned.cancel_at_ms > planned.at_ms
    names = {(planned.order.channel, planned.order.channel_order_id) for planned in load.orders}
    keys = {planned.idempotency_key for planned in load.orders} | {p.second_key for p in load.orders}
    assert len(names) == len(load.orders)
    assert len(keys) == 2 * len(load.orders)
    arrivals = [planned.at_ms for planned in load.orders]
    assert arrivals == sorted(arrivals)
    in_storm = sum(load.storm_start_ms <= at <= load.storm_end_ms for at in arrivals)
    assert in_storm / len(arrivals) >= 0.78
    assert load.storm_per_s == load.base_per_s * plan.load.multiplier


def _check_prices(load):
    """The web charges list prices, abroad those in euros; only the marketplace, whose prices are trusted, departs."""
    listed = {row.sku: row.price_minor for row in load.catalog}
    for planned in load.orders:
        percent = PRICE_PERCENT if planned.order.currency == "EUR" else 100
        off_list = any(
            line.unit_price_minor != listed[line.sku] * percent // 100 for line in planned.order.lines
        )
        assert planned.order.channel == "marketplace" or not off_list


def test_the_orders_of_the_profile_are_whole_and_arrive_as_planned():
    plan = Plan(seed=5, orders=2_000)
    load = build_load(plan)
    _check_orders(load, plan)
    _check_prices(load)
    share = Counter(planned.order.channel for planned in load.orders)["marketplace"] / len(load.orders)
    assert share == pytest.approx(0.10, abs=0.02)
    assert load.time_compression == 1.0 and load.trace is None


def test_clients_repeat_and_cancel_as_often_as_the_plan_says():
    load = build_load(
        Plan(orders=2_000, load=LoadPlan(duplicates_bp=1_000, same_order_other_key_bp=500, cancels_bp=0))
    )
    assert sum(bool(p.duplicate_at_ms) for p in load.orders) == pytest.approx(200, rel=0.2)
    assert sum(p.second_key_at_ms is not None for p in load.orders) == pytest.approx(100, rel=0.3)
    assert not any(p.cancel_at_ms for p in load.orders)


@pytest.mark.parametrize("seed", range(4))
def test_some_orders_of_the_profile_will_find_too_little_stock(seed):
    load = build_load(Plan(seed=seed))
    assert 100 <= expected_shortages(load.orders, load.stock) <= 400


def test_some_skus_lie_at_three_places_and_some_orders_wait_for_what_is_not_there():
    load = build_load(Plan(seed=5, orders=2_000))
    places: dict[str, list[str]] = {}
    for row in load.stock:
        assert row.quantity > 0
        places.setdefault(row.sku, []).append(row.location)
    spread = [at for at in places.values() if len(at) > 1]
    assert 20 <= len(spread) <= 60
    assert ["WH1", "WH2", "WH3"] in spread
    channels = Counter(planned.order.channel for planned in load.orders)
    assert channels["preorder"] == pytest.approx(145, rel=0.3)
    assert channels["wholesale"] == pytest.approx(135, rel=0.3)
    one_place = build_load(Plan(seed=5, orders=2_000, load=LoadPlan(stock=StockPlan(spread_bp=0))))
    assert {row.location for row in one_place.stock} == {"WH1"}


def test_ample_stock_leaves_nobody_short():
    load = build_load(Plan(orders=500, load=LoadPlan(stock=StockPlan(scarce_bp=0, cover_bp=10_000))))
    assert expected_shortages(load.orders, load.stock) == 0


def test_the_same_plan_gives_the_same_load_and_another_seed_another():
    one = build_load(Plan(seed=1, orders=200))
    assert build_load(Plan(seed=1, orders=200)) == one
    assert build_load(Plan(seed=2, orders=200)) != one


def test_the_real_trace_is_read_whole_with_the_published_counts():
    report = read_sales(trace_path(), 1_000_000).report
    assert report.rows == 541_909
    assert report.rows == report.lines + sum(report.kinds.values())
    assert report.kinds["exact_duplicate_row"] == 5_268
    assert report.kinds["adjustment"] == 1_336
    assert report.kinds["bad_debt"] == 3
    assert 9_000 < report.kinds["cancellation"] < 9_288
    assert report.orders == report.sales == 19_773


@pytest.mark.parametrize("seed", [1, 7, 99])
def test_the_first_five_thousand_sales_of_the_real_trace_make_a_promotion(seed):
    plan = Plan(seed=seed, load=LoadPlan(source="trace", trace=str(trace_path())))
    load = build_load(plan)
    assert len(load.orders) == 5_000
    _check_orders(load, plan)
    _check_prices(load)
    assert 100 <= expected_shortages(load.orders, load.stock) <= 400
    assert load.time_compression > 10_000
    assert load.trace is not None and load.trace.balanced
    assert (load.storm_start_ms - load.calm_start_ms, load.storm_end_ms - load.storm_start_ms) == (
        100_000,
        50_000,
    )
