"""R2: legal entities among themselves: what one is owed by another is what that one owes it; books are balanced."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.entities import ENTITY_OF_BOOK
from contracts.finance import LedgerPosted
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant

RECEIVABLE, PAYABLE = "1150 intercompany receivable ", "2150 intercompany payable "


class R2(RestInvariant):
    """By the ledger's own lines, currency by currency. Only at rest: one side is posted before the other hears of it.

    At risk: postings of one entity about another.
    """

    id = "R2"
    title = "what entities owe each other agrees on both sides; the trial balance of each is zero"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._balances: dict[tuple[str, str], int] = {}
        # (owed to, owed by, currency) -> (by the receivable of the one, by the payable of the other)
        self._owed: dict[tuple[str, str, str], list[int]] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {"ledger.posted": self._posted}

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        about_another = False
        for entry in body.entries:
            amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
            at = (body.book, body.currency)
            self._balances[at] = self._balances.get(at, 0) + amount
            if entry.account.startswith((RECEIVABLE, PAYABLE)):
                about_another = True
                self._owe(ENTITY_OF_BOOK[body.book].id, entry.account, body.currency, amount)
        self.at_risk += about_another

    def _owe(self, mine: str, account: str, currency: str, amount: int) -> None:
        if account.startswith(RECEIVABLE):
            sides = self._owed.setdefault((mine, account[len(RECEIVABLE) :], currency), [0, 0])
            sides[0] += amount
        else:
            sides = self._owed.setdefault((account[len(PAYABLE) :], mine, currency), [0, 0])
            sides[1] -= amount

    def at_rest(self, evidence: Evidence) -> None:
        self.why_no_risk = "no entity had anything to do with another"
        # Where nothing was posted there is nothing out of balance.
        self.checked += len(self._balances) or 1
        for (book, currency), balance in sorted(self._balances.items()):
            if balance:
                self.broken(f"the trial balance of {book} is {balance} {currency}")
        for (to, by, currency), (receivable, payable) in sorted(self._owed.items()):
            self.checked += 1
            if receivable != payable:
                self.broken(
                    f"{by} owes {to} {payable} {currency} by its own book, {receivable} by the other's"
                )
