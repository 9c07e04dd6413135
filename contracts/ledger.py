"""The vocabulary of what people do in a book: periods closed, journals that one writes and another approves."""

from __future__ import annotations

from msgspec import Struct

from .finance import Entry

# Periods. `period` is yyyymm in the entity's local time.


class SoftClosePeriod(Struct, array_like=True, frozen=True, gc=False):
    """finance.soft_close_period: the flows post to the next one from now on; adjustments still come."""

    book: str
    period: int
    by: str
    reason: str


class ClosePeriod(Struct, array_like=True, frozen=True, gc=False):
    """finance.close_period: nothing is posted to it any more. Answered with every blocker by name, if there are."""

    book: str
    period: int
    by: str
    reason: str


class ReopenPeriod(Struct, array_like=True, frozen=True, gc=False):
    """finance.reopen_period: a soft-closed one takes the flows' postings again."""

    book: str
    period: int
    by: str
    reason: str


class PeriodMoved(Struct, array_like=True, frozen=True, gc=False):
    """period.soft_closed, period.closed, period.reopened: by whom and why."""

    book: str
    period: int
    by: str
    reason: str


# Manual journals.


class ProposeJournal(Struct, array_like=True, frozen=True, gc=False):
    """finance.propose_journal: entries that a person writes, posted when a second person has approved them.

    `day` (yyyymmdd) is the document's date, 0 for today. With `reverses` it is the reversal of that journal:
    then currency and entries are the original's, the sides exchanged, and none are given.
    """

    book: str
    journal_id: str
    by: str
    reason: str
    currency: str = ""
    entries: tuple[Entry, ...] = ()
    day: int = 0
    reverses: str = ""
    order_id: str = ""


class ApproveJournal(Struct, array_like=True, frozen=True, gc=False):
    """finance.approve_journal: the checker, who is not the maker, has it posted."""

    book: str
    journal_id: str
    by: str
    reason: str = ""


class RejectJournal(Struct, array_like=True, frozen=True, gc=False):
    """finance.reject_journal: the checker sends it back."""

    book: str
    journal_id: str
    by: str
    reason: str


class WithdrawJournal(Struct, array_like=True, frozen=True, gc=False):
    """finance.withdraw_journal: the maker takes it back."""

    book: str
    journal_id: str
    by: str
    reason: str = ""


class JournalProposed(Struct, array_like=True, frozen=True, gc=False):
    """journal.proposed: it waits for a second person."""

    book: str
    journal_id: str
    by: str
    reason: str
    currency: str
    entries: tuple[Entry, ...]
    day: int
    reverses: str
    order_id: str


class JournalEnded(Struct, array_like=True, frozen=True, gc=False):
    """journal.posted, journal.rejected, journal.withdrawn: what became of it. `by` is who decided."""

    book: str
    journal_id: str
    by: str
    reason: str


class JournalRefused(Struct, array_like=True, frozen=True, gc=False):
    """journal.refused: it is dated into a closed period. Kept, for whoever asks what was tried."""

    book: str
    journal_id: str
    period: int
    by: str
    code: str


class JournalReversed(Struct, array_like=True, frozen=True, gc=False):
    """journal.reversed: `reversal` was posted, which takes it back."""

    book: str
    journal_id: str
    reversal: str


# Approvals: what needs a second person, whatever it is.


class ApprovalRequested(Struct, array_like=True, frozen=True, gc=False):
    """approval.requested: somebody other than `by` has to decide on `subject`, a thing of this kind."""

    approval_id: str
    kind: str
    subject: str
    by: str
    reason: str


class ApprovalDecided(Struct, array_like=True, frozen=True, gc=False):
    """approval.decided: `decision` is approved, rejected or withdrawn."""

    approval_id: str
    kind: str
    subject: str
    decision: str
    by: str
    reason: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "finance.soft_close_period": (1, SoftClosePeriod),
    "finance.close_period": (1, ClosePeriod),
    "finance.reopen_period": (1, ReopenPeriod),
    "period.soft_closed": (1, PeriodMoved),
    "period.closed": (1, PeriodMoved),
    "period.reopened": (1, PeriodMoved),
    "finance.propose_journal": (1, ProposeJournal),
    "finance.approve_journal": (1, ApproveJournal),
    "finance.reject_journal": (1, RejectJournal),
    "finance.withdraw_journal": (1, WithdrawJournal),
    "journal.proposed": (1, JournalProposed),
    "journal.posted": (1, JournalEnded),
    "journal.rejected": (1, JournalEnded),
    "journal.withdrawn": (1, JournalEnded),
    "journal.refused": (1, JournalRefused),
    "journal.reversed": (1, JournalReversed),
    "approval.requested": (1, ApprovalRequested),
    "approval.decided": (1, ApprovalDecided),
}
