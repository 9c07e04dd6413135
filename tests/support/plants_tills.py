"""Planted wrongs in what stores sold: closings posted twice or otherwise than counted, units that never left."""

from __future__ import annotations

from typing import Any

import msgspec

from contracts.inventory import StockMoved, StockRow
from contracts.pickups import ReadyForCollection
from contracts.settlement import LineMatched
from contracts.tills import TillFile, TillFileImported, TillFilePosted, TillItem, TillSale, TillTotal
from tests.support import plants_told
from tests.support.plants import plant, unpost
from tests.support.plants_inside import drop
from tests.support.story import CLEARING, COST, SHIPPED, Story, posting
from tests.support.turns import START_MS

CLOSING = "ST1-1-0001"
TOTAL = TillTotal(1, 2, 200, 40, 140, 100)
REFERENCE = f"till {CLOSING}"


def a_closing(story: Story, moved: tuple[StockMoved, ...] | None = None) -> None:
    """One that holds: two of A, of which the book had one."""
    sale = TillSale("R1", START_MS, (TillItem("A", 2, 200, 40),), 140, 100)
    file = TillFile("ST1", "1", CLOSING, "f.csv", "sha", "GBP", START_MS, START_MS, TOTAL, (sale,))
    had, lacked = (StockRow("A", "ST1", 1),), (StockRow("A", "ST1", 1),)
    story.turn("stores", "ST1", TillFileImported("ST1", CLOSING, file), subject=CLOSING)
    story.turn("inventory", "default", StockMoved("default", "receipt", "store", had), subject="store")
    value = posting(
        89, "", "opening_stock", "opening stores", ("1300 inventory ST1", "D", COST), ("opening", "C", COST)
    )
    story.turn("finance", "GB01", value, subject="store")
    taken = (
        StockMoved("default", "sale", CLOSING, had, "available", "outside"),
        StockMoved("default", "sale", CLOSING, lacked, "forced", "outside"),
    )
    story.turn("inventory", "default", *(taken if moved is None else moved), subject=CLOSING)
    story.turn(
        "finance", "GB01",
        posting(90, "", "till_sales", REFERENCE, ("1050 cash in tills ST1", "D", 140), (CLEARING, "D", 100),
                ("4000 revenue", "C", 200), ("2200 tax payable GB", "C", 40)),
        posting(91, "", "till_cost", REFERENCE, ("5000 cost of goods sold", "D", 2 * COST),
                ("1300 inventory ST1", "C", 2 * COST)),
        TillFilePosted("ST1", CLOSING, "GB01", "GBP", "psp-a", TOTAL, 2 * COST),
        subject=CLOSING,
    )  # fmt: skip
    story.fields["levels"]["ST1", "A"] = {"forced": 1}
    story.books["tills"] = {
        "collections": [],
        "closings": [
            {"closing": CLOSING, "store": "ST1", "till": "1", "curr": "GBP", "sales": 1, "units": {"A": 2},
             "net": 200, "tax": 40, "cash": 140, "card": 100, "back": 0, "back_units": {}}
        ]
    }  # fmt: skip


def _closing(story: Story) -> dict[str, Any]:
    found: dict[str, Any] = story.books["tills"]["closings"][0]
    return found


@plant("Q9", "it was posted 2 times")
def a_closing_is_posted_twice(story: Story) -> None:
    a_closing(story)
    story.turn(
        "finance",
        "GB01",
        TillFilePosted("ST1", CLOSING, "GB01", "GBP", "psp-a", TOTAL, 2 * COST),
        subject=CLOSING,
    )


@plant("A14", "ST1-1-0001 available was taken by its till twice")
def a_closings_units_leave_twice(story: Story) -> None:
    had = StockMoved("default", "sale", CLOSING, (StockRow("A", "ST1", 1),), "available", "outside")
    a_closing(story, (had, had))


@plant("Q9", "it was posted 0 times")
def a_closing_is_imported_and_forgotten(story: Story) -> None:
    a_closing(story)
    drop(story, "till_file.posted", CLOSING)


@plant("Q9", "sold for 200 in it, unheard of here")
def a_closing_is_never_imported(story: Story) -> None:
    a_closing(story)
    drop(story, "till_file.imported", CLOSING)


@plant("Q9", "ST1 never closed it")
def a_closing_is_posted_that_no_till_made(story: Story) -> None:
    a_closing(story)
    story.books["tills"]["closings"].clear()


@plant("Q9", "its file says {'net': 200")
def a_till_counted_a_penny_more_than_its_file_says(story: Story) -> None:
    a_closing(story)
    _closing(story)["net"] += 1


@plant("Q9", "posted is {}")
def a_closing_is_posted_without_entries(story: Story) -> None:
    a_closing(story)
    unpost(story, REFERENCE)


@plant("Q9", "other units left for it than its till sold: [('A', 1), ('A', 2)]")
def only_what_the_book_had_left_it(story: Story) -> None:
    had = (StockRow("A", "ST1", 1),)
    a_closing(story, (StockMoved("default", "sale", CLOSING, had, "available", "outside"),))


@plant("A2", "brought available of A at ST1 to -1")
def what_the_book_lacked_is_taken_from_what_is_available(story: Story) -> None:
    rows = (StockRow("A", "ST1", 2),)
    a_closing(story, (StockMoved("default", "sale", CLOSING, rows, "available", "outside"),))


@plant("Q7", "psp-a: 1500 GBP stand on PSP clearing, by captures, refunds, lines and disputes 1600")
def the_cards_of_a_closing_are_posted_as_cash(story: Story) -> None:
    a_closing(story)
    unpost(story, REFERENCE)
    entries = (
        ("1050 cash in tills ST1", "D", 240),
        ("4000 revenue", "C", 200),
        ("2200 tax payable GB", "C", 40),
    )
    story.turn("finance", "GB01", posting(92, "", "till_sales", REFERENCE, *entries), subject=CLOSING)


GIVEN = TillTotal(1, 1, 100, 20, 120, 0)


def a_closing_with_a_refund(
    story: Story, came: tuple[StockMoved, ...] | None = None, back_net: int = 100
) -> None:
    """One that holds: one of its two units of A was brought back, as good as new."""
    a_closing(story)
    row = _closing(story)
    row.update({"tax": 20, "cash": 20, "back": 100, "back_units": {"A A": 1}})
    for n, turn in enumerate(story.turns):
        events = tuple(_with_refund(event) for event in turn.events)
        story.turns[n] = msgspec.structs.replace(turn, events=events)
    unpost(story, REFERENCE)
    rows = (StockRow("A", "ST1", 1),)
    back = StockMoved("default", "till-return", CLOSING, rows, "outside", "forced")
    story.turn("inventory", "default", *((back,) if came is None else came), subject=CLOSING)
    story.turn(
        "finance", "GB01",
        posting(94, "", "till_sales", REFERENCE, ("1050 cash in tills ST1", "D", 20), (CLEARING, "D", 100),
                ("4800 sales returns", "D", back_net), ("4000 revenue", "C", 100 + back_net),
                ("2200 tax payable GB", "C", 20)),
        posting(95, "", "till_cost", REFERENCE, ("5000 cost of goods sold", "D", 2 * COST),
                ("1300 inventory ST1", "C", 2 * COST)),
        posting(96, "", "till_back", REFERENCE, ("1300 inventory ST1", "D", COST),
                ("5000 cost of goods sold", "C", COST)),
        subject=CLOSING,
    )  # fmt: skip
    story.fields["levels"]["ST1", "A"] = {"forced": 0}


def _with_refund(event: Any) -> Any:
    body = event.body
    if event.type == "till_file.imported":
        refund = TillSale("B1", START_MS, (TillItem("A", 1, 100, 20, "A"),), 120, 0)
        file = msgspec.structs.replace(body.file, refunds=(refund,), refunded=GIVEN)
        body = msgspec.structs.replace(body, file=file)
    elif event.type == "till_file.posted":
        body = msgspec.structs.replace(body, refunded=GIVEN)
    return msgspec.structs.replace(event, body=body)


@plant("Q9", "its till took back {('A', 'A'): 1}, into stock came {}")
def what_a_till_took_back_never_comes_into_stock(story: Story) -> None:
    a_closing_with_a_refund(story, ())


@plant("Q9", "'back': 100")
def what_a_till_gave_back_is_posted_as_less_revenue(story: Story) -> None:
    a_closing_with_a_refund(story, back_net=0)


@plant("A14", "ST1-1-0001 forced was taken back by its till twice")
def what_a_till_took_back_comes_into_stock_twice(story: Story) -> None:
    rows = (StockRow("A", "ST1", 1),)
    back = StockMoved("default", "till-return", CLOSING, rows, "outside", "forced")
    a_closing_with_a_refund(story, (back, back))


def a_store_takes_something_back(story: Story) -> None:
    a_closing_with_a_refund(story)


def an_order_is_collected(story: Story) -> None:
    """SHIPPED was never sent: its customer has come for it."""
    for n, turn in enumerate(story.turns):
        events = tuple(
            msgspec.structs.replace(event, body=msgspec.structs.replace(event.body, collected=True))
            if event.type == "shipment.dispatched" and event.body.order_id == SHIPPED
            else event
            for event in turn.events
        )
        story.turns[n] = msgspec.structs.replace(turn, events=events)
    sent = [row for row in story.books["warehouse"]["shipments"] if row["ref"] == SHIPPED]
    story.books["warehouse"]["shipments"] = [
        row for row in story.books["warehouse"]["shipments"] if row["ref"] != SHIPPED
    ]
    (row,) = sent
    # No channel and no customer is told of a parcel.
    plants_told.tell_subscribers(story)
    story.books["tills"] = {
        "closings": [],
        "collections": [
            {"collection": row["shipment"], "store": "WH1", "order": SHIPPED, "items": row["items"]}
        ],
    }


@plant("A24", "the customer was never told: ready")
def a_customer_is_not_told_that_the_order_lies_ready(story: Story) -> None:
    ready = ReadyForCollection("ful", SHIPPED, "ST1", START_MS)
    story.turn("fulfillment", "ful", ready, subject=SHIPPED)


@plant("Q9", "no store has handed over SH-1")
def an_order_is_collected_that_lies_in_its_store(story: Story) -> None:
    an_order_is_collected(story)
    story.books["tills"]["collections"].clear()


@plant("Q9", "WH1 handed over COL-9, which we never heard of")
def a_store_hands_over_what_nobody_asked_for(story: Story) -> None:
    an_order_is_collected(story)
    row = story.books["tills"]["collections"][0]
    story.books["tills"]["collections"].append({**row, "collection": "COL-9"})


@plant("Q9", "was handed over there")
def a_store_hands_over_a_unit_too_few(story: Story) -> None:
    an_order_is_collected(story)
    row = story.books["tills"]["collections"][0]
    items = [{**item, "qty": item["qty"] + 1} for item in row["items"]]
    story.books["tills"]["collections"] = [{**row, "items": items}]


def a_store_sells(story: Story) -> None:
    a_closing(story)


def a_store_sells_and_its_cards_are_paid_out(story: Story) -> None:
    a_closing(story)
    line = LineMatched("psp-a", "S7", "t1", f"capture {CLOSING}", "GBP", 100, 0)
    story.turn("settlement", "psp-a", line, subject="S7")
    story.turn(
        "finance", "GB01", posting(93, "", "payout", "payout psp-a S7", ("1000 bank", "D", 100), (CLEARING, "C", 100)),
        subject="S7",
    )  # fmt: skip
