"""Whatever is asked of a stock pool: no bucket below zero, and each level is the fold of its movements."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.domains.inventory.actor import INVENTORY
from contracts.fulfillment import ShipmentDispatched
from contracts.inventory import DemandLine, ReceiveStock, ReleaseReservation, ReserveStock, StockRow
from contracts.turn import NORMAL, Address, Message
from contracts.vocabulary import TYPE_OF

SKUS, PLACES, ORDERS = ("A", "B", "C"), ("WH1", "WH2"), ("o1", "o2", "o3", "o4", "o5")
quantity = st.integers(1, 12)
received = st.lists(
    st.builds(StockRow, st.sampled_from(SKUS), st.sampled_from(PLACES), quantity), min_size=1, max_size=4
)
demanded = st.lists(
    st.builds(DemandLine, st.just("l"), st.sampled_from(SKUS), quantity), min_size=1, max_size=4
)
order = st.sampled_from(ORDERS)
commands = st.one_of(
    received.map(lambda rows: ReceiveStock("pool", "ref", tuple(rows))),
    st.builds(lambda o, lines: ReserveStock(o, "pool", tuple(lines)), order, demanded),
    order.map(lambda o: ReleaseReservation(o, "pool", "why")),
    order.map(lambda o: ShipmentDispatched("f", o, "s", "t", "WH1", "pool", 0)),
)


def message(body):
    type_, version = TYPE_OF[type(body)]
    return Message(
        "inventory", "pool", "s", type_, version, NORMAL, Address("flow", "o", "o"), body, "", "", "", "", ""
    )


def take(state, body):
    """Decide and fold, as the runtime does. The events."""
    before = msgspec.msgpack.encode(state)
    decision = INVENTORY.handlers[TYPE_OF[type(body)][0]](state, message(body), 0)
    assert msgspec.msgpack.encode(state) == before
    for event in decision.events:
        if event.type in INVENTORY.folds:
            INVENTORY.folds[event.type](state, event.body)
    return decision.events


def moved(event, available, reserved, holds):
    """What an event moves, by rules of this test's own."""
    body = event.body
    if event.type == "inventory.moved":
        for row in body.rows:
            available[row.sku, row.location] += row.quantity
    elif event.type == "inventory.reserved":
        holds[body.order_id] = [((line.sku, body.location), line.quantity) for line in body.lines]
        for at, units in holds[body.order_id]:
            available[at] -= units
            reserved[at] += units
    elif event.type in ("inventory.reservation_released", "inventory.reservation_committed"):
        back = event.type.endswith("released")
        for at, units in holds.pop(body.order_id):
            reserved[at] -= units
            available[at] += units * back


@given(st.lists(commands, max_size=60))
def test_no_bucket_is_ever_negative_and_every_level_is_the_fold_of_its_movements(bodies):
    state = INVENTORY.initial("pool")
    available: Counter[Any] = Counter()
    reserved: Counter[Any] = Counter()
    holds: dict[Any, Any] = {}
    for body in bodies:
        for event in take(state, body):
            moved(event, available, reserved, holds)
        for sku, places in state.positions.items():
            for place, position in places.items():
                assert position.available >= 0
                assert position.reserved >= 0
                assert (position.available, position.reserved) == (
                    available[sku, place],
                    reserved[sku, place],
                )
        assert set(state.reservations) == set(holds)


@given(st.lists(commands, max_size=60))
def test_reserved_units_are_those_of_the_open_reservations_and_never_more_than_came_in(bodies):
    state = INVENTORY.initial("pool")
    came: Counter[Any] = Counter()
    left: Counter[Any] = Counter()
    for body in bodies:
        holding = dict(state.reservations)
        for event in take(state, body):
            if event.type == "inventory.moved":
                came.update({row.sku: 0 for row in event.body.rows})
                for row in event.body.rows:
                    came[row.sku] += row.quantity
            elif event.type == "inventory.reservation_committed":
                for line in holding[event.body.order_id].lines:
                    left[line.sku] += line.quantity
        in_reservations: Counter[Any] = Counter()
        for held in state.reservations.values():
            for line in held.lines:
                in_reservations[line.sku, held.location] += line.quantity
        on_hand: Counter[Any] = Counter()
        for sku, places in state.positions.items():
            for place, position in places.items():
                assert position.reserved == in_reservations[sku, place]
                on_hand[sku] += position.available + position.reserved
        assert all(on_hand[sku] + left[sku] == came[sku] for sku in SKUS)


@given(st.lists(commands, max_size=30), st.lists(demanded, min_size=1, max_size=3))
def test_a_reservation_is_refused_only_when_no_place_has_all_of_it(bodies, wanted):
    state = INVENTORY.initial("pool")
    for body in bodies:
        take(state, body)
    for n, lines in enumerate(wanted):
        need: Counter[Any] = Counter()
        for line in lines:
            need[line.sku] += line.quantity
        able = [
            place
            for place in state.locations
            if all(place in state.positions.get(sku, {}) and state.positions[sku][place].available >= units
                   for sku, units in need.items())
        ]  # fmt: skip
        (event,) = take(state, ReserveStock(f"new {n}", "pool", tuple(lines)))
        assert (event.type == "inventory.reserved") == bool(able)
        if able:
            assert event.body.location == able[0]


@given(st.lists(commands, max_size=40))
def test_the_same_request_again_changes_nothing(bodies):
    state = INVENTORY.initial("pool")
    for body in bodies:
        take(state, body)
        if isinstance(body, ReceiveStock):
            continue
        after = msgspec.msgpack.encode(state)
        again = take(state, body)
        # A refused reservation may be refused again; nothing is moved.
        assert all(event.type == "inventory.reservation_failed" for event in again) or not isinstance(
            body, ReserveStock
        )
        assert isinstance(body, ReserveStock) or again == []
        assert msgspec.msgpack.encode(state) == after
