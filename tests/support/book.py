"""A book by hand: commands decided and folded, and everything that was posted kept."""

from __future__ import annotations

from typing import Any

import msgspec

from actors.domains.finance.actor import FINANCE
from actors.domains.finance.model import BookState
from contracts.accounts import BANK, SHRINKAGE
from contracts.decision import Decision
from contracts.finance import Entry, InvoiceLine, IssueInvoice, LedgerPosted
from contracts.ledger import (
    ApproveJournal,
    ClosePeriod,
    ProposeJournal,
    RejectJournal,
    ReopenPeriod,
    SoftClosePeriod,
    WithdrawJournal,
)
from contracts.partners import PaymentCaptured
from tests.support.walk import answer_of, bodies, message_to, take

# 2026-05-01T01:00 in London
MAY = 1_777_593_600_000
DAY_MS = 86_400_000
APRIL, THIS = 202604, 202605


class Book:
    """One book. `at_ms` is now; every command is answered with (status, code)."""

    def __init__(self, book: str = "GB01", at_ms: int = MAY) -> None:
        self.book = book
        self.at_ms = at_ms
        self.state = BookState()
        self.posted: list[LedgerPosted] = []
        self.decisions: list[Decision] = []

    def take(self, body: Any) -> tuple[int, str]:
        """Decide and fold one message; what it was answered."""
        decision = take(FINANCE, self.state, message_to(FINANCE, self.book, body), self.at_ms)
        self.decisions.append(decision)
        self.posted += bodies(decision, "ledger.posted")
        return answer_of(decision)

    def errors(self) -> list[dict[str, str]]:
        """What was wrong with the last command, field by field."""
        decision = self.decisions[-1]
        assert decision.reply is not None
        errors: list[dict[str, str]] = msgspec.json.decode(decision.said[decision.reply].body.body)["errors"]
        return errors

    def issue(
        self,
        order_id: str = "o",
        currency: str = "GBP",
        net: int = 100,
        tax: int = 20,
        document_at_ms: int | None = None,
        rounding: int = 0,
        shipment: str = "s",
    ) -> tuple[int, str]:
        """An invoice of one line."""
        line = InvoiceLine("1", "A", 1, net, tax, 30)
        mode = "document" if rounding else "line"
        return self.take(
            IssueInvoice(
                order_id, self.book, shipment, "WH1", currency, "GB", (line,), 0, 0, 0, mode, rounding, document_at_ms
            )
        )  # fmt: skip

    def capture(
        self, order_id: str = "o", amount: int = 120, currency: str = "GBP", capture: str = "ch_1"
    ) -> tuple[int, str]:
        """Money that the provider took."""
        return self.take(PaymentCaptured(order_id, "psp-a", capture, "pi_1", amount, currency, self.book))

    def propose(
        self,
        journal_id: str = "j1",
        by: str = "ann",
        *entries: tuple[str, str, int],
        day: int = 0,
        reverses: str = "",
        reason: str = "because",
        currency: str | None = None,
        order_id: str = "",
    ) -> tuple[int, str]:
        """A journal: bank against shrinkage by default."""
        given = entries or (() if reverses else ((SHRINKAGE, "D", 50), (BANK, "C", 50)))
        said = currency if currency is not None else "" if reverses else "GBP"
        sides = tuple(Entry(*entry) for entry in given)
        return self.take(
            ProposeJournal(self.book, journal_id, by, reason, said, sides, day, reverses, order_id)
        )

    def approve(self, journal_id: str = "j1", by: str = "bob") -> tuple[int, str]:
        """A second person has it posted."""
        return self.take(ApproveJournal(self.book, journal_id, by))

    def reject(self, journal_id: str = "j1", by: str = "bob", reason: str = "no") -> tuple[int, str]:
        """A second person sends it back."""
        return self.take(RejectJournal(self.book, journal_id, by, reason))

    def withdraw(self, journal_id: str = "j1", by: str = "ann") -> tuple[int, str]:
        """The first person takes it back."""
        return self.take(WithdrawJournal(self.book, journal_id, by))

    def soft_close(self, period: int = APRIL, reason: str = "month end") -> tuple[int, str]:
        """The flows are done with it."""
        return self.take(SoftClosePeriod(self.book, period, "ann", reason))

    def close(self, period: int = APRIL) -> tuple[int, str]:
        """Nothing more is posted to it."""
        return self.take(ClosePeriod(self.book, period, "ann", "month end"))

    def reopen(self, period: int = APRIL) -> tuple[int, str]:
        """The flows were not done."""
        return self.take(ReopenPeriod(self.book, period, "ann", "more came"))
