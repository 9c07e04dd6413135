"""A book under any sequence of commands: it balances, in one currency a posting, never in a closed period.

What is checked here is worked out anew from what was posted and from the commands that were answered 200.
"""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.accounts import AR, BANK, ROUNDING, SHRINKAGE, account_of
from contracts.money import DOCUMENT, EXPONENTS, LINE, taxes_on_net
from contracts.periods import local_day
from tests.support.book import DAY_MS, MAY, Book
from tests.support.walk import bodies

ORDERS = ("o1", "o2", "o3")
CURRENCIES = ("GBP", "JPY", "KWD")
# An order has one currency; what a provider says it took may be in any.
CURRENCY = dict(zip(ORDERS, CURRENCIES, strict=True))
PERSONS = ("ann", "bob", "")
PERIODS = (202603, 202604, 202605, 202606)
JOURNALS = ("j1", "j2", "j3")

amounts = st.integers(0, 10**9)
orders = st.sampled_from(ORDERS)
persons = st.sampled_from(PERSONS)
journals = st.sampled_from(JOURNALS)

command = st.one_of(
    st.tuples(st.just("pass"), st.integers(0, 40)),
    st.tuples(
        st.just("issue"), orders, amounts, amounts, st.integers(0, 70),
        st.integers(-2, 2),
    ),
    st.tuples(st.just("capture"), orders, amounts, st.sampled_from(CURRENCIES)),
    st.tuples(st.just("propose"), journals, persons, amounts, st.integers(0, 1), st.integers(0, 70)),
    st.tuples(st.just("reverse"), journals, journals, persons),
    st.tuples(st.just("approve"), journals, persons),
    st.tuples(st.just("reject"), journals, persons),
    st.tuples(st.just("withdraw"), journals, persons),
    st.tuples(st.sampled_from(["soft_close", "close", "reopen"]), st.sampled_from(PERIODS)),
)  # fmt: skip


def day_before(at_ms, days):
    """A day about so many days ago, as yyyymmdd."""
    return local_day(at_ms - days * DAY_MS, "Europe/London")


def do(book, said):
    """One command; what it was answered, or None where it could only be parked."""
    what, *rest = said
    try:
        if what == "pass":
            book.at_ms += rest[0] * DAY_MS
            return (0, "")
        if what == "issue":
            order, net, tax, days, rounding = rest
            return book.issue(order, CURRENCY[order], net, tax, book.at_ms - days * DAY_MS, rounding)
        if what == "capture":
            return book.capture(rest[0], rest[1], rest[2], f"ch_{len(book.decisions)}")
        if what == "propose":
            name, by, amount, off, days = rest
            entries = ((SHRINKAGE, "D", amount), (BANK, "C", amount + off))
            return book.propose(name, by, *entries, day=day_before(book.at_ms, days))
        if what == "reverse":
            return book.propose(rest[0], rest[2], reverses=rest[1])
        return getattr(book, what)(*rest)
    except ValueError:
        return None


def check_receivables(decisions, owed_in):
    """A receivable is in one currency: what is paid in another clears nothing. Once cleared the book forgets it."""
    for event in (event for decision in decisions for event in decision.events):
        if event.type == "receivable.cleared":
            owed_in.pop(event.body.order_id, None)
        elif event.type == "ledger.posted" and event.body.step in ("invoice", "capture"):
            posting = event.body
            owed_in[posting.order_id] |= {posting.currency for one in posting.entries if one.account == AR}
            assert len(owed_in[posting.order_id]) <= 1


# How a book begins: as it is, or with the months before it closed, which a late fact must not land in.
begun = st.sampled_from([(), [(step, period) for period in PERIODS[:2] for step in ("soft_close", "close")]])


@settings(max_examples=200)
@given(begun, st.lists(command, max_size=40))
def test_no_sequence_of_commands_breaks_a_book(first, commands):
    book = Book(at_ms=MAY)
    commands = [*first, *commands]
    owed_in: defaultdict[Any, set[str]] = defaultdict(set)
    closed: set[Any] = set()
    makers: dict[Any, Any] = {}
    seen = 0
    for said in commands:
        answer = do(book, said)
        check_receivables(book.decisions[seen:], owed_in)
        for posting in (
            one for decision in book.decisions[seen:] for one in bodies(decision, "ledger.posted")
        ):
            signed = [e.amount_minor if e.side == "D" else -e.amount_minor for e in posting.entries]
            # A1, A23
            assert sum(signed) == 0
            assert len(signed) >= 2
            assert all(e.amount_minor > 0 and account_of(e.account) for e in posting.entries)
            assert posting.currency in EXPONENTS
            if posting.step == "invoice":
                assert posting.currency == CURRENCY[posting.order_id]
            elif posting.step == "cost":
                # Goods cost what they cost in the book's own.
                assert posting.currency == "GBP"
            # A22: and a late fact has its own date.
            assert posting.period not in closed
            assert posting.document_date // 100 <= posting.period
            if posting.step in ("journal", "reversal"):
                name = posting.reference.removeprefix("journal ")
                assert posting.by == makers[name]
                assert posting.approved_by not in ("", posting.by)
                assert posting.document_date // 100 == posting.period
        seen = len(book.decisions)
        if said[0] == "close" and answer == (200, ""):
            # All before it are closed with it.
            closed |= set(range(202001, said[1] + 1))
        if said[0] in ("propose", "reverse") and answer == (201, ""):
            makers[said[1]] = said[2] if said[0] == "propose" else said[3]
    ids = [posting.posting_id for posting in book.posted]
    assert len(set(ids)) == len(ids) == book.state.postings
    invoices = [invoice for decision in book.decisions for invoice in bodies(decision, "invoice.issued")]
    assert [invoice.number for invoice in invoices] == list(range(1, len(invoices) + 1))
    for one in invoices:
        # A16
        assert one.gross_minor == one.net_minor + one.tax_minor + one.shipping_minor + one.rounding_minor
        assert 2 * abs(one.rounding_minor) <= one.lines + 1
    # What the book holds open is what was invoiced and not paid, by its postings alone, since it last was cleared:
    # what was paid beyond that stands in no receivable.
    owed: defaultdict[Any, int] = defaultdict(int)
    for event in (event for decision in book.decisions for event in decision.events):
        if event.type == "ledger.posted":
            owed[event.body.order_id] += balances([event.body]).get((event.body.currency, AR), 0)
        elif event.type == "receivable.cleared":
            owed[event.body.order_id] = 0
    for order, receivable in book.state.open.items():
        assert owed[order] == receivable.invoiced_minor - receivable.captured_minor


def balances(postings):
    """(currency, account) -> debits less credits."""
    found: defaultdict[Any, int] = defaultdict(int)
    for posting in postings:
        for entry in posting.entries:
            found[posting.currency, entry.account] += (
                entry.amount_minor if entry.side == "D" else -entry.amount_minor
            )
    return {at: amount for at, amount in found.items() if amount}


histories = st.lists(
    st.lists(
        st.one_of(
            st.tuples(st.just("issue"), amounts, amounts),
            st.tuples(st.just("capture"), st.integers(1, 10**9)),
        ),
        max_size=5,
    ),
    min_size=2,
    max_size=4,
)


def replayed(interleaved):
    book = Book()
    for order, (what, *rest) in interleaved:
        if what == "issue":
            book.issue(order, CURRENCIES[int(order) % 3], rest[0], rest[1], shipment=str(len(book.decisions)))
        else:
            book.capture(order, rest[0], CURRENCIES[int(order) % 3], f"ch_{len(book.decisions)}")
    return book


@given(histories, st.randoms(use_true_random=False))
def test_the_ledger_folds_to_the_same_balances_however_the_orders_are_interleaved(stories, random):
    straight = [(str(n), step) for n, story in enumerate(stories) for step in story]
    # Any interleaving that keeps each order's own steps in their order.
    places = [order for order, _ in straight]
    random.shuffle(places)
    waiting = {str(n): iter(story) for n, story in enumerate(stories)}
    mixed = [(order, next(waiting[order])) for order in places]
    one, other = replayed(straight), replayed(mixed)
    assert balances(one.posted) == balances(other.posted)
    assert one.state.open == other.state.open
    assert one.state.postings == other.state.postings


@given(
    st.lists(st.integers(0, 10**9), max_size=40),
    st.sampled_from([0, 500, 725, 1_000, 2_000, 2_700]),
    st.sampled_from(CURRENCIES),
)
def test_rounding_once_differs_from_rounding_each_line_by_at_most_half_a_unit_a_line(nets, rate, currency):
    assert currency in EXPONENTS
    lines, nothing = taxes_on_net(nets, rate, LINE)
    same, rounding = taxes_on_net(nets, rate, DOCUMENT)
    assert (lines, nothing) == (same, 0)
    assert 2 * abs(rounding) <= len(nets)
    # To a minor unit of any currency: the tax owed is the rate on the sum.
    exact = sum(nets) * rate
    assert abs((sum(lines) + rounding) * 10_000 - exact) * 2 <= 10_000


@given(st.permutations(CURRENCIES), st.integers(1, 100))
def test_an_order_that_was_invoiced_in_one_currency_is_invoiced_in_no_other(currencies, net):
    book = Book()
    book.issue("o1", currencies[0], net, 0)
    for other in currencies[1:]:
        with pytest.raises(
            ValueError, match=f"an invoice in {other} for an order invoiced in {currencies[0]}"
        ):
            book.issue("o1", other, net, 0, shipment="more")
    assert {posting.currency for posting in book.posted if posting.step == "invoice"} == {currencies[0]}


@given(st.integers(2, 10**9), st.integers(0, 10**9), st.integers(-1, 1))
def test_what_a_document_rounds_is_owed_with_the_rest_and_stands_on_its_own_account(net, tax, rounding):
    """A16: and the invoice is issued, not parked."""
    book = Book()
    book.issue("o1", "GBP", net, tax, rounding=rounding)
    (issued,) = bodies(book.decisions[-1], "invoice.issued")
    assert issued.gross_minor == net + tax + rounding
    balance = balances(book.posted)
    assert balance["GBP", AR] == net + tax + rounding
    assert balance.get(("GBP", ROUNDING), 0) == -rounding
