"""Prices told as deltas: whatever overlaps, repeats or is late, the same price holds at the same time."""

from hypothesis import given
from hypothesis import strategies as st

from actors.domains.inventory.catalog import CATALOG
from actors.domains.inventory.catalog_model import PriceListState, next_price_ms
from contracts.inventory import ImportProducts, ProductRow
from contracts.platform import TimerFired
from contracts.prices import ImportPrices, PriceRow
from tests.support.walk import bodies, message_to, take

SKUS = ("TEA", "MUG")


@st.composite
def told(draw):
    """Prices of two SKUs, from instants between 1 and 20, each change with a number of its own."""
    count = draw(st.integers(1, 8))
    return [
        PriceRow(draw(st.sampled_from(SKUS)), 100 + n, "GBP", draw(st.integers(1, 20)), n)
        for n in range(count)
    ]


@st.composite
def deliveries(draw):
    """The prices, in pages that come at instants up to 25, in any order, some more than once."""
    rows = draw(told())
    again = draw(st.lists(st.sampled_from(rows), max_size=4))
    mixed = draw(st.permutations(rows + again))
    times = sorted(draw(st.integers(0, 25)) for _ in mixed)
    return rows, list(zip(times, mixed, strict=True))


def say(state, body, at, type_=None):
    return take(CATALOG, state, message_to(CATALOG, "default", body, type_=type_), at)


def stock(state):
    say(state, ImportProducts("default", tuple(ProductRow(sku, sku, 1, 1, "GBP") for sku in SKUS)), 0)


def run(state, pages, until):
    """Pages at their instants, and timers at theirs: what holds after each instant."""
    held = []
    due = None
    for now in range(until + 1):
        for at, row in pages:
            if at == now:
                decision = say(state, ImportPrices("default", (row,)), now)
                due = decision.timers_set[-1].due_ms if decision.timers_set else due
        if due is not None and due <= now:
            decision = say(state, TimerFired(due), now, "timer.prices")
            due = decision.timers_set[-1].due_ms if decision.timers_set else None
        held.append({sku: state.rows[sku].price_minor for sku in SKUS})
    return held


def expected(rows, sku, now):
    held = [row for row in rows if row.sku == sku and row.effective_at_ms <= now]
    return max(held, key=lambda row: (row.effective_at_ms, row.version)).price_minor if held else 1


@given(deliveries())
def test_what_holds_in_the_end_does_not_depend_on_how_it_was_told(delivered):
    rows, pages = delivered
    state = PriceListState()
    stock(state)
    held = run(state, pages, 30)
    assert held[-1] == {sku: expected(rows, sku, 30) for sku in SKUS}
    assert state.planned == {}


@given(told())
def test_a_price_told_ahead_holds_from_its_instant_and_not_before(rows):
    state = PriceListState()
    stock(state)
    held = run(state, [(0, row) for row in rows], 25)
    assert held == [{sku: expected(rows, sku, now) for sku in SKUS} for now in range(26)]


@given(told(), st.integers(0, 25))
def test_telling_it_again_changes_nothing_and_says_nothing(rows, at):
    state = PriceListState()
    stock(state)
    say(state, ImportPrices("default", tuple(rows)), at)
    again = say(state, ImportPrices("default", tuple(rows)), at)
    assert (again.events, again.timers_set) == ([], ())


@given(told())
def test_an_older_change_never_overwrites_a_newer_one(rows):
    state = PriceListState()
    stock(state)
    for row in rows:
        before = dict(state.told)
        decided = say(state, ImportPrices("default", (row,)), 25)
        for changed in (one for body in bodies(decided, "price.changed") for one in body.rows):
            known = before.get(changed.sku)
            assert known is None or (known.effective_at_ms, known.version) < (
                changed.effective_at_ms,
                changed.version,
            )


def test_a_price_may_come_before_its_product_and_a_product_again_keeps_the_price_told():
    state = PriceListState()
    say(state, ImportPrices("default", (PriceRow("TEA", 300, "GBP", 1, 1),)), 5)
    stock(state)
    assert state.rows["TEA"].price_minor == 300
    stock(state)
    assert (state.rows["TEA"].price_minor, state.rows["MUG"].price_minor) == (300, 1)


def test_the_timer_is_the_nearest_instant():
    state = PriceListState()
    stock(state)
    rows = tuple(PriceRow("TEA", 300, "GBP", at, at) for at in (30, 10, 20))
    decided = say(state, ImportPrices("default", rows), 5)
    assert decided.timers_set[-1].due_ms == 10
    assert next_price_ms(state, (), 10) == 20
