"""Planted wrongs in what leaves the building."""

from __future__ import annotations

from msgspec import structs

from contracts.edits import EditRefused, EditRequested, OrderEdited
from contracts.fulfillment import FulfillmentReleased
from contracts.holds import OrderHeld, ReleasedFromHold
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import DemandLine, ReservationReleased, StockMoved, StockRow
from contracts.parcels import ParcelMoved
from contracts.partners import ExceptionOpened
from contracts.renewals import AuthorizationExpired
from tests.support.plants import plant
from tests.support.plants_inside import drop
from tests.support.story import (
    CANCELLED,
    COST,
    DEMAND,
    EXPIRES_MS,
    GROSS,
    SHIPPED,
    TAX,
    WH1,
    Story,
    an_order,
    captured,
    dispatched,
    listed,
    named,
    posting,
    reserved,
)  # fmt: skip


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


def scanned(story: Story, status: str, at_ms: int) -> None:
    """A scan of W1's shipment is told."""
    id_ = fulfillment_order_id_of(SHIPPED, 0)
    fact = named(f"shipment.{status}", ParcelMoved(id_, SHIPPED, "SH-1", at_ms))
    story.turn("fulfillment", id_, fact, subject=SHIPPED)


def at_the_carrier(story: Story, status: str) -> None:
    """Where W1's parcel is by the carrier's books."""
    story.books["warehouse"]["parcels"] = [{"shipment": "SH-1", "ref": SHIPPED, "status": status}]


@plant("Q9", "SH-1 is lost at the carrier, in_transit here")
def a_lost_parcel_is_believed_to_be_on_its_way(story: Story) -> None:
    scanned(story, "in_transit", 5)
    at_the_carrier(story, "lost")


@plant("Q9", "was lost and nobody was told")
def a_parcel_is_lost_and_nobody_is_told(story: Story) -> None:
    scanned(story, "lost", 5)
    at_the_carrier(story, "lost")


@plant("Q9", "an older scan of SH-1 was told after a newer one")
def an_older_scan_is_told_after_a_newer_one(story: Story) -> None:
    scanned(story, "delivered", 9)
    scanned(story, "in_transit", 5)
    scanned(story, "delivered", 9)
    at_the_carrier(story, "delivered")


@plant("A6", "5 of line 1 are somewhere, 3 were ordered")
def an_edit_that_was_refused_is_reserved_all_the_same(story: Story) -> None:
    order = an_order("W2")
    more = structs.replace(order, lines=(structs.replace(order.lines[0], quantity=5),))
    story.turn("orders", CANCELLED, EditRequested(CANCELLED, "e1", "eve", more))
    story.turn("orders", CANCELLED, EditRefused(CANCELLED, "e1", "out-of-stock: A"))
    story.turn("inventory", "default", reserved(CANCELLED, (DemandLine("1", "A", 5),)), subject=CANCELLED)


# What looks wrong and is right.


def an_edit_is_reserved_before_the_order_is_said_to_be_edited(story: Story) -> None:
    order = an_order("W2")
    more = structs.replace(order, lines=(structs.replace(order.lines[0], quantity=5),))
    story.turn("orders", CANCELLED, EditRequested(CANCELLED, "e1", "eve", more))
    story.turn("inventory", "default", reserved(CANCELLED, (DemandLine("1", "A", 5),)), subject=CANCELLED)
    story.turn("orders", CANCELLED, OrderEdited(CANCELLED, "e1", more, GROSS, TAX))
    story.turn("inventory", "default", ReservationReleased(CANCELLED, "default", "x"), subject=CANCELLED)


def a_parcel_is_lost_and_found(story: Story) -> None:
    scanned(story, "lost", 5)
    opened = ExceptionOpened("exc_parcel", "parcel-lost", SHIPPED, "SH-1")
    story.turn("fulfillment", fulfillment_order_id_of(SHIPPED, 0), opened, subject=SHIPPED)
    story.turn("exceptions", "exc_parcel", listed(SHIPPED, "parcel-lost", "exc_parcel"), subject=SHIPPED)
    scanned(story, "delivered", 3)
    at_the_carrier(story, "delivered")


def sent_again(story: Story, ordinal: int = 1_000, shipment: str = "SH-8") -> None:
    """What was in W1's parcel, which is lost, leaves once more: four of A, which nobody pays for."""
    ful = fulfillment_order_id_of(SHIPPED, ordinal)
    rows = (StockRow("A", "WH1", 4),)
    story.turn(
        "inventory", "default", StockMoved("default", "sent-again", "SH-1", rows, "available", "allocated"),
        subject=SHIPPED,
    )  # fmt: skip
    left = structs.replace(dispatched(SHIPPED, shipment, ordinal), lines=DEMAND, again="SH-1")
    story.turn("fulfillment", ful, FulfillmentReleased(ful, SHIPPED), left, subject=SHIPPED)
    gone = StockMoved("default", "sent-again", shipment, rows, "allocated", "outside")
    story.turn("inventory", "default", gone, subject=SHIPPED)
    cost = posting(
        70 + ordinal, "", "count", f"stock default/{ordinal} sent again", ("5200 shrinkage", "D", 4 * COST),
        (WH1, "C", 4 * COST),
    )  # fmt: skip
    story.turn("finance", "GB01", cost, subject=SHIPPED)
    story.fields["levels"]["WH1", "A"] = {"available": 2, "reserved": 0, "damaged": 1, "allocated": 0}
    warehouse = story.books["warehouse"]
    warehouse["shelves"][0]["qty"] -= 4
    (sent,) = [row for row in warehouse["shipments"] if row["shipment"] == "SH-1"]
    warehouse["shipments"].append({**sent, "shipment": shipment, "depositor_order": ful})
    (asked,) = [row for row in warehouse["orders"] if row["depositor_order"] == sent["depositor_order"]]
    warehouse["orders"].append({**asked, "depositor_order": ful})


def a_lost_parcel_is_sent_again(story: Story) -> None:
    scanned(story, "lost", 5)
    at_the_carrier(story, "lost")
    opened = ExceptionOpened("exc_parcel", "parcel-lost", SHIPPED, "SH-1")
    story.turn("fulfillment", fulfillment_order_id_of(SHIPPED, 0), opened, subject=SHIPPED)
    story.turn("exceptions", "exc_parcel", listed(SHIPPED, "parcel-lost", "exc_parcel"), subject=SHIPPED)
    sent_again(story)


@plant("A14", "SH-1 was sent again twice")
def a_lost_parcel_is_sent_again_twice(story: Story) -> None:
    a_lost_parcel_is_sent_again(story)
    sent_again(story, 1_001, "SH-9")


@plant("Q9", "the warehouse never shipped SH-8")
def a_lost_parcel_is_said_to_be_sent_again(story: Story) -> None:
    a_lost_parcel_is_sent_again(story)
    story.books["warehouse"]["shipments"].pop()


@plant("A10", "4000 taken, of it 0 of gift cards, 2000 invoiced")
def a_lost_parcel_is_sent_again_and_paid_for_again(story: Story) -> None:
    a_lost_parcel_is_sent_again(story)
    story.turn("payments", SHIPPED, captured(SHIPPED, "ch_again"), subject=SHIPPED)


def goods_leave_that_were_released_before_the_hold_or_after_it(story: Story) -> None:
    story.turn("orders", SHIPPED, OrderHeld(SHIPPED, "support", "they asked", "eve"))
    id_ = fulfillment_order_id_of(CANCELLED, 0)
    story.turn("orders", CANCELLED, OrderHeld(CANCELLED, "support", "they asked", "eve"))
    story.turn("orders", CANCELLED, ReleasedFromHold(CANCELLED, "support", "eve", "clear"))
    story.turn("fulfillment", id_, FulfillmentReleased(id_, CANCELLED), subject=CANCELLED)


def a_released_order_is_recalled(story: Story) -> None:
    id_ = fulfillment_order_id_of(CANCELLED, 0)
    story.turn("fulfillment", id_, FulfillmentReleased(id_, CANCELLED), subject=CANCELLED)
