"""`order_to_cash`: receive, price, authorize, assess, tax, reserve, accept, ship, invoice, capture, post.

Each handler answers to one message at one step; a message that comes at another step is late or repeated and
changes nothing. The handlers stand in the order of an order's way: `before`, `accepting`, `shipping`; what turns
it round is in `cancelling` and `troubled`, a person's decision in `resolving`, what holds it back in `holding`,
`renewing` and `editing`, an order in several pieces in `apart`.
"""

from __future__ import annotations

from typing import Any

from ...runtime.actor import ActorSpec, Fold
from . import (
    accepting,
    apart,
    before,
    cancelling,
    deposits,
    editing,
    holding,
    renewing,
    resolving,
    selling,
    shipping,
    sold,
    troubled,
)
from . import state as folds
from .shared import NAME
from .state import FlowState


def _or_edit(plain: Fold, stage: str, edited: Fold) -> Fold:
    """What an answer changes: the order's own way, or the edit that has asked for it."""

    def fold(state: FlowState, body: Any) -> None:
        (edited if state.aside is not None and editing.at_stage(state, stage) else plain)(state, body)

    return fold


ORDER_TO_CASH = ActorSpec(
    NAME,
    lambda key: FlowState(),
    {
        "order.received": before.received,
        "catalog.order_priced": before.priced,
        "catalog.order_unpriceable": before.unpriceable,
        "payment.authorized": before.authorized,
        "payment.declined": before.declined,
        "gift_card.held": before.card_held,
        "gift_card.refused": before.card_refused,
        "fraud.assessed": before.assessed,
        "tax.calculated": before.taxed,
        "inventory.reserved": accepting.reserved,
        "inventory.reservation_failed": accepting.out_of_stock,
        "order.cancellation_requested": cancelling.cancel_requested,
        "fulfillment.cancelled": cancelling.fulfillment_cancelled,
        "fulfillment.cancel_refused": cancelling.cancel_refused,
        "erp.order_rejected": troubled.erp_rejected,
        "shipment.dispatched": shipping.dispatched,
        "invoice.issued": shipping.invoiced,
        "receivable.cleared": shipping.cleared,
        "deposit.held": deposits.held,
        "finance.gift_card_paid": selling.paid,
        "gift_card.issued": selling.issued,
        "payment.capture_failed": troubled.capture_failed,
        "integration.gave_up": troubled.gave_up,
        "order.resolution_decided": resolving.decided,
        "flow.tell_sale": sold.tell_sale,
        "fulfillment.short_picked": apart.short_picked,
        "inventory.backorder_filled": apart.filled,
        "inventory.resourced": apart.resourced,
        "inventory.reservation_released": apart.released,
        "inventory.reservation_expired": apart.expired,
        "timer.reservation": apart.waited_long_enough,
        "order.hold_requested": holding.requested,
        "order.released_from_hold": before.released_from_hold,
        "fulfillment.held": holding.held,
        "order.edit_requested": editing.requested,
        "fulfillment.hold_refused": holding.refused,
        "timer.hold": holding.overdue,
        "timer.authorization": renewing.due,
        "payment.auth_expired": renewing.expired,
        "fulfillment.overdue": renewing.overdue,
    },
    {
        "order.received": folds.fold_received,
        "catalog.order_priced": _or_edit(folds.fold_priced, editing.PRICING, editing.fold_priced),
        "catalog.order_unpriceable": editing.forget,
        "inventory.reservation_failed": editing.forget,
        "order.edit_requested": editing.fold_requested,
        "payment.authorized": renewing.fold_authorized,
        "payment.declined": renewing.fold_declined,
        "payment.auth_expired": renewing.fold_expired,
        "flow.renewing": renewing.fold_renewing,
        "fulfillment.overdue": renewing.fold_overdue,
        "gift_card.held": folds.fold_card_held,
        "fraud.assessed": holding.fold_assessed,
        "tax.calculated": _or_edit(folds.fold_taxed, editing.TAXING, editing.fold_taxed),
        "inventory.reserved": _or_edit(folds.fold_reserved, editing.RESERVING, editing.fold_reserved),
        "order.cancellation_requested": folds.fold_cancel_requested,
        "fulfillment.cancelled": folds.fold_fulfillment_cancelled,
        "erp.order_rejected": folds.fold_erp_rejected,
        "shipment.dispatched": folds.fold_dispatched,
        "invoice.issued": folds.fold_invoiced,
        "receivable.cleared": folds.fold_cleared,
        "flow.deposit_asked": deposits.fold_asked,
        "flow.selling_gift_cards": selling.fold_selling,
        "finance.gift_card_paid": selling.fold_paid,
        "deposit.held": deposits.fold_held,
        "fulfillment.cancel_refused": folds.fold_cancel_refused,
        "fulfillment.short_picked": folds.fold_short_picked,
        "inventory.backorder_filled": folds.fold_filled,
        "inventory.resourced": folds.fold_resourced,
        "inventory.reservation_released": folds.fold_released,
        "inventory.reservation_expired": folds.fold_expired,
        "order.hold_requested": holding.fold_requested,
        "order.released_from_hold": holding.fold_released,
        "fulfillment.held": holding.fold_held,
        "fulfillment.hold_refused": holding.fold_refused,
        "payment.capture_failed": troubled.fold_capture_failed,
        "integration.gave_up": troubled.fold_gave_up,
        "order.resolution_decided": resolving.fold_decided,
        "flow.done": sold.fold_done,
        "flow.undone": folds.fold_undone,
        "flow.excepted": folds.fold_excepted,
    },
)
