"""Orders and fulfillment orders under any sequence of commands: received once, never back, nothing leaves too early."""

from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.fulfillment import ConfirmDispatch
from contracts.inventory import DemandLine
from contracts.orders import TERMINAL
from contracts.states import NO
from tests.support import ways_of_asides, ways_of_documents, ways_of_goods, ways_of_orders
from tests.support.walk import bodies
from tests.support.ways import Walker, machine_of

WAYS = (*ways_of_orders.WAYS, *ways_of_goods.WAYS, *ways_of_documents.WAYS, *ways_of_asides.WAYS)
ORDER_COMMANDS = [*ways_of_orders.SAY, *ways_of_orders.PAYMENT.say, *ways_of_orders.FULFILLMENT.say]
RANK = {"none": 0, "received": 1, "accepted": 2, **dict.fromkeys(TERMINAL, 3)}
# Where what came before decides: goods that came before their advice was allowed are received then; the last unit of a
# reservation leaves in a part; documents of a purchase order that do not agree except it, and the last ends it.
ALSO = {
    "return": {("advised", "received")},
    "reservation": {("held", "none"), ("waiting", "none"), ("kept", "none")},
    "purchase order": {
        (state, to)
        for state in ("issued", "acknowledged", "receiving", "delivered")
        for to in ("receiving", "delivered", "closed", "excepted")
    },
    # One that its customer collects is ready again when no hold stands any more.
    "fulfillment order": {("partly_dispatched", "dispatched"), ("held", "ready")},
    # What was kept of a parcel is told at once; an order may be excepted of which nothing has left.
    "parcel": {("kept", "lost"), ("kept", "delivered")},
    # One that is paid already is completed with the decision.
    "resolution of an excepted order": {
        ("excepted_left", "completed"),
        *[(state, "excepted") for state in ("accepted", "undoing", "vouched", "excepted_left")],
    },
}


# Enough for each machine to meet its rarer pairs.
@settings(max_examples=800)
@given(st.sampled_from(WAYS), st.data())
def test_no_sequence_of_commands_leaves_the_table_of_its_machine(way, data):
    machine = machine_of(way)
    walker = Walker(way)
    reach = {
        state: {c for c in row.values() if not c.startswith(NO)} | {state}
        for state, row in machine.rows.items()
    }
    for state, to in ALSO.get(way.machine, ()):
        reach[state].add(to)
    for command in data.draw(st.lists(st.sampled_from(sorted(way.say)), max_size=25)):
        before = walker.where
        walker.do(command)
        if before in reach:
            assert walker.where in reach[before], (before, command)


# A flow that stops an order knows only that it has submitted it to the ERP.
STOPPED = {"stop": ways_of_orders.closed("excepted", erp="submitted")}


@settings(max_examples=300)
@example(["submit", "acknowledge", "accept"])
@example(["submit", "accept", "acknowledge", "stop"])
@given(st.lists(st.sampled_from(sorted({*ORDER_COMMANDS, *STOPPED})), max_size=30))
def test_an_order_is_received_once_and_never_goes_back(commands):
    walker = Walker(ways_of_orders.FULFILLMENT._replace(say={
        **ways_of_orders.PAYMENT.say, **ways_of_orders.FULFILLMENT.say, **STOPPED,
    }))  # fmt: skip
    received = completed = accepted = 0
    for command in commands:
        state = walker.state
        before = (
            RANK[state.order_status],
            state.paid,
            "dispatched" in state.fulfillment_status,
            state.order_status,
        )
        erp = state.erp_status
        decision = walker.do(command)
        accepted += len(bodies(decision, "order.accepted"))
        received += len(bodies(decision, "order.received"))
        completed += len(bodies(decision, "order.completed"))
        after = (
            RANK[state.order_status],
            state.paid,
            "dispatched" in state.fulfillment_status,
            state.order_status,
        )
        # A11, A15
        assert received <= 1
        assert all(now >= then for now, then in zip(after[:3], before[:3], strict=True))
        assert before[0] < 3 or after[3] == before[3]
        # What the ERP has acknowledged it has.
        assert erp != "acknowledged" or state.erp_status not in ("pending", "submitted")
        assert accepted <= 1
        if state.order_status == "excepted" and not accepted and state.erp_status == "pending":
            # It stopped before its acceptance: nothing of it is paid, and nothing leaves.
            assert not state.paid
            assert state.fulfillment_status == "pending"
        if state.paid:
            assert state.payment_status in ("captured", "written_off")
        if completed:
            assert (state.paid, state.erp_status, state.fulfillment_status) == (
                True,
                "acknowledged",
                "dispatched",
            )
    assert completed <= 1


def told_again(walker):
    """The warehouse confirms its last shipment once more."""
    heard = walker.state.heard
    lines = (DemandLine("1", "A", 1),)
    return ConfirmDispatch(ways_of_goods.F, ways_of_goods.O, heard[-1] if heard else "SH-0", "T", 0, lines)


AGAIN = {"told_again": told_again}


@settings(max_examples=400)
@example(["create_at_once", "ship_part", "told_again"])
@given(st.lists(st.sampled_from(sorted({*ways_of_goods.FULFILLMENT_ORDER.say, *AGAIN})), max_size=30))
def test_nothing_leaves_that_was_not_released_or_is_held_and_never_more_than_was_asked(commands):
    way = ways_of_goods.FULFILLMENT_ORDER
    walker = Walker(way._replace(say={**way.say, **AGAIN}))
    released = cancelled = False
    units: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for command in commands:
        where = walker.where
        decision = walker.do(command)
        # A18
        if bodies(decision, "fulfillment.released"):
            assert where in ("none", "created", "ready")
            assert not cancelled
            released = True
        for shipment in bodies(decision, "shipment.dispatched"):
            assert released
            assert not cancelled
            seen[shipment.shipment_id] += 1
            units["shipped"] += 3 if shipment.lines is None else sum(line.quantity for line in shipment.lines)
        for short in bodies(decision, "fulfillment.short_picked"):
            units["short"] += sum(line.quantity for line in short.lines)
        cancelled = cancelled or bool(bodies(decision, "fulfillment.cancelled"))
        assert units["shipped"] + units["short"] <= 3
    assert all(n == 1 for n in seen.values())
