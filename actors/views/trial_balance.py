"""The trial balance: debits and credits of every account, by book and currency, of one period or of all.

Folded from committed turns of `finance`; thrown away and rebuilt at will.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from contracts.turn import Turn
from contracts.vocabulary import body_of


class AccountBalance(Struct, frozen=True):
    """A row: what was debited and credited in all. `balance_minor` is debits less credits."""

    account: str
    debit_minor: int
    credit_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


class TrialBalance:
    """Sums by (book, currency, period) and account."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str, int], dict[str, list[int]]] = {}
        self.postings = 0

    def take(self, turns: Sequence[Turn]) -> None:
        """Note a committed group."""
        for turn in turns:
            if turn.actor == "finance":
                for event in turn.events:
                    if event.type == "ledger.posted":
                        body = body_of(event)
                        accounts = self._sums.setdefault((body.book, body.currency, body.period), {})
                        for entry in body.entries:
                            sums = accounts.setdefault(entry.account, [0, 0])
                            sums[entry.side == "C"] += entry.amount_minor
                        self.postings += 1

    def books(self) -> list[tuple[str, str]]:
        """Every (book, currency) with postings."""
        return sorted({(book, currency) for book, currency, _ in self._sums})

    def of(self, book: str, currency: str, period: int | None = None) -> list[AccountBalance]:
        """The accounts of a book in a currency, by number; of one period (yyyymm), or of all of them."""
        totals: dict[str, list[int]] = {}
        for (at, code, when), accounts in self._sums.items():
            if (at, code) == (book, currency) and period in (None, when):
                for account, (debit, credit) in accounts.items():
                    sums = totals.setdefault(account, [0, 0])
                    sums[0] += debit
                    sums[1] += credit
        return [AccountBalance(account, *totals[account]) for account in sorted(totals)]

    def difference_minor(self, book: str, currency: str) -> int:
        """Debits less credits over all accounts: not zero is an alarm, at once."""
        return sum(row.balance_minor for row in self.of(book, currency))
