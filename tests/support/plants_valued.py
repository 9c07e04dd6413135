"""Planted wrongs in what goods are worth: on the shelves, on the road, in quarantine."""

from __future__ import annotations

from contracts.accounts import COGS
from contracts.inventory import StockMoved, StockRow
from contracts.returns import ReturnLine, ReturnReceived
from tests.support.plants import plant, unpost
from tests.support.story import COST, SHIPPED, WH1, Story, posting

ROAD, WH2 = "1310 inventory in transit", "1300 inventory WH2"


def value_them(story: Story) -> None:
    """What is posted of two A sent to WH2, of one missed there and one sold, and what is on the shelves then."""
    for n, (step, *entries) in enumerate(
        (
            ("transfer_out", (ROAD, "D", 2 * COST), (WH1, "C", 2 * COST)),
            ("transfer_in", (WH2, "D", 2 * COST), (ROAD, "C", 2 * COST)),
            ("count", ("5200 shrinkage", "D", COST), (WH2, "C", COST)),
            ("cost", (COGS, "D", COST), (WH2, "C", COST)),
        ),
        start=60,
    ):
        story.turn("finance", "GB01", posting(n, "", step, f"stock default/{n} t1", *entries))
    shelves = story.books["warehouse"]["shelves"]
    shelves[0]["qty"] = 5
    shelves.append({"site": "WH2", "item": "A", "qty": 0})


def moved(story: Story, reason: str, from_: str, to: str, *, there: str = "") -> None:
    """A unit of A moves at WH1."""
    rows = (StockRow("A", "WH1", 1),)
    story.turn("inventory", "default", StockMoved("default", reason, "t1", rows, from_, to, there))


@plant("Q10", f"{7 * COST} stand on {WH1} in GB01, what is on hand by its movements costs {6 * COST}")
def goods_are_sent_away_and_nothing_is_posted(story: Story) -> None:
    moved(story, "transfer", "available", "in_transit", there="WH2")


@plant("Q10", f"0 stand on {ROAD} in GB01, what is on the road costs {COST}")
def goods_on_the_road_are_posted_as_missing(story: Story) -> None:
    moved(story, "transfer", "available", "in_transit", there="WH2")
    lost = posting(60, "", "count", "stock default/1 t1", ("5200 shrinkage", "D", COST), (WH1, "C", COST))
    story.turn("finance", "GB01", lost)
    story.books["warehouse"]["shelves"][0]["qty"] = 6


@plant("Q10", "what is on hand by its movements costs 600")
def a_count_finds_a_unit_missing_and_nothing_is_posted(story: Story) -> None:
    moved(story, "count-loss", "available", "outside")


@plant("Q10", "what is on hand by the warehouse's shelves costs 600")
def a_unit_is_gone_from_the_shelf_and_nobody_has_counted(story: Story) -> None:
    story.books["warehouse"]["shelves"][0]["qty"] = 6


@plant("Q10", "what is on hand by its movements costs 700")
def what_was_put_back_on_the_shelf_is_not_posted(story: Story) -> None:
    unpost(story, "return ret_1")


@plant("Q10", "0 stand on 1320 quarantine WH2 in GB01, what waits there for its grade costs 100")
def a_return_comes_to_another_dock_and_is_not_posted(story: Story) -> None:
    came = ReturnReceived("ret_1", SHIPPED, "G2", (ReturnLine("1", 1),), "WH2")
    story.turn("returns", "ret_1", came, subject=SHIPPED)


@plant("Q10", "what is on hand by its movements costs 700")
def the_opening_value_is_posted_twice(story: Story) -> None:
    again = posting(61, "", "opening_stock", "again", (WH1, "D", COST), ("3000 opening balances", "C", COST))
    story.turn("finance", "GB01", again)


@plant("Q10", f"{COST} stand on 1300 inventory WH3 in GB01")
def goods_of_another_entity_stand_in_the_wrong_book(story: Story) -> None:
    wrong = (("1300 inventory WH3", "D", COST), ("3000 opening balances", "C", COST))
    story.turn("finance", "GB01", posting(62, "", "opening_stock", "wrong", *wrong))
