"""Counts with a watermark, receipts, what a till took: the book is what was counted and what moved since (A2, A3)."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.domains.inventory.actor import INVENTORY
from contracts.inventory import DemandLine, ReceiveStock, ReserveStock, StockRow
from contracts.stock import BUCKETS, OUTSIDE, ApplyCount, MoveStock, OpenCount, TakeStock
from tests.support.pool import POOL, take

HERE, SKUS = "WH1", ("A", "B")
units = st.integers(1, 12)
rows_here = st.lists(
    st.builds(StockRow, st.sampled_from(SKUS), st.just(HERE), units), min_size=1, max_size=4
).map(tuple)
moves = st.one_of(
    rows_here.map(lambda rows: ReceiveStock(POOL, "r", rows)),
    rows_here.map(lambda rows: TakeStock(POOL, "t", rows)),
    rows_here.map(lambda rows: MoveStock(POOL, "m", "why", "available", "quality_hold", rows)),
)


def level(state, sku):
    """A SKU's buckets here."""
    position = state.positions.get(sku, {}).get(HERE)
    return {bucket: 0 if position is None else getattr(position, bucket) for bucket in BUCKETS}


def on_hand(state, sku):
    """What the book has in the building, by this test's own reckoning."""
    levels = level(state, sku)
    inside = sum(levels[bucket] for bucket in BUCKETS if bucket not in ("forced", "in_transit"))
    return inside - levels["forced"]


def opened(told):
    """A pool with stock, an order that holds some of it, and a count that has begun."""
    state = INVENTORY.initial(POOL)
    take(state, ReceiveStock(POOL, "opening", (StockRow("A", HERE, 9), StockRow("B", HERE, 4))))
    take(state, ReserveStock("o1", POOL, (DemandLine("1", "A", 3),), "web"))
    for body in told:
        take(state, body)
    take(state, OpenCount(POOL, "c1", HERE, SKUS))
    return state


@settings(max_examples=150)
@given(
    st.lists(moves, max_size=3),
    st.lists(moves, max_size=4),
    st.dictionaries(st.sampled_from(SKUS), st.integers(0, 20)),
)
def test_after_a_count_the_book_is_what_was_counted_and_what_moved_since_it_began(before, meanwhile, counted):
    state = opened(before)
    watermark = {sku: on_hand(state, sku) for sku in SKUS}
    for body in meanwhile:
        take(state, body)
        # Begun again it is the same count: its watermark stays where it was.
        assert take(state, OpenCount(POOL, "c1", HERE, SKUS)) == []
    now = {sku: on_hand(state, sku) for sku in SKUS}
    reserved = {sku: level(state, sku)["reserved"] for sku in SKUS}
    owed = {sku: level(state, sku)["forced"] for sku in SKUS}
    rows = tuple(StockRow(sku, HERE, n) for sku, n in counted.items())
    events = take(state, ApplyCount(POOL, "c1", rows))
    for sku in SKUS:
        due = counted[sku] + now[sku] - watermark[sku] if sku in counted else now[sku]
        assert on_hand(state, sku) == due
        assert min(level(state, sku).values()) >= 0
        # What is promised stays promised: a loss beyond all the rest is a debt, and a person hears of it.
        assert level(state, sku)["reserved"] == reserved[sku]
        if due > now[sku]:
            assert level(state, sku)["forced"] == max(0, owed[sku] - (due - now[sku]))
    forced = any(level(state, sku)["forced"] > owed[sku] for sku in SKUS)
    assert forced == any(event.type == "exception.opened" for event in events)
    assert take(state, ApplyCount(POOL, "c1", rows)) == []


FLAWS = {
    "of a SKU it did not begin with": StockRow("C", HERE, 1),
    "of another place": StockRow("A", "WH2", 1),
    "below nothing": StockRow("A", HERE, -1),
}


@given(
    st.lists(moves, max_size=3), st.one_of(st.sampled_from(sorted(FLAWS)), st.just("twice")), st.booleans()
)
def test_a_count_with_one_row_that_cannot_be_changes_nothing_and_is_a_persons(told, flaw, at_the_end):
    state = opened(told)
    good = StockRow("B", HERE, 7)
    bad = good if flaw == "twice" else FLAWS[flaw]
    levels = {sku: level(state, sku) for sku in SKUS}
    events = take(state, ApplyCount(POOL, "c1", (good, bad) if at_the_end else (bad, good)))
    assert [event.type for event in events] == ["exception.opened"]
    assert {sku: level(state, sku) for sku in SKUS} == levels
    # It is still open, and can be told again as it is.
    assert take(state, ApplyCount(POOL, "c1", (good,)))[0].type == "inventory.snapshot_applied"


@given(st.lists(moves, max_size=6))
def test_what_comes_in_makes_up_for_what_was_forced_first_and_what_a_till_took_is_taken_whatever_the_book_has(
    told,
):
    state = opened([])
    for body in told:
        before = {sku: level(state, sku) for sku in SKUS}
        events = take(state, body)
        moved: dict[str, int] = {}
        for row in body.rows:
            moved[row.sku] = moved.get(row.sku, 0) + row.quantity
        for sku, n in moved.items():
            was, now = before[sku], level(state, sku)
            if isinstance(body, ReceiveStock):
                settled = min(was["forced"], n)
                assert now["forced"] == was["forced"] - settled
                assert now["available"] == was["available"] + n - settled
            elif isinstance(body, TakeStock):
                lacked = max(0, n - was["available"])
                assert now["available"] == was["available"] - (n - lacked)
                assert now["forced"] == was["forced"] + lacked
        if isinstance(body, MoveStock) and any(n > before[sku]["available"] for sku, n in moved.items()):
            # Together they ask for more than there is: none of them is moved.
            assert [event.type for event in events] == ["exception.opened"]
            assert {sku: level(state, sku) for sku in SKUS} == before


@given(st.integers(-2, 0), st.sampled_from((*BUCKETS, OUTSIDE)))
def test_a_movement_of_nothing_or_less_is_none(quantity, to):
    state = opened([])
    before: Any = {sku: level(state, sku) for sku in SKUS}
    body = MoveStock(POOL, "m", "why", "available", to, (StockRow("A", HERE, quantity),))
    assert [event.type for event in take(state, body)] == ["exception.opened"]
    assert {sku: level(state, sku) for sku in SKUS} == before


def test_all_that_is_available_can_be_moved():
    state = opened([])
    take(state, MoveStock(POOL, "m", "why", "available", "damaged", (StockRow("A", HERE, 6),)))
    assert (level(state, "A")["available"], level(state, "A")["damaged"]) == (0, 6)
