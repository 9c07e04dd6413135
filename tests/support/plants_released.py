"""Planted wrongs in what leaves the building."""

from __future__ import annotations

from msgspec import structs

from contracts.fulfillment import FulfillmentReleased
from contracts.holds import OrderHeld, ReleasedFromHold
from contracts.ids import fulfillment_order_id_of
from contracts.renewals import AuthorizationExpired
from tests.support.plants import plant
from tests.support.plants_inside import drop
from tests.support.story import CANCELLED, EXPIRES_MS, SHIPPED, Story, captured, dispatched


@plant("A18", "was never released")
def goods_leave_that_were_not_released(story: Story) -> None:
    drop(story, "fulfillment.released", SHIPPED)


@plant("A18", "was cancelled before")
def goods_leave_that_were_cancelled(story: Story) -> None:
    id_ = fulfillment_order_id_of(CANCELLED, 0)
    story.turn("fulfillment", id_, FulfillmentReleased(id_, CANCELLED), subject=CANCELLED)
    story.turn("fulfillment", id_, dispatched(CANCELLED, "SH-9"), subject=CANCELLED)


@plant("A18", "no money is held")
def goods_leave_that_nobody_pays_for(story: Story) -> None:
    drop(story, "payment.authorized", SHIPPED)
    drop(story, "payment.captured", SHIPPED)


@plant("A18", "was released while it was held (support)")
def goods_are_released_while_their_order_is_held(story: Story) -> None:
    id_ = fulfillment_order_id_of(CANCELLED, 0)
    for hold in ("support", "credit"):
        story.turn("orders", CANCELLED, OrderHeld(CANCELLED, hold, "they asked", "eve"))
    story.turn("orders", CANCELLED, ReleasedFromHold(CANCELLED, "credit", "eve", "paid"))
    story.turn("fulfillment", id_, FulfillmentReleased(id_, CANCELLED), subject=CANCELLED)


@plant("A8", "after it had expired")
def an_authorization_that_has_expired_is_captured(story: Story) -> None:
    story.turn("payments", CANCELLED, AuthorizationExpired(CANCELLED, f"pi_{CANCELLED}"))
    drop(story, "payment.auth_voided", CANCELLED)
    story.turn("payments", CANCELLED, captured(CANCELLED, "ch_8"))


@plant("A18", "no money is held")
def goods_leave_when_the_money_is_not_held_any_more(story: Story) -> None:
    drop(story, "payment.auth_voided", CANCELLED)
    id_ = fulfillment_order_id_of(CANCELLED, 1)
    story.turn("fulfillment", id_, FulfillmentReleased(id_, CANCELLED), subject=CANCELLED)
    left = structs.replace(dispatched(CANCELLED, "SH-9"), fulfillment_order_id=id_)
    story.turn("fulfillment", id_, left, subject=CANCELLED, at_ms=EXPIRES_MS)


# What looks wrong and is right.


def goods_leave_that_were_released_before_the_hold_or_after_it(story: Story) -> None:
    story.turn("orders", SHIPPED, OrderHeld(SHIPPED, "support", "they asked", "eve"))
    id_ = fulfillment_order_id_of(CANCELLED, 0)
    story.turn("orders", CANCELLED, OrderHeld(CANCELLED, "support", "they asked", "eve"))
    story.turn("orders", CANCELLED, ReleasedFromHold(CANCELLED, "support", "eve", "clear"))
    story.turn("fulfillment", id_, FulfillmentReleased(id_, CANCELLED), subject=CANCELLED)


def a_released_order_is_recalled(story: Story) -> None:
    id_ = fulfillment_order_id_of(CANCELLED, 0)
    story.turn("fulfillment", id_, FulfillmentReleased(id_, CANCELLED), subject=CANCELLED)
