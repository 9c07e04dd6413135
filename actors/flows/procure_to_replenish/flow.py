"""`procure_to_replenish`: buy what is low, put it into the pool, pay for it.

The purchase order itself is `purchasing`'s: it decides what is believed of its documents, and when it ends. Here
stands what follows from that in the other domains and at the supplier.
"""

from __future__ import annotations

from contracts.decision import Decision
from contracts.finance import PaySupplier
from contracts.ids import effect_key_of
from contracts.inventory import ReceiveStock, StockMoved, StockRow
from contracts.partners import CallGaveUp
from contracts.ports import port_of
from contracts.purchasing import (
    ConfirmPutAway,
    FailOrder,
    GoodsReceived,
    InvoiceMatched,
    IssueToSupplier,
    PaymentOrdered,
    PurchaseEnded,
    PurchaseIssued,
    SuggestOrder,
    SupplierRefused,
    WithdrawFromSupplier,
)
from contracts.replenishment import EndReplenishment, ReplenishmentTriggered
from contracts.turn import Address, Message
from contracts.worklist import EndException

from ...runtime.actor import ActorSpec
from . import state as folds
from .state import BUYING, ProcureState

NAME = "procure_to_replenish"
_ISSUE = port_of("suppliers.issue")
_WITHDRAW = port_of("suppliers.withdraw")


def _triggered(state: ProcureState, message: Message, at: int) -> Decision:
    fact: ReplenishmentTriggered = message.body
    decision = Decision()
    if state.step != "none":
        return decision
    decision.took(message)
    command = SuggestOrder(
        fact.order_id, fact.pool, fact.location, fact.supplier, fact.currency, fact.lead_time_ms, fact.lines
    )
    decision.say("purchasing", message.key, message.key, command)
    return decision


def _issued(state: ProcureState, message: Message, at: int) -> Decision:
    fact: PurchaseIssued = message.body
    decision = Decision()
    command = IssueToSupplier(
        fact.order_id,
        effect_key_of(message.tenant, "suppliers", "issue", message.key, 0),
        fact.supplier,
        fact.location,
        fact.currency,
        fact.deliver_by_ms,
        fact.lines,
    )
    decision.say(_ISSUE, message.key, message.key, command)
    return decision


def _refused(state: ProcureState, message: Message, at: int) -> Decision:
    fact: SupplierRefused = message.body
    decision = Decision()
    decision.say("purchasing", message.key, message.key, FailOrder(message.key, fact.reason))
    return decision


def _gave_up(state: ProcureState, message: Message, at: int) -> Decision:
    fact: CallGaveUp = message.body
    decision = Decision()
    reason = f"{fact.system} {fact.operation}: {fact.reason}"
    decision.say("purchasing", message.key, message.key, FailOrder(message.key, reason))
    if fact.exception_id:
        # The purchase order is before a person with it: one of the two is enough.
        why = "the purchase order says what became of it"
        over = EndException(fact.exception_id, "outcome-unknown", fact.order_id, NAME, "no_action", why)
        decision.say("exceptions", fact.exception_id, message.key, over)
    return decision


def _goods(state: ProcureState, message: Message, at: int) -> Decision:
    fact: GoodsReceived = message.body
    decision = Decision()
    rows = tuple([StockRow(line.sku, fact.location, line.quantity) for line in fact.lines])
    receive = ReceiveStock(fact.pool, fact.receipt_id, rows)
    me = Address(NAME, message.key, message.key)
    decision.say("inventory", fact.pool, message.key, receive, reply_to=me)
    return decision


def _in_stock(state: ProcureState, message: Message, at: int) -> Decision:
    fact: StockMoved = message.body
    decision = Decision()
    decision.say("purchasing", message.key, message.key, ConfirmPutAway(message.key, fact.reference))
    return decision


def _owed(state: ProcureState, message: Message, at: int) -> Decision:
    fact: InvoiceMatched = message.body
    decision = Decision()
    if fact.pay_at_ms <= at:
        _pay(decision, fact)
        return decision
    decision.took(message)
    due_ms = min([fact.pay_at_ms, *[owed.pay_at_ms for owed in state.owed.values()]])
    decision.set_timer("payment", message.key, due_ms)
    return decision


def _pay(decision: Decision, owed: InvoiceMatched) -> None:
    command = PaySupplier(
        owed.order_id, owed.book, owed.supplier, owed.invoice_id, owed.currency, owed.total_minor
    )
    decision.event(PaymentOrdered(owed.order_id, owed.invoice_id))
    decision.say("finance", owed.book, owed.order_id, command)


def _payment_due(state: ProcureState, message: Message, at: int) -> Decision:
    decision = Decision()
    later = []
    for owed in state.owed.values():
        if owed.pay_at_ms <= at:
            _pay(decision, owed)
        else:
            later.append(owed.pay_at_ms)
    if later:
        decision.set_timer("payment", message.key, min(later))
    return decision


def _ended(state: ProcureState, message: Message, at: int) -> Decision:
    """Delivered or cancelled: nothing more will come, so the pool watches its positions again."""
    decision = Decision()
    if state.step == BUYING:
        decision.took(message)
        command = EndReplenishment(message.key, state.pool)
        decision.say("inventory", state.pool, message.key, command)
    return decision


def _cancelled(state: ProcureState, message: Message, at: int) -> Decision:
    fact: PurchaseEnded = message.body
    decision = _ended(state, message, at)
    if fact.was_issued:
        key = effect_key_of(message.tenant, "suppliers", "withdraw", message.key, 0)
        command = WithdrawFromSupplier(fact.order_id, key, fact.supplier, fact.reason)
        decision.say(_WITHDRAW, message.key, message.key, command)
    return decision


PROCURE_TO_REPLENISH = ActorSpec(
    NAME,
    lambda key: ProcureState(),
    {
        "replenishment.triggered": _triggered,
        "purchase_order.issued": _issued,
        "supplier.order_refused": _refused,
        "supplier.call_gave_up": _gave_up,
        "goods.received": _goods,
        "inventory.moved": _in_stock,
        "supplier_invoice.matched": _owed,
        "timer.payment": _payment_due,
        "purchase_order.delivered": _ended,
        "purchase_order.cancelled": _cancelled,
    },
    {
        "replenishment.triggered": folds.fold_triggered,
        "supplier_invoice.matched": folds.fold_matched,
        "supplier_invoice.payment_ordered": folds.fold_paid,
        "purchase_order.delivered": folds.fold_ended,
        "purchase_order.cancelled": folds.fold_ended,
    },
)
