"""How a posting comes into a book: balanced, in one currency, numbered, dated, and in an open period.

Every handler of finance posts through `post`.
"""

from __future__ import annotations

from msgspec import Struct

from contracts.decision import Decision
from contracts.entities import entity_of_book
from contracts.finance import Entry, LedgerPosted
from contracts.money import EXPONENTS
from contracts.periods import local_day, period_of

from .model import BookState, posting_period
from .rules.sides import is_balanced


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
    day = document.day or local_day(
        at if document.at_ms is None else min(at, document.at_ms), entity_of_book(document.book).time_zone
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
        )
    )
