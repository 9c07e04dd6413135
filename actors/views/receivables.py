"""Receivables: what is owed for which order, since when. Settled ones leave.

Folded from committed turns of `finance`; thrown away and rebuilt at will.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from contracts.accounts import AR
from contracts.turn import Turn
from contracts.vocabulary import body_of


class OpenReceivable(Struct):
    """A row: debits to AR less credits. `since` (yyyymmdd) is the date of its first document."""

    book: str
    order_id: str
    currency: str
    since: int
    owed_minor: int = 0


class Receivables:
    """Open receivables by (book, order, currency). Negative: more was taken than was asked for."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str, str], OpenReceivable] = {}

    def take(self, turns: Sequence[Turn]) -> None:
        """Note a committed group."""
        for turn in turns:
            if turn.actor != "finance":
                continue
            for event in turn.events:
                if event.type != "ledger.posted":
                    continue
                body = body_of(event)
                for entry in body.entries:
                    if entry.account == AR:
                        self._owe(
                            (body.book, body.order_id, body.currency),
                            entry.amount_minor if entry.side == "D" else -entry.amount_minor,
                            body.document_date,
                        )

    def _owe(self, at: tuple[str, str, str], amount_minor: int, day: int) -> None:
        row = self._open.get(at)
        if row is None:
            row = self._open[at] = OpenReceivable(*at, day)
        row.owed_minor += amount_minor
        if row.owed_minor == 0:
            del self._open[at]

    def of(self, book: str | None = None) -> list[OpenReceivable]:
        """What is open (in a book), the oldest first."""
        rows = [row for row in self._open.values() if book in (None, row.book)]
        return sorted(rows, key=lambda row: (row.since, row.order_id))

    def total_minor(self, book: str, currency: str) -> int:
        """What is owed in a book in a currency: it equals the balance of its AR account."""
        return sum(row.owed_minor for row in self.of(book) if row.currency == currency)
