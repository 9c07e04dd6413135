"""A walk of every state x command: the actors themselves are brought into each state, and told each command there.

Periods, manual journals, exceptions and approvals are walked in test_periods_and_journals.py, test_exceptions.py and
test_approvals.py.
"""

from pathlib import Path

import pytest

from contracts.machines import MACHINES
from contracts.vocabulary import TYPE_OF
from tests.support import ways_of_asides, ways_of_documents, ways_of_goods, ways_of_orders
from tests.support.states_by_hand import BY_HAND
from tests.support.ways import machine_of, walked_to

TESTS = Path(__file__).resolve().parents[1]
DOMAINS = frozenset(("orders", "inventory", "fulfillment", "returns", "purchasing", "settlement"))
WAYS = (*ways_of_orders.WAYS, *ways_of_goods.WAYS, *ways_of_documents.WAYS, *ways_of_asides.WAYS)
PAIRS = [
    pytest.param(way, state, command, id=f"{way.machine}: {command} in {state}")
    for way in WAYS
    for state in machine_of(way).states
    for command in machine_of(way).commands
]


@pytest.mark.parametrize("way, state, command", PAIRS)
def test_every_pair_is_the_transition_or_the_refusal_that_the_table_written_by_hand_names(
    way, state, command
):
    walker = walked_to(way, state, command)
    assert walker.where == state, f"no way leads to {state}"
    before = walker.seen()
    told = way.told(walker.do(command))
    cell = BY_HAND[way.machine][state][command]
    if cell.startswith("!"):
        # Refused: nothing of it changes, and whoever is told anything is told by this name.
        assert walker.seen() == before
        assert told in ("", cell[1:])
    else:
        assert walker.where == cell
        assert not told or command in way.tells


# What tells of a refusal, and what a refused command of one axis still does to another.
REFUSALS = frozenset(
    ("exception.opened", "fulfillment.cancel_refused", "purchasing.refused", "inventory.reservation_failed")
)
OF_ANOTHER = {
    ("order", "order.axis_changed"),
    ("payment of an order", "order.rejected"),
    ("payment of an order", "order.cancelled"),
    ("payment of an order", "order.excepted"),
    ("fulfillment of an order", "order.cancelled"),
    ("fulfillment of an order", "order.axis_changed"),
    ("cancellation of an order", "order.cancellation_refused"),
    ("reservation", "inventory.moved"),
    ("reservation", "inventory.resourced"),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.machine)
def test_a_refused_command_leaves_no_fact_but_its_refusal(way):
    """A15: what is paid is not paid again, what has left does not leave again: not even to the same state."""
    for state in machine_of(way).states:
        for command in machine_of(way).commands:
            if BY_HAND[way.machine][state][command].startswith("!"):
                events = {event.type for event in walked_to(way, state, command).do(command).events}
                events -= {type_ for machine, type_ in OF_ANOTHER if machine == way.machine}
                assert events <= REFUSALS, (state, command)


def test_every_machine_written_by_hand_is_walked():
    assert {way.machine for way in WAYS} == set(BY_HAND)
    assert len({machine.name for machine in MACHINES}) == len(BY_HAND) + 4


# Commands of the actors that are walked that change no state of these machines, and where they are tried instead.
UNWALKED = {
    "inventory.move_stock": "moves buckets: properties/test_inventory.py",
    "inventory.take_stock": "moves buckets: properties/test_inventory.py",
    "inventory.take_back": "moves buckets: flows/test_till_refunds.py",
    "inventory.allocate": "held for no order: flows/test_parcels.py",
    "inventory.give_back_allocated": "held for no order: flows/test_parcels.py",
    "inventory.open_count": "counts: properties/test_inventory.py",
    "inventory.apply_count": "counts: properties/test_inventory.py",
    "inventory.take_snapshot": "counts: gateway/test_stock_by_hand.py",
    "inventory.hold_stock": "held for no order yet: flows/test_stock_held.py",
    "inventory.end_hold": "held for no order yet: gateway/test_stock_by_hand.py",
    "timer.holds": "held for no order yet: flows/test_stock_held.py",
    "fulfillment.accept": "a word of a partner that changes nothing: gateway/test_shipments.py",
    "return.restocked": "moves buckets: properties/test_stock.py",
    "inventory.set_reorder_points": "replenishment: properties/test_purchasing.py",
    "inventory.end_replenishment": "replenishment: properties/test_purchasing.py",
    "orders.tell": "a question: flows/test_returns.py",
    "orders.tell_need": "a question: flows/test_erasure.py",
    "settlement.import_file": "of a file, not of its lines: flows/test_settlement.py",
    "settlement.refuse_file": "of a file, not of its lines: flows/test_settlement_pains.py",
    "settlement.payout_reconciled": "of a file, not of its lines: flows/test_settlement.py",
}


def test_every_command_that_a_walked_domain_takes_is_walked_or_says_where_it_is_tried():
    takes: dict[str, set[str]] = {}
    walked: dict[str, set[str]] = {}
    for way in (way for way in WAYS if way.spec.name in DOMAINS):
        takes[way.spec.name] = set(way.spec.handlers)
        for command in machine_of(way).commands:
            for state in machine_of(way).states:
                said = way.say[command](walked_to(way, state, command))
                type_ = way.types.get(command) or TYPE_OF[type(said)][0]
                walked.setdefault(way.spec.name, set()).add(type_)
    missing = {type_ for name in takes for type_ in takes[name] - walked[name]}
    assert missing == set(UNWALKED)
    for where in (reason.partition(": ")[2] for reason in UNWALKED.values()):
        assert TESTS.joinpath(where).is_file(), where


def test_whoever_asks_over_http_or_is_a_flow_is_told_the_code():
    """The refusals that somebody hears; the others are late or repeated, and change nothing."""
    heard = set()
    for way in WAYS:
        for state in machine_of(way).states:
            for command in machine_of(way).commands:
                told = way.told(walked_to(way, state, command).do(command))
                if told:
                    heard.add((way.machine, told))
    assert heard >= {
        ("order", "duplicate-order"),
        ("order", "not-cancellable"),
        ("order", "order-not-found"),
        ("reservation", "out-of-stock"),
        ("fulfillment order", "already-released"),
        ("fulfillment order", "already-dispatched"),
        ("fulfillment order", "shipped-unreleased"),
        ("return", "duplicate-return"),
        ("return", "over-return"),
        ("return", "not-received"),
        ("return", "return-closed"),
        ("return", "inspection-differs"),
        ("purchase order", "unknown-order"),
        ("purchase order", "already-ended"),
        ("settlement line", "not-in-suspense"),
        ("settlement line", "being-resolved"),
        ("fulfillment order", "not-waiting"),
        ("cancellation of an order", "not-cancellable"),
        ("order", "not-accepted-yet"),
        ("hold of an order", "hold-exists"),
        ("hold of an order", "hold-not-found"),
        ("fraud review of an order", "review-undecided"),
        ("fraud review of an order", "already-reviewed"),
        ("edit of an order", "edit-under-way"),
        ("edit of an order", "edit-exists"),
        ("resolution of an excepted order", "nothing-shipped"),
        ("resolution of an excepted order", "already-shipped"),
        ("resolution of an excepted order", "resolution-under-way"),
        ("resolution of an excepted order", "order-not-excepted"),
    }
