"""Orders from the channel to the ledger and back, with the actors' messages in any order that conversations allow.

Partners do what they like, customers cancel when they like; what must never be asked of anybody never is.
"""

from collections import Counter, defaultdict
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.accounts import DEPOSITS
from contracts.deposits import DEPOSIT
from contracts.edits import EditOrder
from contracts.holds import FRAUD_REVIEW, HoldOrder, ReleaseHold, ReviewOrder
from contracts.inventory import ReceiveStock, StockPart, StockRow
from contracts.money import EXPONENTS
from contracts.orders import CancelOrder, ResolveOrder, SubmitOrder
from contracts.returns import AdviseReturn, InspectedLine, InspectReturn, ReceiveReturn, ReturnLine
from contracts.stock import BUCKETS
from tests.support.pure import PureWorld
from tests.support.shop import an_order, id_of, opening_stock, price_list

randoms = st.randoms(use_true_random=False)
lines = st.lists(
    st.tuples(st.sampled_from(["TEA", "MUG", "BOOK", "SOAP"]), st.integers(1, 4)), min_size=1, max_size=3
)
channels = st.sampled_from(["web", "phone", "wholesale", "preorder", "presale"])
CANCEL, AGAIN, RETURN, HOLD, EDIT = "cancel", "again", "return", "hold", "edit"
stories = st.lists(
    st.tuples(lines, channels, st.sets(st.sampled_from([CANCEL, AGAIN, RETURN, HOLD, EDIT]))),
    min_size=1,
    max_size=3,
)
OUTCOMES = ("completed", "cancelled", "rejected", "corrected")


def opened(random: Any, *, lucky: bool) -> PureWorld:
    world = PureWorld(random, lucky=lucky)
    world.tell("catalog", "default", price_list())
    world.tell("inventory", "default", opening_stock())
    world.run()
    return world


def played(world, stories):
    """Every order is sent, some twice, some are cancelled; then more mugs come, and some of it is sent back."""
    orders = [an_order(*wanted, n=n, channel=channel) for n, (wanted, channel, _) in enumerate(stories)]
    for order, (_, _, acts) in zip(orders, stories, strict=True):
        id_ = id_of(order)
        for _ in range(2 if AGAIN in acts else 1):
            world.tell("orders", id_, SubmitOrder(id_, order))
        if CANCEL in acts:
            world.tell("orders", id_, CancelOrder(id_, "changed my mind"))
        if HOLD in acts:
            world.tell("orders", id_, HoldOrder(id_, "h1", "a question", "eve"))
        if EDIT in acts:
            world.tell("orders", id_, EditOrder(id_, "e1", "eve", edited(order)))
    world.run()
    for order, (_, _, acts) in zip(orders, stories, strict=True):
        id_ = id_of(order)
        if EDIT in acts:
            world.tell("orders", id_, EditOrder(id_, "e2", "eve", edited(order)))
        if HOLD in acts:
            world.tell("orders", id_, ReleaseHold(id_, "h1", "eve", "answered"))
    world.tell("inventory", "default", ReceiveStock("default", "more", (StockRow("MUG", "WH1", 100),)))
    world.run()
    for order in orders:
        decided(world, id_of(order))
    world.run()
    for order, (_, _, acts) in zip(orders, stories, strict=True):
        if RETURN in acts:
            sent_back(world, order)
    world.run()
    return orders


def edited(order):
    """One more of the first line."""
    first, *others = order.lines
    return (msgspec.structs.replace(first, quantity=first.quantity + 1), *others)


def decided(world, id_):
    """What waits for a person is decided, and not always as it could be: a review, or the end of an excepted order."""
    state = world.state("orders", id_)
    if FRAUD_REVIEW in state.holds:
        world.tell("orders", id_, ReviewOrder(id_, ("accept", "reject")[world.random.randrange(2)], "eve"))
    for _ in range(2):
        if state.order_status == "excepted":
            outcome = OUTCOMES[world.random.randrange(len(OUTCOMES))]
            exception_id = state.exception_id
            world.tell(
                "orders", id_, ResolveOrder(id_, exception_id, "capture-failed", outcome, "olga", "so")
            )


def sent_back(world, order):
    """All of the first line comes back, twice over: the second time more than there was."""
    id_, line = id_of(order), order.lines[0]
    for ref in ("R1", "R2"):
        one = f"ret_{id_}_{ref}"
        back = (ReturnLine(line.line_id, line.quantity),)
        world.tell("returns", one, AdviseReturn(one, id_, "too-small", back, 600_000), id_)
        world.tell("returns", one, ReceiveReturn(one, id_, "G1", back), id_)
        graded = (InspectedLine(line.line_id, line.quantity, 0, 0),)
        world.run()
        world.tell("returns", one, ReceiveReturn(one, id_, "G2", back), id_)
        world.tell("returns", one, InspectReturn(one, id_, graded), id_)


def sums(bodies, key):
    found: defaultdict[Any, int] = defaultdict(int)
    for body in bodies:
        found[key(body)] += body.amount_minor
    return found


def check(world, orders):
    ordered = {id_of(order): order for order in orders}
    # A11: one order, however often it is sent.
    assert max(Counter(body.order_id for body in world.of("order.received")).values()) == 1
    # A1, A23
    for posting in world.of("ledger.posted"):
        signed = [e.amount_minor if e.side == "D" else -e.amount_minor for e in posting.entries]
        assert sum(signed) == 0
        assert len(signed) >= 2
        assert min(e.amount_minor for e in posting.entries) > 0
        assert posting.currency in EXPONENTS
        if posting.order_id:
            assert posting.currency == ordered[posting.order_id].currency
    # A8: of no authorization more than it holds is asked for, and nothing once it is let go.
    held = sums(world.of("payment.authorized"), lambda one: one.authorization_id)
    let_go: set[str] = set()
    asked: Counter[str] = Counter()
    for operation, body in world.asked:
        if operation == "payments.capture":
            asked[body.authorization_id] += body.amount_minor
            assert asked[body.authorization_id] <= held[body.authorization_id]
            assert body.authorization_id not in let_go
        elif operation == "payments.void":
            let_go.add(body.authorization_id)
    # A9
    captured = sums(world.of("payment.captured"), lambda one: one.capture_id)
    refunded = sums(world.of("payment.refunded"), lambda one: one.capture_id)
    assert all(amount <= captured[capture] for capture, amount in refunded.items())
    # A10
    by_order = sums(world.of("payment.captured"), lambda one: one.order_id)
    invoiced: Counter[str] = Counter()
    for invoice in world.of("invoice.issued"):
        invoiced[invoice.order_id] += invoice.gross_minor
        # A16
        assert invoice.gross_minor == (
            invoice.net_minor + invoice.tax_minor + invoice.shipping_minor + invoice.rounding_minor
        )
        assert 2 * abs(invoice.rounding_minor) <= invoice.lines + 1
    held_minor, returned = deposits(world)
    for order, amount in by_order.items():
        assert amount <= invoiced[order] + held_minor[order] + returned[order]
    # Of an order that has ended no deposit is held, and all that was asked back of one is paid or before a person.
    failed = sums(world.of("payment.refund_failed"), lambda one: one.order_id)
    back = sums(
        (one for one in world.of("payment.refunded") if one.return_id == DEPOSIT), lambda one: one.order_id
    )
    for order in ordered:
        assert held_minor[order] >= 0
        if world.state("orders", order).order_status in ("completed", "rejected", "cancelled"):
            assert held_minor[order] == 0
            assert returned[order] <= back[order] + failed[order]
    check_goods(world, ordered)


def deposits(world):
    """By order: what is held on customer deposits, and what was taken off it to go back."""
    held: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    for posting in world.of("ledger.posted"):
        for entry in posting.entries:
            if entry.account == DEPOSITS:
                held[posting.order_id] += entry.amount_minor if entry.side == "C" else -entry.amount_minor
                if posting.step == "deposit_returned":
                    returned[posting.order_id] += entry.amount_minor
    return held, returned


def check_goods(world, ordered):
    # As its edits have left it: nothing is edited once anything of it is released.
    ordered = {id_: world.state("orders", id_).order for id_ in ordered}
    # A18: what leaves was released, and its money is held.
    released: set[str] = set()
    paid = {body.order_id for body in world.of("payment.authorized")}
    shipped: Counter[tuple[str, str]] = Counter()
    gone: set[str] = set()
    standing: defaultdict[str, set[str]] = defaultdict(set)
    for _, _, event in world.facts:
        body = event.body
        if event.type == "order.held":
            standing[body.order_id].add(body.hold_id)
        elif event.type == "order.released_from_hold":
            standing[body.order_id].discard(body.hold_id)
        elif event.type == "fulfillment.released":
            assert body.fulfillment_order_id not in gone
            assert not standing[body.order_id]
            released.add(body.fulfillment_order_id)
        elif event.type == "fulfillment.cancelled":
            gone.add(body.fulfillment_order_id)
        elif event.type == "shipment.dispatched":
            assert body.fulfillment_order_id in released - gone
            assert body.order_id in paid
            for line in body.lines if body.lines is not None else ordered[body.order_id].lines:
                shipped[body.order_id, line.line_id] += line.quantity
    # A7: returned <= shipped <= ordered - cancelled, line by line.
    back: Counter[tuple[str, str]] = Counter()
    for received in world.of("return.received"):
        for line in received.lines:
            back[received.order_id, line.line_id] += line.quantity
    for id_, order in ordered.items():
        state = world.state("orders", id_)
        for line in order.lines:
            left = shipped[id_, line.line_id]
            assert left <= line.quantity - state.cancelled_lines.get(line.line_id, 0)
            assert back[id_, line.line_id] <= left
            if state.order_status == "completed":
                # A6, at its end: every unit has left or is cancelled.
                assert left == line.quantity - state.cancelled_lines.get(line.line_id, 0)
    # A2, A4, A5
    pool = world.state("inventory", "default")
    reserved: Counter[tuple[str, str]] = Counter()
    for one in pool.reservations.values():
        for part in (StockPart(one.location, one.lines), *one.elsewhere):
            for line in part.lines:
                reserved[line.sku, part.location] += line.quantity
    for sku, places in pool.positions.items():
        for place, position in places.items():
            assert min(getattr(position, bucket) for bucket in BUCKETS) >= 0
            assert position.reserved == reserved[sku, place]
    # Every order has come to rest, or waits for nothing but a person.
    for id_ in ordered:
        state = world.state("orders", id_)
        assert state.order_status in ("completed", "rejected", "cancelled", "excepted", "accepted")
        if state.order_status in ("completed", "rejected", "cancelled"):
            assert id_ not in pool.reservations


@settings(max_examples=150)
@given(stories, randoms)
def test_no_order_of_messages_and_no_partner_makes_an_order_break_an_invariant(stories, random):
    world = opened(random, lucky=False)
    check(world, played(world, stories))


people = st.lists(
    st.tuples(
        lines,
        st.sampled_from(["phone", "wholesale", "preorder"]),
        st.sets(st.sampled_from([HOLD, EDIT]), min_size=1),
    ),
    min_size=1,
    max_size=2,
)


@settings(max_examples=80)
@given(people, randoms)
def test_nothing_that_people_do_to_an_order_before_its_release_breaks_an_invariant(stories, random):
    world = opened(random, lucky=False)
    check(world, played(world, stories))


@settings(max_examples=60)
@given(st.lists(st.tuples(lines, channels, st.sets(st.sampled_from([AGAIN, RETURN]))), max_size=3), randoms)
def test_ledger_and_buckets_fold_to_the_same_in_whatever_order_the_messages_are_taken(stories, random):
    class First:
        """Always what has waited longest."""

        def randrange(self, stop: int) -> int:
            return 0

    plenty = ReceiveStock("default", "plenty", (StockRow("MUG", "WH1", 1_000),))
    ends = []
    for chooser in (First(), random):
        world = opened(chooser, lucky=True)
        world.tell("inventory", "default", plenty)
        world.run()
        orders = played(world, stories)
        levels = {
            (sku, place): [getattr(position, bucket) for bucket in BUCKETS]
            for sku, places in world.state("inventory", "default").positions.items()
            for place, position in places.items()
        }
        axes = [world.state("orders", id_of(order)).order_status for order in orders]
        ends.append((world.balances(), levels, axes))
    assert ends[0] == ends[1]
