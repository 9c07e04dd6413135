"""`returns_to_refund`: check, credit, refund. One writer an order, so that its returns share what was shipped.

The goods are the business of `returns`; here is decided how many may come back, what they are worth, and from
which captures that is paid.
"""

from __future__ import annotations

from contracts.decision import Decision
from contracts.deposits import DEPOSIT
from contracts.gift_cards import (
    GiftCardCancelled,
    GiftCardCredited,
    GiftCardRefused,
    sold_for,
)
from contracts.ids import digest128, effect_key_of
from contracts.partners import ExceptionOpened
from contracts.ports import port_of
from contracts.refunds import (
    CapturesTold,
    CreditNoteIssued,
    IssueCreditNote,
    RefundFailed,
    RefundMade,
    RefundPayment,
    RefundRequested,
    TellCaptures,
)
from contracts.returns import (
    CardPaid,
    CheckReturn,
    CloseReturn,
    LetReturnGo,
    ReturnableLine,
    ReturnAllowed,
    ReturnDenied,
    ReturnInspected,
    SaleTold,
    TellOrder,
)
from contracts.turn import URGENT, Address, Message

from ...runtime.actor import ActorSpec
from . import amounts, goods, lost, otherwise
from . import state as folds
from .state import CHECKING, CREDITING, OPEN, REFUNDING, FlowState

NAME = "returns_to_refund"
_PAYMENTS = port_of("payments.refund")


def _me(message: Message) -> Address:
    return Address(NAME, message.key, message.key)


def _check(state: FlowState, message: Message, at: int) -> Decision:
    command: CheckReturn = message.body
    decision = Decision()
    if command.return_id not in state.cases:
        decision.took(message)
        ask = TellOrder(command.order_id, command.return_id)
        decision.say("orders", message.key, message.key, ask, reply_to=_me(message))
    return decision


def _told(state: FlowState, message: Message, at: int) -> Decision:
    sale: SaleTold = message.body
    decision = Decision()
    case = state.cases.get(sale.return_id)
    if case is None and sale.return_id in state.lost:
        lost.sold(decision, state, message, _me(message))
    if case is None or case.step != CHECKING:
        return decision
    asker = Address("returns", sale.return_id, message.key)
    denied: tuple[str, str] | None = (sale.status, f"the order is {sale.status}")
    if sale.status == "sold":
        decision.took(message)
        denied = amounts.denial(sale.lines, folds.units_back(state), case.lines)
    if denied is not None:
        index = decision.event(ReturnDenied(sale.return_id, sale.order_id, *denied))
    else:
        skus = {line.line_id: line.sku for line in sale.lines}
        lines = tuple([ReturnableLine(one.line_id, skus[one.line_id], one.quantity) for one in case.lines])
        index = decision.event(ReturnAllowed(sale.return_id, sale.order_id, sale.pool, sale.location, lines))
    decision.answer_with_event(asker, index)
    return decision


def _let_go(state: FlowState, message: Message, at: int) -> Decision:
    command: LetReturnGo = message.body
    decision = Decision()
    if command.return_id in state.cases:
        decision.took(message)
    return decision


def _inspected(state: FlowState, message: Message, at: int) -> Decision:
    fact: ReturnInspected = message.body
    decision = Decision()
    case, sale = state.cases.get(fact.return_id), state.sale
    if case is None or case.step != OPEN or sale is None:
        return decision
    decision.took(message)
    placed = amounts.placed_costs_minor(sale.lines, fact.lines, sale.location)
    for location, costs in placed.items():
        # A posting for each place, and no two of the same name.
        where = f" {location}" if len(placed) > 1 else ""
        goods.value(decision, sale, f"return {fact.return_id}{where}", location, (0, *costs))
    lines = amounts.credit_lines(sale.lines, state.taken, fact.lines)
    gross = amounts.gross_minor(lines)
    fee = amounts.fee_minor(gross, case.fee_bp)
    if gross > fee:
        note = IssueCreditNote(
            sale.order_id, sale.book, fact.return_id, sale.currency, sale.jurisdiction, lines, fee
        )
        decision.say("finance", sale.book, sale.order_id, note)
    else:
        # Everything was refused, or cost nothing: a credit note over nothing is none.
        _close(decision, state, message, fact.return_id, "nothing-to-credit")
    return decision


def _close(decision: Decision, state: FlowState, message: Message, return_id: str, reason: str) -> None:
    command = CloseReturn(return_id, message.key, reason)
    decision.event(command)
    if not return_id.startswith(folds.CARD):
        decision.say("returns", return_id, message.key, command)
    lost.end(decision, state, message.key, return_id)
    otherwise.end(decision, state, message.key, return_id)


def _credited(state: FlowState, message: Message, at: int) -> Decision:
    fact: CreditNoteIssued = message.body
    decision = Decision()
    case = state.cases.get(fact.return_id)
    if case is not None and case.step == CREDITING:
        decision.took(message)
        if case.refund_to:
            _credit_card(decision, state, message, fact, case.refund_to)
            return decision
        ask = TellCaptures(fact.order_id, fact.return_id)
        decision.say("payments", message.key, message.key, ask, reply_to=_me(message))
    return decision


def _credit_card(
    decision: Decision, state: FlowState, message: Message, note: CreditNoteIssued, card_id: str
) -> None:
    sale = state.sale
    assert sale is not None
    otherwise.onto_card(
        decision, message, note.return_id, card_id, note.payable_minor, sale, len(state.refunds)
    )


def _card_credited(state: FlowState, message: Message, at: int) -> Decision:
    fact: GiftCardCredited = message.body
    decision = Decision()
    asked = folds.refund_of(state, fact.return_id, fact.card_id)
    if asked is not None and asked.status == "asked":
        decision.took(message)
        _close_if_paid(decision, state, message, fact.return_id, fact.amount_minor)
    return decision


def _close_if_paid(
    decision: Decision, state: FlowState, message: Message, return_id: str, amount_minor: int
) -> None:
    """The return is closed when an amount that has just been paid was the last of its credit."""
    case = state.cases.get(return_id)
    if case is None:
        return
    done = sum(
        one.amount_minor for one in state.refunds if one.return_id == return_id and one.status == "done"
    )
    if done + amount_minor == case.payable_minor:
        _close(decision, state, message, return_id, "refunded")


def _card_cancelled(state: FlowState, message: Message, at: int) -> Decision:
    """gift_card.cancelled: what was paid for it goes back to where it came from."""
    fact: GiftCardCancelled = message.body
    decision = Decision()
    decision.took(message)
    ask = TellCaptures(fact.order_id, folds.case_of(fact))
    decision.say("payments", message.key, message.key, ask, reply_to=_me(message))
    return decision


def _card_refused(state: FlowState, message: Message, at: int) -> Decision:
    fact: GiftCardRefused = message.body
    decision = Decision()
    asked = folds.refund_of(state, fact.return_id, fact.card_id)
    if asked is not None and asked.status == "asked":
        decision.took(message)
        why = f"gift card: {fact.code}"
        otherwise.owe(decision, state, message, "refund-failed", fact.return_id, asked.amount_minor, why)
    return decision


def _captures_told(state: FlowState, message: Message, at: int) -> Decision:
    told: CapturesTold = message.body
    decision = Decision()
    case, sale = state.cases.get(told.return_id), state.sale
    asked_before = any(one.return_id == told.return_id for one in state.refunds)
    if case is None or case.step != REFUNDING or asked_before:
        return decision
    order_id, left, asked = message.key, case.payable_minor, folds.asked_minor(state)
    # What paid for a gift card goes back with that card, and for no goods.
    captures = [one for one in told.captures if sold_for(one.purpose) == case.card_id]
    if case.card_id:
        paid = amounts.refunds(captures, asked, left)
        sale = SaleTold(order_id, told.return_id, "sold", case.book, currency=case.currency)
    elif sale is not None:
        paid = amounts.refunds(captures, asked, left, sale.cards, sale.refund_by)
    else:
        return decision
    for ordinal, (capture, amount) in enumerate(paid, start=len(state.refunds)):
        left -= amount
        if isinstance(capture, CardPaid):
            otherwise.onto_card(decision, message, told.return_id, capture.card_id, amount, sale, ordinal)
            continue
        key = effect_key_of(message.tenant, "payments", "refund", order_id, ordinal)
        decision.event(
            RefundRequested(order_id, told.return_id, key, capture.capture_id, amount, sale.currency)
        )
        refund = RefundPayment(
            order_id,
            key,
            capture.provider,
            capture.capture_id,
            amount,
            sale.currency,
            sale.book,
            told.return_id,
        )
        decision.say(_PAYMENTS, order_id, order_id, refund, lane=URGENT)
    if left and sale.card_id and not sale.cards:
        # Nobody knows any more what the card paid: what no capture has left was paid with it.
        otherwise.onto_card(
            decision, message, told.return_id, sale.card_id, left, sale, len(state.refunds) + len(paid)
        )
    elif left:
        why = f"no capture has {left} of its credit left"
        otherwise.owe(decision, state, message, "refund-short", told.return_id, left, why)
    return decision


def _except(decision: Decision, message: Message, category: str, detail: str) -> None:
    exception_id = "exc_" + digest128(category, message.id)
    decision.event(ExceptionOpened(exception_id, category, message.key, detail))


def _refunded(state: FlowState, message: Message, at: int) -> Decision:
    fact: RefundMade = message.body
    decision = Decision()
    asked = folds.refund_of(state, fact.return_id, fact.capture_id)
    if asked is None and fact.return_id == DEPOSIT:
        return decision
    if asked is None:
        detail = f"{fact.refund_id} over {fact.amount_minor}, which no return asked for"
        _except(decision, message, "refund-unasked", detail)
        return decision
    if asked.status == "done":
        return decision
    decision.took(message)
    _close_if_paid(decision, state, message, fact.return_id, fact.amount_minor)
    return decision


def _refund_failed(state: FlowState, message: Message, at: int) -> Decision:
    fact: RefundFailed = message.body
    decision = Decision()
    asked = folds.refund_of(state, fact.return_id, fact.capture_id)
    if asked is not None and asked.status == "asked":
        decision.took(message)
    elif fact.return_id != DEPOSIT:
        return decision
    why = f"{fact.amount_minor} of {fact.capture_id}: {fact.reason}"
    otherwise.owe(decision, state, message, "refund-failed", fact.return_id, fact.amount_minor, why)
    return decision


RETURNS_TO_REFUND = ActorSpec(
    NAME,
    lambda key: FlowState(),
    {
        "returns.check": _check,
        "flow.sale_told": _told,
        "returns.let_go": _let_go,
        "return.received": goods.received,
        "shipment.lost": lost.told(_me),
        "inventory.allocated": lost.allocated,
        "fulfillment.not_sent_again": lost.not_sent,
        "return.inspected": _inspected,
        "credit_note.issued": _credited,
        "payments.captures_told": _captures_told,
        "payment.refunded": _refunded,
        "payment.refund_failed": _refund_failed,
        "gift_card.credited": _card_credited,
        "gift_card.cancelled": _card_cancelled,
        "gift_card.refused": _card_refused,
        "returns.pay_credit": otherwise.pay,
    },
    {
        "returns.check": folds.fold_check,
        "shipment.lost": lost.fold_told,
        "inventory.allocated": lost.fold_allocated,
        "flow.sale_told": folds.fold_sale,
        "returns.allowed": folds.fold_allowed,
        "returns.denied": folds.fold_denied,
        "returns.let_go": folds.fold_let_go,
        "return.inspected": folds.fold_inspected,
        "credit_note.issued": folds.fold_credited,
        "payment.refund_requested": folds.fold_requested,
        "payment.refunded": folds.fold_refunded,
        "payment.refund_failed": folds.fold_failed,
        "gift_card.credited": folds.fold_card_credited,
        "gift_card.cancelled": folds.fold_card_cancelled,
        "gift_card.refused": folds.fold_card_refused,
        "payment.refund_owed": folds.fold_owed,
        "returns.close": folds.fold_closed,
    },
)
