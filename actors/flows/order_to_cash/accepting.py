"""Acceptance: the stock is there, or is not; the ERP has its sales order, the warehouse its fulfillment order."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.fulfillment import CreateFulfillmentOrder
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import ReservationFailed, StockReserved
from contracts.orders import AcceptOrder
from contracts.partners import CreateSalesOrder
from contracts.ports import port_of
from contracts.stores import pickup_store
from contracts.turn import Message

from . import amounts, apart, editing, renewing
from .aside import is_held
from .before import cancelled_meanwhile
from .shared import channel_of, end, key_for
from .state import RESERVING, FlowState
from .undo import undo

_ERP = port_of("erp.create_sales_order")


def reserved(state: FlowState, message: Message, at: int) -> Decision:
    fact: StockReserved = message.body
    decision = Decision()
    if editing.at_stage(state, editing.RESERVING):
        return editing.reserved(state, message)
    if state.step != RESERVING or cancelled_meanwhile(decision, state, message, reserved=True):
        return decision
    order, tax, channel = state.order, state.tax, channel_of(state)
    assert order is not None and tax is not None
    order_id = message.key
    total, tax_minor = amounts.payable_minor(order, tax), amounts.tax_minor(tax)
    whole = not fact.elsewhere and not fact.waiting
    if whole:
        decision.took(message)
    on_its_way = whole or apart.reserved(decision, state, message, at)
    held = is_held(state)
    if held:
        # The hold may have come before there was any money to watch over.
        renewing.watch(decision, state, order_id, at)
    fulfillment = "released" if on_its_way and not held else "pending"
    decision.say(
        "orders",
        order_id,
        order_id,
        AcceptOrder(order_id, total, tax_minor, "authorized", fulfillment, "submitted"),
    )
    sales_order = CreateSalesOrder(
        order_id,
        key_for(message, "erp", "create"),
        order.customer_id,
        order.currency,
        total,
        amounts.erp_lines(order),
    )
    decision.say(_ERP, order_id, order_id, sales_order)
    if not whole:
        return decision
    fulfillment_id = fulfillment_order_id_of(order_id, 0)
    store = pickup_store(order.delivery)
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
            held=held,
            collect_ms=store.collect_within_ms if store is not None else 0,
        ),
    )
    return decision


def out_of_stock(state: FlowState, message: Message, at: int) -> Decision:
    fact: ReservationFailed = message.body
    decision = Decision()
    if state.step == RESERVING and not cancelled_meanwhile(decision, state, message):
        reason = f"out-of-stock: {fact.shortages[0].sku}"
        undo(decision, state, message, channel_of(state), "rejected", reason)
        end(decision, "undone")
    elif editing.at_stage(state, editing.RESERVING):
        return editing.out_of_stock(state, message)
    return decision
