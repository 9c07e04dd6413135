"""`order_to_cash`: receive, price, authorize, assess, tax, reserve, accept, ship, invoice, capture, post.

Each handler answers to one message at one step; a message that comes at another step is late or repeated and
changes nothing. Until acceptance a cancellation waits for the step under way; after it, the fulfillment order
decides the race with the release.

long because the whole flow is read from top to bottom.
"""

from __future__ import annotations

from contracts.channels import CHANNELS
from contracts.decision import Decision
from contracts.finance import InvoiceIssued, ReceivableCleared
from contracts.fulfillment import (
    CancelFulfillmentOrder,
    CreateFulfillmentOrder,
    FulfillmentCancelled,
    FulfillmentCancelRefused,
    ShipmentDispatched,
)
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import (
    OrderUnpriceable,
    PriceOrder,
    QuotedLine,
    ReservationFailed,
    ReserveStock,
    StockReserved,
)
from contracts.orders import (
    AcceptOrder,
    CancellationRequested,
    CloseOrder,
    MarkPaid,
    OrderReceived,
    RefuseCancellation,
    line_totals_minor,
)
from contracts.partners import (
    AssessFraud,
    AuthorizePayment,
    CalculateTax,
    CallGaveUp,
    CaptureFailed,
    CapturePayment,
    CommitTax,
    CreateSalesOrder,
    ErpLine,
    FraudAssessed,
    PaymentAuthorized,
    PaymentDeclined,
    TaxCalculated,
)
from contracts.ports import port_of
from contracts.turn import URGENT, Message

from ...runtime.actor import ActorSpec
from . import amounts, apart
from . import state as folds
from .shared import (
    NAME,
    PAYMENTS,
    TAX,
    channel_of,
    end,
    key_for,
    me,
    put_before_a_person,
    rejected_after_dispatch,
)
from .sold import tell_sale
from .state import (
    ASSESSING,
    AUTHORIZING,
    BEFORE_ACCEPTANCE,
    CAPTURING,
    FULFILLING,
    INVOICING,
    PRICING,
    RESERVING,
    TAXING,
    FlowState,
    Held,
)
from .undo import undo

_FRAUD = port_of("fraud.assess")
_ERP = port_of("erp.create_sales_order")


def _received(state: FlowState, message: Message, at: int) -> Decision:
    fact: OrderReceived = message.body
    decision = Decision()
    if state.step != "none":
        return decision
    decision.took(message)
    order, channel = fact.order, CHANNELS[fact.order.channel]
    lines = tuple([QuotedLine(line.line_id, line.sku, line.unit_price_minor) for line in order.lines])
    body = PriceOrder(message.key, order.currency, channel.price_policy, lines)
    decision.say("catalog", channel.price_list, message.key, body, reply_to=me(message))
    return decision


def _authorize(decision: Decision, state: FlowState, message: Message, ordinal: int) -> None:
    assert state.order is not None
    payment = state.order.payments[ordinal]
    body = AuthorizePayment(
        message.key,
        key_for(message, "payments", "authorize", ordinal),
        payment.provider,
        payment.method,
        payment.token,
        payment.amount_minor,
        state.order.currency,
    )
    decision.say(PAYMENTS, message.key, message.key, body, reply_to=me(message))


def _cancelled_meanwhile(
    decision: Decision,
    state: FlowState,
    message: Message,
    *,
    reserved: bool = False,
    held: Held | None = None,
) -> bool:
    """A cancellation that came during the step just ended: undo now."""
    if state.cancel_reason is None:
        return False
    decision.events.clear()
    undo(
        decision,
        state,
        message,
        channel_of(state),
        "cancelled",
        state.cancel_reason,
        reserved=reserved,
        held=held,
    )
    end(decision, "undone")
    return True


def _priced(state: FlowState, message: Message, at: int) -> Decision:
    decision = Decision()
    if state.step == PRICING and not _cancelled_meanwhile(decision, state, message):
        decision.took(message)
        _authorize(decision, state, message, 0)
    return decision


def _unpriceable(state: FlowState, message: Message, at: int) -> Decision:
    fact: OrderUnpriceable = message.body
    decision = Decision()
    if state.step == PRICING:
        undo(decision, state, message, channel_of(state), "rejected", fact.problems[0].code)
        end(decision, "undone")
    return decision


def _authorized(state: FlowState, message: Message, at: int) -> Decision:
    fact: PaymentAuthorized = message.body
    decision = Decision()
    if state.step != AUTHORIZING:
        return decision
    held = Held(fact.provider, fact.authorization_id, fact.amount_minor)
    if _cancelled_meanwhile(decision, state, message, held=held):
        return decision
    order = state.order
    assert order is not None
    decision.took(message)
    ordinal = len(state.held) + 1
    if ordinal < len(order.payments):
        _authorize(decision, state, message, ordinal)
        return decision
    body = AssessFraud(
        message.key,
        key_for(message, "fraud", "assess"),
        sum(payment.amount_minor for payment in order.payments),
        order.currency,
        order.ship_to.country,
        order.customer_id,
        order.payments[0].token,
    )
    decision.say(_FRAUD, message.key, message.key, body, reply_to=me(message))
    return decision


def _declined(state: FlowState, message: Message, at: int) -> Decision:
    fact: PaymentDeclined = message.body
    decision = Decision()
    if state.step == AUTHORIZING:
        reason = f"payment-declined: {fact.reason}"
        undo(decision, state, message, channel_of(state), "rejected", reason, declined=True)
        end(decision, "undone")
    return decision


def _assessed(state: FlowState, message: Message, at: int) -> Decision:
    fact: FraudAssessed = message.body
    decision = Decision()
    if state.step != ASSESSING or _cancelled_meanwhile(decision, state, message):
        return decision
    if fact.decision == "reject":
        undo(decision, state, message, channel_of(state), "rejected", "fraud-rejected")
        end(decision, "undone")
        return decision
    if fact.decision == "review":
        put_before_a_person(
            decision, message, "fraud-review", f"score {fact.score}", "authorized", "pending", "pending"
        )
        return decision
    order = state.order
    assert order is not None
    decision.took(message)
    body = CalculateTax(
        message.key,
        key_for(message, "tax", "calculate"),
        order.currency,
        order.ship_to.country,
        order.ship_to.region,
        order.prices_include_tax,
        amounts.taxable_lines(state),
        order.shipping_minor,
    )
    decision.say(TAX, message.key, message.key, body, reply_to=me(message))
    return decision


def _taxed(state: FlowState, message: Message, at: int) -> Decision:
    fact: TaxCalculated = message.body
    decision = Decision()
    if state.step != TAXING or _cancelled_meanwhile(decision, state, message):
        return decision
    order, channel = state.order, channel_of(state)
    assert order is not None
    if amounts.payable_minor(order, fact) > sum(one.amount_minor for one in state.held):
        undo(decision, state, message, channel, "rejected", "payment-insufficient")
        end(decision, "undone")
        return decision
    decision.took(message)
    body = ReserveStock(message.key, channel.pool, folds.demand(state), order.channel)
    decision.say("inventory", channel.pool, message.key, body, reply_to=me(message))
    return decision


def _reserved(state: FlowState, message: Message, at: int) -> Decision:
    fact: StockReserved = message.body
    decision = Decision()
    if state.step != RESERVING or _cancelled_meanwhile(decision, state, message, reserved=True):
        return decision
    order, tax, channel = state.order, state.tax, channel_of(state)
    assert order is not None and tax is not None
    order_id = message.key
    total, tax_minor = amounts.payable_minor(order, tax), amounts.tax_minor(tax)
    whole = not fact.elsewhere and not fact.waiting
    if whole:
        decision.took(message)
    on_its_way = whole or apart.reserved(decision, state, message)
    fulfillment = "released" if on_its_way else "pending"
    decision.say(
        "orders",
        order_id,
        order_id,
        AcceptOrder(order_id, total, tax_minor, "authorized", fulfillment, "submitted"),
    )
    erp_lines = tuple(
        [
            ErpLine(line.line_id, line.sku, line.quantity, amount)
            for line, amount in zip(order.lines, line_totals_minor(order), strict=True)
        ]
    )
    sales_order = CreateSalesOrder(
        order_id, key_for(message, "erp", "create"), order.customer_id, order.currency, total, erp_lines
    )
    decision.say(_ERP, order_id, order_id, sales_order)
    if not whole:
        return decision
    fulfillment_id = fulfillment_order_id_of(order_id, 0)
    decision.say(
        "fulfillment",
        fulfillment_id,
        order_id,
        CreateFulfillmentOrder(
            fulfillment_id,
            order_id,
            fact.location,
            channel.pool,
            key_for(message, "warehouse", "release"),
            key_for(message, "warehouse", "recall"),
            channel.release_window_ms,
            fact.lines,
            order.ship_to,
            order.delivery,
        ),
    )
    return decision


def _out_of_stock(state: FlowState, message: Message, at: int) -> Decision:
    fact: ReservationFailed = message.body
    decision = Decision()
    if state.step == RESERVING and not _cancelled_meanwhile(decision, state, message):
        reason = f"out-of-stock: {fact.shortages[0].sku}"
        undo(decision, state, message, channel_of(state), "rejected", reason)
        end(decision, "undone")
    return decision


def _cancel_requested(state: FlowState, message: Message, at: int) -> Decision:
    fact: CancellationRequested = message.body
    decision = Decision()
    order_id = message.key
    if state.step in BEFORE_ACCEPTANCE:
        decision.took(message)
    elif state.step == FULFILLING and state.cancel_reason is None and state.several is not None:
        apart.stop(decision, state, message, fact.reason, recall=False)
    elif state.step == FULFILLING and state.cancel_reason is None:
        decision.took(message)
        _cancel_fulfillment(decision, order_id, fact.reason, recall=False)
    else:
        refusal = RefuseCancellation(order_id, f"already-{state.step}")
        decision.say("orders", order_id, order_id, refusal)
    return decision


def _cancel_fulfillment(decision: Decision, order_id: str, reason: str, *, recall: bool) -> None:
    fulfillment_id = fulfillment_order_id_of(order_id, 0)
    command = CancelFulfillmentOrder(fulfillment_id, order_id, reason, recall)
    decision.say("fulfillment", fulfillment_id, order_id, command, lane=URGENT)


def _fulfillment_cancelled(state: FlowState, message: Message, at: int) -> Decision:
    fact: FulfillmentCancelled = message.body
    decision = Decision()
    if state.step == FULFILLING and folds.is_resourced(state, fact):
        return apart.part_cancelled(state, message)
    if state.step == FULFILLING:
        decision.took(message)
        rejected = state.erp_rejected is not None
        reason = f"erp-rejected: {state.erp_rejected}" if rejected else state.cancel_reason or fact.reason
        status = "rejected" if rejected else "cancelled"
        undo(decision, state, message, channel_of(state), status, reason)
        end(decision, "undone")
    return decision


def _cancel_refused(state: FlowState, message: Message, at: int) -> Decision:
    fact: FulfillmentCancelRefused = message.body
    decision = Decision()
    if state.several is not None:
        if apart.takes(state):
            apart.too_late(decision, state, message, fact.reason)
        return decision
    # What is only released was refused to the customer; the ERP's rejection still recalls it.
    if state.erp_rejected is not None and fact.reason != "already-released":
        rejected_after_dispatch(decision, state, message)
    elif state.cancel_reason is not None:
        decision.say("orders", message.key, message.key, RefuseCancellation(message.key, fact.reason))
    return decision


def _erp_rejected(state: FlowState, message: Message, at: int) -> Decision:
    decision = Decision()
    if apart.takes(state):
        apart.stop(decision, state, message, "erp-rejected", recall=True)
    elif state.step == FULFILLING:
        decision.took(message)
        _cancel_fulfillment(decision, message.key, "erp-rejected", recall=True)
    elif state.step in (INVOICING, CAPTURING, folds.DONE):
        decision.took(message)
        rejected_after_dispatch(decision, state, message)
    return decision


def _dispatched(state: FlowState, message: Message, at: int) -> Decision:
    fact: ShipmentDispatched = message.body
    decision = Decision()
    if state.step == FULFILLING:
        if fact.lines is not None:
            return apart.dispatched(state, message)
        decision.took(message)
        book = channel_of(state).book
        invoice = amounts.invoice(state, message.key, fact.shipment_id, fact.location, book)
        decision.say("finance", book, message.key, invoice)
    return decision


def _invoiced(state: FlowState, message: Message, at: int) -> Decision:
    fact: InvoiceIssued = message.body
    decision = Decision()
    if apart.takes(state):
        return apart.invoiced(state, message)
    if state.step != INVOICING:
        return decision
    decision.took(message)
    order_id, tax, order = message.key, state.tax, state.order
    assert tax is not None and order is not None
    commit = CommitTax(
        order_id, key_for(message, "tax", "commit"), tax.document_id, fact.number, fact.tax_minor
    )
    decision.say(TAX, order_id, order_id, commit)
    taken = amounts.captures(state.held, fact.gross_minor)
    for ordinal, (held, amount) in enumerate(taken):
        capture = CapturePayment(
            order_id,
            key_for(message, "payments", "capture", ordinal),
            held.provider,
            held.authorization_id,
            amount,
            order.currency,
            fact.book,
        )
        decision.say(PAYMENTS, order_id, order_id, capture)
    if not taken:
        decision.say("orders", order_id, order_id, MarkPaid(order_id, 0))
        end(decision, "done")
    return decision


def _cleared(state: FlowState, message: Message, at: int) -> Decision:
    fact: ReceivableCleared = message.body
    decision = Decision()
    if apart.takes(state):
        return apart.cleared(state, message)
    if state.step == CAPTURING:
        decision.say("orders", message.key, message.key, MarkPaid(message.key, fact.captured_minor))
        end(decision, "done")
    return decision


def _capture_failed(state: FlowState, message: Message, at: int) -> Decision:
    fact: CaptureFailed = message.body
    decision = Decision()
    if state.step == CAPTURING or apart.takes(state):
        erp = "rejected" if state.erp_rejected else "submitted"
        left = "dispatched" if state.several is None else "partly_dispatched"
        put_before_a_person(decision, message, "capture-failed", fact.reason, "failed", left, erp)
    return decision


def _gave_up(state: FlowState, message: Message, at: int) -> Decision:
    fact: CallGaveUp = message.body
    decision = Decision()
    if state.step not in (folds.DONE, folds.UNDONE, folds.EXCEPTED):
        before = state.step in BEFORE_ACCEPTANCE
        payment = "authorized" if state.held else "pending"
        erp = "pending" if before else "submitted"
        detail = f"{fact.system} {fact.operation}: {fact.reason}"
        shipped = state.step in (INVOICING, CAPTURING)
        fulfillment = "dispatched" if shipped else "pending" if before else "released"
        if state.several is not None and state.several.shipments:
            fulfillment = "partly_dispatched"
        put_before_a_person(decision, message, "outcome-unknown", detail, payment, fulfillment, erp)
    elif state.step == folds.DONE and fact.system == "erp":
        # Shipped and paid, but nobody knows whether the ERP has it: the connector's exception tells a person.
        close = CloseOrder(message.key, "excepted", "outcome-unknown", "captured", "dispatched", "submitted")
        decision.say("orders", message.key, message.key, close)
    return decision


ORDER_TO_CASH = ActorSpec(
    NAME,
    lambda key: FlowState(),
    {
        "order.received": _received,
        "catalog.order_priced": _priced,
        "catalog.order_unpriceable": _unpriceable,
        "payment.authorized": _authorized,
        "payment.declined": _declined,
        "fraud.assessed": _assessed,
        "tax.calculated": _taxed,
        "inventory.reserved": _reserved,
        "inventory.reservation_failed": _out_of_stock,
        "order.cancellation_requested": _cancel_requested,
        "fulfillment.cancelled": _fulfillment_cancelled,
        "fulfillment.cancel_refused": _cancel_refused,
        "erp.order_rejected": _erp_rejected,
        "shipment.dispatched": _dispatched,
        "invoice.issued": _invoiced,
        "receivable.cleared": _cleared,
        "payment.capture_failed": _capture_failed,
        "integration.gave_up": _gave_up,
        "flow.tell_sale": tell_sale,
        "fulfillment.short_picked": apart.short_picked,
        "inventory.backorder_filled": apart.filled,
        "inventory.resourced": apart.resourced,
        "inventory.reservation_released": apart.released,
        "inventory.reservation_expired": apart.expired,
        "timer.reservation": apart.waited_long_enough,
    },
    {
        "order.received": folds.fold_received,
        "catalog.order_priced": folds.fold_priced,
        "payment.authorized": folds.fold_authorized,
        "fraud.assessed": folds.fold_assessed,
        "tax.calculated": folds.fold_taxed,
        "inventory.reserved": folds.fold_reserved,
        "order.cancellation_requested": folds.fold_cancel_requested,
        "fulfillment.cancelled": folds.fold_fulfillment_cancelled,
        "erp.order_rejected": folds.fold_erp_rejected,
        "shipment.dispatched": folds.fold_dispatched,
        "invoice.issued": folds.fold_invoiced,
        "receivable.cleared": folds.fold_cleared,
        "fulfillment.cancel_refused": folds.fold_cancel_refused,
        "fulfillment.short_picked": folds.fold_short_picked,
        "inventory.backorder_filled": folds.fold_filled,
        "inventory.resourced": folds.fold_resourced,
        "inventory.reservation_released": folds.fold_released,
        "inventory.reservation_expired": folds.fold_expired,
        "flow.done": folds.fold_done,
        "flow.undone": folds.fold_undone,
        "flow.excepted": folds.fold_excepted,
    },
)
