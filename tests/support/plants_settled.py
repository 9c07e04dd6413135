"""Planted wrongs in settlement: files taken twice, accounts that disagree, payouts that the provider does not know."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.settlement import ControlTotal, DiscrepancyResolved
from contracts.worklist import ExceptionResolved
from tests.support.plants import plant, unpost
from tests.support.plants_back import instead, row
from tests.support.plants_inside import drop
from tests.support.story import (
    CLEARING,
    EXCEPTED,
    GROSS,
    SHIPPED,
    SUSPENSE,
    Story,
    captured,
    dispute,
    imported,
    judged,
    matched,
    mismatched,
    paid_out,
    posting,
)

replace = msgspec.structs.replace
DIFFERENCES = "7020 settlement differences"


def settle(story: Story, fact: Any) -> None:
    story.turn("settlement", "psp-a", fact, subject="S1")


def posted(story: Story, step: str, *entries: tuple[str, str, int], n: int = 60) -> None:
    story.turn("finance", "GB01", posting(n, "", step, f"{step} {n}", *entries), subject="S1")


def resolved(how: str, line: str = "t4", amount: int = 300) -> DiscrepancyResolved:
    return DiscrepancyResolved("psp-a", "S1", line, how, "GBP", amount, "pat", "looked at")


def leave_out(story: Story, line: str) -> None:
    """A line of the file was never told of, though the payout was posted with it."""
    for n, turn in enumerate(story.turns):
        if any(e.type == "settlement.line_matched" and e.body.line_id == line for e in turn.events):
            story.turns[n] = replace(turn, events=())


def over(story: Story) -> None:
    """Nobody needs to look for what t4 is about."""
    ended = ExceptionResolved("exc_t4", "settlement-mismatch", "S1", "pat", "corrected", "looked at")
    story.turn("exceptions", "exc_t4", ended, subject="S1")


# A14


@plant("A14", "psp-a S1 was imported twice")
def a_file_is_imported_twice(story: Story) -> None:
    settle(story, imported(sha256="sha2"))


@plant("A14", "psp-a sha1 was imported twice")
def the_same_bytes_are_imported_under_another_name(story: Story) -> None:
    settle(story, imported("S9"))


@plant("A14", "psp-a S1 t1 was judged twice")
def a_line_is_judged_twice(story: Story) -> None:
    story.turn("finance", "GB01", judged("t1", "capture ch_1", GROSS, 20), subject="S1")


@plant("A14", "psp-a S1 t1 was settled twice")
def a_line_is_settled_twice(story: Story) -> None:
    settle(story, mismatched("t1", "capture ch_1", GROSS, 20, GROSS))


@plant("A14", "psp-a S1 was paid out twice")
def a_payout_is_posted_twice(story: Story) -> None:
    story.turn("finance", "GB01", paid_out(), subject="S1")


# Q7


@plant("Q7", "psp-a: 2500 GBP stand on PSP clearing, by captures, refunds, lines and disputes 1500")
def a_refund_is_made_and_never_posted(story: Story) -> None:
    unpost(story, "refund re_1")


@plant("Q7", "psp-a: 1500 GBP stand on PSP clearing, by captures, refunds, lines and disputes 500")
def a_line_is_settled_that_the_payout_left_out(story: Story) -> None:
    leave_out(story, "t2")


@plant("Q7", "psp-a: 1500 GBP stand on PSP clearing, by captures, refunds, lines and disputes -500")
def a_capture_is_posted_that_nobody_made(story: Story) -> None:
    drop(story, "payment.captured", SHIPPED)


@plant("Q7", "psp-a: 1500 GBP stand on PSP clearing, by captures, refunds, lines and disputes 1600")
def a_dispute_is_won_and_never_posted(story: Story) -> None:
    story.turn("payments", SHIPPED, dispute("won"))


@plant("Q7", "psp-b: 5 GBP stand on PSP clearing")
def money_is_posted_with_another_provider(story: Story) -> None:
    posted(story, "capture", ("1200 PSP clearing psp-b", "D", 5), ("AR", "C", 5))


# Q8


@plant("Q8", "psp-a: -300 GBP stand on settlement suspense, open discrepancies are 0")
def a_line_is_resolved_and_stays_in_suspense(story: Story) -> None:
    settle(story, resolved("write_off"))


@plant("Q8", "psp-a: 0 GBP stand on settlement suspense, open discrepancies are -300")
def suspense_is_written_off_and_nobody_decided_it(story: Story) -> None:
    posted(story, "suspense_resolved", (SUSPENSE, "D", 300), (DIFFERENCES, "C", 300))


@plant("Q8", "psp-a: -300 GBP stand on settlement suspense, open discrepancies are -250")
def a_line_is_mismatched_by_less_than_was_posted(story: Story) -> None:
    instead(story, "settlement.line_mismatched", mismatched("t4", "capture ch_9", 300, 10, 250))


@plant("Q8", "psp-a: -300 GBP stand on settlement suspense, open discrepancies are 0")
def a_line_is_in_suspense_that_matched(story: Story) -> None:
    instead(story, "settlement.line_mismatched", matched("t4", "capture ch_9", 300, 10))


@plant("Q8", "S1: 1 lines in suspense, 0 exceptions open for them")
def a_line_is_in_suspense_and_nobody_looks(story: Story) -> None:
    over(story)


@plant("Q8", "S1: 0 lines in suspense, 1 exceptions open for them")
def somebody_looks_for_a_line_that_is_written_off(story: Story) -> None:
    settle(story, resolved("write_off"))
    posted(story, "suspense_resolved", (SUSPENSE, "D", 300), (DIFFERENCES, "C", 300))


# Q9


@plant("Q9", "psp-a paid out 1655 in it, unheard of here")
def a_payout_is_never_heard_of(story: Story) -> None:
    row(story, "payouts")["file"] = "S9"


@plant("Q9", "psp-a never paid it out")
def a_file_is_imported_that_the_provider_never_cut(story: Story) -> None:
    story.books["payments"]["payouts"] = []


@plant("Q9", "at the provider, ('po_1', 'GBP', 5, 1700, 45, 1655) here")
def the_provider_paid_out_a_penny_more(story: Story) -> None:
    row(story, "payouts")["gross"] += 1


@plant("Q9", "1655 were paid out and never posted here")
def a_payout_is_never_posted(story: Story) -> None:
    drop(story, "settlement.payout_reconciled", "S1")


@plant("Q9", "S1: booked is ('po_1', 'GBP', 5, 5, 1655, 1654) of it")
def a_payout_is_posted_from_other_lines(story: Story) -> None:
    instead(story, "settlement.payout_reconciled", replace(paid_out(), cleared_minor=1_384))


@plant("Q9", "S1: booked is ('po_1', 'GBP', 5, 4, 1655, 1655) of it")
def a_line_of_a_payout_was_never_settled(story: Story) -> None:
    leave_out(story, "t3")


# What only looks wrong


def a_line_is_written_off(story: Story) -> None:
    settle(story, resolved("write_off"))
    over(story)
    posted(story, "suspense_resolved", (SUSPENSE, "D", 300), (DIFFERENCES, "C", 300))


def a_line_is_explained_by_a_capture_heard_of_late(story: Story) -> None:
    story.turn("payments", EXCEPTED, captured(EXCEPTED, "ch_9", 300))
    posted(story, "capture", (CLEARING, "D", 300), ("AR", "C", 300))
    posted(story, "suspense_resolved", (SUSPENSE, "D", 300), (CLEARING, "C", 300), n=61)
    settle(story, resolved("found"))
    over(story)


def a_capture_in_another_currency_is_a_persons(story: Story) -> None:
    story.turn("payments", EXCEPTED, replace(captured(EXCEPTED, "ch_9", 300), currency="EUR"))
    entries = (CLEARING, "D", 300), (SUSPENSE, "C", 300)
    euros = replace(posting(60, EXCEPTED, "suspense", "capture ch_9", *entries), currency="EUR")
    story.turn("finance", "GB01", euros, subject=EXCEPTED)


def a_person_posts_to_clear_suspense(story: Story) -> None:
    journal = posting(60, "", "journal", "j1", (SUSPENSE, "D", 300), (DIFFERENCES, "C", 300))
    story.turn("finance", "GB01", replace(journal, by="ann", approved_by="bob"), subject="S1")


def a_provider_takes_a_line_back(story: Story) -> None:
    settle(story, replace(imported("S2", "sha2"), control=ControlTotal(1, -300, 0, -300)))
    settle(story, replace(mismatched("t5", "capture ch_9", -300, 0, -300), file_id="S2"))
    posted(story, "payout", (SUSPENSE, "D", 300), ("1000 bank", "C", 300))
    paid = replace(paid_out(), file_id="S2", lines=1, net_minor=-300, fee_minor=0, cleared_minor=0)
    story.turn("finance", "GB01", replace(paid, suspense_minor=-300), subject="S2")
    settle(story, resolved("taken_back"))
    over(story)
    settle(story, replace(resolved("taken_back", "t5", -300), file_id="S2"))
    whole = row(story, "payouts")
    there = dict(whole, file="S2", lines=1, gross=-300, fee=0, net=-300)
    story.books["payments"]["payouts"].append(there)
