"""Planted wrongs of what orders are paid with: more than was invoiced, and gift cards held for too much or for ever."""

from __future__ import annotations

import msgspec

from contracts.accounts import AR, DEPOSITS, REFUNDS_PAYABLE
from contracts.deposits import DEPOSIT
from contracts.gift_cards import (
    SOLD,
    GiftCardCancelled,
    GiftCardHeld,
    GiftCardIssued,
    GiftCardRedeemed,
    GiftCardReleased,
)
from contracts.refunds import RefundRequested
from tests.support.plants import plant
from tests.support.story import CLEARING, GROSS, SHIPPED, Story, captured, order_id, posting

# Of it 100 are left in the story.
CARD = "gc_1"
OTHER = order_id("W-other")


def _held(of: str, amount: int) -> GiftCardHeld:
    return GiftCardHeld(CARD, of, f"hold {of}", "GBP", amount)


@plant("A10", f"{GROSS + 1} taken, of it 1 of gift cards")
def a_card_pays_what_was_captured_already(story: Story) -> None:
    redeemed = GiftCardRedeemed(CARD, SHIPPED, "redeem", "GB01", "GBP", 1)
    story.turn("gift_cards", CARD, redeemed, subject=SHIPPED)


@plant("A10", f"{2 * GROSS} taken")
def an_invoice_is_captured_twice(story: Story) -> None:
    story.turn("payments", SHIPPED, captured(SHIPPED, "ch_again"))


@plant("A19", f"140 of {CARD} are held, 100 are on it")
def two_orders_hold_more_than_is_on_a_card(story: Story) -> None:
    story.turn("gift_cards", CARD, _held(OTHER, 80), _held(SHIPPED, 60), subject=SHIPPED)


@plant("A19", f"has ended, and 50 of {CARD} are held for it")
def a_completed_order_holds_a_card_for_ever(story: Story) -> None:
    story.turn("gift_cards", CARD, _held(SHIPPED, 50), subject=SHIPPED)


@plant("A19", f"-30 of {CARD} are held")
def more_is_released_than_was_held(story: Story) -> None:
    released = GiftCardReleased(CARD, SHIPPED, "release", "GBP", 80)
    story.turn("gift_cards", CARD, _held(SHIPPED, 50), released, subject=SHIPPED)


def a_deposit_is_taken(story: Story) -> None:
    """Before anything more is invoiced."""
    story.turn("payments", SHIPPED, captured(SHIPPED, "ch_deposit", 100))
    entries = ((CLEARING, "D", 100), (DEPOSITS, "C", 100))
    taken = posting(40, SHIPPED, "deposit", "capture ch_deposit", *entries)
    story.turn("finance", "GB01", taken, subject=SHIPPED)


@plant("A10", f"{GROSS + 110} taken")
def more_is_taken_than_the_deposit_that_is_held(story: Story) -> None:
    a_deposit_is_taken(story)
    story.turn("payments", SHIPPED, captured(SHIPPED, "ch_more", 10))


@plant("A10", f"{GROSS + 200} taken")
def what_a_deposit_paid_is_taken_again(story: Story) -> None:
    a_deposit_is_taken(story)
    applied = ((DEPOSITS, "D", 100), (AR, "C", 100))
    gone = posting(41, SHIPPED, "deposit_applied", "invoice 1", *applied)
    story.turn("finance", "GB01", gone, subject=SHIPPED)
    story.turn("payments", SHIPPED, captured(SHIPPED, "ch_again", 100))


@plant("A10", "50 taken for its gift cards, 0 are sold")
def money_is_taken_for_a_card_that_nobody_ordered(story: Story) -> None:
    taken = msgspec.structs.replace(captured(SHIPPED, "ch_card", 50), purpose=f"{SOLD} {CARD}")
    story.turn("payments", SHIPPED, taken)


@plant("A19", "50 are on gift cards that it sold, 0 were paid for them")
def a_card_is_issued_that_nobody_paid_for(story: Story) -> None:
    issued = GiftCardIssued(CARD, SHIPPED, "issue", "GB01", "GBP", 50, "")
    story.turn("gift_cards", CARD, issued, subject=SHIPPED)


@plant("A19", "took 50 for gift cards and issued 0")
def a_card_is_paid_for_and_never_issued(story: Story) -> None:
    money_is_taken_for_a_card_that_nobody_ordered(story)


@plant("A19", f"{CARD} has -1 on it")
def more_is_taken_back_of_a_card_than_is_on_it(story: Story) -> None:
    back = GiftCardCancelled(CARD, SHIPPED, "cancel 0", "GB01", "GBP", 101, "ann", "not wanted")
    story.turn("gift_cards", CARD, back, subject=SHIPPED)


@plant("Q5", "was given back over 100 and refunded 0")
def a_card_is_given_back_and_never_paid_back(story: Story) -> None:
    back = GiftCardCancelled(CARD, SHIPPED, "cancel 0", "GB01", "GBP", 100, "ann", "not wanted")
    story.turn("gift_cards", CARD, back, subject=SHIPPED)


@plant("Q6", "has ended and 100 are held as its deposit")
def a_deposit_is_kept_of_an_order_that_has_ended(story: Story) -> None:
    a_deposit_is_taken(story)


@plant("Q6", "has ended and 100 of its deposit are not paid back")
def a_deposit_is_owed_back_and_never_paid(story: Story) -> None:
    a_deposit_is_taken(story)
    asked = RefundRequested(SHIPPED, DEPOSIT, "back", "ch_deposit", 100, "GBP")
    story.turn("order_to_cash", SHIPPED, asked)
    owed = posting(
        42,
        SHIPPED,
        "deposit_returned",
        "deposit ch_deposit",
        (DEPOSITS, "D", 100),
        (REFUNDS_PAYABLE, "C", 100),
    )
    story.turn("finance", "GB01", owed, subject=SHIPPED)


def a_card_is_held_and_let_go(story: Story) -> None:
    released = GiftCardReleased(CARD, SHIPPED, "release", "GBP", 50)
    story.turn("gift_cards", CARD, _held(SHIPPED, 50), released, subject=SHIPPED)
