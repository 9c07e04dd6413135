"""Planted wrongs in the books and on the work list."""

from __future__ import annotations

import msgspec

from contracts.accounts import AR, BAD_DEBTS, BANK, PSP_FEES, REVENUE
from contracts.finance import InvoiceIssued
from contracts.ledger import PeriodMoved
from contracts.partners import ExceptionOpened
from contracts.vocabulary import fact
from contracts.worklist import ExceptionListed, ExceptionResolved
from tests.support.plants import plant, unpost
from tests.support.plants_inside import drop
from tests.support.story import EXCEPTED, GROSS, SHIPPED, TAX, Story, listed, other, posting

replace = msgspec.structs.replace


def invoice(number: int = 4, **changes: int) -> InvoiceIssued:
    """Another invoice of W1 that adds up, unless it is changed."""
    right = InvoiceIssued(SHIPPED, "GB01", number, f"SH-{number}", "GBP", GROSS, TAX, GROSS - TAX, 0, 0, 2)
    return replace(right, **changes)


@plant("A16", f"is {GROSS + 1}, its parts {GROSS}")
def an_invoice_is_not_the_sum_of_its_parts(story: Story) -> None:
    story.turn("finance", "GB01", invoice(gross_minor=GROSS + 1))


@plant("A16", "of 2 lines is rounded by 2")
def an_invoice_is_rounded_by_more_than_its_lines_can_be(story: Story) -> None:
    story.turn("finance", "GB01", invoice(gross_minor=GROSS + 2, rounding_minor=2))


@plant("A16", "should have number 4")
def an_invoice_number_is_left_out(story: Story) -> None:
    story.turn("finance", "GB01", invoice(5))


@plant("A16", f"asks for {GROSS}, 5 is posted as owed")
def less_is_posted_than_the_invoice_asks_for(story: Story) -> None:
    owed = posting(9, SHIPPED, "invoice", "invoice 4", (AR, "D", 5), (REVENUE, "C", 5))
    story.turn("finance", "GB01", invoice(), owed)


@plant("A22", "is in 202310, which was closed")
def a_posting_is_put_into_a_closed_period(story: Story) -> None:
    late = replace(posting(9, SHIPPED, "x", "r9", (BANK, "D", 5), (AR, "C", 5)), period=202310)
    story.turn("finance", "GB01", late)


@plant("A22", "which was closed")
def a_period_is_closed_and_posted_to_all_the_same(story: Story) -> None:
    moved = PeriodMoved("GB01", 202311, "ann", "month end")
    story.turn("finance", "GB01", fact(moved, "period.closed"))
    story.turn("finance", "GB01", posting(9, SHIPPED, "x", "r9", (BANK, "D", 5), (AR, "C", 5)))


@plant("A22", "was made by ann, approved by ann")
def a_journal_is_approved_by_whoever_wrote_it(story: Story) -> None:
    own = posting(9, "", "journal", "journal j", (PSP_FEES, "D", 5), (BANK, "C", 5))
    story.turn("finance", "GB01", replace(own, by="ann", approved_by="ann"))


@plant("A23", "is in GBP, finance says EUR")
def a_posting_is_in_another_currency_than_its_order(story: Story) -> None:
    other = replace(posting(9, SHIPPED, "x", "r9", (BANK, "D", 5), (AR, "C", 5)), currency="EUR")
    story.turn("finance", "GB01", other)


@plant("A23", "finance says ''")
def a_posting_has_no_currency(story: Story) -> None:
    story.turn(
        "finance", "GB01", replace(posting(9, "", "x", "r9", (BANK, "D", 5), (AR, "C", 5)), currency="")
    )


@plant("Q6", "is completed and 5 stand on AR")
def a_completed_order_still_owes_something(story: Story) -> None:
    story.turn("finance", "GB01", posting(9, SHIPPED, "x", "r9", (AR, "D", 5), (BANK, "C", 5)))


@plant("T2", "needs a person and is on nobody's list")
def an_exception_is_opened_and_nobody_lists_it(story: Story) -> None:
    for n, turn in enumerate(story.turns):
        if turn.actor == "exceptions":
            story.turns[n] = replace(turn, events=())


@plant("T2", "is nobody's, due at 0")
def an_exception_is_listed_without_an_owner_or_a_due_time(story: Story) -> None:
    drop(story, "exception.listed", EXCEPTED)
    story.turn("exceptions", "exc", replace(listed(EXCEPTED), team="", due_ms=0), subject=EXCEPTED)


@plant("T2", "when nobody works there")
def an_exception_of_the_accountants_is_due_on_a_sunday(story: Story) -> None:
    drop(story, "exception.listed", EXCEPTED)
    # 2023-11-19T12:00Z
    due = replace(listed(EXCEPTED), team="finance", due_ms=1_700_395_200_000)
    story.turn("exceptions", "exc", due, subject=EXCEPTED)


@plant("T2", "was listed twice")
def an_exception_is_listed_twice(story: Story) -> None:
    again: ExceptionListed = listed(EXCEPTED)
    story.turn("exceptions", again.exception_id, again, subject=EXCEPTED)


@plant("R2", "GB01 owes GB02 0 GBP by its own book, 105 by the other's")
def goods_of_another_entity_are_sold_and_never_owed_for(story: Story) -> None:
    unpost(story, "invoice 0")


@plant("R2", "GB01 owes GB02 105 GBP by its own book, 0 by the other's")
def whose_goods_were_sold_never_hears_of_it(story: Story) -> None:
    unpost(story, "GB01 invoice 0")


@plant("R2", "the trial balance of GB02 is 7 GBP")
def the_other_entitys_book_is_out_of_balance(story: Story) -> None:
    story.turn("finance", "GB02", other(9, "", "x", "r9", (BANK, "D", 7)))


# What looks wrong and is right.


def a_late_fact_goes_to_the_first_open_period(story: Story) -> None:
    late = posting(9, SHIPPED, "x", "r9", (BANK, "D", 5), (PSP_FEES, "C", 5))
    story.turn("finance", "GB01", replace(late, document_date=20231030))


def an_exception_is_over_before_it_is_listed(story: Story) -> None:
    of = ("exc_d", "dispute-opened", SHIPPED)
    story.turn("payments", SHIPPED, ExceptionOpened(*of, "dp_1 over 100 of ch_1"))
    story.turn("exceptions", "exc_d", ExceptionResolved(*of, "payments", "corrected", "the dispute was won"))


# An exception that has ended excuses nothing.


def end_of(story: Story, of: str, id_: str) -> None:
    """A person resolves an exception."""
    ended = ExceptionResolved(id_, "outcome-unknown", of, "ann", "corrected", "looked into")
    story.turn("exceptions", id_, ended, subject=of)


@plant("Q1", "is excepted and no exception is open")
def an_exception_ends_and_its_order_stays_excepted(story: Story) -> None:
    end_of(story, EXCEPTED, f"exc_{EXCEPTED}")


@plant("Q4", "the ERP never acknowledged it")
def an_exception_ends_and_what_it_excused_is_still_so(story: Story) -> None:
    drop(story, "erp.order_acknowledged", SHIPPED)
    story.turn("order_to_cash", SHIPPED, ExceptionOpened("exc_1", "outcome-unknown", SHIPPED, ""))
    story.turn("exceptions", "exc_1", listed(SHIPPED, "outcome-unknown", "exc_1"), subject=SHIPPED)
    end_of(story, SHIPPED, "exc_1")


@plant("Q5", "was inspected and never credited")
def an_exception_ends_and_its_return_was_never_credited(story: Story) -> None:
    drop(story, "credit_note.issued", SHIPPED)
    drop(story, "payment.refunded", SHIPPED)
    story.turn("returns_to_refund", SHIPPED, ExceptionOpened("exc_1", "refund-failed", SHIPPED, ""))
    story.turn("exceptions", "exc_1", listed(SHIPPED, "refund-failed", "exc_1"), subject=SHIPPED)
    end_of(story, SHIPPED, "exc_1")


@plant("Q9", "the provider says")
def an_exception_ends_and_the_books_still_differ(story: Story) -> None:
    drop(story, "payment.captured", SHIPPED)
    story.turn("order_to_cash", SHIPPED, ExceptionOpened("exc_1", "outcome-unknown", SHIPPED, ""))
    end_of(story, SHIPPED, "exc_1")


@plant("Q4", f"0 captured where {GROSS} were invoiced")
def what_was_not_captured_is_written_off_by_nobody(story: Story) -> None:
    drop(story, "payment.captured", SHIPPED)
    given_up = posting(90, SHIPPED, "write_off", "w", (BAD_DEBTS, "D", GROSS), (AR, "C", GROSS))
    story.turn("finance", "GB01", given_up)
