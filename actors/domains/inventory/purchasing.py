"""`purchasing`: one writer a purchase order. What its partners tell is checked against it, in whatever order it comes.

Each handler asks the table first. What it lets happen is folded into a copy, so that one turn may go on to what
follows from it: delivered, matched, closed, or excepted with an exception that says why.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from msgspec import Struct

from contracts.answers import done, refused
from contracts.decision import Decision
from contracts.entities import entity_of_location
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.purchasing import (
    AcknowledgeOrder,
    AdviseShipment,
    ApproveOrder,
    CancelPurchase,
    ClosePurchase,
    ConfirmPutAway,
    FailOrder,
    GoodsPutAway,
    GoodsReceived,
    InvoiceMatched,
    InvoiceReceived,
    PurchaseAcknowledged,
    PurchaseDelivered,
    PurchaseEnded,
    PurchaseIssued,
    PurchaseRefused,
    PurchaseSuggested,
    ReceivedLine,
    ReceiveGoods,
    ShipmentAdvised,
    SuggestOrder,
    TakeInvoice,
)
from contracts.replenishment import PurchaseLine
from contracts.suppliers import Supplier, supplier_of
from contracts.turn import Message
from contracts.vocabulary import TYPE_OF

from ...runtime.actor import ActorSpec
from . import purchasing_folds as folds
from . import purchasing_model as model
from .purchasing_asked import receiving
from .purchasing_model import EXCEPTED, NONE, TABLE, TAKES, PurchaseState

# What makes something new.
_MADE = ("purchasing.suggest", "purchasing.advise", "purchasing.receive")
# Refused goods and invoices stand somewhere all the same: a person has to look.
_UNEXPECTED = {"purchasing.receive": "goods-unexpected", "purchasing.invoice": "invoice-unexpected"}


class _Course:
    """What happens to an order in one turn: each event is folded into `order`, a copy, as it is decided."""

    def __init__(self, state: PurchaseState, message: Message, at: int) -> None:
        self.order = deepcopy(state)
        self.order_id = message.key
        self.at = at
        self.decision = Decision()
        # Why the command has no place here, if it has none.
        self.refused = ""
        # When the next step is overdue: None is as before, 0 never.
        self.overdue_ms: int | None = None

    @property
    def supplier(self) -> Supplier:
        """The supplier's row."""
        return supplier_of(self.order.supplier)

    def happens(self, body: Struct, type_: str | None = None) -> None:
        """Something became true."""
        self.decision.event(body, type_)
        fold = folds.FOLDS.get(type_ or TYPE_OF[type(body)][0])
        if fold is not None:
            fold(self.order, body)

    def ends(self, status: str, reason: str) -> None:
        """The order is closed, cancelled or excepted."""
        order = self.order
        issued = order.status not in (model.SUGGESTED, NONE)
        ended = PurchaseEnded(self.order_id, order.pool, order.supplier, reason, issued)
        self.happens(ended, f"purchase_order.{status}")
        self.overdue_ms = 0

    def opens(self, category: str, detail: str) -> None:
        """A person has to look; the order goes on."""
        exception_id = "exc_" + digest128(category, self.order_id, detail)
        self.decision.event(ExceptionOpened(exception_id, category, self.order_id, detail))

    def excepts(self, category: str, detail: str) -> None:
        """A person has to decide; until then only what arrives is noted."""
        self.opens(category, detail)
        if self.order.status != EXCEPTED:
            self.ends(EXCEPTED, category)

    def goes_on(self) -> None:
        """What follows from what has just happened: delivered, matched, closed."""
        order = self.order
        if not order.delivered and model.is_delivered(order):
            self.happens(PurchaseDelivered(self.order_id, order.pool))
            if order.status != EXCEPTED:
                self.overdue_ms = self.at + self.supplier.invoice_grace_ms
        if order.status == EXCEPTED:
            return
        problem = model.delivery_problem(order, self.supplier)
        if problem is not None:
            self.excepts(problem, _counts(order))
            return
        for invoice in list(order.waiting):
            problem = model.match(order, invoice, self.supplier)
            if problem is None:
                self.owes(invoice)
            elif problem != "wait":
                self.excepts(problem, f"{invoice.invoice_id} over {invoice.total_minor}: {_counts(order)}")
                return
        if model.may_close(order):
            self.ends(model.CLOSED, "complete")

    def owes(self, invoice: InvoiceReceived) -> None:
        """The invoice is owed, and paid in the supplier's terms."""
        order, supplier = self.order, self.supplier
        self.happens(
            InvoiceMatched(
                self.order_id,
                invoice.invoice_id,
                order.supplier,
                book_of(order),
                order.currency,
                model.accrued_minor(order, invoice.lines),
                invoice.total_minor,
                model.payable_ms(order, supplier, self.at),
                invoice.lines,
            )
        )


def book_of(order: PurchaseState) -> str:
    """Whose purchase it is: of the entity whose goods lie where they are brought."""
    return entity_of_location(order.location).book


def _counts(order: PurchaseState) -> str:
    """Expected, received and invoiced units of each line, for a person to read."""
    return ", ".join(
        f"{line.sku} {line.expected}/{line.received}/{line.invoiced}" for line in order.lines[:8]
    )


Act = Callable[[_Course, Any], None]


def _taken(act: Act) -> Callable[[PurchaseState, Message, int], Decision]:
    """A handler: the table says whether the command has a place; `act` says what it does."""

    def handle(state: PurchaseState, message: Message, at: int) -> Decision:
        course = _Course(state, message, at)
        answer = TABLE[message.type][state.status]
        if answer == TAKES:
            act(course, message.body)
        else:
            _refuse(course, message.type, answer)
        if course.overdue_ms:
            course.decision.set_timer("overdue", message.key, course.overdue_ms)
        elif course.overdue_ms == 0:
            course.decision.cancel_timer("overdue")
        if message.reply_to is not None:
            _answer(course, message)
        return course.decision

    return handle


def _answer(course: _Course, message: Message) -> None:
    """A person waits: told what the order is now, or why not."""
    at = f"/v1/purchase-orders/{message.key}"
    if course.refused:
        detail = f"the purchase order is {course.order.status}"
        status = 404 if course.order.status == NONE else 409
        no = refused(course.refused, detail, at, message.trace, status=status)
        course.decision.answer(message.reply_to, no)
    else:
        told = {"purchase_order_id": message.key, "status": course.order.status}
        new = message.type in _MADE
        course.decision.answer(message.reply_to, done(told, 201 if new else 200, at if new else ""))


def _refuse(course: _Course, command: str, reason: str) -> None:
    course.refused = reason
    course.decision.event(PurchaseRefused(course.order_id, command, reason))
    if command in _UNEXPECTED and reason != "repeated":
        course.opens(_UNEXPECTED[command], f"{command}: {reason}")


def _suggest(course: _Course, command: SuggestOrder) -> None:
    fields = (getattr(command, name) for name in SuggestOrder.__struct_fields__)
    course.happens(PurchaseSuggested(*fields))
    if model.total_minor(course.order.lines) <= course.supplier.approval_limit_minor:
        _issue(course, "")
    else:
        course.opens("purchase-approval", f"{model.total_minor(course.order.lines)} {command.currency}")


def _issue(course: _Course, approver: str) -> None:
    order = course.order
    deliver_by_ms = course.at + order.lead_time_ms
    lines = tuple(
        PurchaseLine(line.line_id, line.sku, line.ordered, line.price_minor, line.cost_minor)
        for line in order.lines
    )
    course.happens(
        PurchaseIssued(
            course.order_id, order.location, order.supplier, order.currency, deliver_by_ms, lines, approver
        )
    )
    course.overdue_ms = deliver_by_ms + course.supplier.delivery_grace_ms


def _approve(course: _Course, command: ApproveOrder) -> None:
    _issue(course, command.approver)


def _fail(course: _Course, command: FailOrder) -> None:
    course.excepts("purchase-order-rejected", command.reason)


def _acknowledge(course: _Course, command: AcknowledgeOrder) -> None:
    if course.order.acknowledgment:
        _refuse(course, "purchasing.acknowledge", "already-acknowledged")
        return
    problem = model.acknowledgment_problem(course.order, command, course.supplier)
    course.happens(
        PurchaseAcknowledged(command.order_id, command.acknowledgment_id, command.answer, command.lines)
    )
    if problem is not None:
        course.excepts(problem, f"{command.acknowledgment_id}: {command.answer}")
    course.goes_on()


def _advise(course: _Course, command: AdviseShipment) -> None:
    if command.asn_id in course.order.asns:
        _refuse(course, "purchasing.advise", "repeated")
        return
    fields = (getattr(command, name) for name in AdviseShipment.__struct_fields__)
    course.happens(ShipmentAdvised(*fields))
    course.goes_on()


def _receive(course: _Course, command: ReceiveGoods) -> None:
    order = course.order
    if command.receipt_id in order.receipts:
        _refuse(course, "purchasing.receive", "repeated")
        return
    if not model.known_lines(order, (line.line_id for line in command.lines)):
        course.excepts("goods-unexpected", f"{command.receipt_id} is of other goods than ordered")
    by_id = {line.line_id: line for line in order.lines}
    lines = tuple(
        ReceivedLine(
            line_id, by_id[line_id].sku, units, by_id[line_id].price_minor, by_id[line_id].cost_minor
        )
        for line_id, units in model.by_line(command.lines).items()
        if line_id in by_id and units > 0
    )
    course.happens(
        GoodsReceived(
            command.order_id,
            command.receipt_id,
            order.pool,
            order.location,
            book_of(order),
            order.currency,
            lines,
        )
    )
    course.goes_on()


def _put_away(course: _Course, command: ConfirmPutAway) -> None:
    if command.receipt_id not in course.order.to_put_away:
        _refuse(course, "purchasing.put_away", "nothing-received")
        return
    course.happens(GoodsPutAway(command.order_id, command.receipt_id))
    course.goes_on()


def _invoice(course: _Course, command: TakeInvoice) -> None:
    if command.invoice_id in course.order.invoices:
        _refuse(course, "purchasing.invoice", "repeated")
        return
    fields = (getattr(command, name) for name in TakeInvoice.__struct_fields__)
    course.happens(InvoiceReceived(*fields))
    course.goes_on()


def _cancel(course: _Course, command: CancelPurchase) -> None:
    if course.order.receipts:
        _refuse(course, "purchasing.cancel", "goods-received")
    else:
        course.ends(model.CANCELLED, command.reason)


def _close(course: _Course, command: ClosePurchase) -> None:
    order = course.order
    if not order.receipts:
        _refuse(course, "purchasing.close", "nothing-received")
        return
    if order.to_put_away:
        _refuse(course, "purchasing.close", "not-put-away")
        return
    if not order.delivered:
        course.happens(PurchaseDelivered(course.order_id, order.pool))
    for invoice in list(order.waiting) if command.accept_invoices else ():
        course.owes(invoice)
    course.ends(model.CLOSED, command.reason)


def _overdue(course: _Course, command: Any) -> None:
    late = "supplier-invoice-missing" if course.order.delivered else "delivery-overdue"
    course.excepts(late, _counts(course.order))


PURCHASING = ActorSpec(
    "purchasing",
    lambda key: PurchaseState(),
    {
        "purchasing.suggest": _taken(_suggest),
        "purchasing.approve": _taken(_approve),
        "purchasing.fail": _taken(_fail),
        "purchasing.acknowledge": _taken(_acknowledge),
        "purchasing.advise": _taken(_advise),
        "purchasing.receive": receiving(_taken(_receive)),
        "purchasing.put_away": _taken(_put_away),
        "purchasing.invoice": _taken(_invoice),
        "purchasing.cancel": _taken(_cancel),
        "purchasing.close": _taken(_close),
        "timer.overdue": _taken(_overdue),
    },
    folds.FOLDS,
)
