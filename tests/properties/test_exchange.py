"""Several currencies: amounts are converted in integers; what a rate makes of them is gained or lost, never missing."""

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.finance.actor import FINANCE
from actors.domains.finance.model import BookState, rate_e9
from contracts.accounts import AR, CURRENCY_CLEARING, FX_GAIN, FX_LOSS, PSP_CLEARING, sub
from contracts.finance import InvoiceLine, IssueInvoice
from contracts.fx import ONE, ExchangeRate, ImportRates, convert
from contracts.money import EXPONENTS
from contracts.partners import PaymentCaptured
from tests.support.book import MAY
from tests.support.walk import bodies, message_to, take

CURRENCIES = ("JPY", "KWD", "GBP", "EUR")
currencies = st.sampled_from(CURRENCIES)
amounts = st.integers(0, 10**10)
rates = st.integers(1, 10**13)


@given(st.integers(-(10**10), 10**10), rates, currencies, currencies)
def test_a_converted_amount_is_the_nearest_minor_unit_and_odd_in_sign(amount, rate, currency, base):
    converted = convert(amount, rate, currency, base)
    exact = Fraction(amount * rate * 10 ** EXPONENTS[base], ONE * 10 ** EXPONENTS[currency])
    assert abs(converted - exact) <= Fraction(1, 2)
    assert convert(-amount, rate, currency, base) == -converted


@given(amounts, currencies)
def test_an_amount_at_one_to_one_of_its_own_currency_is_itself(amount, currency):
    assert convert(amount, ONE, currency, currency) == amount


@given(
    st.lists(st.tuples(st.integers(0, 20), rates), min_size=1, max_size=12), st.randoms(use_true_random=False)
)
def test_the_rate_of_an_instant_is_the_newest_that_holds_by_then_in_whatever_order_they_came(told, random):
    # Of two for one instant the later word stands, so only those of different instants may come in any order.
    newest = dict(told)
    rows = [ExchangeRate("EUR", at, rate) for at, rate in newest.items()]
    random.shuffle(rows)
    state = BookState()
    for row in rows:
        take(FINANCE, state, message_to(FINANCE, "GB01", ImportRates("GB01", (row,))), 0)
    for at in range(22):
        holding = [(since, rate) for since, rate in newest.items() if since <= at]
        assert rate_e9(state, "EUR", at) == (max(holding)[1] if holding else 0)
    assert rate_e9(state, "USD", 99) == 0


@given(
    st.integers(1, 10**9),
    st.integers(1, 10**9),
    st.sampled_from(("EUR", "JPY", "KWD")),
    st.integers(1, 10**11),
)
def test_what_is_settled_in_the_books_currency_is_its_worth_at_the_invoice_and_a_gain_or_a_loss(
    invoiced, settled, currency, rate
):
    state, posted = BookState(), list[Any]()
    line = InvoiceLine("1", "A", 1, invoiced, 0, 30)
    for body in (
        ImportRates("GB01", (ExchangeRate(currency, MAY, rate),)),
        IssueInvoice("o", "GB01", "s", "WH1", currency, "GB", (line,), 0, 0, 0),
        # The rate of the invoice is kept, whatever is told after it.
        ImportRates("GB01", (ExchangeRate(currency, MAY + 1, rate + 5),)),
        PaymentCaptured("o", "psp-c", "ch", "pi", invoiced, currency, "GB01", settled, "GBP"),
    ):
        decision = take(FINANCE, state, message_to(FINANCE, "GB01", body), MAY)
        posted += bodies(decision, "ledger.posted")
    sums: dict[tuple[str, str], int] = {}
    for posting in posted:
        for entry in posting.entries:
            at = (posting.currency, entry.account)
            sums[at] = sums.get(at, 0) + (entry.amount_minor if entry.side == "D" else -entry.amount_minor)
    worth = convert(invoiced, rate, currency, "GBP")
    assert sums[currency, AR] == 0
    assert sums[currency, CURRENCY_CLEARING] == invoiced
    assert sums["GBP", sub(PSP_CLEARING, "psp-c")] == settled
    assert sums.get(("GBP", CURRENCY_CLEARING), 0) == -worth
    assert sums.get(("GBP", FX_GAIN), 0) == -max(0, settled - worth)
    assert sums.get(("GBP", FX_LOSS), 0) == max(0, worth - settled)
    assert "o" not in state.open
