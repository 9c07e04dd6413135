"""Handlers of manual journals: one person writes, another approves, and only then are the entries posted."""

from __future__ import annotations

from contracts.accounts import account_of
from contracts.answers import done, refuse, refuse_all, refused
from contracts.decision import Decision
from contracts.entities import Entity, entity_of_book
from contracts.finance import Entry, ReceivableCleared
from contracts.ledger import (
    ApprovalDecided,
    ApprovalRequested,
    ApproveJournal,
    JournalEnded,
    JournalProposed,
    JournalRefused,
    JournalReversed,
    ProposeJournal,
    RejectJournal,
    WithdrawJournal,
)
from contracts.machines import JOURNAL, PERIOD
from contracts.money import EXPONENTS
from contracts.periods import is_day, local_day, period_of
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState, Journal, cleared_by, status_of
from .posting import Document, post
from .rules.sides import is_balanced, swapped

KIND = "manual-journal"
MAX_ENTRIES = 500
_UNBALANCED = {"/entries": "debits and credits differ"}


def _path(book: str, journal_id: str) -> str:
    return f"/v1/journals/{book}:{journal_id}"


def _status(state: BookState, journal_id: str) -> str:
    known = state.journals.get(journal_id)
    return known.status if known is not None else "none"


def wrong_with(entries: tuple[Entry, ...], currency: str, entity: Entity) -> dict[str, str]:
    """Everything that is wrong with a journal's entries: JSON pointer and a sentence."""
    wrong: dict[str, str] = {}
    if currency not in EXPONENTS:
        wrong["/currency"] = "a journal has one currency, by its ISO 4217 code"
    if not 2 <= len(entries) <= MAX_ENTRIES:
        wrong["/entries"] = f"a journal has 2 to {MAX_ENTRIES} entries"
    for n, entry in enumerate(entries):
        if entry.side not in ("D", "C"):
            wrong[f"/entries/{n}/side"] = "a side is D or C"
        if entry.amount_minor <= 0:
            wrong[f"/entries/{n}/amount_minor"] = "an amount is over zero"
        if account_of(entry.account, entity.chart) is None:
            wrong[f"/entries/{n}/account"] = f"the {entity.chart} chart has no such account"
    if not wrong and not is_balanced(entries):
        wrong |= _UNBALANCED
    return wrong


def _propose(state: BookState, message: Message, at: int) -> Decision:
    command: ProposeJournal = message.body
    decision = Decision()
    path = _path(command.book, command.journal_id)
    refusal = JOURNAL.refusal(_status(state, command.journal_id), "propose")
    if refusal is not None:
        return refuse(decision, message, refusal, "there is a journal of this id", path)
    entity = entity_of_book(command.book)
    today = local_day(at, entity.time_zone)
    day = command.day or today
    currency, entries = command.currency, command.entries
    wrong: dict[str, str] = {}
    if command.reverses:
        if entries or currency:
            wrong["/entries"] = "a reversal has the entries and currency of what it reverses"
        original = state.journals.get(command.reverses)
        refusal = JOURNAL.refusal(_status(state, command.reverses), "reverse")
        if original is None or refusal is not None:
            return refuse(decision, message, refusal or "", f"cannot reverse {command.reverses}", path)
        currency, entries = original.currency, swapped(original.entries)
    else:
        wrong = wrong_with(entries, currency, entity)
    wrong |= {
        f"/{name}": why
        for name, right, why in (
            ("by", bool(command.by), "by whom?"),
            ("reason", bool(command.reason.strip()), "why?"),
            ("journal_id", bool(command.journal_id), "a journal has an id"),
            ("day", is_day(day) and day <= today, "a day is yyyymmdd and not in the future"),
        )
        if not right
    }
    if wrong:
        code = "unbalanced" if wrong == _UNBALANCED else "invalid"
        return refuse_all(decision, message, code, wrong, path, status=422)
    refusal = PERIOD.refusal(status_of(state, period_of(day)), "adjust")
    if refusal is not None:
        decision.event(JournalRefused(command.book, command.journal_id, period_of(day), command.by, refusal))
        return refuse(decision, message, refusal, f"{period_of(day)} is closed", path)
    decision.event(
        JournalProposed(
            command.book, command.journal_id, command.by, command.reason, currency, entries, day,
            command.reverses, command.order_id,
        )
    )  # fmt: skip
    decision.event(ApprovalRequested(command.journal_id, KIND, path, command.by, command.reason))
    decision.answer(
        message.reply_to, done({"journal_id": command.journal_id, "status": "proposed"}, 201, path)
    )
    return decision


def _refused(
    decision: Decision,
    state: BookState,
    message: Message,
    command: ApproveJournal | RejectJournal | WithdrawJournal,
    step: str,
) -> bool:
    """Whether it is refused, and whoever asked was told: by its state, or by who asks."""
    path = _path(command.book, command.journal_id)
    status = _status(state, command.journal_id)
    code = JOURNAL.refusal(status, step)
    if code is not None:
        refuse(decision, message, code, f"the journal is {status}", path)
        return True
    maker = state.journals[command.journal_id].by
    if not command.by or (step == "reject" and not command.reason.strip()):
        wrong = {"/by": "by whom?"} if not command.by else {"/reason": "why?"}
        refuse_all(decision, message, "invalid", wrong, path, status=422)
        return True
    if (command.by == maker) != (step == "withdraw"):
        own = step == "withdraw"
        said = f"only {maker}, who wrote it, may" if own else f"{maker} wrote it: another person decides"
        code = "not-the-maker" if own else "self-approval"
        no = refused(code, said, path, message.trace, status=409 if own else 403)
        decision.answer(message.reply_to, no)
        return True
    return False


def _end(
    decision: Decision,
    message: Message,
    command: ApproveJournal | RejectJournal | WithdrawJournal,
    becomes: str,
    said: str,
) -> Decision:
    """The journal has come to its end, and whoever asked is told."""
    ended = JournalEnded(command.book, command.journal_id, command.by, command.reason)
    decision.event(ended, f"journal.{becomes}")
    path = _path(command.book, command.journal_id)
    decision.event(ApprovalDecided(command.journal_id, KIND, path, said, command.by, command.reason))
    decision.answer(message.reply_to, done({"journal_id": command.journal_id, "status": becomes}))
    return decision


def _approve(state: BookState, message: Message, at: int) -> Decision:
    command: ApproveJournal = message.body
    decision = Decision()
    if _refused(decision, state, message, command, "approve"):
        return decision
    journal = state.journals[command.journal_id]
    path = _path(command.book, command.journal_id)
    if journal.reverses:
        refusal = JOURNAL.refusal(_status(state, journal.reverses), "reverse")
        if refusal is not None:
            return refuse(decision, message, refusal, f"cannot reverse {journal.reverses}", path)
    refusal = PERIOD.refusal(status_of(state, period_of(journal.day)), "adjust")
    if refusal is not None:
        return refuse(decision, message, refusal, f"{period_of(journal.day)} is closed", path)
    document = Document(
        command.book,
        journal.order_id,
        f"journal {command.journal_id}",
        journal.currency,
        day=journal.day,
        by=journal.by,
        reason=journal.reason,
        approved_by=command.by,
        adjusting=True,
    )
    post(state, decision, document, "reversal" if journal.reverses else "journal", journal.entries, at)
    if journal.reverses:
        decision.event(JournalReversed(command.book, journal.reverses, command.journal_id))
    if journal.order_id in state.open:
        receivable = state.open[journal.order_id]
        settled = receivable.captured_minor + cleared_by(journal.entries)
        if settled >= receivable.invoiced_minor > 0:
            decision.event(ReceivableCleared(journal.order_id, command.book, settled))
    return _end(decision, message, command, "posted", "approved")


def _reject(state: BookState, message: Message, at: int) -> Decision:
    decision = Decision()
    if _refused(decision, state, message, message.body, "reject"):
        return decision
    return _end(decision, message, message.body, "rejected", "rejected")


def _withdraw(state: BookState, message: Message, at: int) -> Decision:
    decision = Decision()
    if _refused(decision, state, message, message.body, "withdraw"):
        return decision
    return _end(decision, message, message.body, "withdrawn", "withdrawn")


def _fold_proposed(state: BookState, body: JournalProposed) -> None:
    state.journals[body.journal_id] = Journal(
        "proposed", body.by, body.reason, body.currency, body.entries, body.day, body.reverses, body.order_id
    )


def _fold_ended(becomes: str) -> Fold:
    def fold(state: BookState, body: JournalEnded) -> None:
        journal = state.journals[body.journal_id]
        journal.status = becomes
        if becomes != "posted":
            # Nothing of it was posted: that it was there is enough.
            journal.entries = ()

    return fold


def _fold_reversed(state: BookState, body: JournalReversed) -> None:
    journal = state.journals[body.journal_id]
    journal.status = "reversed"
    journal.entries = ()


HANDLERS: dict[str, Handler] = {
    "finance.propose_journal": _propose,
    "finance.approve_journal": _approve,
    "finance.reject_journal": _reject,
    "finance.withdraw_journal": _withdraw,
}

FOLDS: dict[str, Fold] = {
    "journal.proposed": _fold_proposed,
    "journal.posted": _fold_ended("posted"),
    "journal.rejected": _fold_ended("rejected"),
    "journal.withdrawn": _fold_ended("withdrawn"),
    "journal.reversed": _fold_reversed,
}
