"""A book: numbers without gaps, periods, open receivables only. Pure; what is posted stands in `rules/`."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from contracts.accounts import AR
from contracts.finance import Entry
from contracts.periods import next_period

OPEN, SOFT_CLOSED, CLOSED = "open", "soft_closed", "closed"


class Receivable(Struct):
    """What an order still owes: invoiced less captured."""

    invoiced_minor: int = 0
    captured_minor: int = 0
    currency: str = ""
    # What its currency was worth when it was invoiced last; 0 in the book's own.
    rate_e9: int = 0


class Journal(Struct):
    """A manual journal. `status` is a state of `contracts.machines.JOURNAL`; `by` is the maker."""

    status: str
    by: str
    reason: str
    currency: str
    entries: tuple[Entry, ...]
    day: int
    reverses: str = ""
    order_id: str = ""


class ClearingItem(Struct, gc=False):
    """What a payment provider owes us for a posting to its clearing account; negative: what we owe it."""

    currency: str
    amount_minor: int
    order_id: str


class Suspended(Struct, gc=False):
    """So much of a line of a settlement file that nothing explains; positive: more was paid out than we knew of."""

    file_id: str
    line_id: str
    currency: str
    left_minor: int


class ForeignItem(Struct, gc=False):
    """What is open on an account in another currency than the book's (debits positive), and what it was worth then.

    Of `unrated` nobody knew the rate.
    """

    account: str
    currency: str
    amount_minor: int = 0
    worth_minor: int = 0
    unrated: bool = False


class BookState(Struct):
    """A book of a legal entity: the next numbers, the number of postings, periods, open receivables only.

    Every period up to `closed_through` is closed; `used` are the others with postings, `soft_closed` those of them
    that take adjustments only. (Lists: a state's maps have names for keys.) `clearing` has the open items of
    the clearing accounts and `suspense` what settlement files told of that is none of them, by provider and
    reference; of a reference in suspense, its lines. `valued` is the number of the last movement posted of each
    stock pool; `opened` are opening values by reference, with their period, until that is closed.
    `rates` are (from when, worth in billionths of the base currency, when the ERP changed it, its number of the
    change), ascending, by currency.
    `deposits` is what is held for orders before it is invoiced. `foreign` is what is open in other currencies, and
    `revaluing` the period at whose end that is valued, 0 where nothing is.
    """

    next_invoice: int = 1
    postings: int = 0
    open: dict[str, Receivable] = {}
    next_credit_note: int = 1
    closed_through: int = 0
    used: list[int] = []
    soft_closed: list[int] = []
    journals: dict[str, Journal] = {}
    clearing: dict[str, ClearingItem] = {}
    suspense: dict[str, dict[str, Suspended]] = {}
    valued: dict[str, int] = {}
    opened: dict[str, int] = {}
    rates: dict[str, list[tuple[int, int, int, int]]] = {}
    deposits: dict[str, int] = {}
    foreign: dict[str, ForeignItem] = {}
    revaluing: int = 0


def status_of(state: BookState, period: int) -> str:
    """Open, soft-closed or closed."""
    if period <= state.closed_through:
        return CLOSED
    return SOFT_CLOSED if period in state.soft_closed else OPEN


def rate_e9(state: BookState, currency: str, at_ms: int) -> int:
    """What a unit of a currency is worth at an instant, in billionths of the base currency; 0 where nobody knows."""
    found = 0
    for since, rate, _, _ in state.rates.get(currency, ()):
        if since > at_ms:
            break
        found = rate
    return found


def posting_period(state: BookState, wanted: int, *, adjusting: bool = False) -> int:
    """The first period from the wanted one on that takes a posting.

    A soft-closed one takes only what a person adjusts, a closed one nothing.
    """
    period = wanted if wanted > state.closed_through else next_period(state.closed_through)
    while not adjusting and period in state.soft_closed:
        period = next_period(period)
    return period


def cleared_by(entries: Iterable[Entry]) -> int:
    """How much less is owed after these entries: what they credit to AR, less what they debit."""
    return sum([e.amount_minor if e.side == "C" else -e.amount_minor for e in entries if e.account == AR])
