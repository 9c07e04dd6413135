"""The accountant of a simulated run: closes the month that has ended, and is refused what comes too late for it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from contracts.accounts import BANK, PSP_FEES
from contracts.entities import entity_of_book
from contracts.finance import Entry
from contracts.ledger import ApproveJournal, ClosePeriod, ProposeJournal, SoftClosePeriod
from contracts.periods import last_day, local_day, period_before, period_of

SUBJECT = "month-end"


def month_end(book: str, at_ms: int) -> Sequence[msgspec.Struct]:
    """What the accountants of a book do at this instant, in this order."""
    entity = entity_of_book(book)
    period = period_of(local_day(at_ms, entity.time_zone))
    before = period_before(period)
    charges = (Entry(PSP_FEES, "D", 2_500), Entry(BANK, "C", 2_500))
    return (
        SoftClosePeriod(book, before, "ann", "month end"),
        ClosePeriod(book, before, "ann", "month end"),
        # Too late for the month that was just closed: refused, and written again with today's date.
        ProposeJournal(
            book, "charges-late", "bob", "the bank's charges", entity.base_currency, charges, last_day(before)
        ),
        ProposeJournal(book, "charges", "bob", "the bank's charges", entity.base_currency, charges),
        ApproveJournal(book, "charges", "ann"),
    )
