"""A book's periods and manual journals: walked through every state and command, and what each refusal says."""

import pytest

from actors.domains.finance.model import status_of
from contracts.accounts import AR, BANK, DISPUTE_LOSSES, SHRINKAGE
from contracts.entities import ENTITIES
from contracts.machines import JOURNAL, PERIOD
from contracts.retention import RECORDS, kept_until
from contracts.vocabulary import VOCABULARY
from tests.support.book import APRIL, DAY_MS, MAY, THIS, Book
from tests.support.walk import bodies

BEFORE = MAY - 2 * DAY_MS  # 29 April
WAYS = {"open": (), "soft_closed": ("soft_close",), "closed": ("soft_close", "close")}


def a_period(state):
    """A book on 1 May whose April is in this state."""
    book = Book()
    for command in WAYS[state]:
        assert getattr(book, command)() == (200, "")
    assert status_of(book.state, APRIL) == state
    return book


@pytest.mark.parametrize("state", PERIOD.states)
@pytest.mark.parametrize("command", ["soft_close", "close", "reopen"])
def test_a_period_does_in_every_state_what_the_table_says(state, command):
    book = a_period(state)
    answer = getattr(book, command)()
    refusal = PERIOD.refusal(state, command)
    assert answer == ((200, "") if refusal is None else (409, refusal))
    assert status_of(book.state, APRIL) == (state if refusal else PERIOD.after(state, command))


@pytest.mark.parametrize("state", PERIOD.states)
def test_a_late_fact_goes_to_its_period_or_to_the_first_one_that_takes_it_and_keeps_its_date(state):
    book = a_period(state)
    book.issue(document_at_ms=BEFORE)
    taken = PERIOD.refusal(state, "post") is None
    assert {(p.period, p.document_date) for p in book.posted} == {(APRIL if taken else THIS, 20260429)}


@pytest.mark.parametrize("state", PERIOD.states)
def test_a_journal_dated_into_a_period_is_posted_to_it_or_refused(state):
    book = a_period(state)
    refusal = PERIOD.refusal(state, "adjust")
    answer = book.propose(day=20260430)
    if refusal is not None:
        assert answer == (409, refusal)
        return
    assert answer == (201, "")
    assert book.approve() == (200, "")
    assert [(p.period, p.document_date, p.by, p.approved_by) for p in book.posted] == [
        (APRIL, 20260430, "ann", "bob")
    ]


def test_a_period_closes_when_it_has_ended_where_the_entity_is():
    # 2026-05-01T00:30Z is still April in New York.
    late = MAY + 1_800_000
    assert Book("US01", late).soft_close() == (409, "period-blocked")
    assert Book("GB01", late).soft_close() == (200, "")
    assert Book("JP01", MAY - 9 * 3_600_000).soft_close() == (200, "")
    assert Book("JP01", MAY - 9 * 3_600_000 - 1).soft_close() == (409, "period-blocked")


def test_everything_that_blocks_a_close_is_named():
    book = Book(at_ms=BEFORE - 40 * DAY_MS)
    book.issue()
    book.at_ms = MAY
    book.propose(day=20260429)
    book.soft_close()
    assert book.close() == (409, "period-blocked")
    errors = book.errors()
    assert [(e["code"], e["detail"]) for e in errors] == [
        ("earlier-period-open", "202603 is open"),
        ("journals-waiting", "1 wait for a second person, first j1"),
    ]
    assert book.soft_close(THIS) == (409, "period-blocked")


def test_every_wrong_field_of_a_periods_command_is_named():
    book = Book()
    assert book.soft_close(202613, reason=" ") == (422, "invalid")
    errors = book.errors()
    assert [e["pointer"] for e in errors] == ["/period", "/reason"]


def test_a_closed_period_is_where_the_next_one_is_counted_from():
    book = a_period("closed")
    book.at_ms = MAY + 40 * DAY_MS
    book.issue(document_at_ms=BEFORE)
    assert {p.period for p in book.posted} == {THIS}
    assert book.soft_close(THIS) == (200, "")
    book.issue(document_at_ms=BEFORE, shipment="s2")
    assert {p.period for p in book.posted[2:]} == {202606}
    assert book.close(THIS) == (200, "")
    assert (book.state.closed_through, book.state.used, book.state.soft_closed) == (THIS, [202606], [])


# -- manual journals --------------------------------------------------------------------------------

STEPS = {
    "none": (),
    "proposed": ("propose",),
    "posted": ("propose", "approve"),
    "rejected": ("propose", "reject"),
    "withdrawn": ("propose", "withdraw"),
    "reversed": ("propose", "approve", "reverse"),
}


def reverse(book):
    """Have the journal reversed: the answer of the step that is refused, or of the last."""
    name = f"r{len(book.decisions)}"
    answer = book.propose(name, "cat", reverses="j1")
    return book.approve(name, "dan") if answer == (201, "") else answer


def do(book, command):
    return reverse(book) if command == "reverse" else getattr(book, command)()


@pytest.mark.parametrize("state", JOURNAL.states)
@pytest.mark.parametrize("command", JOURNAL.commands)
def test_a_journal_does_in_every_state_what_the_table_says(state, command):
    book = Book()
    for step in STEPS[state]:
        assert do(book, step) in ((200, ""), (201, ""))
    posted = len(book.posted)
    answer = do(book, command)
    refusal = JOURNAL.refusal(state, command)
    if refusal is None:
        assert answer == (201 if command == "propose" else 200, "")
        assert book.state.journals["j1"].status == JOURNAL.after(state, command)
        assert len(book.posted) == posted + (command in ("approve", "reverse"))
    else:
        assert answer == (404 if refusal.endswith("not-found") else 409, refusal)
        assert len(book.posted) == posted
        known = book.state.journals.get("j1")
        assert (known.status if known else "none") == state


def test_whoever_wrote_it_does_not_approve_or_reject_it_and_nobody_else_withdraws_it():
    book = Book()
    book.propose(by="ann")
    assert book.approve(by="ann") == (403, "self-approval")
    assert book.reject(by="ann") == (403, "self-approval")
    assert book.withdraw(by="bob") == (409, "not-the-maker")
    assert book.approve(by="") == (422, "invalid")
    assert book.reject(reason="") == (422, "invalid")
    assert book.posted == []
    assert book.approve(by="bob") == (200, "")


def test_a_journal_asks_for_an_approval_and_tells_what_was_decided():
    book = Book()
    book.propose()
    (requested,) = bodies(book.decisions[-1], "approval.requested")
    assert (requested.kind, requested.by, requested.subject) == (
        "manual-journal",
        "ann",
        "/v1/journals/GB01:j1",
    )
    book.reject(reason="wrong account")
    (decided,) = bodies(book.decisions[-1], "approval.decided")
    assert (decided.decision, decided.by, decided.reason) == ("rejected", "bob", "wrong account")


def test_a_reversal_is_the_same_on_the_other_side_and_may_be_made_once():
    book = Book()
    book.propose("j1", "ann", (SHRINKAGE, "D", 70), (BANK, "C", 40), (AR, "C", 30))
    book.approve("j1")
    assert book.propose("r1", "cat", reverses="j1") == (201, "")
    assert book.propose("r2", "cat", reverses="j1") == (201, "")
    assert book.approve("r1", "dan") == (200, "")
    assert book.approve("r2", "dan") == (409, "journal-reversed")
    assert [(p.step, [(e.account, e.side) for e in p.entries]) for p in book.posted] == [
        ("journal", [(SHRINKAGE, "D"), (BANK, "C"), (AR, "C")]),
        ("reversal", [(SHRINKAGE, "C"), (BANK, "D"), (AR, "D")]),
    ]


def test_every_wrong_field_of_a_journal_is_named():
    book = Book()
    entries = (("9999 nothing", "D", 5), (BANK, "X", 5), (BANK, "C", 0))
    assert book.propose("", "", *entries, day=20270101, reason="", currency="XXX") == (422, "invalid")
    errors = book.errors()
    assert [e["pointer"] for e in errors] == [
        "/currency",
        "/entries/0/account",
        "/entries/1/side",
        "/entries/2/amount_minor",
        "/by",
        "/reason",
        "/journal_id",
        "/day",
    ]
    assert book.propose("j1", "ann", (BANK, "D", 5), (SHRINKAGE, "C", 6)) == (422, "unbalanced")
    assert book.propose("j1", "ann", (BANK, "D", 5)) == (422, "invalid")
    assert book.propose("j1", "ann", (BANK, "D", 5), (SHRINKAGE, "C", 5), reverses="j0") == (
        404,
        "journal-not-found",
    )
    assert book.state.journals == {}


def test_a_receivable_that_two_persons_write_off_is_cleared():
    book = Book()
    book.issue()
    book.propose("j1", "ann", (DISPUTE_LOSSES, "D", 120), (AR, "C", 120), order_id="o")
    book.approve()
    assert [c.captured_minor for c in bodies(book.decisions[-1], "receivable.cleared")] == [120]
    assert book.state.open == {}


def test_a_journal_is_forgotten_when_the_period_after_its_own_is_closed():
    book = Book(at_ms=BEFORE)
    book.propose()
    book.approve()
    for period, at in ((APRIL, MAY), (THIS, MAY + 31 * DAY_MS)):
        assert "j1" in book.state.journals
        book.at_ms = at
        assert book.soft_close(period) == (200, "")
        assert book.close(period) == (200, "")
    assert book.state.journals == {}
    assert book.propose("r1", "cat", reverses="j1") == (404, "journal-not-found")


# -- currencies, numbers, retention -----------------------------------------------------------------


def test_an_order_is_invoiced_in_one_currency_and_money_in_another_goes_to_suspense():
    book = Book()
    book.issue(currency="JPY")
    with pytest.raises(ValueError, match="invoiced in JPY"):
        book.issue(currency="GBP", shipment="s2")
    book.capture(currency="GBP")
    (opened,) = bodies(book.decisions[-1], "exception.opened")
    assert opened.category == "currency-mismatch"
    assert [e.account for e in book.posted[-1].entries] == [
        "1200 PSP clearing psp-a",
        "1210 settlement suspense psp-a",
    ]
    assert book.state.open["o"].captured_minor == 0
    with pytest.raises(ValueError, match="is in 'XXX'"):
        book.issue("p", currency="XXX")


def test_an_invoice_rounded_by_more_than_half_a_unit_a_line_is_refused():
    book = Book()
    book.issue(rounding=1)
    with pytest.raises(ValueError, match="more than half a minor unit"):
        book.issue("p", rounding=2)


@pytest.mark.parametrize("record", sorted({t.split(".")[0] for t in VOCABULARY} & set(RECORDS)))
def test_every_finance_record_says_why_it_is_kept(record):
    law, _, what = RECORDS[record].reason.partition(": ")
    assert law
    assert len(what.split()) > 2


def test_a_record_is_kept_to_the_end_of_a_year_by_the_entitys_law():
    assert kept_until(20260501, ENTITIES["GB01"]) == 20321231
    assert kept_until(20261231, ENTITIES["JP01"]) == 20361231
    finance = {
        t.split(".")[0] for t in VOCABULARY if t.startswith(("invoice.", "ledger.", "journal.", "period."))
    }
    assert finance <= set(RECORDS)
