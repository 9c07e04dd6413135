"""How a posting comes into a book: balanced, in one currency, numbered, dated, and in an open period.

Every handler of finance posts through `post`.
"""

from __future__ import annotations

from msgspec import Struct

from contracts.decision import Decision
from contracts.entities import Entity, entity_of_book
from contracts.finance import Entry, LedgerPosted
from contracts.money import EXPONENTS
from contracts.periods import end_ms, local_day, period_of
from contracts.revaluation import RevaluationDue

from .model import BookState, posting_period, rate_e9
from .rules.sides import is_balanced

# The timer at a period's end.
REVALUE = "revalue"


class Document(Struct, frozen=True):
    """What is posted about: its book, order, name and currency; who and why where a person acts.

    `at_ms` is the document's own instant, None for now: a late fact keeps its date; or `day` (yyyymmdd) says
    it. `adjusting`: a person's journal, which a soft-closed period still takes.
    """

    book: str
    order_id: str
    reference: str
    currency: str
    at_ms: int | None = None
    by: str = ""
    reason: str = ""
    adjusting: bool = False
    day: int = 0
    approved_by: str = ""


def post(
    state: BookState,
    decision: Decision,
    document: Document,
    step: str,
    entries: tuple[Entry, ...],
    at: int,
) -> None:
    """Post the entries of one step; nothing is posted where there are none.

    ValueError where they do not balance or the currency is none; LookupError where nobody has the book.
    """
    if not entries:
        return
    if not is_balanced(entries):
        raise ValueError(f"posting {step} of {document.reference} does not balance")
    if document.currency not in EXPONENTS:
        raise ValueError(f"posting {step} of {document.reference} is in {document.currency!r}")
    entity = entity_of_book(document.book)
    rate = 0
    if document.currency != entity.base_currency:
        rate = rate_e9(state, document.currency, at)
        if not state.revaluing:
            _wait_for_the_end(decision, entity, at)
    day = document.day or local_day(
        at if document.at_ms is None else min(at, document.at_ms), entity.time_zone
    )
    # A posting that came to nothing took no number: count those this turn has made.
    made = sum([event.type == "ledger.posted" for event in decision.events])
    decision.event(
        LedgerPosted(
            f"{document.book}-{state.postings + made + 1}",
            document.book,
            document.order_id,
            document.reference,
            step,
            document.currency,
            entries,
            posting_period(state, period_of(day), adjusting=document.adjusting),
            day,
            document.by,
            document.reason,
            document.approved_by,
            rate,
        )
    )


def _wait_for_the_end(decision: Decision, entity: Entity, at: int) -> None:
    """The first of what is open in another currency: it is valued when the period is over."""
    if any(event.type == "period.revaluation_due" for event in decision.events):
        return
    period = period_of(local_day(at, entity.time_zone))
    decision.event(RevaluationDue(entity.book, period))
    decision.set_timer(REVALUE, REVALUE, end_ms(period, entity.time_zone))
