"""An edit before the release: held, priced, taxed, paid for, reserved, and only then applied.

Until the pool has changed the reservation nothing of the order has; whatever fails before is undone, and the order
goes on as it was. Of an order that leaves in several pieces nothing is edited.
"""

from __future__ import annotations

from contracts.decision import Decision
from contracts.edits import (
    ApplyEdit,
    ChangeReservation,
    ChangeSalesOrder,
    EditRequested,
    RefuseEdit,
    ReviseFulfillmentOrder,
)
from contracts.holds import GoOnWithFulfillment, HoldFulfillmentOrder
from contracts.ids import fulfillment_order_id_of
from contracts.inventory import (
    DemandLine,
    OrderPriced,
    OrderUnpriceable,
    ReservationFailed,
    StockReserved,
)
from contracts.orders import GIFT_CARD, Order, line_totals_minor
from contracts.partners import (
    AuthorizePayment,
    CalculateTax,
    PaymentAuthorized,
    PaymentDeclined,
    TaxableLine,
    TaxCalculated,
    VoidAuthorization,
)
from contracts.ports import port_of
from contracts.stores import pickup_store
from contracts.turn import URGENT, Message

from . import amounts, pricing
from .aside import Edit, aside_of, is_held
from .shared import PAYMENTS, TAX, channel_of, key_for, me, rounding_of
from .state import FULFILLING, FlowState, Held

HOLDING, PRICING, TAXING, AUTHORIZING, RESERVING = "holding", "pricing", "taxing", "authorizing", "reserving"
_ERP = port_of("erp.change_sales_order")
# Ordinals of an edit's effects: apart from those of the order's own.
_EDITS = 2_000


def of(state: FlowState) -> Edit | None:
    """The edit under way, if there is one."""
    return state.aside.edit if state.aside is not None else None


def at_stage(state: FlowState, stage: str) -> bool:
    """Whether an answer that comes now is for the edit."""
    edit = of(state)
    return (
        edit is not None and edit.stage == stage and state.step == FULFILLING and state.cancel_reason is None
    )


def requested(state: FlowState, message: Message, at: int) -> Decision:
    """order.edit_requested: at once where the order is held, else as soon as its fulfillment order is."""
    fact: EditRequested = message.body
    decision = Decision()
    order_id = message.key
    code = _refusal(state)
    if code is not None:
        decision.say("orders", order_id, order_id, RefuseEdit(order_id, fact.edit_id, code), lane=URGENT)
        return decision
    decision.took(message)
    if is_held(state):
        pricing.ask(decision, message, fact.order, at)
    else:
        id_ = fulfillment_order_id_of(order_id, 0)
        ask = HoldFulfillmentOrder(id_, order_id)
        decision.say("fulfillment", id_, order_id, ask, lane=URGENT, reply_to=me(message))
    return decision


def _refusal(state: FlowState) -> str | None:
    if state.step != FULFILLING:
        return "already-dispatched"
    if state.several is not None:
        return "in-several-parts"
    if state.order is not None and pickup_store(state.order.delivery) is not None:
        return "waits-for-collection"
    if state.cancel_reason is not None or state.erp_rejected is not None:
        return "being-cancelled"
    if state.aside is not None and state.aside.renewing:
        return "payment-under-way"
    return None


def held(decision: Decision, state: FlowState, message: Message, at: int) -> None:
    """The fulfillment order is held: go on. Its message is taken by whoever calls."""
    edit = of(state)
    if edit is not None and edit.stage == HOLDING:
        pricing.ask(decision, message, edit.order, at)


def too_late(decision: Decision, state: FlowState, message: Message, reason: str) -> None:
    """The fulfillment order is released: the edit is refused. Its message is taken by whoever calls."""
    edit = of(state)
    if edit is not None and edit.stage == HOLDING:
        order_id = message.key
        decision.say("orders", order_id, order_id, RefuseEdit(order_id, edit.edit_id, reason), lane=URGENT)


def _give_up(decision: Decision, state: FlowState, message: Message, reason: str) -> Decision:
    """Refused: what was held for more is let go of, and the order goes on as it was."""
    edit = of(state)
    assert edit is not None and state.aside is not None
    order_id = message.key
    decision.took(message)
    if edit.more:
        extra = state.held[-1]
        key = key_for(message, "payments", "void", _EDITS + state.aside.edits)
        void = VoidAuthorization(order_id, key, extra.provider, extra.authorization_id)
        decision.say(PAYMENTS, order_id, order_id, void)
    decision.say("orders", order_id, order_id, RefuseEdit(order_id, edit.edit_id, reason), lane=URGENT)
    _go_on(decision, state, order_id)
    return decision


def _go_on(decision: Decision, state: FlowState, order_id: str) -> None:
    if state.aside is not None and not state.aside.holds:
        id_ = fulfillment_order_id_of(order_id, 0)
        decision.say("fulfillment", id_, order_id, GoOnWithFulfillment(id_, order_id))


def priced(state: FlowState, message: Message) -> Decision:
    """The lines stand at acceptable prices: what is the tax?"""
    fact: OrderPriced = message.body
    decision = Decision()
    edit = of(state)
    assert edit is not None and state.aside is not None
    order = edit.order
    decision.took(message)
    taxable = tuple(
        [
            TaxableLine(line.line_id, enriched.tax_class, amount)
            for line, enriched, amount in zip(
                order.lines, fact.lines, amounts.taxable_amounts(order), strict=True
            )
        ]
    )
    body = CalculateTax(
        message.key,
        key_for(message, "tax", "calculate", _EDITS + state.aside.edits),
        order.currency,
        order.ship_to.country,
        order.ship_to.region,
        order.prices_include_tax,
        taxable,
        order.shipping_minor,
        rounding_of(channel_of(state).book),
    )
    decision.say(TAX, message.key, message.key, body, reply_to=me(message))
    return decision


def unpriceable(state: FlowState, message: Message) -> Decision:
    """catalog.order_unpriceable"""
    fact: OrderUnpriceable = message.body
    return _give_up(Decision(), state, message, fact.problems[0].code)


def taxed(state: FlowState, message: Message) -> Decision:
    """What is owed is known: authorize what is missing, or reserve at once."""
    fact: TaxCalculated = message.body
    decision = Decision()
    edit, order = of(state), state.order
    assert edit is not None and order is not None and state.aside is not None
    code = _obstacle(state, edit.order, fact)
    if code is not None:
        return _give_up(decision, state, message, code)
    decision.took(message)
    missing = _missing(state, edit.order, fact)
    if missing <= 0:
        _reserve(decision, state, message, edit.order)
        return decision
    payment = order.payments[_chargeable(order) or 0]
    body = AuthorizePayment(
        message.key,
        key_for(message, "payments", "authorize", _EDITS + state.aside.edits),
        payment.provider,
        payment.method,
        payment.token,
        missing,
        order.currency,
    )
    decision.say(PAYMENTS, message.key, message.key, body, reply_to=me(message))
    return decision


def _obstacle(state: FlowState, order: Order, tax: TaxCalculated) -> str | None:
    """Why an edit that is taxed can go no further."""
    if amounts.order_discount_minor(order) > sum(line_totals_minor(order)):
        return "discount-too-large"
    if _missing(state, order, tax) > 0:
        if state.aside is not None and state.aside.renewing:
            return "payment-under-way"
        if _chargeable(order) is None:
            return "nothing-to-charge"
    return None


def _chargeable(order: Order) -> int | None:
    """The first payment that can carry more than was agreed: no gift card."""
    return next((n for n, payment in enumerate(order.payments) if payment.method != GIFT_CARD), None)


def _missing(state: FlowState, order: Order, tax: TaxCalculated) -> int:
    return amounts.payable_minor(order, tax) - sum([one.amount_minor for one in state.held])


def authorized(state: FlowState, message: Message) -> Decision:
    """payment.authorized, for what is owed more."""
    decision = Decision()
    edit = of(state)
    assert edit is not None
    decision.took(message)
    _reserve(decision, state, message, edit.order)
    return decision


def declined(state: FlowState, message: Message) -> Decision:
    """payment.declined, for what is owed more."""
    fact: PaymentDeclined = message.body
    return _give_up(Decision(), state, message, f"payment-declined: {fact.reason}")


def _reserve(decision: Decision, state: FlowState, message: Message, order: Order) -> None:
    pool = channel_of(state).pool
    body = ChangeReservation(message.key, pool, _demand(order), order.channel)
    decision.say("inventory", pool, message.key, body, reply_to=me(message))


def _demand(order: Order) -> tuple[DemandLine, ...]:
    return tuple([DemandLine(line.line_id, line.sku, line.quantity) for line in order.lines])


def reserved(state: FlowState, message: Message) -> Decision:
    """The pool has changed the reservation: the order is what was asked for. Tell everybody."""
    fact: StockReserved = message.body
    decision = Decision()
    edit = of(state)
    assert edit is not None and edit.tax is not None and state.aside is not None
    decision.took(message)
    order_id, order, n = message.key, edit.order, _EDITS + state.aside.edits
    total, tax_minor = amounts.payable_minor(order, edit.tax), amounts.tax_minor(edit.tax)
    decision.say("orders", order_id, order_id, ApplyEdit(order_id, edit.edit_id, total, tax_minor))
    # In the lane of the sales order, which may still wait for the ERP: it must not be overtaken.
    change = ChangeSalesOrder(order_id, key_for(message, "erp", "change", n), total, amounts.erp_lines(order))
    decision.say(_ERP, order_id, order_id, change)
    id_ = fulfillment_order_id_of(order_id, 0)
    key = key_for(message, "warehouse", "release", n)
    revise = ReviseFulfillmentOrder(id_, order_id, fact.location, key, fact.lines, order.ship_to)
    decision.say("fulfillment", id_, order_id, revise)
    _go_on(decision, state, order_id)
    return decision


def out_of_stock(state: FlowState, message: Message) -> Decision:
    """inventory.reservation_failed: the reservation is as it was."""
    fact: ReservationFailed = message.body
    sku = fact.shortages[0].sku if fact.shortages else ""
    return _give_up(Decision(), state, message, f"out-of-stock: {sku}")


# -- folds ------------------------------------------------------------------------------------------


def fold_requested(state: FlowState, body: EditRequested) -> None:
    stage = PRICING if is_held(state) else HOLDING
    aside = aside_of(state)
    aside.edit = Edit(body.edit_id, body.order, stage)
    aside.edits += 1
    if stage == HOLDING:
        aside.asking += 1


def fold_priced(state: FlowState, body: OrderPriced) -> None:
    edit = of(state)
    assert edit is not None
    edit.enriched, edit.stage = body.lines, TAXING


def fold_taxed(state: FlowState, body: TaxCalculated) -> None:
    edit = of(state)
    assert edit is not None
    if _obstacle(state, edit.order, body) is not None:
        forget(state)
        return
    missing = _missing(state, edit.order, body)
    edit.tax, edit.stage = body, AUTHORIZING if missing > 0 else RESERVING


def fold_authorized(state: FlowState, body: PaymentAuthorized) -> None:
    edit = of(state)
    assert edit is not None
    n = _chargeable(edit.order) or 0
    state.held.append(Held(body.provider, body.authorization_id, body.amount_minor, body.expires_at_ms, n))
    edit.more, edit.stage = True, RESERVING


def fold_reserved(state: FlowState, body: StockReserved) -> None:
    edit = of(state)
    assert edit is not None and state.aside is not None
    state.order, state.enriched, state.tax = edit.order, edit.enriched, edit.tax
    state.location = body.location
    state.aside.edit = None
    state.aside.edited = True


def forget(state: FlowState, body: object = None) -> None:
    """The edit is refused."""
    edit = of(state)
    if edit is not None and edit.more:
        state.held.pop()
    if state.aside is not None:
        state.aside.edit = None
