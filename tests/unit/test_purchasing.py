"""The purchase order: what may be done when, when documents agree, how much is bought."""

import inspect
import re

import msgspec
import pytest

from actors.domains.inventory import purchasing
from actors.domains.inventory import purchasing_model as model
from actors.domains.inventory.purchasing import PURCHASING
from actors.domains.inventory.purchasing_model import (
    ACKNOWLEDGED,
    CANCELLED,
    CLOSED,
    DELIVERED,
    EXCEPTED,
    ISSUED,
    NONE,
    RECEIVING,
    STATUSES,
    SUGGESTED,
    TABLE,
    TAKES,
    LineState,
    PurchaseState,
)
from actors.domains.inventory.replenishment_model import available_to_promise, order_quantity, reorder_point
from contracts.exceptions import CATALOGUE
from contracts.platform import TimerFired
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
    InvoiceReceived,
    ReceiveGoods,
    SuggestOrder,
    TakeInvoice,
)
from contracts.replenishment import PurchaseLine, ReorderRow
from contracts.suppliers import Supplier
from contracts.turn import NORMAL, Message

T = TAKES
EARLY, NOT, OVER = "unknown-order", "not-issued", "already-ended"
ACKED, GIVEN = "already-acknowledged", "already-issued"
# Written by hand, a row a command: none, suggested, issued, acknowledged, receiving, delivered, closed, cancelled,
# excepted.
EXPECTED = {
    "purchasing.suggest": (T, *["already-suggested"] * 8),
    "purchasing.approve": (EARLY, T, GIVEN, GIVEN, GIVEN, GIVEN, OVER, OVER, GIVEN),
    "purchasing.fail": (EARLY, NOT, T, ACKED, ACKED, ACKED, OVER, OVER, "already-excepted"),
    "purchasing.acknowledge": (EARLY, NOT, T, ACKED, T, T, OVER, OVER, T),
    "purchasing.advise": (EARLY, NOT, T, T, T, T, OVER, OVER, T),
    "purchasing.receive": (EARLY, NOT, T, T, T, T, OVER, OVER, T),
    "purchasing.put_away": (EARLY, NOT, "nothing-received", "nothing-received", T, T, OVER, OVER, T),
    "purchasing.invoice": (EARLY, NOT, T, T, T, T, OVER, OVER, T),
    "purchasing.cancel": (EARLY, T, T, T, "goods-received", "goods-received", OVER, OVER, T),
    "purchasing.close": (EARLY, NOT, "nothing-received", "nothing-received", T, T, OVER, OVER, T),
    "timer.overdue": (EARLY, NOT, T, T, T, T, OVER, OVER, "already-excepted"),
}
COMMANDS = {
    "purchasing.suggest": SuggestOrder(
        "po", "pool", "WH1", "SUP-B", "GBP", 1_000, (PurchaseLine("1", "A", 10, 100, 100),)
    ),
    "purchasing.approve": ApproveOrder("po", "a person"),
    "purchasing.fail": FailOrder("po", "why"),
    "purchasing.acknowledge": AcknowledgeOrder("po", "a1", "accepted", (ConfirmedLine("1", 10, 100),)),
    "purchasing.advise": AdviseShipment("po", "s2", (CountedLine("1", 5),), 0, True),
    "purchasing.receive": ReceiveGoods("po", "r2", (CountedLine("1", 5),), 0),
    "purchasing.put_away": ConfirmPutAway("po", "r1"),
    "purchasing.invoice": TakeInvoice("po", "i1", "GBP", (InvoicedLine("1", 5, 100),), 500),
    "purchasing.cancel": CancelPurchase("po", "why"),
    "purchasing.close": ClosePurchase("po", "why"),
    "timer.overdue": TimerFired(0),
}


def an_order(status=RECEIVING, **fields):
    """Ten of A at 100; five are here once any can be."""
    order = PurchaseState(
        status, "pool", "WH1", "SUP-B", "GBP", 1_000, [LineState("1", "A", 10, 100, 100, 10, 100)]
    )
    if status in (RECEIVING, DELIVERED):
        order.receipts, order.to_put_away = ["r1"], ["r1"]
        order.lines[0].received = 5
    for name, value in fields.items():
        setattr(order, name, value)
    return order


def handle(order, type_, body=None):
    """Decide, checking that the state is left alone. The events."""
    before = msgspec.msgpack.encode(order)
    message = Message(
        "purchasing", "po", "po", type_, 1, NORMAL, None, body or COMMANDS[type_], "m", "main", "", "", ""
    )
    decision = PURCHASING.handlers[type_](order, message, 1)
    assert msgspec.msgpack.encode(order) == before
    return decision.events


def test_the_table_of_states_and_commands_is_the_one_written_by_hand():
    assert set(TABLE) == set(EXPECTED) == set(PURCHASING.handlers)
    assert {c: tuple(row[s] for s in STATUSES) for c, row in TABLE.items()} == EXPECTED
    assert all(set(row) == set(STATUSES) for row in TABLE.values())


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("command", TABLE)
def test_every_pair_is_a_transition_or_a_named_refusal(command, status):
    order = PurchaseState() if status == NONE else an_order(status)
    if status == EXCEPTED and command in ("purchasing.put_away", "purchasing.close"):
        order.receipts, order.to_put_away = ["r1"], ["r1"] if command.endswith("away") else []
    refused = [event.body.reason for event in handle(order, command) if event.type == "purchasing.refused"]
    expected = EXPECTED[command][STATUSES.index(status)]
    if command == "purchasing.close" and status in (RECEIVING, DELIVERED):
        expected = "not-put-away"
    assert refused == ([] if expected == TAKES else [expected])


def test_goods_and_invoices_that_are_refused_open_an_exception():
    for status in (NONE, SUGGESTED, CLOSED, CANCELLED):
        order = PurchaseState() if status == NONE else an_order(status)
        for command, category in (
            ("purchasing.receive", "goods-unexpected"),
            ("purchasing.invoice", "invoice-unexpected"),
        ):
            opened = [e.body.category for e in handle(order, command) if e.type == "exception.opened"]
            assert opened == [category]


def test_what_a_document_told_once_it_is_refused_again_as_repeated_and_without_an_exception():
    order = an_order(RECEIVING, asns=["s2"], receipts=["r2"], invoices=["i1"])
    for command in ("purchasing.advise", "purchasing.receive", "purchasing.invoice"):
        assert [(e.type, e.body.reason) for e in handle(order, command)] == [
            ("purchasing.refused", "repeated")
        ]


def test_every_reason_in_the_code_is_a_refusal_of_the_table_or_in_the_catalogue_of_exceptions():
    source = inspect.getsource(model) + inspect.getsource(purchasing)
    used = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    refusals = {reason for row in EXPECTED.values() for reason in row} | {"not-put-away"}
    assert used - refusals <= set(CATALOGUE)
    assert len(used - refusals) == 12


def test_an_order_over_the_suppliers_limit_waits_for_a_person():
    dear = msgspec.structs.replace(
        COMMANDS["purchasing.suggest"], lines=(PurchaseLine("1", "A", 1_000_001, 100, 100),)
    )
    events = handle(PurchaseState(), "purchasing.suggest", dear)
    assert [event.type for event in events] == ["purchase_order.suggested", "exception.opened"]
    assert [e.type for e in handle(an_order(SUGGESTED), "purchasing.approve")] == ["purchase_order.issued"]


SUPPLIER = Supplier(price_tolerance_bp=200, invoice_tolerance_bp=0)


@pytest.mark.parametrize(
    ("lines", "total", "said"),
    [
        ([("1", 5, 100)], 500, None),
        ([("1", 5, 102)], 510, None),
        ([("1", 5, 98)], 490, None),
        ([("1", 5, 103)], 515, "invoice-price-differs"),
        ([("1", 6, 100)], 600, "wait"),
        ([("1", 3, 100), ("1", 3, 100)], 600, "wait"),
        ([("1", 5, 100)], 501, "invoice-differs"),
        ([("2", 5, 100)], 500, "invoice-differs"),
    ],
)
def test_an_invoice_is_matched_against_order_and_receipt(lines, total, said):
    asked = tuple(InvoicedLine(*line) for line in lines)
    invoice = InvoiceReceived("po", "i1", "GBP", asked, total)
    assert model.match(an_order(RECEIVING, acknowledgment="a1"), invoice, SUPPLIER) == said


def test_what_waits_for_goods_differs_once_nothing_more_will_come():
    invoice = InvoiceReceived("po", "i1", "GBP", (InvoicedLine("1", 6, 100),), 600)
    order = an_order(DELIVERED, acknowledgment="a1", delivered=True)
    assert model.match(order, invoice, SUPPLIER) == "invoice-quantity-differs"
    assert model.match(order, invoice, Supplier(invoice_tolerance_bp=2_000)) is None
    other = msgspec.structs.replace(invoice, currency="EUR")
    assert model.match(order, other, SUPPLIER) == "invoice-differs"


def test_no_invoice_is_matched_before_the_supplier_has_acknowledged():
    invoice = InvoiceReceived("po", "i1", "GBP", (InvoicedLine("1", 5, 100),), 500)
    assert model.match(an_order(RECEIVING), invoice, SUPPLIER) == "wait"


@pytest.mark.parametrize(
    ("available", "given", "units"),
    [
        (100, {}, 0),
        (99, {}, 24),
        (76, {}, 36),
        (0, {}, 120),
        (99, {"order_quantity": 30}, 36),
        (99, {"target": 200}, 108),
    ],
)
def test_whole_lots_are_ordered_below_the_reorder_point(available, given, units):
    row = ReorderRow("A", "WH1", 100, "SUP-B", 1, 1, "GBP", 1, lot_size=12, **given)
    assert order_quantity(row, available) == units


def test_what_comes_counts_and_what_is_owed_does_not():
    assert available_to_promise(10, 5, 3) == 12
    assert reorder_point(daily_units=10, lead_time_days=3, cover_bp=2_500) == 38
    assert reorder_point(0, 3, 2_500) == 0


def test_the_end_of_an_order_leaves_no_timer_standing():
    order = an_order(RECEIVING, acknowledgment="a1", to_put_away=[])
    order.lines[0].received = 5
    order.lines[0].expected = 10
    body = ReceiveGoods("po", "r2", (CountedLine("1", 50),), 0)
    message = Message(
        "purchasing", "po", "po", "purchasing.receive", 1, NORMAL, None, body, "m", "main", "", "", ""
    )
    decision = PURCHASING.handlers["purchasing.receive"](order, message, 1)
    assert [event.type for event in decision.events][-1] == "purchase_order.excepted"
    assert (decision.timers_set, decision.timers_cancelled) == ((), ("overdue",))


def test_statuses_after_the_issue_are_the_open_ones():
    assert model.OPEN == (ISSUED, ACKNOWLEDGED, RECEIVING, DELIVERED)
