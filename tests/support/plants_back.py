"""Planted wrongs in what comes back: goods, credit notes, refunds, disputes; here and at the provider."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.gift_cards import GiftCardCredited, GiftCardRedeemed
from contracts.inventory import StockMoved, StockRow
from contracts.partners import ExceptionOpened
from contracts.refunds import CreditNoteIssued, RefundFailed, RefundMade
from contracts.returns import (
    InspectedLine,
    ReturnableLine,
    ReturnAuthorized,
    ReturnClosed,
    ReturnInspected,
    ReturnLine,
    ReturnReceived,
)
from contracts.vocabulary import fact
from tests.support.plants import plant, unpost
from tests.support.plants_inside import drop
from tests.support.story import (
    CLEARING,
    CREDIT,
    EXPIRES_MS,
    GROSS,
    REFUSED,
    SHIPPED,
    Story,
    dispute,
    listed,
    posting,
    refund,
)

replace = msgspec.structs.replace


def row(story: Story, kind: str) -> dict[str, Any]:
    """The provider's one refund or dispute."""
    return story.books["payments"][kind][0]


def instead(story: Story, type_: str, *facts: Any) -> None:
    """A return's turn says something else."""
    for n, turn in enumerate(story.turns):
        if any(event.type == type_ for event in turn.events):
            story.turns[n] = replace(turn, events=tuple(fact(one) for one in facts))
            return


def comes(story: Story, units: int, advised: int, ref: str = "ret_3", of: str = SHIPPED) -> None:
    """Units of line 1 come back once more."""
    lines = (ReturnableLine("1", "A", advised),)
    story.turn("returns", ref, ReturnAuthorized(ref, of, "default", "WH1", lines, EXPIRES_MS), subject=of)
    story.turn("returns", ref, ReturnReceived(ref, of, "G9", (ReturnLine("1", units),)), subject=of)


# A7


@plant("A7", "4 of line 1 came back, 3 were shipped")
def two_returns_together_are_more_than_was_shipped(story: Story) -> None:
    comes(story, 2, 2)


@plant("A7", "3 of line 1 came, 1 were advised")
def the_dock_takes_more_than_was_advised(story: Story) -> None:
    comes(story, 3, 1)


@plant("A7", "1 of line 1 came back, 0 were shipped")
def an_order_that_was_never_shipped_comes_back(story: Story) -> None:
    comes(story, 1, 1, of=REFUSED)


# A9


@plant("A9", "2001 of 2000 went back for ch_1 at the provider")
def the_provider_refunded_more_than_it_took(story: Story) -> None:
    row(story, "refunds")["amount"] = GROSS - 99


@plant("A9", "3000 of 2000 went back for ch_1 at the provider")
def a_dispute_takes_what_was_refunded(story: Story) -> None:
    row(story, "disputes")["amount"] = GROSS


@plant("A9", "2100 of 2000 went back for ch_1 here")
def a_refund_is_booked_twice_under_two_names(story: Story) -> None:
    story.turn("payments", SHIPPED, refund(id_="re_2"))


@plant("A9", "which nobody captured")
def a_refund_is_of_no_capture(story: Story) -> None:
    row(story, "refunds")["capture"] = "ch_9"


# A14


@plant("A14", "was refunded twice")
def a_refund_is_told_twice(story: Story) -> None:
    story.turn("payments", SHIPPED, refund())


@plant("A14", "was credited twice")
def a_return_is_credited_twice(story: Story) -> None:
    story.turn("finance", "GB01", CreditNoteIssued(SHIPPED, "GB01", 2, "ret_1", "GBP", CREDIT, 167))


# Q5


@plant("Q5", "credit note 1 is over 0")
def a_pending_refund_is_credited_with_nothing(story: Story) -> None:
    instead(story, "credit_note.issued", CreditNoteIssued(SHIPPED, "GB01", 1, "ret_1", "GBP", 0, 0))


@plant("Q5", "credit note 2 of GB01, not 1")
def a_number_of_a_credit_note_is_left_out(story: Story) -> None:
    instead(story, "credit_note.issued", CreditNoteIssued(SHIPPED, "GB01", 2, "ret_1", "GBP", CREDIT, 167))


@plant("Q5", "was inspected and never credited")
def goods_are_restocked_without_a_credit_note(story: Story) -> None:
    drop(story, "credit_note.issued", SHIPPED)
    drop(story, "payment.refunded", SHIPPED)


@plant("Q5", "should have put {'A': 1} on the shelf and put {}")
def goods_that_are_fit_for_it_never_reach_the_shelf(story: Story) -> None:
    for n, turn in enumerate(story.turns):
        if any(e.type == "inventory.moved" for e in turn.events) and turn.subject == SHIPPED:
            story.turns[n] = replace(turn, events=())


@plant("Q5", "should have put {'A': 1} on the shelf and put {'A': 2}")
def scrap_is_put_on_the_shelf(story: Story) -> None:
    story.turn("inventory", "default", StockMoved("default", "return", "ret_1", (StockRow("A", "WH1", 1),)))


@plant("Q5", "was credited 1000 and refunded 0")
def a_credit_is_never_refunded(story: Story) -> None:
    drop(story, "payment.refunded", SHIPPED)


@plant("Q5", "was refunded 1000 and credited 900")
def more_is_refunded_than_was_credited(story: Story) -> None:
    instead(story, "credit_note.issued", CreditNoteIssued(SHIPPED, "GB01", 1, "ret_1", "GBP", 900, 167))


@plant("Q5", "was received and never inspected")
def goods_are_forgotten_at_the_dock(story: Story) -> None:
    comes(story, 1, 1)


@plant("Q5", "was refunded and is not closed")
def a_refunded_return_stays_open(story: Story) -> None:
    for n, turn in enumerate(story.turns):
        if turn.key == "ret_1" and any(e.type == "return.closed" for e in turn.events):
            story.turns[n] = replace(turn, events=())


# Q9


@plant("Q9", "the provider refunded 1000 as re_x, unheard of here")
def the_provider_made_a_refund_of_its_own(story: Story) -> None:
    row(story, "refunds")["id"] = "re_x"


@plant("Q9", "re_1: the provider says")
def the_provider_still_calls_a_refund_pending(story: Story) -> None:
    row(story, "refunds")["status"] = "pending"


@plant("Q9", "the provider never refunded re_1")
def the_provider_knows_no_refund(story: Story) -> None:
    story.books["payments"]["refunds"] = []


@plant("Q9", "dp_1: the provider says")
def a_lost_dispute_is_won_at_the_provider(story: Story) -> None:
    row(story, "disputes")["status"] = "won"


@plant("Q9", "is disputed, unheard of here")
def a_dispute_is_never_heard_of(story: Story) -> None:
    row(story, "disputes")["id"] = "dp_x"


@plant("Q9", "the provider knows no dispute dp_1")
def a_dispute_is_made_up(story: Story) -> None:
    story.books["payments"]["disputes"] = []


# A19


@plant("A19", "gc_1 has -100 on it")
def more_is_paid_with_a_card_than_is_on_it(story: Story) -> None:
    story.turn("gift_cards", "gc_1", GiftCardRedeemed("gc_1", SHIPPED, "e9", "GB01", "GBP", 200))


@plant("A19", "gc_1 was changed twice by e1")
def a_card_is_credited_twice_for_one_thing(story: Story) -> None:
    story.turn("gift_cards", "gc_1", GiftCardCredited("gc_1", SHIPPED, "e1", "GB01", "GBP", 5, "ret_1"))


@plant("A19", "gc_1 has two currencies")
def a_card_is_paid_from_in_another_currency(story: Story) -> None:
    story.turn("gift_cards", "gc_1", GiftCardRedeemed("gc_1", SHIPPED, "e9", "GB01", "JPY", 5))


# What only looks wrong


def a_refund_that_failed_is_excepted(story: Story) -> None:
    failed = RefundFailed(SHIPPED, "psp-a", "re_1", "ch_1", CREDIT, "GBP", "GB01", "ret_1", "account_closed")
    instead(story, "payment.refunded", failed)
    for n, turn in enumerate(story.turns):
        if turn.key == "ret_1" and any(e.type == "return.closed" for e in turn.events):
            story.turns[n] = replace(turn, events=())
    story.turn("exceptions", "exc_r", listed(SHIPPED, "refund-failed", "exc_r"), subject=SHIPPED)
    story.turn(
        "returns_to_refund", SHIPPED, ExceptionOpened("exc_r", "refund-failed", SHIPPED, "account_closed")
    )
    row(story, "refunds")["status"] = "failed"
    unpost(story, "refund re_1")


def everything_is_sent_to_the_customer_again(story: Story) -> None:
    comes(story, 1, 1)
    story.turn("returns", "ret_3", ReturnInspected("ret_3", SHIPPED, (InspectedLine("1", 0, 0, 0, 1),)))
    story.turn("returns", "ret_3", ReturnClosed("ret_3", SHIPPED, "nothing-to-credit"))


def a_dispute_that_is_won_leaves_room_for_the_rest(story: Story) -> None:
    story.turn("payments", SHIPPED, dispute("won"))
    row(story, "disputes")["status"] = "won"
    won = (CLEARING, "D", 100), ("1220 dispute receivable psp-a", "C", 100)
    paid = ("2120 refunds payable", "D", CREDIT), (CLEARING, "C", CREDIT)
    story.turn("finance", "GB01", posting(60, SHIPPED, "dispute_won", "dispute dp_1", *won))
    story.turn("finance", "GB01", posting(61, SHIPPED, "refund", "refund re_2", *paid))
    other = RefundMade(SHIPPED, "psp-a", "re_2", "ch_1", CREDIT, "GBP", "GB01", "ret_9")
    story.turn("finance", "GB01", CreditNoteIssued(SHIPPED, "GB01", 2, "ret_9", "GBP", CREDIT, 0))
    story.turn("returns", "ret_9", ReturnInspected("ret_9", SHIPPED, (InspectedLine("1", 0, 0, 1),)))
    story.turn("payments", SHIPPED, other)
    story.turn("returns", "ret_9", ReturnClosed("ret_9", SHIPPED, "refunded"))
    story.books["payments"]["refunds"].append(dict(row(story, "refunds"), id="re_2", note="ret_9"))
