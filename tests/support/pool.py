"""Commands to a stock pool as hypothesis draws them, and a ledger that reads its facts by rules of its own."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import strategies as st

from actors.domains.inventory.actor import INVENTORY
from contracts.fulfillment import ShipmentDispatched
from contracts.inventory import (
    DemandLine,
    ExpireReservation,
    ReceiveStock,
    ReleasePart,
    ReleaseReservation,
    ReserveStock,
    ResourceStock,
    StockPart,
    StockRow,
)
from contracts.stock import BUCKETS, ApplyCount, MoveStock, OpenCount, TakeStock
from contracts.turn import NORMAL, Address, Message
from contracts.vocabulary import TYPE_OF

POOL = "default"
SKUS, PLACES = ("A", "B"), ("WH1", "WH2", "WH3")
ORDERS = tuple(f"o{n}" for n in range(5))
CHANNELS = ("web", "preorder", "wholesale", "unknown")
LATER = 10**12
quantity = st.integers(1, 9)
skus, places, order = st.sampled_from(SKUS), st.sampled_from(PLACES), st.sampled_from(ORDERS)
rows = st.lists(st.builds(StockRow, skus, places, quantity), min_size=1, max_size=4).map(tuple)
# An order asks for the same lines whenever it asks.
DEMAND = {
    name: tuple(DemandLine(str(k), SKUS[(n + k) % 2], 1 + (3 * n + k) % 7) for k in range(1 + n % 3))
    for n, name in enumerate(ORDERS)
}


@st.composite
def some_lines(draw):
    """An order, and some units of its lines."""
    name = draw(order)
    lines = [
        DemandLine(line.line_id, line.sku, draw(st.integers(1, line.quantity)))
        for line in DEMAND[name]
        if draw(st.booleans())
    ]
    return name, tuple(lines)


@st.composite
def begun(draw):
    """Stock at several places, and every order has asked for its lines: some hold them, some wait, some do neither."""
    stock = [StockRow(sku, place, draw(st.integers(1, 15))) for sku in SKUS for place in PLACES]
    asked = [ReserveStock(name, POOL, DEMAND[name], draw(st.sampled_from(CHANNELS))) for name in ORDERS]
    return [ReceiveStock(POOL, "opening", tuple(stock)), *asked]


def shipment(name, lines, place):
    return ShipmentDispatched("f", name, "s", "t", place, POOL, 0, lines)


# What is asked of a reservation that there is, or is not.
of_reservations = [
    order.map(lambda o: ReleaseReservation(o, POOL, "why")),
    order.map(lambda o: ExpireReservation(o, POOL)),
    st.builds(lambda some, place: shipment(some[0], some[1] or None, place), some_lines(), places),
    st.builds(
        lambda some, place, bucket, channel: ResourceStock(some[0], POOL, channel, place, some[1], bucket),
        some_lines(), places, st.sampled_from(("quality_hold", "available")), st.sampled_from(CHANNELS),
    ),
    st.builds(
        lambda some, place, waiting: ReleasePart(some[0], POOL, "why", (StockPart(place, some[1]),), waiting),
        some_lines(), places, st.booleans(),
    ),
]  # fmt: skip
commands = st.one_of(
    st.builds(lambda some: ReceiveStock(POOL, "ref", some), rows),
    st.builds(lambda o, channel: ReserveStock(o, POOL, DEMAND[o], channel), order, st.sampled_from(CHANNELS)),
    st.builds(lambda o, channel: ReserveStock(o, POOL, DEMAND[o], channel), order, st.sampled_from(CHANNELS)),
    *of_reservations,
    st.builds(
        lambda some, from_, to, place: MoveStock(POOL, "ref", "why", from_, to, some, place),
        rows, st.sampled_from((*BUCKETS, "outside")), st.sampled_from((*BUCKETS, "outside")),
        st.sampled_from(("", *PLACES)),
    ),
    st.builds(lambda some: TakeStock(POOL, "till", some), rows),
    st.builds(lambda ref, place: OpenCount(POOL, ref, place, SKUS), st.sampled_from(("c1", "c2")), places),
    st.builds(lambda ref, some: ApplyCount(POOL, ref, some), st.sampled_from(("c1", "c2")), rows),
)  # fmt: skip


def message(body):
    type_, version = TYPE_OF[type(body)]
    asker = Address("flow", "o", "o")
    return Message("inventory", POOL, "s", type_, version, NORMAL, asker, body, "1.1.0", "", "", "", "")


def take(state, body, at=LATER):
    """Decide and fold, as the runtime does. The events."""
    before = msgspec.msgpack.encode(state)
    decision = INVENTORY.handlers[TYPE_OF[type(body)][0]](state, message(body), at)
    assert msgspec.msgpack.encode(state) == before
    for event in decision.events:
        if event.type in INVENTORY.folds:
            INVENTORY.folds[event.type](state, event.body)
    return decision.events


class Ledger:
    """Movements by this test's own reading of the facts; and what became of each order's units."""

    def __init__(self):
        self.levels: Counter[Any] = Counter()
        self.held = {}
        self.waiting = {}
        self.supply: Counter[Any] = Counter()
        self.movements = []

    def move(self, sku, units, source, target):
        assert units > 0
        self.movements.append((sku, units, source, target))
        for at, sign in ((source, -1), (target, 1)):
            if at is not None:
                # Forced is a debt: what is taken from it makes it grow.
                self.levels[sku, *at] += units * (-sign if at[1] == "forced" else sign)

    def lines(self, order_id, place, lines, source, target):
        """Lines of an order between two buckets of a place; `reserved` is told by line."""
        held = self.held.setdefault(order_id, Counter())
        for line in lines:
            from_ = None if source is None else (place, source)
            self.move(line.sku, line.quantity, from_, None if target is None else (place, target))
            change = (target == "reserved") - (source == "reserved")
            held[line.line_id, line.sku, place] += change * line.quantity
            assert held[line.line_id, line.sku, place] >= 0

    def wait(self, order_id, lines, sign):
        waiting = self.waiting.setdefault(order_id, Counter())
        for line in lines:
            waiting[line.line_id, line.sku] += sign * line.quantity
            assert waiting[line.line_id, line.sku] >= 0

    def all_of(self, order_id):
        for (line_id, sku, place), units in list(self.held.get(order_id, {}).items()):
            if units:
                yield place, (DemandLine(line_id, sku, units),)

    def read(self, event):
        body = event.body
        if event.type == "inventory.moved":
            for row in body.rows:
                to = body.to_location or row.location
                self.move(
                    row.sku, row.quantity,
                    None if body.from_bucket == "outside" else (row.location, body.from_bucket),
                    None if body.to_bucket == "outside" else (to, body.to_bucket),
                )  # fmt: skip
        elif event.type == "inventory.reserved":
            for part in (StockPart(body.location, body.lines), *body.elsewhere):
                self.lines(body.order_id, part.location, part.lines, "available", "reserved")
            self.wait(body.order_id, body.waiting, 1)
        elif event.type == "inventory.backorder_filled":
            self.lines(body.order_id, body.location, body.lines, "available", "reserved")
            self.wait(body.order_id, body.lines, -1)
        elif event.type == "inventory.resourced":
            self.lines(body.order_id, body.location, body.lines, "reserved", body.bucket)
            for part in body.parts:
                self.lines(body.order_id, part.location, part.lines, "available", "reserved")
            self.wait(body.order_id, body.waiting, 1)
        elif event.type in ("inventory.reservation_released", "inventory.reservation_expired"):
            whole = event.type.endswith("released") and not body.partly
            parts = list(self.all_of(body.order_id)) if whole else [(p.location, p.lines) for p in body.parts]
            for place, lines in parts:
                self.lines(body.order_id, place, lines, "reserved", "available")
            if whole:
                self.waiting.pop(body.order_id, None)
            else:
                self.wait(body.order_id, body.waiting, -1)
        elif event.type == "inventory.reservation_committed":
            parts = list(self.all_of(body.order_id)) if body.lines is None else [(body.location, body.lines)]
            for place, lines in parts:
                self.lines(body.order_id, place, lines, "reserved", None)


def check(state, ledger):
    reserved: Counter[Any] = Counter()
    waited: Counter[Any] = Counter()
    for order_id, held in state.reservations.items():
        parts = [StockPart(held.location, held.lines), *held.elsewhere]
        for part in parts:
            for line in part.lines:
                reserved[line.sku, part.location] += line.quantity
        waiting: Counter[Any] = Counter()
        for line in held.waiting:
            waiting[line.line_id, line.sku] += line.quantity
            waited[line.sku, order_id] += line.quantity
        assert +ledger.waiting.get(order_id, Counter()) == +waiting
        assert parts[0].lines or held.elsewhere or held.waiting
        assert bool(held.waiting) == bool(held.expires_ms)
        assert held.waiting or not held.held
    for sku, by_place in state.positions.items():
        for place, position in by_place.items():
            levels = {bucket: getattr(position, bucket) for bucket in BUCKETS}
            assert min(levels.values()) >= 0, levels
            assert levels == {bucket: ledger.levels[sku, place, bucket] for bucket in BUCKETS}
            assert position.reserved == reserved[sku, place]
    queues = {(sku, o): units for sku, queue in state.waiting.items() for o, units in queue.items()}
    assert queues == waited
