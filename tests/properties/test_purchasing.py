"""Whatever partners tell of a purchase order, in any order and more than once; and whatever a pool is asked."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.domains.inventory.actor import INVENTORY
from actors.domains.inventory.purchasing import PURCHASING
from actors.domains.inventory.replenishment_model import order_quantity
from contracts.fulfillment import ShipmentDispatched
from contracts.inventory import DemandLine, ReceiveStock, ReleaseReservation, ReserveStock, StockRow
from contracts.purchasing import (
    AcknowledgeOrder,
    AdviseShipment,
    ApproveOrder,
    CancelPurchase,
    ClosePurchase,
    ConfirmedLine,
    ConfirmPutAway,
    CountedLine,
    FailOrder,
    InvoicedLine,
    ReceiveGoods,
    SuggestOrder,
    TakeInvoice,
)
from contracts.replenishment import EndReplenishment, PurchaseLine, ReorderRow, SetReorderPoints
from contracts.suppliers import supplier_of
from contracts.turn import NORMAL, Message
from contracts.vocabulary import TYPE_OF

ORDERED, PRICE = 20, 100
LINES = (PurchaseLine("1", "A", ORDERED, PRICE, 90), PurchaseLine("2", "B", ORDERED, PRICE, 90))
line = st.sampled_from(("1", "1", "2", "9"))
few = st.integers(0, 25)
price = st.integers(97, 104)
name = st.sampled_from(("x", "y", "z"))


def several(one):
    return st.lists(one, min_size=1, max_size=3).map(tuple)


def invoice(id_, lines, slip):
    return TakeInvoice("po", id_, "GBP", lines, sum(x.quantity * x.price_minor for x in lines) + slip)


suggest = st.builds(SuggestOrder, *map(st.just, ("po", "pool", "WH1")), st.sampled_from(("SUP-A", "SUP-B")),
                    st.just("GBP"), st.just(1_000), st.just(LINES))  # fmt: skip
answers = st.sampled_from(("accepted", "changed", "changed", "rejected"))
counted = several(st.builds(CountedLine, line, few))
partners = st.one_of(
    st.builds(AcknowledgeOrder, st.just("po"), name, answers, several(st.builds(ConfirmedLine, line, few, price))),
    st.builds(AdviseShipment, st.just("po"), name, counted, st.just(0), st.booleans()),
    st.builds(ReceiveGoods, st.just("po"), name, counted, st.just(0)),
    st.builds(ConfirmPutAway, st.just("po"), name),
    st.builds(invoice, name, several(st.builds(InvoicedLine, line, few, price)), st.sampled_from((0, 0, 0, 1))),
    st.just(ApproveOrder("po", "a person")),
    st.just(FailOrder("po", "why")),
    st.just(CancelPurchase("po", "why")),
    st.builds(ClosePurchase, st.just("po"), st.just("why"), st.booleans()),
)  # fmt: skip


def take(spec, state, body, key="po", at=1):
    """Decide and fold, as the runtime does. The events."""
    type_ = TYPE_OF[type(body)][0]
    message = Message(spec.name, key, "s", type_, 1, NORMAL, None, body, "m", "main", "", "", "")
    before = msgspec.msgpack.encode(state)
    events = spec.handlers[type_](state, message, at).events
    assert msgspec.msgpack.encode(state) == before
    for event in events:
        if event.type in spec.folds:
            spec.folds[event.type](state, event.body)
    return events


@given(suggest, st.lists(partners, max_size=30))
def test_an_order_believes_each_document_once_and_owes_only_what_came(first, told):
    state = PURCHASING.initial("po")
    policy = supplier_of(first.supplier)
    received: Counter[Any] = Counter()
    owed: Counter[Any] = Counter()
    receipts: set[Any] = set()
    invoices: set[Any] = set()
    ends: list[Any] = []
    by_hand = False
    for body in (first, *told):
        by_hand = isinstance(body, ClosePurchase)
        for event in take(PURCHASING, state, body):
            fact = event.body
            if event.type == "goods.received":
                assert fact.receipt_id not in receipts
                receipts.add(fact.receipt_id)
                received.update({one.line_id: one.quantity for one in fact.lines})
            elif event.type == "supplier_invoice.matched":
                assert fact.invoice_id not in invoices
                invoices.add(fact.invoice_id)
                for one in fact.lines:
                    owed[one.line_id] += one.quantity
                    near = (
                        abs(one.price_minor - PRICE) * 10_000
                        <= PRICE * 2 * policy.price_tolerance_bp + 40_000
                    )
                    assert near or by_hand
                assert by_hand or all(owed[line_id] <= received[line_id] for line_id in owed)
                assert by_hand or fact.accrued_minor == sum(one.quantity for one in fact.lines) * PRICE
            elif event.type in ("purchase_order.closed", "purchase_order.cancelled"):
                ends.append(event.type)
                if not by_hand and event.type.endswith("closed"):
                    assert owed == received or all(owed[k] >= received[k] for k in received)
    assert len(ends) <= 1
    assert {one.line_id: one.received for one in state.lines} == {
        one.line_id: received[one.line_id] for one in state.lines
    }
    assert not (ends == ["purchase_order.cancelled"] and any(received.values()))


@given(suggest, st.lists(partners, max_size=20), partners)
def test_what_is_told_twice_is_refused_the_second_time(first, told, last):
    state = PURCHASING.initial("po")
    for body in (first, *told, last):
        take(PURCHASING, state, body)
    after = msgspec.msgpack.encode(state)
    again = [event.type for event in take(PURCHASING, state, last)]
    assert "purchasing.refused" in again
    assert set(again) <= {"purchasing.refused", "exception.opened"}
    assert msgspec.msgpack.encode(state) == after


@given(
    st.integers(-50, 300),
    st.integers(0, 200),
    st.integers(1, 40),
    st.integers(0, 100),
    st.integers(0, 300),
)
def test_an_order_is_whole_lots_that_bring_the_position_back(promised, point, lot, given_units, target):
    row = ReorderRow("A", "WH1", point, "S", 1, 1, "GBP", 1, lot, given_units, target)
    units = order_quantity(row, promised)
    assert units % lot == 0
    assert (units > 0) == (promised < point)
    if units and not given_units:
        assert promised + units >= max(point, target)


SKUS, PLACES = ("A", "B"), ("WH1", "WH2")
rows = st.lists(
    st.builds(
        ReorderRow, st.sampled_from(SKUS), st.sampled_from(PLACES), st.integers(0, 15), st.just("S"),
        st.just(1), st.just(1), st.just("GBP"), st.just(1), st.integers(1, 5),
    ), min_size=1, max_size=3,
)  # fmt: skip
units = st.integers(1, 9)
orders = st.sampled_from(("o1", "o2", "o3", "o4"))
asked = st.one_of(
    rows.map(lambda some: SetReorderPoints("pool", tuple(some))),
    st.lists(st.builds(StockRow, st.sampled_from(SKUS), st.sampled_from(PLACES), units), min_size=1, max_size=2)
    .map(lambda some: ReceiveStock("pool", "r", tuple(some))),
    st.builds(lambda o, line: ReserveStock(o, "pool", (line,)), orders,
              st.builds(DemandLine, st.just("1"), st.sampled_from(SKUS), units)),
    orders.map(lambda o: ReleaseReservation(o, "pool", "why")),
    orders.map(lambda o: ShipmentDispatched("f", o, "s", "t", "WH1", "pool", 0)),
    st.integers(0, 3).map(lambda n: n),
)  # fmt: skip


@given(st.lists(asked, max_size=40))
def test_a_position_is_on_one_purchase_order_at_most_and_none_that_is_low_is_forgotten(bodies):
    state = INVENTORY.initial("pool")
    on_order: dict[str, set[tuple[str, str]]] = {}
    for body in bodies:
        if isinstance(body, int):
            ids = list(on_order)
            body = EndReplenishment(ids[body % len(ids)] if ids else "nobody", "pool")
        for event in take(INVENTORY, state, body, key="pool"):
            if event.type == "replenishment.triggered":
                places = {(one.sku, event.body.location) for one in event.body.lines}
                assert event.body.order_id not in on_order
                assert all(one.quantity > 0 for one in event.body.lines)
                assert not places & set().union(*on_order.values())
                on_order[event.body.order_id] = places
            elif event.type == "replenishment.ended":
                del on_order[event.body.order_id]
        taken = set().union(*on_order.values())
        known = state.replenishment
        for sku, places in known.rows.items():
            for location, row in places.items():
                position = state.positions[sku][location]
                if (sku, location) in taken:
                    assert position.watch == 0
                elif position.available < row.reorder_point:
                    # Low and not on order: the pool's next turn will tell it.
                    assert known.fallen.count((sku, location)) == 1
                else:
                    watched = position.watch == row.reorder_point
                    assert watched != ((sku, location) in known.fallen) or row.reorder_point == 0
