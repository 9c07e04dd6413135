"""A period's end in other currencies: whatever came and went, what is open is valued once, and that is taken back."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.domains.finance.actor import FINANCE
from contracts.accounts import AR, PSP_CLEARING, VALUATION, sub
from contracts.fx import ONE, ExchangeRate, ImportRates
from contracts.money import EXPONENTS
from contracts.periods import end_ms, local_day
from contracts.turn import DEFAULT_TENANT, NORMAL, Message
from tests.support.book import DAY_MS, MAY, THIS, Book
from tests.support.walk import bodies, take

JUNE = end_ms(THIS, "Europe/London")
CURRENCIES = {"o1": "EUR", "o2": "JPY", "o3": "KWD", "o4": "GBP"}

steps = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), st.sampled_from(("EUR", "JPY", "KWD")), st.integers(1, 10**10)),
        st.tuples(st.just("issue"), st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**7)),
        st.tuples(st.just("capture"), st.sampled_from(sorted(CURRENCIES)), st.integers(1, 10**7)),
        st.tuples(st.just("pass"), st.integers(0, 3), st.integers(0, 0)),
    ),
    max_size=30,
)


def timer(book: Book, at_ms: int) -> Any:
    """The period is over."""
    id_ = f"t:{at_ms}"
    message = Message(
        "finance", book.book, "revalue", "timer.revalue", 1, NORMAL, None, None, id_, DEFAULT_TENANT, id_, id_, ""
    )  # fmt: skip
    decision = take(FINANCE, book.state, message, at_ms)
    book.posted += bodies(decision, "ledger.posted")
    return decision


def play(book: Book, said: Any) -> dict[str, list[tuple[int, int]]]:
    """The commands; by currency what was told of its rate."""
    told: dict[str, list[tuple[int, int]]] = {}
    for n, (what, name, amount) in enumerate(said):
        if what == "pass":
            book.at_ms += name * DAY_MS
        elif what == "rate":
            book.take(ImportRates("GB01", (ExchangeRate(name, book.at_ms, amount),)))
            told.setdefault(name, []).append((book.at_ms, amount))
        elif what == "issue":
            book.issue(name, CURRENCIES[name], amount, 0, shipment=f"s{n}")
        else:
            book.capture(name, amount, CURRENCIES[name], f"ch_{n}")
    return told


def balances(book: Book) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for posting in book.posted:
        for entry in posting.entries:
            at = (entry.account, posting.currency)
            sums[at] = sums.get(at, 0) + (entry.amount_minor if entry.side == "D" else -entry.amount_minor)
    return {at: amount for at, amount in sums.items() if amount}


@settings(max_examples=150)
@given(steps)
def test_what_is_open_at_a_periods_end_is_worth_what_the_rate_then_says_and_afterwards_nothing_has_changed(
    said,
):
    book = Book(at_ms=MAY)
    told = play(book, said)
    if book.at_ms >= JUNE or not book.state.revaluing:
        return
    before = balances(book)
    # Everything that is a claim to money in another currency is known, and nothing else.
    assert {(item.account, item.currency) for item in book.state.foreign.values()} <= {
        (account, currency)
        for account in (AR, sub(PSP_CLEARING, "psp-a"))
        for currency in ("EUR", "JPY", "KWD")
    }
    for account in (AR, sub(PSP_CLEARING, "psp-a")):
        for currency in ("EUR", "JPY", "KWD"):
            held = [
                i.amount_minor
                for i in book.state.foreign.values()
                if (i.account, i.currency) == (account, currency)
            ]
            assert sum(held) == before.get((account, currency), 0)
    # It cannot be closed before, and the flows may be done with it already.
    book.at_ms = JUNE + 1
    assert book.soft_close(THIS) == (200, "")
    assert book.close(THIS) == (409, "period-blocked")
    decision = timer(book, JUNE + 40)
    (fact,) = bodies(decision, "period.revalued")
    for row in fact.rows:
        assert row.rate_e9 == told[row.currency][-1][1]
        exact = Fraction(row.amount_minor * row.rate_e9, ONE) * Fraction(100, 10 ** EXPONENTS[row.currency])
        assert abs(exact - row.worth_minor - row.gain_minor) <= Fraction(1, 2)
    gains: dict[str, int] = {}
    for row in fact.rows:
        gains[row.currency] = gains.get(row.currency, 0) + row.gain_minor
    posted = bodies(decision, "ledger.posted")
    valued = [p for p in posted if p.step == "revaluation"]
    assert sum(
        e.amount_minor if e.side == "D" else -e.amount_minor
        for p in valued
        for e in p.entries
        if e.account == VALUATION
    ) == sum(gains.values())
    assert {(p.period, p.document_date, p.currency) for p in valued} <= {(THIS, 20260531, "GBP")}
    assert {(p.period, p.document_date) for p in posted if p not in valued} <= {(202606, 20260601)}
    assert book.close(THIS) == (200, "")
    # It is all taken back.
    assert balances(book) == before
    assert len(posted) == 2 * sum(1 for gain in gains.values() if gain)
    assert (fact.next_period != 0) == bool(book.state.foreign)
    unrated = len(bodies(decision, "exception.opened"))
    assert (fact.unrated > 0) == (unrated == 1)
    assert local_day(JUNE - 1, "Europe/London") == 20260531


@given(st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 10**10)), min_size=1, max_size=6), st.data())
def test_what_is_paid_in_full_carries_no_worth_with_it(invoices, data):
    book = Book(at_ms=MAY)
    for n, (amount, rate) in enumerate(invoices):
        book.take(ImportRates("GB01", (ExchangeRate("EUR", book.at_ms, rate),)))
        book.issue("o1", "EUR", amount, 0, shipment=f"s{n}")
        book.at_ms += 1
    (item,) = book.state.foreign.values()
    worth, total = item.worth_minor, item.amount_minor
    part = data.draw(st.integers(1, total))
    book.capture("o1", part, "EUR", "ch_1")
    left = [one for one in book.state.foreign.values() if one.account == AR]
    if part == total:
        assert left == []
    else:
        assert left[0].amount_minor == total - part
        assert abs(Fraction(worth * (total - part), total) - left[0].worth_minor) <= Fraction(1, 2)
