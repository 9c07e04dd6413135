"""R5: what is open in other currencies when a period ends, valued at the rates of that instant."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.entities import entity_of_book
from contracts.finance import LedgerPosted
from contracts.fx import RatesImported
from contracts.money import EXPONENTS
from contracts.periods import end_ms, last_day, local_day
from contracts.revaluation import PeriodRevalued
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant

# Money and claims to money: kept by order, or together.
BY_ORDER = ("1100 ", "1220 ", "2120 ")
TOGETHER = ("1000 ", "1050 ", "1150 ", "1200 ", "1210 ", "2000 ", "2150 ")
VALUATION = "1240 "


class _Item:
    """Open in another currency: the amount, its worth when it arose, and whether some of it had no rate."""

    def __init__(self) -> None:
        self.amount = self.worth = 0
        self.unrated = False


class R5(RestInvariant):
    """Worked out anew from the ledger's lines and the rates that were told. What is gained stands in the period that
    ended, dated its last day, and is taken back in the next one.

    At risk: periods that ended while something was open that is worth more or less by then.
    """

    id = "R5"
    title = "what is open in another currency is valued when a period ends, and that is taken back after it"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._rates: dict[tuple[str, str], dict[int, int]] = {}
        # By book: (account, currency, order or none) -> what is open.
        self._open: dict[str, dict[tuple[str, str, str], _Item]] = {}
        self._month: dict[str, int] = {}
        self._due: dict[tuple[str, int], None] = {}
        # (book, period) -> currency -> what it gains
        self._gained: dict[tuple[str, int], dict[str, int]] = {}
        # (book, step, reference) -> what was posted to the valuation account
        self._posted_as: dict[tuple[str, str, str], int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "exchange_rate.imported": self._told,
            "ledger.posted": self._posted,
            "period.revalued": self._revalued,
        }

    def _told(self, body: RatesImported, turn: Turn, group: int) -> None:
        for one in body.rates:
            self._rates.setdefault((body.book, one.currency), {})[one.effective_at_ms] = one.rate_e9

    def _rate(self, book: str, currency: str, at_ms: int) -> int:
        rates = self._rates.get((book, currency), {})
        return rates[max(times)] if (times := [since for since in rates if since <= at_ms]) else 0

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        entity = entity_of_book(body.book)
        month = local_day(turn.at_ms, entity.time_zone) // 100
        before = self._month.setdefault(body.book, month)
        if month > before:
            self._month[body.book] = month
            if self._open.get(body.book):
                self._due[body.book, before] = None
        if body.step.startswith("revaluation"):
            self._valuation(body, turn)
        if body.currency == entity.base_currency:
            return
        rate = self._rate(body.book, body.currency, turn.at_ms)
        self.checked += 1
        if body.rate_e9 != rate:
            what = f"{body.reference} in {body.currency} has the rate {body.rate_e9}, not {rate}"
            self.broken(f"{body.order_id or body.book}: {what}", body.order_id or None, turn.at_ms)
        for entry in body.entries:
            if entry.account.startswith((*BY_ORDER, *TOGETHER)):
                order_id = body.order_id if entry.account.startswith(BY_ORDER) else ""
                amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
                at = (entry.account, body.currency, order_id)
                self._move(body.book, at, amount, rate, entity.base_currency)

    def _move(self, book: str, at: tuple[str, str, str], amount: int, rate: int, base: str) -> None:
        items = self._open.setdefault(book, {})
        item = items.setdefault(at, _Item())
        before, item.amount = item.amount, item.amount + amount
        if item.amount == 0:
            del items[at]
        elif before * amount < 0 and before * item.amount > 0:
            item.worth = _share(item.worth * item.amount, before)
        elif before * amount < 0:
            item.worth, item.unrated = _worth(item.amount, rate, at[1], base), not rate
        else:
            item.worth += _worth(amount, rate, at[1], base)
            item.unrated = item.unrated or not rate

    def _revalued(self, body: PeriodRevalued, turn: Turn, group: int) -> None:
        entity = entity_of_book(body.book)
        end = end_ms(body.period, entity.time_zone)
        sums: dict[tuple[str, str], tuple[int, int]] = {}
        unrated = 0
        for (account, currency, _), item in self._open.get(body.book, {}).items():
            if item.unrated or not self._rate(body.book, currency, end - 1):
                unrated += 1
                continue
            amount, worth = sums.get((account, currency), (0, 0))
            sums[account, currency] = (amount + item.amount, worth + item.worth)
        gained = self._gained[body.book, body.period] = {}
        due = []
        for (account, currency), (amount, worth) in sorted(sums.items()):
            rate = self._rate(body.book, currency, end - 1)
            gain = _worth(amount, rate, currency, entity.base_currency) - worth
            gained[currency] = gained.get(currency, 0) + gain
            self.at_risk += gain != 0
            due.append((account, currency, amount, worth, rate, gain))
        told = [
            (row.account, row.currency, row.amount_minor, row.worth_minor, row.rate_e9, row.gain_minor)
            for row in body.rows
        ]
        self.checked += 1
        what = f"{body.book} {body.period}"
        if told != due:
            wrong = next((one for one in (*told, *due) if one not in told or one not in due), None)
            self.broken(f"{what}: valued as {told}, not as {due}: {wrong}", None, turn.at_ms)
        if body.unrated != unrated:
            self.broken(f"{what}: {body.unrated} without a rate, it should be {unrated}", None, turn.at_ms)

    def _valuation(self, body: LedgerPosted, turn: Turn) -> None:
        period = int(body.reference.split(" ")[1])
        day = last_day(period) if body.step == "revaluation" else body.document_date
        if body.document_date != day or (body.step != "revaluation" and day // 100 <= period):
            self.broken(
                f"{body.book}: {body.step} of {period} is dated {body.document_date}", None, turn.at_ms
            )
        at = (body.book, body.step, body.reference)
        for entry in body.entries:
            if entry.account.startswith(VALUATION):
                amount = entry.amount_minor if entry.side == "D" else -entry.amount_minor
                self._posted_as[at] = self._posted_as.get(at, 0) + amount

    def at_rest(self, evidence: Evidence) -> None:
        self.checked += len(self._month)
        self.why_no_risk = "no period ended while something was open in another currency that had changed"
        for book, period in self._due:
            if (book, period) not in self._gained:
                self.broken(f"{book} {period} has ended and what is open in other currencies was not valued")
        due = {
            (book, step, f"revaluation {period} {currency}"): sign * gain
            for (book, period), gained in self._gained.items()
            for currency, gain in gained.items()
            for step, sign in (("revaluation", 1), ("revaluation_reversed", -1))
            if gain
        }
        for at in sorted({*due, *self._posted_as}):
            self.checked += 1
            posted, should = self._posted_as.get(at, 0), due.get(at, 0)
            if posted != should:
                self.broken(f"{at[0]}: {posted} posted as {at[1]} of {at[2]}, it should be {should}")


def _share(numerator: int, denominator: int) -> int:
    """Halves away from zero."""
    sign = -1 if numerator * denominator < 0 else 1
    return sign * ((2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator)))


def _worth(amount: int, rate_e9: int, currency: str, base: str) -> int:
    # What is no currency is A23's to find.
    return _share(amount * rate_e9 * 10 ** EXPONENTS[base], 10 ** (9 + EXPONENTS.get(currency, 2)))
