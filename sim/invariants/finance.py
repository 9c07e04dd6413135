"""A16, A22, A23: documents add up, periods stay closed, one currency.

T2: every exception has an owner and a due time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.entities import ENTITIES, entity_of_book
from contracts.exceptions import TEAMS
from contracts.finance import InvoiceIssued, LedgerPosted
from contracts.ledger import JournalRefused, PeriodMoved
from contracts.partners import ExceptionOpened, PaymentCaptured
from contracts.turn import Turn
from contracts.worklist import ExceptionListed, ExceptionResolved

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader, RestInvariant

RECEIVABLE = "1100 "
# Postings that a person makes, and another must have approved.
BY_PERSONS = ("journal", "reversal")


class A16(Invariant):
    """The document is compared with itself and with what was posted for it.

    At risk: invoices of several lines, with shipping, or rounded: amounts that come from several places.
    """

    id = "A16"
    title = "every invoice is the sum of its parts, rounded by half a unit a line at most"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._gross: dict[tuple[str, str], InvoiceIssued] = {}
        self._last: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {"invoice.issued": self._issued, "ledger.posted": self._posted}

    def _issued(self, body: InvoiceIssued, turn: Turn, group: int) -> None:
        self.checked += 1
        self.at_risk += body.lines > 1 or bool(body.shipping_minor or body.rounding_minor)
        what = f"{body.order_id}: invoice {body.number} of {body.book}"
        parts = body.net_minor + body.tax_minor + body.shipping_minor + body.rounding_minor
        if body.gross_minor != parts:
            self.broken(f"{what} is {body.gross_minor}, its parts {parts}", body.order_id, turn.at_ms)
        if 2 * abs(body.rounding_minor) > body.lines + 1:
            said = f"{what} of {body.lines} lines is rounded by {body.rounding_minor}"
            self.broken(said, body.order_id, turn.at_ms)
        expected = self._last.get(body.book, 0) + 1
        if body.number != expected:
            self.broken(f"{what} should have number {expected}", body.order_id, turn.at_ms)
        self._last[body.book] = body.number
        self._gross[body.book, f"invoice {body.number}"] = body

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        invoice = self._gross.get((body.book, body.reference))
        if body.step != "invoice" or invoice is None:
            return
        owed = sum(
            entry.amount_minor if entry.side == "D" else -entry.amount_minor
            for entry in body.entries
            if entry.account.startswith(RECEIVABLE)
        )
        if owed != invoice.gross_minor:
            said = f"{body.reference} asks for {invoice.gross_minor}, {owed} is posted as owed"
            self.broken(f"{body.order_id}: {said}", body.order_id, turn.at_ms)


class A22(Invariant):
    """At risk: facts that came after their period was closed, and journals refused for that reason."""

    id = "A22"
    title = "nothing is posted into a closed period; what a person posts, another approved"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._closed: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "period.closed": self._close,
            "ledger.posted": self._posted,
            "journal.refused": self._refused,
        }

    def _close(self, body: PeriodMoved, turn: Turn, group: int) -> None:
        self._closed[body.book] = max(body.period, self._closed.get(body.book, 0))

    def _refused(self, body: JournalRefused, turn: Turn, group: int) -> None:
        self.at_risk += 1

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        self.checked += 1
        posting = f"posting {body.posting_id} ({body.step}, {body.reference})"
        closed = self._closed.get(body.book, 0)
        self.at_risk += body.document_date // 100 <= closed
        if body.period <= closed:
            self.broken(f"{posting} is in {body.period}, which was closed", body.order_id, turn.at_ms)
        if body.document_date // 100 > body.period:
            self.broken(f"{posting} of {body.document_date} is in {body.period}", body.order_id, turn.at_ms)
        if body.step in BY_PERSONS and (not body.by or body.approved_by in ("", body.by)):
            said = f"{posting} was made by {body.by or 'nobody'}, approved by {body.approved_by or 'nobody'}"
            self.broken(said, body.order_id, turn.at_ms)


class A23(Invariant):
    """What goods cost, and what a provider settles in, is in the book's own currency, and touches no receivable.

    At risk: amounts that a payment provider named, whose currency could be another than the order's.
    """

    id = "A23"
    title = "an order and a posting have one currency"

    def facts(self) -> Mapping[str, Reader]:
        return {
            "invoice.issued": self._checked,
            "ledger.posted": self._checked,
            "payment.captured": self._captured,
        }

    def _captured(self, body: PaymentCaptured, turn: Turn, group: int) -> None:
        self.at_risk += 1
        self._checked(body, turn, group)

    def _checked(self, body: InvoiceIssued | LedgerPosted | PaymentCaptured, turn: Turn, group: int) -> None:
        self.checked += 1
        if not (len(body.currency) == 3 and body.currency.isupper()):
            self.broken(f"{body.order_id}: {turn.actor} says {body.currency!r}", body.order_id, turn.at_ms)
        record = self.history.orders.get(body.order_id)
        if record is None or record.order is None or record.order.currency == body.currency:
            return
        if type(body) is LedgerPosted and _is_in_the_books_own(body) and not _touches_receivable(body):
            return
        # What was taken in another currency is right if a person is told, and it clears nothing.
        told = record.was_excepted or type(body) is PaymentCaptured
        if not told or (type(body) is LedgerPosted and _touches_receivable(body)):
            self.broken(
                f"{body.order_id} is in {record.order.currency}, {turn.actor} says {body.currency}",
                body.order_id,
                turn.at_ms,
            )


# What goods cost and what money is settled in is in the book's own currency, whatever the customer paid in.
_IN_THE_BOOKS_OWN = frozenset({
    "dispute_opened", "dispute_won", "dispute_lost",
    "cost", "exchanged", "exchange", "return_received", "return_restocked", "return_scrapped", "return_refused",
    "intercompany_bought", "intercompany_sold", "intercompany_returned", "intercompany_taken_back",
})  # fmt: skip


def _is_in_the_books_own(body: LedgerPosted) -> bool:
    return body.step in _IN_THE_BOOKS_OWN and body.currency == entity_of_book(body.book).base_currency


def _touches_receivable(body: LedgerPosted) -> bool:
    return any(entry.account.startswith(RECEIVABLE) for entry in body.entries)


class T2(RestInvariant):
    """Checked for every order and every exception. At risk: every exception that was opened; whoever opens one does
    not wait for it to be listed. What was over before its listing came is on nobody's list, and needs nobody. A team
    that keeps an entity's working days has until one of them.
    """

    id = "T2"
    title = "every exception has an owner and a due time"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._opened: dict[str, tuple[ExceptionOpened, int]] = {}
        self._listed: dict[str, ExceptionListed] = {}
        self._resolved: dict[str, ExceptionResolved] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "exception.opened": self._open,
            "exception.listed": self._list,
            "exception.resolved": self._end,
        }

    def _open(self, body: ExceptionOpened, turn: Turn, group: int) -> None:
        self._opened.setdefault(body.exception_id, (body, turn.at_ms))

    def _list(self, body: ExceptionListed, turn: Turn, group: int) -> None:
        if body.exception_id in self._listed:
            self.broken(f"{body.order_id}: {body.exception_id} was listed twice", body.order_id, turn.at_ms)
        self._listed[body.exception_id] = body

    def _end(self, body: ExceptionResolved, turn: Turn, group: int) -> None:
        self._resolved[body.exception_id] = body

    def at_rest(self, evidence: Evidence) -> None:
        cared_for = {listed.order_id for listed in self._listed.values()}
        cared_for.update(resolved.order_id for resolved in self._resolved.values())
        for record in self.history.received():
            self.checked += 1
            if record.was_excepted and record.order_id not in cared_for:
                self.broken(f"{record.order_id} needs a person and is on nobody's list", record.order_id)
        for id_, (opened, at_ms) in self._opened.items():
            self.checked += 1
            self.at_risk += 1
            listed = self._listed.get(id_)
            what = f"{opened.order_id}: {opened.category} ({id_})"
            if listed is None and id_ in self._resolved:
                continue
            if listed is None:
                self.broken(f"{what} is on nobody's list", opened.order_id, at_ms)
            elif listed.team in TEAMS and not _is_at_work(TEAMS[listed.team].calendar, listed.due_ms):
                day = f"due at {listed.due_ms}, when nobody works there"
                self.broken(f"{what} is {listed.team}'s, {day}", opened.order_id, at_ms)
            elif not listed.team or listed.due_ms <= at_ms:
                self.broken(
                    f"{what} is {listed.team or 'nobody'}'s, due at {listed.due_ms}", opened.order_id, at_ms
                )


def _is_at_work(calendar: str, at_ms: int) -> bool:
    if not calendar:
        return True
    entity = ENTITIES[calendar]
    local = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(entity.time_zone))
    return local.isoweekday() not in entity.weekend and int(local.strftime("%Y%m%d")) not in entity.holidays
