"""Planted wrongs of what orders are paid with: more than was invoiced, and gift cards held for too much or for ever."""

from __future__ import annotations

from contracts.accounts import AR, DEPOSITS
from contracts.gift_cards import GiftCardHeld, GiftCardRedeemed, GiftCardReleased
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


def a_card_is_held_and_let_go(story: Story) -> None:
    released = GiftCardReleased(CARD, SHIPPED, "release", "GBP", 50)
    story.turn("gift_cards", CARD, _held(SHIPPED, 50), released, subject=SHIPPED)
