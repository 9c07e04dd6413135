"""A reservation made anew: where it finds all of it, nothing is promised twice; where it does not, nothing changes."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.inventory import model
from actors.domains.inventory.changing import source_anew
from actors.domains.inventory.model import PoolState, Position, Reservation
from actors.domains.orders.edits import wrong_with
from contracts.edits import EditOrder
from contracts.inventory import DemandLine
from contracts.orders import OrderLine

demand: Any = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 6)), min_size=1, max_size=5).map(
    lambda rows: tuple(DemandLine(str(n), sku, quantity) for n, (sku, quantity) in enumerate(rows))
)
stock = st.fixed_dictionaries({(sku, at): st.integers(0, 12) for sku in "ABC" for at in ("WH1", "WH2")})


def pool_with(stock, held):
    """A pool where an order holds some at WH1."""
    pool = PoolState(locations=["WH1", "WH2"])
    for (sku, at), units in stock.items():
        pool.positions.setdefault(sku, {})[at] = Position(available=units)
    for line in held:
        pool.positions[line.sku]["WH1"].reserved += line.quantity
    pool.reservations["o"] = Reservation("WH1", held)
    return pool


def levels(pool):
    return {
        (sku, at): (position.available, position.reserved)
        for sku, places in pool.positions.items()
        for at, position in places.items()
    }


@given(stock, demand, demand)
def test_what_is_found_is_there_and_the_pool_itself_is_not_touched(stock, held, wanted):
    pool = pool_with(stock, held)
    before = levels(pool)
    location, shortages = source_anew(pool, pool.reservations["o"], wanted, ())
    assert levels(pool) == before
    if location is None:
        assert shortages
        return
    model.release(pool, "o")
    model.reserve(pool, "o", location, wanted)
    assert all(available >= 0 for available, _ in levels(pool).values())


@given(stock, demand)
def test_what_is_held_can_always_be_held_again_where_it_is(stock, held):
    pool = pool_with(stock, held)
    assert source_anew(pool, pool.reservations["o"], held, ())[0] == "WH1"


@given(st.lists(st.tuples(st.sampled_from("12"), st.integers(-2, 3), st.integers(-2, 3)), max_size=5))
def test_every_line_that_is_wrong_is_named_and_only_those(rows):
    lines = tuple(OrderLine(line_id, "A", quantity, price) for line_id, quantity, price in rows)
    wrong = wrong_with(EditOrder("o", "e", "eve", lines))
    bad = {
        n
        for n, (line_id, quantity, price) in enumerate(rows)
        if quantity < 1 or price < 0 or line_id in [row[0] for row in rows[:n]]
    }
    assert {pointer.split("/")[2] for pointer in wrong if pointer.count("/") > 1} == {str(n) for n in bad}
    assert ("/lines" in wrong) == (not rows)
