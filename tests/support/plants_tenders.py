"""Planted wrongs of what orders are paid with: more than was invoiced, and gift cards held for too much or for ever."""

from __future__ import annotations

from contracts.gift_cards import GiftCardHeld, GiftCardRedeemed, GiftCardReleased
from tests.support.plants import plant
from tests.support.story import GROSS, SHIPPED, Story, captured, order_id

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


def a_card_is_held_and_let_go(story: Story) -> None:
    released = GiftCardReleased(CARD, SHIPPED, "release", "GBP", 50)
    story.turn("gift_cards", CARD, _held(SHIPPED, 50), released, subject=SHIPPED)
