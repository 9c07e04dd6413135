"""Several locations, backorders, short picks, counts: no sequence of commands breaks what must hold of stock."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.domains.inventory import sourcing
from actors.domains.inventory.actor import INVENTORY
from actors.domains.inventory.model import PoolState, Position
from contracts.demand import lines_less, lines_within, units_of
from contracts.edits import ChangeReservation
from contracts.inventory import (
    DemandLine,
    ExpireReservation,
    ReceiveStock,
    ReleasePart,
    ReleaseReservation,
    ReserveStock,
    ResourceStock,
    StockRow,
)
from contracts.reships import AllocateStock, GiveBackAllocated
from contracts.sourcing import SOURCING, rule_of
from contracts.stock import ApplyCount, OpenCount
from tests.support.pool import (
    CHANNELS,
    DEMAND,
    ORDERS,
    PLACES,
    POOL,
    SKUS,
    Ledger,
    begun,
    check,
    commands,
    of_reservations,
    places,
    quantity,
    rows,
    skus,
    some_lines,
    take,
)


@given(st.lists(commands, max_size=60))
def test_no_sequence_of_commands_breaks_a_bucket_a_level_or_a_reservation(bodies):
    state, ledger = INVENTORY.initial(POOL), Ledger()
    for body in bodies:
        for event in take(state, body):
            ledger.read(event)
        check(state, ledger)


changes = st.builds(
    lambda some, channel: ChangeReservation(some[0], POOL, some[1] or DEMAND[some[0]], channel),
    some_lines(), st.sampled_from(CHANNELS),
)  # fmt: skip
arrivals = st.builds(lambda some: ReceiveStock(POOL, "ref", some), rows)


@settings(max_examples=200)
@given(begun(), st.lists(st.one_of(*of_reservations, changes, arrivals), max_size=30))
def test_no_more_is_ever_taken_out_of_a_reservation_than_it_holds(first, bodies):
    """A4, from a pool in which every order holds something already, or waits."""
    state, ledger = INVENTORY.initial(POOL), Ledger()
    for body in [*first, *bodies]:
        for event in take(state, body):
            ledger.read(event)
        check(state, ledger)


@given(st.lists(commands, max_size=60))
def test_what_came_in_is_on_hand_in_transit_or_has_gone_out(bodies):
    state, ledger = INVENTORY.initial(POOL), Ledger()
    for body in bodies:
        for event in take(state, body):
            ledger.read(event)
    net: Counter[Any] = Counter()
    for sku, units, source, target in ledger.movements:
        net[sku] += units * ((source is None) - (target is None))
    for sku in SKUS:
        there = list(state.positions.get(sku, {}).values())
        assert net[sku] == sum(position.on_hand + position.in_transit for position in there)


@settings(max_examples=150)
@given(st.one_of(st.just([]), begun()), st.lists(commands, max_size=50))
def test_every_ordered_unit_is_reserved_waiting_shipped_or_given_up_and_never_twice(first, bodies):
    state = INVENTORY.initial(POOL)
    asked: dict[Any, Any] = {}
    gone: Counter[Any] = Counter()
    for body in [*first, *bodies]:
        before = {o: units_of(held.waiting) + held_units(held) for o, held in state.reservations.items()}
        for event in take(state, body):
            fact = event.body
            if event.type == "inventory.reserved":
                asked[fact.order_id] = units_of(DEMAND[fact.order_id])
                gone[fact.order_id] = 0
            elif event.type == "inventory.reservation_committed":
                gone[fact.order_id] += before[fact.order_id] if fact.lines is None else units_of(fact.lines)
            elif event.type == "inventory.resourced":
                kept = units_of(fact.waiting) + sum(units_of(part.lines) for part in fact.parts)
                assert units_of(fact.cancelled) + kept == units_of(body.lines)
                assert not fact.waiting or rule_of(POOL, body.channel).policy != "reject"
                gone[fact.order_id] += units_of(fact.lines) - kept
            elif event.type == "inventory.reservation_expired":
                gone[fact.order_id] += units_of(fact.waiting) + sum(units_of(p.lines) for p in fact.parts)
            elif event.type == "inventory.reservation_released":
                if fact.partly:
                    gone[fact.order_id] += units_of(fact.waiting) + sum(units_of(p.lines) for p in fact.parts)
                else:
                    gone[fact.order_id] += before[fact.order_id]
        for order_id, units in asked.items():
            held = state.reservations.get(order_id)
            open_units = 0 if held is None else units_of(held.waiting) + held_units(held)
            assert open_units + gone[order_id] == units


def held_units(held):
    return units_of(held.lines) + sum(units_of(part.lines) for part in held.elsewhere)


@given(st.lists(commands, max_size=40))
def test_nobody_waits_for_what_a_location_of_his_has(bodies):
    state = INVENTORY.initial(POOL)
    for body in bodies:
        # What a location would not ship stays there for others, or for the next arrival.
        if not isinstance(body, (ResourceStock, ReleasePart, ExpireReservation, ReleaseReservation)):
            take(state, body)
    for sku, queue in state.waiting.items():
        assert queue
        assert all(position.available == 0 for position in state.positions.get(sku, {}).values())


@given(st.integers(1, 30), st.lists(st.sampled_from(ORDERS), min_size=2, max_size=5, unique=True))
def test_what_arrives_goes_to_those_who_wait_in_the_order_of_their_acceptance(units, names):
    state = INVENTORY.initial(POOL)
    for name in names:
        take(state, ReserveStock(name, POOL, DEMAND[name], "wholesale"))
    take(state, ReceiveStock(POOL, "ref", (StockRow("A", "WH1", units), StockRow("B", "WH2", units))))
    for sku in SKUS:
        left = units
        for name in names:
            wanted = sum(line.quantity for line in DEMAND[name] if line.sku == sku)
            waits = state.waiting.get(sku, {}).get(name, 0)
            assert wanted - waits == min(left, wanted)
            left -= wanted - waits


@given(st.lists(commands, max_size=40))
@settings(max_examples=50)
def test_levels_are_the_same_in_whatever_order_the_movements_of_different_places_are_folded(bodies):
    """A pool's turns have one order; of their movements only those of one (SKU, location) depend on it."""
    state, ledger = INVENTORY.initial(POOL), Ledger()
    for body in bodies:
        for event in take(state, body):
            ledger.read(event)
    again = Ledger()
    sides = sorted(
        ((n, sku, units, source, target) for n, (sku, units, source, target) in enumerate(ledger.movements)),
        key=lambda one: (one[1], str(one[3]), str(one[4])),
    )
    for _, sku, units, source, target in sides:
        again.move(sku, units, source, target)
    assert +again.levels == +ledger.levels


@given(
    st.dictionaries(st.tuples(skus, places), st.integers(0, 9)),
    st.lists(
        st.builds(DemandLine, st.sampled_from("1234"), skus, quantity),
        max_size=5,
        unique_by=lambda line: line.line_id,
    ),
)
def test_lines_are_spread_without_loss_over_as_few_places_as_one_where_one_has_all(stock, lines):
    state = PoolState({}, list(PLACES))
    for (sku, place), units in stock.items():
        state.positions.setdefault(sku, {})[place] = Position(units)
    parts, missing = sourcing.spread(state, lines, PLACES)
    spread_lines = [line for part in parts for line in part.lines]
    assert units_of(spread_lines) + units_of(missing) == units_of(lines)
    left = tuple(lines)
    for part in parts:
        left = lines_less(left, part.lines)
        for sku in SKUS:
            taken = sum(line.quantity for line in part.lines if line.sku == sku)
            assert taken <= stock.get((sku, part.location), 0)
    assert left == missing
    demand: Counter[Any] = Counter()
    for line in lines:
        demand[line.sku] += line.quantity
    for sku, wanted in demand.items():
        there = sum(stock.get((sku, place), 0) for place in PLACES)
        assert sum(line.quantity for line in missing if line.sku == sku) == max(0, wanted - there)
    if lines and any(all(stock.get((s, p), 0) >= u for s, u in demand.items()) for p in PLACES):
        assert len(parts) == 1


@given(rows, rows, st.lists(commands, max_size=20))
def test_a_count_leaves_the_book_at_what_was_counted_and_what_has_moved_since(opening, counted, between):
    state = INVENTORY.initial(POOL)
    take(state, ReceiveStock(POOL, "opening", opening))
    take(state, OpenCount(POOL, "the count", "WH1", SKUS))
    mark = {sku: on_hand(state, sku) for sku in SKUS}
    for body in between:
        take(state, body)
    after = {sku: on_hand(state, sku) for sku in SKUS}
    found = {row.sku: row.quantity for row in counted}
    applied = ApplyCount(POOL, "the count", tuple(StockRow(sku, "WH1", n) for sku, n in found.items()))
    take(state, applied)
    for sku in SKUS:
        moved = after[sku] - mark[sku]
        assert on_hand(state, sku) == (found[sku] + moved if sku in found else after[sku])
    # A second time it is known already.
    assert take(state, applied) == []


def on_hand(state, sku):
    position = state.positions.get(sku, {}).get("WH1")
    return 0 if position is None else position.on_hand


@given(st.lists(commands, max_size=40), skus, st.sampled_from(CHANNELS), st.integers(0, 20))
def test_a_channel_never_sells_below_zero_nor_more_than_is_available_and_coming(bodies, sku, channel, coming):
    state = INVENTORY.initial(POOL)
    for body in bodies:
        take(state, body)
    sellable = sourcing.channel_sellable(state, POOL, channel, sku, coming)
    there = sum(position.available for position in state.positions.get(sku, {}).values())
    waits = sum(state.waiting.get(sku, {}).values())
    assert sellable == max(0, there + coming - waits - rule_of(POOL, channel).buffer)
    assert 0 <= sellable <= there + coming
    now = sourcing.seller(state, POOL, channel)(sku)
    assert now == sourcing.channel_sellable(state, POOL, channel, sku)


@given(some_lines(), some_lines())
def test_lines_within_and_less_add_up_to_the_lines(some, other):
    lines = some[1]
    within = lines_within(lines, other[1])
    assert units_of(within) + units_of(lines_less(lines, within)) == units_of(lines)


def test_every_rule_has_a_policy_there_is_and_only_those_that_wait_have_a_time_for_it():
    for at, rule in SOURCING.items():
        assert rule.policy in ("reject", "backorder", "split"), at
        assert bool(rule.wait_ms) == (rule.policy != "reject"), at
        assert rule.buffer >= 0, at


def test_what_is_not_sent_again_goes_to_those_who_wait_all_units_of_a_sku():
    state, lines = INVENTORY.initial(POOL), (DemandLine("1", "A", 1), DemandLine("2", "A", 1))
    take(state, ReceiveStock(POOL, "opening", (StockRow("A", "WH1", 2),)))
    take(state, AllocateStock("o1", POOL, "web", "SH-1", lines))
    take(state, ReserveStock("o2", POOL, (DemandLine("1", "A", 2),), "preorder"))
    assert state.waiting
    take(state, GiveBackAllocated(POOL, "SH-1", "WH1", "available", lines))
    assert not state.waiting
