"""What is open in other currencies: kept with its worth, and valued when a period ends, where the entity is.

Receivables, disputes and refunds payable are kept by order, at the rates at which they arose; what stands on other
accounts together, and what leaves takes its share of the worth along. When the period is over each is valued at the
rate of its last instant: the difference is posted to the period, and taken back on the next one's first day. A book
without other currencies has no timer, and a posting in its own costs nothing here.
"""

from __future__ import annotations

from contracts.accounts import (
    AP,
    AR,
    BANK,
    CASH,
    DISPUTES,
    INTERCOMPANY_PAYABLE,
    INTERCOMPANY_RECEIVABLE,
    PSP_CLEARING,
    REFUNDS_PAYABLE,
    SUSPENSE,
    account_of,
)
from contracts.decision import Decision
from contracts.entities import entity_of_book
from contracts.finance import LedgerPosted
from contracts.fx import convert
from contracts.ids import digest128
from contracts.money import share_half_up
from contracts.partners import ExceptionOpened
from contracts.periods import end_ms, last_day, local_day, next_period, period_before, period_of
from contracts.revaluation import PeriodRevalued, RevaluationDue, RevaluedRow
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState, ForeignItem, rate_e9
from .posting import REVALUE, Document, post
from .rules import adjustments

# Money, and what is a claim to money. Deposits and gift cards are owed in goods.
_BY_ORDER = frozenset({AR, DISPUTES, REFUNDS_PAYABLE})
_TOGETHER = frozenset({BANK, CASH, PSP_CLEARING, SUSPENSE, AP, INTERCOMPANY_RECEIVABLE, INTERCOMPANY_PAYABLE})


def note_foreign(state: BookState, body: LedgerPosted) -> None:
    """Fold of a posting in another currency than the book's: what it leaves open there, and what that is worth."""
    base = entity_of_book(body.book).base_currency
    for entry in body.entries:
        row = account_of(entry.account)
        label = row.label if row is not None else ""
        if label not in _BY_ORDER and label not in _TOGETHER:
            continue
        key = f"{entry.account} {body.currency} {body.order_id if label in _BY_ORDER else ''}"
        item = state.foreign.get(key) or ForeignItem(entry.account, body.currency)
        amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
        _move(item, amount, body.rate_e9, base)
        if item.amount_minor:
            state.foreign[key] = item
        else:
            state.foreign.pop(key, None)


def _move(item: ForeignItem, amount_minor: int, rate: int, base: str) -> None:
    before = item.amount_minor
    item.amount_minor += amount_minor
    if before * amount_minor >= 0:
        item.worth_minor += convert(amount_minor, rate, item.currency, base)
        item.unrated |= not rate
    elif before * item.amount_minor >= 0:
        # What is left keeps its share.
        item.worth_minor = share_half_up(item.worth_minor, abs(item.amount_minor), abs(before))
    else:
        item.worth_minor = convert(item.amount_minor, rate, item.currency, base)
        item.unrated = not rate


def _period_over(state: BookState, message: Message, at: int) -> Decision:
    decision = Decision()
    book = message.key
    entity = entity_of_book(book)
    period = period_before(period_of(local_day(at, entity.time_zone)))
    rates = {
        currency: rate_e9(state, currency, end_ms(period, entity.time_zone) - 1)
        for currency in sorted({item.currency for item in state.foreign.values()})
    }
    sums: dict[tuple[str, str], list[int]] = {}
    unrated = []
    for item in state.foreign.values():
        if item.unrated or not rates[item.currency]:
            unrated.append(item)
            continue
        sides = sums.setdefault((item.account, item.currency), [0, 0])
        sides[0] += item.amount_minor
        sides[1] += item.worth_minor
    rows = tuple([
        RevaluedRow(
            account, currency, amount, worth, rates[currency],
            convert(amount, rates[currency], currency, entity.base_currency) - worth,
        )
        for (account, currency), (amount, worth) in sorted(sums.items())
    ])  # fmt: skip
    later = next_period(period) if state.foreign else 0
    decision.event(PeriodRevalued(book, period, rows, later, len(unrated)))
    for currency in rates:
        _post(state, decision, book, period, currency, rows, at)
    if unrated:
        detail = f"{book} {period}: {len(unrated)} open items in other currencies have no rate"
        exception_id = "exc_" + digest128("exchange-rate-missing", book, str(period))
        decision.event(ExceptionOpened(exception_id, "exchange-rate-missing", "", detail))
    if later:
        decision.set_timer(REVALUE, REVALUE, end_ms(later, entity.time_zone))
    return decision


def _post(
    state: BookState, decision: Decision, book: str, period: int, currency: str, rows: tuple[RevaluedRow, ...], at: int
) -> None:  # fmt: skip
    """Gained or lost by the period's end, and taken back on the next one's first day."""
    base = entity_of_book(book).base_currency
    gain = sum([row.gain_minor for row in rows if row.currency == currency])
    reference = f"revaluation {period} {currency}"
    for step, entries, day in (
        ("revaluation", adjustments.revaluation(gain), last_day(period)),
        ("revaluation_reversed", adjustments.revaluation_reversed(gain), next_period(period) * 100 + 1),
    ):
        post(state, decision, Document(book, "", reference, base, adjusting=True, day=day), step, entries, at)


def _fold_due(state: BookState, body: RevaluationDue) -> None:
    state.revaluing = body.period


def _fold_revalued(state: BookState, body: PeriodRevalued) -> None:
    state.revaluing = body.next_period


HANDLERS: dict[str, Handler] = {f"timer.{REVALUE}": _period_over}

FOLDS: dict[str, Fold] = {"period.revaluation_due": _fold_due, "period.revalued": _fold_revalued}
