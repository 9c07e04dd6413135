"""Deposits in a book, in whatever order deposits, invoices and captures come: held until they are used (A10)."""

from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.accounts import AR, DEPOSITS
from contracts.deposits import DEPOSIT, ReturnDeposit
from contracts.finance import WriteOff
from contracts.partners import PaymentCaptured
from tests.support.book import Book
from tests.support.walk import bodies

ORDERS = ("o1", "o2")
amounts = st.integers(1, 300)
steps = st.lists(
    st.tuples(
        st.sampled_from(("deposit", "deposit", "invoice", "invoice", "capture", "give_back", "write_off")),
        st.sampled_from(ORDERS),
        amounts,
    ),
    max_size=25,
)


def do(book, n, step):
    """One message."""
    what, order, amount = step
    if what == "invoice":
        book.issue(order, "GBP", amount, 0, shipment=f"s{n}")
    elif what == "give_back":
        book.take(ReturnDeposit(order, "GB01", f"ch_{n}", "GBP", amount))
    elif what == "write_off":
        book.take(WriteOff(order, "GB01", "ann", "lost"))
    else:
        purpose = DEPOSIT if what == "deposit" else ""
        book.take(PaymentCaptured(order, "psp-a", f"ch_{n}", "pi", amount, "GBP", "GB01", purpose=purpose))


def standing(book, account):
    """What stands on an account, by order: debits less credits."""
    found: defaultdict[str, int] = defaultdict(int)
    for posting in book.posted:
        for entry in posting.entries:
            if entry.account == account:
                sign = 1 if entry.side == "D" else -1
                found[posting.order_id] += sign * entry.amount_minor
    return found


@settings(max_examples=200)
@given(steps)
def test_a_deposit_pays_what_is_owed_is_given_back_or_is_held_and_never_more_than_was_taken(told):
    book = Book()
    held: defaultdict[Any, int] = defaultdict(int)
    owed: defaultdict[Any, int] = defaultdict(int)
    for n, (what, order, amount) in enumerate(told):
        before = owed[order]
        if what == "capture":
            # Never more is captured than is owed.
            amount = min(amount, before)
            if not amount:
                continue
        do(book, n, (what, order, amount))
        # By rules of this test's own.
        if what == "deposit":
            held[order] += amount
        elif what == "invoice":
            owed[order] += amount
        elif what == "give_back":
            held[order] -= min(held[order], amount)
        elif what == "capture":
            owed[order] -= amount
        elif owed[order] > 0:
            owed[order] = 0
        if what in ("deposit", "invoice"):
            used = min(held[order], max(0, owed[order]) if what == "deposit" else amount)
            held[order] -= used
            owed[order] -= used
        assert {one: -minor for one, minor in standing(book, DEPOSITS).items() if minor} == {
            one: minor for one, minor in held.items() if minor
        }
        assert {one: minor for one, minor in standing(book, AR).items() if minor} == {
            one: minor for one, minor in owed.items() if minor
        }
        assert book.state.deposits == {one: minor for one, minor in held.items() if minor}
        cleared = bodies(book.decisions[-1], "receivable.cleared")
        assert len(cleared) <= 1
        if before > 0 or what == "invoice":
            # What was owed is not any more, or still is.
            assert bool(cleared) == (owed[order] <= 0)
        else:
            assert cleared == []
