"""Amounts for any order in currencies of 0, 2 and 3 decimals: shares are exact, every posting balances."""

from hypothesis import assume, given
from hypothesis import strategies as st

from actors.domains.finance.rules import sales, sides
from actors.flows.order_to_cash import amounts
from actors.flows.order_to_cash.state import FlowState, Held
from contracts.accounts import AR, DISCOUNTS
from contracts.inventory import EnrichedLine
from contracts.money import EXPONENTS, format_minor, share_half_up, tax_in_gross, tax_on_net
from contracts.orders import Discount, Order, OrderLine, PostalAddress, line_total_minor, order_total_minor
from contracts.partners import LineTax, TaxCalculated

CURRENCIES = ("GBP", "JPY", "KWD")
amount = st.integers(0, 10**9)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_shares_sum_exactly_and_none_is_a_unit_off(total, weights):
    parts = amounts.shares(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert total * weight // whole <= part <= total * weight // whole + 1


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=2, max_size=10))
def test_equal_weights_get_equal_shares_but_for_one_unit(total, weights):
    parts = amounts.shares(total, [7] * len(weights))
    assert max(parts) - min(parts) <= 1
    assert parts == sorted(parts, reverse=True)


@st.composite
def priced_orders(draw):
    """A flow's state when its goods leave: an order, its enrichment, its tax, a currency of any decimals."""
    lines, enriched = [], []
    included = draw(st.booleans())
    currency = draw(st.sampled_from(CURRENCIES))
    for n in range(draw(st.integers(1, 8))):
        quantity, price = draw(st.integers(1, 50)), draw(st.integers(0, 100_000))
        off = draw(st.integers(0, quantity * price))
        lines.append(OrderLine(str(n), f"S{n}", quantity, price, (Discount("L", off),) if off else ()))
        enriched.append(EnrichedLine(str(n), "standard", draw(st.integers(0, 50_000)), 0))
    net = sum(map(line_total_minor, lines))
    off = draw(st.integers(0, net))
    shipping = draw(st.integers(0, 5_000))
    order = Order("web", "W", currency, included, tuple(lines), PostalAddress("GB"), (), shipping_minor=shipping,
                  discounts=(Discount("O", off),) if off else ())  # fmt: skip
    rate = draw(st.sampled_from([0, 500, 725, 1_000, 2_000, 2_700]))
    tax_of = tax_in_gross if included else tax_on_net
    taxes = tuple(
        LineTax(line.line_id, tax_of(taxable, rate))
        for line, taxable in zip(lines, amounts.taxable_amounts(order), strict=True)
    )
    tax = TaxCalculated("o", "doc", "GB", taxes, tax_of(shipping, rate))
    return FlowState(order=order, enriched=tuple(enriched), tax=tax, step="fulfilling")


@given(priced_orders())
def test_every_posting_of_an_invoice_balances_and_asks_for_what_is_payable(state):
    invoice = amounts.invoice(state, "o", "s", "WH1", "GB01")
    payable = amounts.payable_minor(state.order, state.tax)
    assert sales.invoice_gross_minor(invoice) == payable
    assert sales.invoice_tax_minor(invoice) == amounts.tax_minor(state.tax)
    assert all(line.net_minor >= 0 and line.tax_minor >= 0 for line in invoice.lines)
    for entries in (
        sales.invoice(invoice),
        sales.cost(invoice),
        sales.capture("psp", payable) if payable else (),
    ):
        assert entries == () or sides.is_balanced(entries)
    debits = {entry.account: entry.amount_minor for entry in sales.invoice(invoice)}
    assert debits.get(AR, 0) == payable
    assert debits.get(DISCOUNTS, 0) == invoice.discount_minor


@given(priced_orders())
def test_a_discount_on_the_order_is_shared_exactly_over_its_lines(state):
    order = state.order
    taxable = amounts.taxable_amounts(order)
    assert sum(taxable) + order.shipping_minor == order_total_minor(order)
    assert all(part >= 0 for part in taxable)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6), st.integers(0, 10**6))
def test_captures_come_to_what_is_due_and_never_to_more_than_is_held(held, due):
    holds = [Held("p", str(n), units) for n, units in enumerate(held)]
    taken = amounts.captures(holds, due)
    assert sum(units for _, units in taken) == min(due, sum(held))
    assert all(0 < units <= one.amount_minor for one, units in taken)
    assert [one.authorization_id for one, _ in taken] == [str(n) for n in range(len(taken))]


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**6), st.integers(1, 10**6))
def test_halves_up_is_the_nearest_unit_and_odd_in_sign(value, numerator, denominator):
    share = share_half_up(value, numerator, denominator)
    assert abs(2 * (share * denominator - value * numerator)) <= denominator
    assert share_half_up(-value, numerator, denominator) == -share


@given(amount, st.integers(0, 5_000))
def test_tax_inside_is_never_more_than_the_amount_and_agrees_with_tax_on_top_to_a_unit(gross, rate):
    inside = tax_in_gross(gross, rate)
    assert 0 <= inside <= gross
    assert abs(tax_on_net(gross - inside, rate) - inside) <= 1


@given(st.integers(-(10**12), 10**12), st.sampled_from(sorted(EXPONENTS)))
def test_a_written_amount_reads_back(minor, currency):
    written, _, code = format_minor(minor, currency).partition(" ")
    assume(code == currency)
    whole, _, decimals = written.partition(".")
    assert len(decimals) == EXPONENTS[currency]
    assert int(whole + decimals) == minor
