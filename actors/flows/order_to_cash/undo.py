"""Undo, backwards: what was done is undone, what was never done is left alone."""

from __future__ import annotations

from contracts.channels import Channel
from contracts.decision import Decision
from contracts.ids import effect_key_of
from contracts.inventory import ReleaseReservation
from contracts.orders import GIFT_CARD, CloseOrder
from contracts.partners import CancelSalesOrder
from contracts.ports import port_of
from contracts.turn import URGENT, Message

from . import holding, tenders
from .state import BEFORE_ACCEPTANCE, FlowState, Held

_ERP = port_of("erp.cancel_sales_order")


def undo(
    decision: Decision,
    state: FlowState,
    message: Message,
    channel: Channel,
    status: str,
    reason: str,
    *,
    declined: bool = False,
    reserved: bool = False,
    held: Held | None = None,
) -> None:
    """End the order as `status`. `reserved` and `held` are what the message itself just brought."""
    order_id, tenant = message.key, message.tenant
    accepted = state.step not in BEFORE_ACCEPTANCE
    if accepted and state.erp_rejected is None:
        key = effect_key_of(tenant, "erp", "cancel", order_id, 0)
        # In the lane of the sales order, which may still wait for the ERP: it must not be overtaken.
        decision.say(_ERP, order_id, order_id, CancelSalesOrder(order_id, key, reason))
    if accepted or reserved:
        decision.say(
            "inventory",
            channel.pool,
            order_id,
            ReleaseReservation(order_id, channel.pool, reason),
            lane=URGENT,
        )
    all_held = [*state.held, held] if held is not None else state.held
    for ordinal, one in enumerate(all_held):
        # What is captured whole, for a deposit, holds nothing that could be let go of.
        if one.amount_minor or one.provider == GIFT_CARD:
            tenders.let_go(decision, message, one, ordinal, URGENT)
    holding.drop(decision, state, order_id, reason)
    erp = ("rejected" if state.erp_rejected else "cancelled") if accepted else "pending"
    payment = "declined" if declined else "voided" if all_held else "pending"
    decision.say(
        "orders",
        order_id,
        order_id,
        CloseOrder(order_id, status, reason, payment, "cancelled" if accepted else "pending", erp),
    )
