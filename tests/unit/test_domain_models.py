"""Prices, stock, postings, amounts and the order's axes: plain values in and out."""

import pytest

from actors.domains.finance.rules import sales, sides
from actors.domains.inventory import model as stock
from actors.domains.inventory import sourcing
from actors.domains.inventory.catalog_model import PriceListState, price, within_tolerance
from actors.domains.orders.model import OrderState, completes, is_terminal
from actors.flows.order_to_cash.amounts import captures, shares, taxable_amounts
from actors.flows.order_to_cash.state import Held
from contracts import accounts
from contracts.finance import Entry, InvoiceLine, IssueInvoice
from contracts.inventory import DemandLine, ProductRow, QuotedLine, Shortage, StockRow
from contracts.orders import Discount, order_total_minor
from tests.support.shop import an_order


def test_a_price_may_differ_by_a_hundredth_of_the_list_price_either_way():
    assert [within_tolerance(charged, 1_000) for charged in (989, 990, 1_000, 1_010, 1_011)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert within_tolerance(0, 0)
    assert not within_tolerance(1, 0)
    assert [within_tolerance(charged, 1_000, 500) for charged in (949, 950, 1_050, 1_051)] == [
        False,
        True,
        True,
        False,
    ]


def test_every_line_that_cannot_be_priced_is_named_with_its_reason():
    rows = {
        "A": ProductRow("A", "A", 100, 40, "GBP", "reduced", 5),
        "J": ProductRow("J", "J", 100, 40, "JPY"),
    }
    lines = tuple(QuotedLine(str(n), sku, charged) for n, (sku, charged) in enumerate(
        [("A", 100), ("X", 1), ("J", 100), ("A", 200)]
    ))  # fmt: skip
    enriched, problems = price(PriceListState(rows), lines, "GBP", trusted=False)
    assert [(p.line_id, p.code) for p in problems] == [
        ("1", "unknown-sku"),
        ("2", "other-currency"),
        ("3", "price-changed"),
    ]
    assert [(e.line_id, e.tax_class, e.cost_minor, e.weight_g) for e in enriched] == [("0", "reduced", 40, 5)]
    _, problems = price(PriceListState(rows), lines, "GBP", trusted=True)
    assert [p.code for p in problems] == ["unknown-sku", "other-currency"]


def pool_of(**rows):
    """A pool with `SKU=(WH1, WH2)` units."""
    pool = stock.PoolState()
    for sku, quantities in rows.items():
        stock.receive(pool, [StockRow(sku, f"WH{n}", q) for n, q in enumerate(quantities, start=1)])
    return pool


def test_an_order_is_sourced_from_the_first_place_that_has_all_of_it():
    pool = pool_of(A=(5, 9), B=(0, 9))
    assert sourcing.source(pool, {"A": 5}) == ("WH1", ())
    assert sourcing.source(pool, {"A": 6}) == ("WH2", ())
    assert sourcing.source(pool, {"A": 5, "B": 1}) == ("WH2", ())


def test_where_no_place_has_all_the_nearest_miss_is_told():
    pool = pool_of(A=(5, 9), B=(0, 1))
    assert sourcing.source(pool, {"A": 9, "B": 2}) == (None, (Shortage("B", 2, 1),))
    assert sourcing.source(stock.PoolState(), {"A": 1}) == (None, (Shortage("A", 1, 0),))
    assert sourcing.source(pool, {"NEVER": 1})[1] == (Shortage("NEVER", 1, 0),)


def test_demand_is_summed_per_sku_in_the_order_of_the_lines():
    lines = [DemandLine("1", "A", 2), DemandLine("2", "B", 1), DemandLine("3", "A", 3)]
    assert stock.demand_by_sku(lines) == {"A": 5, "B": 1}


def test_a_posting_needs_two_entries_of_positive_amounts_that_balance():
    d, c = sides.debit("a", 5), sides.credit("b", 5)
    assert sides.is_balanced([d, c])
    assert not sides.is_balanced([])
    assert not sides.is_balanced([d])
    assert not sides.is_balanced([d, sides.credit("b", 4)])
    assert not sides.is_balanced([d, c, Entry("x", "D", 0)])
    assert not sides.is_balanced([Entry("a", "D", -5), Entry("b", "C", -5)])


def an_invoice(*lines, shipping=(0, 0), discount=0):
    rows = tuple(InvoiceLine(str(n), "A", q, net, tax, cost) for n, (q, net, tax, cost) in enumerate(lines))
    return IssueInvoice("o", "GB01", "s", "WH1", "GBP", "GB", rows, shipping[0], shipping[1], discount)


def test_an_invoice_posts_revenue_at_list_price_against_its_discounts():
    invoice = an_invoice((2, 450, 90, 100), shipping=(395, 79), discount=60)
    assert sales.invoice_gross_minor(invoice) == 1_014
    assert sales.invoice_tax_minor(invoice) == 169
    assert sales.invoice(invoice) == (
        Entry(accounts.AR, "D", 1_014),
        Entry(accounts.DISCOUNTS, "D", 60),
        Entry(accounts.REVENUE, "C", 510),
        Entry(accounts.SHIPPING_REVENUE, "C", 395),
        Entry(accounts.TAX_PAYABLE + " GB", "C", 169),
    )
    assert sales.cost(invoice) == (
        Entry(accounts.COGS, "D", 200),
        Entry(accounts.INVENTORY + " WH1", "C", 200),
    )


def test_what_comes_to_nothing_is_not_posted():
    assert sales.invoice(an_invoice((1, 0, 0, 50))) == ()
    assert sales.cost(an_invoice((1, 100, 20, 0))) == ()


@pytest.mark.parametrize(
    "total, weights, parts",
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (100, [1, 2], [33, 67]),
        (5, [0, 0], [5, 0]),
        (0, [3, 4], [0, 0]),
        (2, [1, 1, 1, 1], [1, 1, 0, 0]),
        (7, [0, 7, 0], [0, 7, 0]),
        (0, [], []),
    ],
)
def test_shares_go_by_largest_remainder_and_earlier_first(total, weights, parts):
    assert shares(total, weights) == parts


def test_discounts_come_off_before_tax_the_lines_own_first():
    order = an_order(("MUG", 1), ("BOOK", 1, 700, 100), discounts=(Discount("X", 160),), pay=[("t", 1)])
    assert taxable_amounts(order) == [900, 540]
    assert order_total_minor(order) == 1_440
    assert sum(taxable_amounts(order)) == order_total_minor(order)


def test_captures_take_from_each_authorization_in_order_until_enough():
    held = [Held("p", "a1", 300), Held("p", "a2", 210), Held("p", "a3", 50)]
    assert [(one.authorization_id, amount) for one, amount in captures(held, 400)] == [
        ("a1", 300),
        ("a2", 100),
    ]
    assert captures(held, 0) == []
    assert sum(amount for _, amount in captures(held, 560)) == 560


def test_an_order_completes_when_accepted_dispatched_paid_and_acknowledged_and_not_before():
    state = OrderState(order_status="accepted", fulfillment_status="dispatched")
    assert completes(state, paid=True, erp_status="acknowledged")
    assert not completes(state, paid=False, erp_status="acknowledged")
    assert not completes(state, paid=True, erp_status="submitted")
    state.fulfillment_status = "released"
    assert not completes(state, paid=True, erp_status="acknowledged")
    state.order_status, state.fulfillment_status = "excepted", "dispatched"
    assert not completes(state, paid=True, erp_status="acknowledged")
    assert is_terminal(state)
