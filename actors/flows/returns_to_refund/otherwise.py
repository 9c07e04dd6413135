"""What of a credit nobody could be refunded: it stays owed, a person is told, and pays it onto a gift card.

Refunds payable have the amount until it is paid; with the last of it the return is closed, and nobody needs to look.
"""

from __future__ import annotations

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.gift_cards import CreditGiftCard
from contracts.ids import digest128, effect_key_of
from contracts.partners import ExceptionOpened
from contracts.refunds import CreditOwed, PayCredit, RefundRequested
from contracts.returns import SaleTold
from contracts.turn import Message
from contracts.worklist import EndException

from .state import REFUNDING, Case, FlowState, owed_minor


def owe(
    decision: Decision,
    state: FlowState,
    message: Message,
    category: str,
    return_id: str,
    amount_minor: int,
    why: str,
) -> None:
    """So much could not be paid: a person is told."""
    exception_id = "exc_" + digest128(category, message.id)
    decision.event(ExceptionOpened(exception_id, category, message.key, f"return {return_id}: {why}"))
    case = state.cases.get(return_id)
    if case is not None:
        currency = _money_of(state, case)[1]
        decision.event(CreditOwed(message.key, return_id, exception_id, category, amount_minor, currency))


def _money_of(state: FlowState, case: Case) -> tuple[str, str]:
    """(book, currency) of a return's credit."""
    if case.card_id or state.sale is None:
        return case.book, case.currency
    return state.sale.book, state.sale.currency


def onto_card(
    decision: Decision,
    message: Message,
    return_id: str,
    card_id: str,
    amount: int,
    sale: SaleTold,
    ordinal: int,
) -> None:
    """The order's n-th refund goes onto a gift card."""
    _credit(decision, message, return_id, card_id, amount, (sale.book, sale.currency), ordinal)


def _credit(
    decision: Decision,
    message: Message,
    return_id: str,
    card_id: str,
    amount: int,
    money: tuple[str, str],
    ordinal: int,
) -> None:
    key = effect_key_of(message.tenant, "gift_cards", "credit", message.key, ordinal)
    decision.event(RefundRequested(message.key, return_id, key, card_id, amount, money[1]))
    credit = CreditGiftCard(card_id, message.key, key, *money, amount, return_id)
    decision.say("gift_cards", card_id, message.key, credit)


def pay(state: FlowState, message: Message, at: int) -> Decision:
    """returns.pay_credit: all that is owed of it, and no more; what is under way at a provider may still be paid."""
    command: PayCredit = message.body
    decision = Decision()
    case = state.cases.get(command.return_id)
    owed = owed_minor(state, command.return_id, case) if case is not None and case.step == REFUNDING else 0
    if case is None or not case.owed or owed <= 0:
        path = f"/v1/returns/{command.return_id}/credit-payments"
        return refuse(decision, message, "nothing-owed", "nothing of its credit is left to be paid", path)
    money = _money_of(state, case)
    _credit(decision, message, command.return_id, command.card_id, owed, money, len(state.refunds))
    told = {
        "return_id": command.return_id,
        "card_id": command.card_id,
        "amount_minor": owed,
        "currency": money[1],
    }
    decision.answer(message.reply_to, done(told, 202))
    return decision


def end(decision: Decision, state: FlowState, order_id: str, return_id: str) -> None:
    """All of it is paid."""
    case = state.cases.get(return_id)
    for category, id_ in case.owed if case is not None else ():
        over = EndException(id_, category, order_id, "returns_to_refund", "corrected", "all of it is paid")
        decision.say("exceptions", id_, order_id, over)
