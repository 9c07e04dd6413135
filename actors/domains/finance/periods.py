"""Handlers of periods: soft-closed when the flows are done, closed when nothing blocks it. Blockers have names.

Periods close in order. A fact that comes too late is never refused: `posting.post` puts it into the first
open period. Only what a person dates into a closed period is.
"""

from __future__ import annotations

from collections.abc import Callable

from contracts.answers import done, refuse, refuse_all
from contracts.decision import Decision
from contracts.entities import entity_of_book
from contracts.ledger import ClosePeriod, PeriodMoved, ReopenPeriod, SoftClosePeriod
from contracts.machines import PERIOD
from contracts.periods import is_period, last_day, local_day, period_of
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState, status_of

# (the book, its state, the period, now) -> why it may not be closed yet, or None.
Blocker = Callable[[str, BookState, int, int], str | None]


def _not_ended(book: str, state: BookState, period: int, at: int) -> str | None:
    today = local_day(at, entity_of_book(book).time_zone)
    return None if today > last_day(period) else f"it ends on {last_day(period)}, today is {today}"


def _earlier_open(book: str, state: BookState, period: int, at: int) -> str | None:
    earlier = sorted(p for p in state.used if p < period)
    return f"{earlier[0]} is {status_of(state, earlier[0])}" if earlier else None


def _journals_wait(book: str, state: BookState, period: int, at: int) -> str | None:
    waiting = [
        name
        for name, journal in sorted(state.journals.items())
        if journal.status == "proposed" and period_of(journal.day) <= period
    ]
    return f"{len(waiting)} wait for a second person, first {waiting[0]}" if waiting else None


def _not_revalued(book: str, state: BookState, period: int, at: int) -> str | None:
    return (
        "what is open in other currencies is valued first, by itself"
        if 0 < state.revaluing <= period
        else None
    )


# What stands against closing, in the order in which it is told. Whoever keeps something open adds a row.
BLOCKERS: dict[str, Blocker] = {
    "period-not-ended": _not_ended,
    "earlier-period-open": _earlier_open,
    "journals-waiting": _journals_wait,
    "not-revalued": _not_revalued,
}

# A soft close waits for nothing but the calendar.
_SOFT = ("period-not-ended",)


def blockers_of(book: str, state: BookState, period: int, at: int) -> dict[str, str]:
    """Everything that stands against closing this period: name and what it is."""
    found = {name: blocker(book, state, period, at) for name, blocker in BLOCKERS.items()}
    return {name: why for name, why in found.items() if why is not None}


def _move(state: BookState, message: Message, at: int, command: str, becomes: str) -> Decision:
    body: SoftClosePeriod | ClosePeriod | ReopenPeriod = message.body
    decision = Decision()
    path = f"/v1/periods/{body.book}:{body.period}"
    wrong = {
        f"/{name}": why
        for name, right, why in (
            ("period", is_period(body.period), "a period is yyyymm"),
            ("by", bool(body.by), "by whom?"),
            ("reason", bool(body.reason.strip()), "why?"),
        )
        if not right
    }
    if wrong:
        return refuse_all(decision, message, "invalid", wrong, path, status=422)
    refusal = PERIOD.refusal(status_of(state, body.period), command)
    if refusal is not None:
        return refuse(decision, message, refusal, f"{body.period} is {status_of(state, body.period)}", path)
    against = blockers_of(body.book, state, body.period, at) if command != "reopen" else {}
    if command == "soft_close":
        against = {name: why for name, why in against.items() if name in _SOFT}
    if against:
        return refuse_all(decision, message, "period-blocked", against, path)
    decision.event(PeriodMoved(body.book, body.period, body.by, body.reason), becomes)
    decision.answer(
        message.reply_to,
        done({"book": body.book, "period": body.period, "status": becomes.removeprefix("period.")}),
    )
    return decision


def _soft_close(state: BookState, message: Message, at: int) -> Decision:
    return _move(state, message, at, "soft_close", "period.soft_closed")


def _close(state: BookState, message: Message, at: int) -> Decision:
    return _move(state, message, at, "close", "period.closed")


def _reopen(state: BookState, message: Message, at: int) -> Decision:
    return _move(state, message, at, "reopen", "period.reopened")


def _fold_soft_closed(state: BookState, body: PeriodMoved) -> None:
    state.soft_closed.append(body.period)


def _fold_reopened(state: BookState, body: PeriodMoved) -> None:
    state.soft_closed.remove(body.period)


def _fold_closed(state: BookState, body: PeriodMoved) -> None:
    before = state.closed_through
    state.closed_through = body.period
    state.used = [period for period in state.used if period > body.period]
    state.soft_closed = [period for period in state.soft_closed if period > body.period]
    state.opened = {name: period for name, period in state.opened.items() if period > body.period}
    # A journal can be reversed until the period after its own is closed; then it is forgotten here.
    state.journals = {
        name: journal for name, journal in state.journals.items() if period_of(journal.day) > before
    }


HANDLERS: dict[str, Handler] = {
    "finance.soft_close_period": _soft_close,
    "finance.close_period": _close,
    "finance.reopen_period": _reopen,
}

FOLDS: dict[str, Fold] = {
    "period.soft_closed": _fold_soft_closed,
    "period.closed": _fold_closed,
    "period.reopened": _fold_reopened,
}
