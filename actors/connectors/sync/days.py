"""What the ledger says of each day of a book: sold, taken back, at what cost. Folded from every posting, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.accounts import COGS, DISCOUNTS, RESTOCKING_FEES, REVENUE, SALES_RETURNS, SHIPPING_REVENUE
from contracts.finance import LedgerPosted
from contracts.subscribers import DAY
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .changes import Change, Thing

_SALES, _RETURNS, _COST = 0, 1, 2
# Which figure an account is of, and the side on which it grows.
_FIGURE = {
    REVENUE: (_SALES, "C"),
    SHIPPING_REVENUE: (_SALES, "C"),
    RESTOCKING_FEES: (_SALES, "C"),
    DISCOUNTS: (_SALES, "C"),
    SALES_RETURNS: (_RETURNS, "D"),
    COGS: (_COST, "D"),
}


class Day:
    """A day of a book in one currency; `version` is the number of its postings."""

    __slots__ = ("amounts", "version")

    def __init__(self) -> None:
        self.amounts = [0, 0, 0]
        self.version = 0

    def fields(self, ref: str) -> dict[str, Any]:
        """What can be told of it."""
        book, day, currency = ref.split(" ")
        sales, returns, cost = self.amounts
        return {
            "book": book,
            "day": day,
            "currency": currency,
            "sales_minor": sales,
            "returns_minor": returns,
            "cost_minor": cost,
            "margin_minor": sales - returns - cost,
        }


class Days:
    """Every day by "book yyyymmdd currency": as many rows as there were days."""

    def __init__(self) -> None:
        self.rows: dict[str, Day] = {}

    def take(self, turn: Turn, group: int) -> Iterator[tuple[Thing, Change]]:
        """Fold a committed turn of `finance`; the days that it changed."""
        for event in turn.events:
            if event.type == "ledger.posted":
                posted: LedgerPosted = body_of(event)
                if (ref := self._post(posted)) is not None:
                    yield (DAY, ref), Change(group, group, posted.book)

    def _post(self, posted: LedgerPosted) -> str | None:
        day: Day | None = None
        ref = ""
        for entry in posted.entries:
            figure = _FIGURE.get(entry.account)
            if figure is None:
                continue
            if day is None:
                ref = f"{posted.book} {posted.document_date} {posted.currency}"
                day = self.rows.get(ref)
                if day is None:
                    day = self.rows[ref] = Day()
                day.version += 1
            n, grows = figure
            day.amounts[n] += entry.amount_minor if entry.side == grows else -entry.amount_minor
        return ref or None
