"""The chart, the entities and the posting rules as data: complete, consistent, and every rule inside its row."""

import inspect
from zoneinfo import ZoneInfo

import pytest

from actors.domains.finance.rules import sales
from actors.domains.finance.rules.sides import is_balanced, swapped
from actors.domains.finance.rules.table import ANY, RULES
from contracts import accounts
from contracts.accounts import CHARTS, KINDS, PER, account_of
from contracts.channels import CHANNELS
from contracts.entities import (
    ENTITIES,
    ENTITY_OF_BOOK,
    HOME,
    LOCATIONS,
    entity_of_book,
    entity_of_location,
)
from contracts.finance import InvoiceLine, IssueInvoice
from contracts.money import EXPONENTS
from contracts.periods import is_day, is_period, last_day, local_day, next_period, period_of

# The rows of the specification's table of postings that post anything, and the steps that they became.
SPECIFIED = {
    "invoice per shipment": ("invoice",),
    "capture; gift card redeemed": ("capture", "gift_card_redeemed"),
    "dispatch cost": ("cost",),
    "payment before shipment; later shipment": ("deposit", "deposit_applied"),
    "gift card sold": ("gift_card_sold",),
    "payout": ("payout", "suspense", "suspense_resolved"),
    "return received; restocked; scrapped": (
        "return_received",
        "return_restocked",
        "return_scrapped",
        "return_refused",
    ),
    "credit note": ("credit_note",),
    "refund paid": ("refund", "refund_to_gift_card"),
    "chargeback opened; won; lost": ("dispute_opened", "dispute_won", "dispute_lost"),
    "goods receipt; supplier invoice; payment": ("goods_receipt", "supplier_invoice", "supplier_payment"),
    "transfer out; in": ("transfer_out", "transfer_in"),
    "count loss (gain reversed); rounding; FX": ("count", "transit_loss", "rounding", "exchange"),
    "money settled in another currency": ("capture_exchanged", "refund_exchanged", "exchanged"),
    "a period's end in other currencies": ("revaluation", "revaluation_reversed"),
    "a sale across entities": (
        "intercompany_sold",
        "intercompany_bought",
        "intercompany_taken_back",
        "intercompany_returned",
        "intercompany_sent",
        "intercompany_expected",
    ),
    "an excepted order completed though it is not paid": ("write_off",),
    "what there was at the start": ("opening_stock",),
    "a till's closing": ("till_sales", "till_cost", "till_back"),
    "a gift card given back before it was used": ("gift_card_cancelled",),
    "paid before a shipment that will not be": ("deposit_returned",),
}

INVOICE = IssueInvoice(
    "o",
    "GB01",
    "s",
    "WH1",
    "GBP",
    "GB",
    (InvoiceLine("1", "A", 2, 900, 181, 300),),
    100,
    20,
    50,
    "document",
    -1,
)
NAMES = {
    "provider": "psp-a",
    "location": "WH1",
    "jurisdiction": "GB",
    "account": accounts.BANK,
    "buyer": "US01",
    "seller": "JP01",
}


# Steps whose amount may be negative: then every entry stands on the other side.
SIGNED = {
    "payout",
    "suspense",
    "suspense_resolved",
    "count",
    "transit_loss",
    "rounding",
    "exchange",
    "exchanged",
    "revaluation",
    "revaluation_reversed",
    "intercompany_taken_back",
    "intercompany_returned",
}


def made_by(rule, sign, step):
    """A rule's entries for some amounts: each parameter gets a number of its own, larger or smaller than the last."""
    parameters = list(inspect.signature(rule.entries).parameters)
    if "invoice" in parameters:
        return rule.entries(INVOICE)
    amounts = {name: sign * (1_000 + step * n) for n, name in enumerate(parameters)}
    return rule.entries(**(amounts | {name: NAMES[name] for name in parameters if name in NAMES}))


def test_every_row_of_the_specification_has_its_rules_and_every_rule_its_row():
    assert sorted(step for steps in SPECIFIED.values() for step in steps) == sorted(RULES)


@pytest.mark.parametrize("step", RULES)
def test_a_rule_posts_to_the_accounts_of_its_row_and_balances(step):
    rule = RULES[step]
    for sign, by in [(1, 70), (1, -70), *([(-1, 70)] if step in SIGNED else [])]:
        entries = made_by(rule, sign, by)
        assert is_balanced(entries), entries
        assert is_balanced(swapped(entries))
        for entry in entries:
            account = account_of(entry.account)
            assert account is not None, entry
            allowed = rule.debits if entry.side == "D" else rule.credits
            assert account.label in allowed or (ANY in allowed and entry.account == accounts.BANK), entry


@pytest.mark.parametrize("step", RULES)
def test_a_rule_posts_nothing_for_nothing(step):
    parameters = inspect.signature(RULES[step].entries).parameters
    if "invoice" not in parameters:
        assert RULES[step].entries(**{name: NAMES.get(name, 0) for name in parameters}) == ()


def test_what_an_invoice_is_rounded_by_is_owed_and_posted():
    assert sales.invoice_gross_minor(INVOICE) == 900 + 181 + 120 - 1
    entries = {(e.account, e.side): e.amount_minor for e in sales.invoice(INVOICE)}
    assert entries[accounts.ROUNDING, "D"] == 1
    assert is_balanced(sales.invoice(INVOICE))


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_numbers_every_account_once_and_says_what_it_is(chart):
    rows = CHARTS[chart]
    assert len({row.number for row in rows.values()}) == len(rows)
    for label, row in rows.items():
        assert label == row.label == f"{row.number} {row.name}"
        assert row.number.isdigit()
        assert row.kind in KINDS
        assert row.normal in ("D", "C")
        assert row.per in PER


def test_an_account_written_in_a_posting_finds_its_row_with_or_without_its_sub_account():
    found = account_of("1200 PSP clearing psp-a")
    assert found is not None
    assert found.label == accounts.PSP_CLEARING
    assert account_of("1100 accounts receivable") is not None
    for wrong in ("1200 PSP clearing", "1100 accounts receivable x", "9999 nothing", "1300 inventories WH1"):
        assert account_of(wrong) is None, wrong


@pytest.mark.parametrize("id_", ENTITIES)
def test_an_entity_says_its_money_its_time_its_chart_and_its_taxes(id_):
    entity = ENTITIES[id_]
    assert entity.id == id_
    assert entity.base_currency in EXPONENTS
    assert ZoneInfo(entity.time_zone)
    assert entity.chart in CHARTS
    assert entity.tax_registrations
    assert entity.rounding in ("line", "document")
    assert all(1 <= day <= 7 for day in entity.weekend)
    assert all(is_day(day) for day in entity.holidays)
    assert entity.retention_years >= 6


def test_goods_lie_at_locations_of_entities_and_by_default_of_the_first():
    assert all(entity_of_location(location).id == id_ for location, id_ in LOCATIONS.items())
    assert entity_of_location("WH1").id == HOME


def test_every_book_is_an_entitys_and_every_channels_book_is_one():
    assert len(ENTITY_OF_BOOK) == len(ENTITIES)
    for channel in CHANNELS.values():
        assert entity_of_book(channel.book)
    with pytest.raises(LookupError, match="'XX99'"):
        entity_of_book("XX99")


def test_a_day_and_a_period_are_the_entitys_own():
    # 2026-04-30T23:30:00Z
    at = 1_777_591_800_000
    assert local_day(at, "Europe/London") == 20260501
    assert local_day(at, "America/New_York") == 20260430
    assert local_day(at, "Asia/Tokyo") == 20260501
    assert local_day(at + 1_800_000 - 1, "Asia/Kuwait") == 20260501
    # Daylight saving: 2026-03-28T23:59Z is still the 28th in London, 2026-03-29T23:00Z already the 30th.
    assert local_day(1_774_742_340_000, "Europe/London") == 20260328
    assert local_day(1_774_825_200_000, "Europe/London") == 20260330
    assert period_of(20260501) == 202605


def test_periods_follow_each_other():
    assert [next_period(202604), next_period(202612)] == [202605, 202701]
    assert [last_day(202602), last_day(202802), last_day(202612)] == [20260228, 20280229, 20261231]
    assert [is_period(p) for p in (202601, 202612, 202600, 202613, 26)] == [True, True, False, False, False]
    assert [is_day(d) for d in (20260228, 20260229, 20261301)] == [True, False, False]
