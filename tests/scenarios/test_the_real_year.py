"""A year of a real shop, end to end: every sale shipped and paid, every return credited, to the penny and to the unit.

What is expected is computed from the file by `tests.support.year_totals`, which knows nothing of Tidegate.
"""

from collections import Counter
from decimal import Decimal

import msgspec
import pytest

from actors.flows.order_to_cash import amounts
from sim.load.build import build_load
from sim.plan import PLANS
from sim.run import run_plan
from tests.support.data import trace_path
from tests.support.year_totals import totals

IN_CI = 2_000


def the_year(orders):
    """The shipped plan, over the first sales of the real trace."""
    plan = PLANS["year"]
    load = msgspec.structs.replace(plan.load, trace=str(trace_path()))
    return msgspec.structs.replace(plan, orders=orders, load=load)


def assert_everything_arrived(outcome, expected):
    """The books of the run and of everybody outside against the file's own totals."""
    result, books = outcome.result, outcome.stage.books
    assert result.verdict == "held", (result.because, [one for one in result.invariants if not one.held])
    counts = result.orders
    assert counts.completed == counts.submitted == expected.sales

    # Money: to the penny, and what is not in the books is listed with its amount.
    revenue = result.revenue
    assert revenue is not None
    assert Decimal(revenue.sold_minor) / 100 == expected.sold
    assert Decimal(revenue.returned_minor) / 100 == expected.returned
    assert revenue.difference_minor == 0
    assert revenue.trial_balance_minor == 0
    assert {kind: Decimal(amount) for kind, amount in revenue.excluded.items()} == dict(expected.excluded)
    assert expected.sold - expected.returned + sum(expected.excluded.values()) == expected.whole_file
    captured = sum(one["amount"] for one in books["payments"]["captures"])
    refunded = sum(one["amount"] for one in books["payments"]["refunds"])
    assert (captured, refunded) == (revenue.sold_minor, revenue.returned_minor)
    assert sum(one["total"] for one in books["erp"]["documents"]) == revenue.sold_minor

    # Goods: every line left, and what came back is on the shelf.
    shipped: Counter[str] = Counter()
    for shipment in books["warehouse"]["shipments"]:
        for item in shipment["items"]:
            shipped[item["item"]] += item["qty"]
    assert shipped == expected.units
    received: Counter[str] = Counter()
    for receipt in books["warehouse"]["receipts"]:
        for item in receipt["items"]:
            received[item["item"]] += item["qty"]
    pool = outcome.stage.system.look("inventory", "default")
    opening = Counter({row.sku: row.quantity for row in outcome.stage.load.stock})
    for sku, places in pool.positions.items():
        on_hand = sum(position.on_hand for position in places.values())
        moved = opening[sku] + received[sku] + expected.units_back[sku] - shipped[sku]
        assert on_hand == moved, sku
    assert {one.id: one.held for one in result.invariants}["A3"]
    assert result.business["backorders_filled"] > 0
    assert result.purchases.closed == result.purchases.suggested > 0


def test_the_first_sales_of_the_real_year_are_shipped_and_returned_to_the_penny():
    plan = the_year(IN_CI)
    assert_everything_arrived(run_plan(plan), totals(trace_path(), IN_CI))


def test_every_row_of_the_real_year_is_a_line_a_return_or_listed_with_its_amount():
    expected = totals(trace_path())
    report = build_load(the_year(1_000_000)).trace
    assert report is not None
    assert report.balanced
    assert (report.lines, report.returned_rows) == (expected.lines, expected.rows.pop("returned"))
    assert report.kinds == dict(expected.rows)
    assert (report.orders, expected.with_a_price) == (expected.sales, 19_960)
    assert (
        Decimal(report.sold_minor - report.returned_minor) / 100 + sum(map(Decimal, report.amounts.values()))
        == expected.whole_file.normalize()
    )


def test_a_penny_lost_where_a_line_leaves_in_parts_breaks_the_run(monkeypatch):
    """The comparison can fail: everybody's books agree with each other, and the year does not."""
    real = amounts.share_of

    def short(total, before, after, whole):
        return real(total, before, after, whole) - (before == 0 and total > 1)

    monkeypatch.setattr(amounts, "share_of", short)
    result = run_plan(the_year(40)).result
    assert result.verdict == "broken"
    assert result.revenue is not None
    assert result.revenue.difference_minor < 0


@pytest.mark.slow
def test_the_whole_real_year_is_shipped_and_returned_to_the_penny():
    assert_everything_arrived(run_plan(the_year(1_000_000)), totals(trace_path()))
