"""Planted wrongs at a month's end with euros open."""

from __future__ import annotations

from msgspec import structs

from contracts.finance import Entry, LedgerPosted
from contracts.fx import ExchangeRate, RatesImported
from contracts.revaluation import PeriodRevalued, RevaluedRow
from tests.support.plants import plant
from tests.support.story import Story

AR, LOSS, VALUATION = "1100 accounts receivable", "7110 FX loss", "1240 currency valuation"
# 2023-12-01T00:00 in London; the story is of November.
DECEMBER = 1_701_388_800_000
ROW = RevaluedRow(AR, "EUR", 1_000, 860, 850_000_000, -10)
LOST = (Entry(LOSS, "D", 10), Entry(VALUATION, "C", 10))
BACK = (Entry(VALUATION, "D", 10), Entry(LOSS, "C", 10))


def _posting(
    step: str, entries: tuple[Entry, ...], day: int, n: int, currency: str = "GBP", rate: int = 0
) -> LedgerPosted:
    reference = "revaluation 202311 EUR" if step.startswith("revaluation") else "payout psp-a S-7"
    return LedgerPosted(
        f"GB01-{n}", "GB01", "", reference, step, currency, entries, day // 100, day, rate_e9=rate
    )


def _owed(story: Story, rate: int = 860_000_000) -> None:
    """Ten euros are written to a customer of nobody's order, at a rate that falls before the month ends."""
    rates = (ExchangeRate("EUR", 0, 860_000_000), ExchangeRate("EUR", DECEMBER - 1, 850_000_000))
    story.turn("finance", "GB01", RatesImported("GB01", rates))
    entries = (Entry(AR, "D", 1_000), Entry("4000 revenue", "C", 1_000))
    story.turn("finance", "GB01", _posting("abroad", entries, 20231114, 900, "EUR", rate))


def _ended(story: Story, row: RevaluedRow | None = ROW, *postings: LedgerPosted) -> None:
    rows = () if row is None else (row,)
    story.turn("finance", "GB01", PeriodRevalued("GB01", 202311, rows, 202312), *postings)
    _in_december(story)


def _in_december(story: Story) -> None:
    story.turns[-1] = structs.replace(story.turns[-1], at_ms=DECEMBER)


GOOD = (_posting("revaluation", LOST, 20231130, 901), _posting("revaluation_reversed", BACK, 20231201, 902))


def a_month_ends_with_euros_open(story: Story) -> None:
    _owed(story)
    _ended(story, ROW, *GOOD)


@plant("R5", "has the rate 859000000, not 860000000")
def a_posting_has_another_rate(story: Story) -> None:
    _owed(story, 859_000_000)


@plant("R5", "not as [('1100 accounts receivable', 'EUR', 1000, 860, 850000000, -10)]")
def it_is_valued_at_the_rate_it_had(story: Story) -> None:
    _owed(story)
    _ended(story, structs.replace(ROW, rate_e9=860_000_000, gain_minor=0))


@plant("R5", "not as [('1100 accounts receivable', 'EUR', 1000, 860, 850000000, -10)]")
def what_is_open_is_forgotten(story: Story) -> None:
    _owed(story)
    _ended(story, None)


@plant("R5", "0 posted as revaluation_reversed of revaluation 202311 EUR, it should be 10")
def what_was_lost_is_not_taken_back(story: Story) -> None:
    _owed(story)
    _ended(story, ROW, GOOD[0])


@plant("R5", "revaluation of 202311 is dated 20231201")
def it_is_posted_to_the_next_month(story: Story) -> None:
    _owed(story)
    _ended(story, ROW, structs.replace(GOOD[0], document_date=20231201, period=202312), GOOD[1])


@plant("R5", "202311 has ended and what is open in other currencies was not valued")
def nobody_values_it(story: Story) -> None:
    _owed(story)
    entries = (Entry("7000 rounding", "D", 1), Entry("1000 bank", "C", 1))
    story.turn("finance", "GB01", _posting("rounding", entries, 20231201, 903))
    _in_december(story)
