"""Planted wrongs in orders that leave in pieces, and in the levels of stock."""

from __future__ import annotations

import msgspec

from contracts.ids import fulfillment_order_id_of
from contracts.inventory import (
    BackorderFilled,
    DemandLine,
    ReservationCommitted,
    ReservationReleased,
    StockMoved,
    StockPart,
    StockReserved,
    StockRow,
)
from contracts.orders import CancelledLine, LinesCancelled
from tests.support import plants_valued
from tests.support.plants import plant
from tests.support.story import EXCEPTED, REFUSED, Story
from tests.support.story_parts import IN_PIECES, WAITS_UNTIL_MS, left, line
from tests.support.turns import START_MS

replace = msgspec.structs.replace
A_UNIT = DemandLine("1", "A", 1)


def drop_one(story: Story, type_: str, nth: int) -> None:
    """The nth fact of its type about the order in pieces never happened."""
    seen = 0
    for n, turn in enumerate(story.turns):
        kept = []
        for event in turn.events:
            mine = event.type == type_ and turn.subject == IN_PIECES
            if not mine or seen != nth:
                kept.append(event)
            seen += mine
        story.turns[n] = replace(turn, events=tuple(kept))


@plant("A2", "D at WH1: 1 on hand by what was shipped, 0 in buckets")
def a_part_is_taken_from_stock_and_was_not_shipped(story: Story) -> None:
    drop_one(story, "shipment.dispatched", 1)


@plant("A2", "brought available of D at WH2 to -1")
def more_is_reserved_elsewhere_than_there_is(story: Story) -> None:
    part = StockPart("WH2", (line("2", 1),))
    story.turn(
        "inventory", "default", StockReserved(EXCEPTED, "default", "WH1", (), (part,)), subject=EXCEPTED
    )


@plant("A2", "brought reserved of A at WH2 to -1")
def goods_leave_a_place_where_none_were_reserved(story: Story) -> None:
    gone = ReservationCommitted(IN_PIECES, "default", "SH-7", "WH2", (A_UNIT,))
    story.turn("inventory", "default", gone, subject=IN_PIECES)


@plant("A3", "available of A at WH1: 7 in the pool, 6 by its movements")
def the_pool_shows_a_unit_that_never_came(story: Story) -> None:
    story.fields["levels"]["WH1", "A"]["available"] = 7


@plant("A3", "reserved of E at WH9: 1 in the pool, 0 by its movements")
def the_pool_has_a_place_where_nothing_ever_was(story: Story) -> None:
    story.fields["levels"]["WH9", "E"] = {"reserved": 1}


@plant("A3", "available of A at WH1: 6 in the pool, 7 by its movements")
def a_movement_is_told_and_not_made(story: Story) -> None:
    story.turn("inventory", "default", StockMoved("default", "receipt", "r9", (StockRow("A", "WH1", 1),)))


@plant("A4", "-1 of D stand reserved at WH1, orders hold 0")
def a_part_leaves_twice(story: Story) -> None:
    gone = ReservationCommitted(IN_PIECES, "default", "SH-6", "WH1", (line("2", 1),))
    story.turn("inventory", "default", gone, subject=IN_PIECES)


@plant("A4", "of D stand reserved at WH2, orders hold 0")
def a_part_is_given_back_at_a_place_that_does_not_hold_it(story: Story) -> None:
    back = ReservationReleased(
        IN_PIECES, "default", "oops", (StockPart("WH2", (line("2", 1),)),), partly=True
    )
    story.turn("inventory", "default", back, subject=IN_PIECES)


@plant("A5", "4 promised, 3 ever there")
def what_was_not_found_is_promised_again(story: Story) -> None:
    again = StockReserved(EXCEPTED, "default", "WH2", (replace(A_UNIT, sku="D"),))
    story.turn("inventory", "default", again, subject=EXCEPTED)


@plant("A6", f"{IN_PIECES} is completed: 2 of line 1 are somewhere, 3 were ordered")
def units_that_were_not_found_are_forgotten(story: Story) -> None:
    drop_one(story, "order.lines_cancelled", 0)


@plant("A6", "2 of line 2 are somewhere, 1 were ordered")
def a_line_is_reserved_beyond_what_was_ordered(story: Story) -> None:
    lines = tuple(replace(line(id_, n), sku="A") for id_, n in (("1", 3), ("2", 2)))
    story.turn("inventory", "default", StockReserved(REFUSED, "default", "WH1", lines), subject=REFUSED)


@plant("A6", "more of line 2 came than it waited for")
def a_backorder_is_filled_that_nobody_waits_for(story: Story) -> None:
    more = BackorderFilled(IN_PIECES, "default", "WH1", (line("2", 1),))
    story.turn("inventory", "default", more, subject=IN_PIECES)


@plant("A7", "2 of line 1 shipped, 3 ordered and 2 of them cancelled")
def units_are_shipped_that_were_cancelled(story: Story) -> None:
    cancelled = LinesCancelled(IN_PIECES, (CancelledLine("1", 1),), "again")
    story.turn("orders", IN_PIECES, cancelled, subject=IN_PIECES)


@plant("A14", "SH-6 was shipped twice")
def a_part_is_shipped_twice(story: Story) -> None:
    story.turn(
        "fulfillment", fulfillment_order_id_of(IN_PIECES, 2), left("SH-6", 2, "2", 1), subject=IN_PIECES
    )


@plant("Q2", "is completed and its reservation stands")
def a_part_that_never_left_stays_reserved(story: Story) -> None:
    drop_one(story, "inventory.reservation_committed", 1)


@plant("Q2", "is completed and its reservation stands")
def a_completed_order_still_waits_for_stock(story: Story) -> None:
    drop_one(story, "inventory.reservation_expired", 0)


@plant("Q4", "SH-6 was never invoiced")
def the_second_shipment_is_not_invoiced(story: Story) -> None:
    drop_one(story, "invoice.issued", 1)
    drop_one(story, "payment.captured", 1)


@plant("Q4", "cost of goods is 200, not 300")
def the_cost_of_the_second_shipment_is_not_posted(story: Story) -> None:
    n = [n for n, turn in enumerate(story.turns) if turn.subject == IN_PIECES and len(turn.events) == 3][1]
    story.turns[n] = replace(story.turns[n], events=story.turns[n].events[:2])


@plant("Q9", "SH-6 left with other goods than we were told")
def the_warehouse_sent_another_part(story: Story) -> None:
    sent = next(row for row in story.books["warehouse"]["shipments"] if row["shipment"] == "SH-6")
    sent["items"] = [{"line": "1", "item": "D", "qty": 1}]


@plant("Q9", "committed 249 there, 166 here")
def the_tax_of_a_part_is_not_committed_here(story: Story) -> None:
    drop_one(story, "tax.committed", 1)


@plant("Q13", f"{REFUSED} waits for 1 units beyond its time")
def an_order_waits_beyond_its_time(story: Story) -> None:
    waits = StockReserved(REFUSED, "default", "", (), (), (line("1", 1),), WAITS_UNTIL_MS)
    story.turn("inventory", "default", waits, subject=REFUSED)


# What looks wrong and is right.


def units_are_transferred_and_lost_in_a_count(story: Story) -> None:
    rows = (StockRow("A", "WH1", 2),)
    story.turn(
        "inventory",
        "default",
        StockMoved("default", "transfer", "t1", rows, "available", "in_transit", "WH2"),
    )
    arrived = (StockRow("A", "WH2", 2),)
    story.turn(
        "inventory", "default", StockMoved("default", "transfer", "t1", arrived, "in_transit", "available")
    )
    lost = (StockRow("A", "WH2", 1),)
    story.turn(
        "inventory", "default", StockMoved("default", "count-loss", "c1", lost, "available", "outside")
    )
    story.turn("inventory", "default", StockMoved("default", "sale", "till", lost, "forced", "outside"))
    plants_valued.value_them(story)
    levels = story.fields["levels"]
    levels["WH1", "A"]["available"] = 4
    levels["WH2", "A"] = {"available": 1, "forced": 1}


def an_order_waits_and_its_time_has_not_come(story: Story) -> None:
    waits = StockReserved(EXCEPTED, "default", "", (), (), (A_UNIT,), START_MS + 10**9)
    story.turn("inventory", "default", waits, subject=EXCEPTED)
