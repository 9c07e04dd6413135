"""Q7, Q8 and settlement's part of Q9: what the providers pay out, in the ledger and in their own books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contracts.finance import LedgerPosted
from contracts.gift_cards import GiftCardIssued
from contracts.partners import ExceptionOpened
from contracts.settlement import (
    DiscrepancyResolved,
    FileImported,
    FileRefused,
    LineMatched,
    LineMismatched,
    PayoutReconciled,
)
from contracts.tills import TillFilePosted
from contracts.turn import Turn
from contracts.worklist import ExceptionResolved

from .evidence import Evidence
from .invariant import Reader, RestInvariant

if TYPE_CHECKING:
    from .history import History

Row = Mapping[str, Any]
# (provider, currency) -> minor units
Sums = dict[tuple[str, str], int]

CLEARING, SUSPENSE = "1200 PSP clearing ", "1210 settlement suspense "

MISMATCH = "settlement-mismatch"

# What a person posts explains a difference that is there; it makes none.
_BY_HAND = ("journal", "reversal")

# How a line leaves suspense towards the clearing account: with an open item of it.
_INTO_CLEARING = ("match", "found")


def _add(sums: Sums, provider: str, currency: str, amount: int) -> None:
    sums[provider, currency] = sums.get((provider, currency), 0) + amount


class Settled:
    """Files and lines by settlement's own facts; the two accounts by the ledger's."""

    def __init__(self) -> None:
        self.imported: dict[tuple[str, str], FileImported] = {}
        self.paid: dict[tuple[str, str], PayoutReconciled] = {}
        self.lines: dict[tuple[str, str], int] = {}
        # What the lines met on the clearing account, signed our way.
        self.cleared: Sums = {}
        # (provider, file, line) -> (currency, what of it is unexplained)
        self.open: dict[tuple[str, str, str], tuple[str, int]] = {}
        self.posted_clearing: Sums = {}
        self.posted_suspense: Sums = {}
        # Gift cards sold, and cards taken at tills, are money taken, and no capture of an order.
        self.cards: Sums = {}
        # Exceptions of lines that are nobody's yet: id -> file; None once it is over, whatever comes later.
        self.excepted: dict[str, str | None] = {}
        self.refused = 0
        self.taking_back = 0
        self.suspended = 0

    def facts(self) -> Mapping[str, Reader]:
        """What is folded."""
        return {
            "ledger.posted": self._posted,
            "gift_card.issued": self._card_sold,
            "till_file.posted": self._till_closed,
            "settlement.file_imported": self._imported,
            "settlement.file_refused": self._refused,
            "settlement.line_matched": self._matched,
            "settlement.line_mismatched": self._mismatched,
            "settlement.discrepancy_resolved": self._resolved,
            "settlement.payout_reconciled": self._paid,
            "exception.opened": self._opened,
            "exception.resolved": self._ended,
        }

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        if body.step in _BY_HAND:
            return
        for entry in body.entries:
            for account, sums in ((CLEARING, self.posted_clearing), (SUSPENSE, self.posted_suspense)):
                if entry.account.startswith(account):
                    amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
                    _add(sums, entry.account[len(account) :], body.currency, amount)

    def _card_sold(self, body: GiftCardIssued, turn: Turn, group: int) -> None:
        # Without a provider an order sold it: that is a capture.
        if body.provider:
            _add(self.cards, body.provider, body.currency, body.amount_minor)

    def _till_closed(self, body: TillFilePosted, turn: Turn, group: int) -> None:
        cards = body.total.card_minor - body.refunded.card_minor
        _add(self.cards, body.provider, body.currency, cards)

    def _imported(self, body: FileImported, turn: Turn, group: int) -> None:
        self.imported.setdefault((body.provider, body.file_id), body)

    def _refused(self, body: FileRefused, turn: Turn, group: int) -> None:
        self.refused += 1

    def _matched(self, body: LineMatched, turn: Turn, group: int) -> None:
        self._line(body, body.gross_minor)

    def _mismatched(self, body: LineMismatched, turn: Turn, group: int) -> None:
        self._line(body, body.gross_minor - body.residue_minor)
        self.suspended += 1
        self.open[body.provider, body.file_id, body.line_id] = (body.currency, body.residue_minor)

    def _line(self, body: LineMatched | LineMismatched, cleared_minor: int) -> None:
        of = (body.provider, body.file_id)
        self.lines[of] = self.lines.get(of, 0) + 1
        self.taking_back += body.gross_minor < 0
        _add(self.cleared, body.provider, body.currency, cleared_minor)

    def _resolved(self, body: DiscrepancyResolved, turn: Turn, group: int) -> None:
        at = (body.provider, body.file_id, body.line_id)
        _, left = self.open.get(at, (body.currency, 0))
        self.open[at] = (body.currency, left - body.amount_minor)
        if body.how in _INTO_CLEARING:
            _add(self.cleared, body.provider, body.currency, body.amount_minor)

    def _paid(self, body: PayoutReconciled, turn: Turn, group: int) -> None:
        self.paid.setdefault((body.provider, body.file_id), body)

    def _opened(self, body: ExceptionOpened, turn: Turn, group: int) -> None:
        if body.category == MISMATCH:
            self.excepted.setdefault(body.exception_id, body.order_id)

    def _ended(self, body: ExceptionResolved, turn: Turn, group: int) -> None:
        if body.category == MISMATCH:
            self.excepted[body.exception_id] = None


def _owed(fact: Any) -> tuple[str, int]:
    """(currency, amount) that the provider owes or takes for a capture or refund: as it settles it."""
    if fact.settled_currency:
        return fact.settled_currency, fact.settled_minor
    return fact.currency, fact.amount_minor


class _Account(RestInvariant):
    """An account for each provider and currency, against what should stand on it."""

    def _compare(self, posted: Sums, due: Sums, account: str, of: str) -> None:
        accounts = sorted({*posted, *due})
        # Where nothing was taken there is one account for all, and nothing stands on it.
        self.checked += len(accounts) or 1
        for provider, currency in accounts:
            at = (provider, currency)
            if posted.get(at, 0) != due.get(at, 0):
                self.broken(
                    f"{provider}: {posted.get(at, 0)} {currency} stand on {account}, {of} {due.get(at, 0)}"
                )


class Q7(_Account):
    """Captures, refunds and disputes by the connector's facts, lines by settlement's, the balance by the ledger's.

    At risk: lines that take money back, which are settled with the other sign, and files that were refused, of
    which nothing may be settled until they come right.
    """

    id = "Q7"
    title = "every provider: PSP clearing is captured less refunded, settled gross and disputed"

    def at_rest(self, evidence: Evidence) -> None:
        settled, back = self.history.settled, self.history.back
        self.at_risk = settled.taking_back + settled.refused
        self.why_no_risk = "no settlement file took money back or was refused"
        due = dict(settled.cards)
        for captured in self.history.captures.values():
            _add(due, captured.provider, *_owed(captured))
        for refund, status in back.refunds.values():
            if status == "done":
                currency, amount = _owed(refund)
                _add(due, refund.provider, currency, -amount)
        for dispute, status in back.disputes.values():
            # What was won came back; what the dispute cost did not.
            currency, amount = _owed(dispute)
            taken = dispute.taken_minor if dispute.settled_currency else amount
            kept = {"open": amount, "won": taken - amount, "lost": taken}[status]
            _add(due, dispute.provider, currency, -dispute.fee_minor - kept)
        for (provider, currency), cleared in settled.cleared.items():
            _add(due, provider, currency, -cleared)
        self._compare(
            settled.posted_clearing, due, "PSP clearing", "by captures, refunds, lines and disputes"
        )


class Q8(_Account):
    """A line in suspense that is positive is money that the provider says we got: it stands on the credit side.

    Each has an open exception, and no exception outlives its line. A capture in another currency than its order's is a
    discrepancy too, with an exception of its own.

    At risk: lines that went to suspense.
    """

    id = "Q8"
    title = "settlement suspense is the sum of the open discrepancies"

    def at_rest(self, evidence: Evidence) -> None:
        settled, due = self.history.settled, Sums()
        self.at_risk = settled.suspended
        self.why_no_risk = "no line of a settlement file was in suspense"
        for (provider, _, _), (currency, left) in settled.open.items():
            _add(due, provider, currency, -left)
        for captured in self.history.captures.values():
            record = self.history.orders.get(captured.order_id)
            if record is not None and record.order and record.order.currency != captured.currency:
                _add(due, captured.provider, captured.currency, -captured.amount_minor)
        self._compare(settled.posted_suspense, due, "settlement suspense", "open discrepancies are")
        lines = Counter(file_id for (_, file_id, _), (_, left) in settled.open.items() if left)
        excepted = Counter(file_id for file_id in settled.excepted.values() if file_id is not None)
        for file_id in sorted({*lines, *excepted}):
            self.checked += 1
            if lines[file_id] != excepted[file_id]:
                what = f"{lines[file_id]} lines in suspense, {excepted[file_id]} exceptions open for them"
                self.broken(f"{file_id}: {what}", file_id)


# -- Q9's part --------------------------------------------------------------------------------------


def payout_differences(history: History, books: Row) -> Iterator[tuple[str, str | None]]:
    """The payouts that the provider has told of against the files that we imported: (file, what differs or None)."""
    settled, ours = history.settled, dict(history.settled.imported)
    for row in books.get("payouts", ()):
        at = (row["account"], row["file"])
        fact, paid = ours.pop(at, None), settled.paid.get(at)
        theirs = (row["payout"], row["currency"], row["lines"], row["gross"], row["fee"], row["net"])
        if fact is None:
            yield row["file"], f"{row['account']} paid out {row['net']} in it, unheard of here"
            continue
        total = fact.control
        said = (
            fact.payout_id,
            fact.currency,
            total.count,
            total.gross_minor,
            total.fee_minor,
            total.net_minor,
        )
        if said != theirs:
            yield row["file"], f"its payout is {theirs} at the provider, {said} here"
        elif paid is None:
            yield row["file"], f"{total.net_minor} were paid out and never posted here"
        else:
            booked = (paid.payout_id, paid.currency, paid.lines, settled.lines.get(at, 0), paid.net_minor,
                      paid.cleared_minor + paid.suspense_minor - paid.fee_minor)  # fmt: skip
            should = (row["payout"], row["currency"], row["lines"], row["lines"], row["net"], row["net"])
            same = booked == should
            yield row["file"], None if same else f"booked is {booked} of it, not {should}"
    for provider, file_id in ours:
        yield file_id, f"{provider} never paid it out"
