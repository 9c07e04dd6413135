"""Handlers of deposits: held when they are captured, applied to the first invoices, owed again where there is none."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.deposits import DepositHeld, ReturnDeposit
from contracts.partners import PaymentCaptured
from contracts.turn import Message

from ...runtime.actor import Handler
from .model import BookState
from .posting import Document, post
from .rules import sales


def taken(
    state: BookState, decision: Decision, document: Document, fact: PaymentCaptured, owed_minor: int, at: int
) -> int:
    """A deposit is captured: hold it. What an invoice asks for already it pays at once; how much that is."""
    post(state, decision, document, "deposit", sales.deposit(fact.provider, fact.amount_minor), at)
    decision.event(
        DepositHeld(
            fact.order_id, fact.book, fact.provider, fact.capture_id, fact.currency, fact.amount_minor
        )
    )
    applied = min(fact.amount_minor, max(0, owed_minor))
    post(state, decision, document, "deposit_applied", sales.deposit_applied(applied), at)
    return applied


def applied(
    state: BookState, decision: Decision, document: Document, held_minor: int, gross_minor: int, at: int
) -> int:
    """An invoice of an order that has paid a deposit: what is held pays it, as far as it goes; how much that is."""
    amount = min(held_minor, gross_minor)
    post(state, decision, document, "deposit_applied", sales.deposit_applied(amount), at)
    return amount


def _return(state: BookState, message: Message, at: int) -> Decision:
    command: ReturnDeposit = message.body
    decision = Decision()
    amount = min(command.amount_minor, state.deposits.get(command.order_id, 0))
    reference = f"deposit {command.capture_id}"
    document = Document(command.book, command.order_id, reference, command.currency)
    post(state, decision, document, "deposit_returned", sales.deposit_returned(amount), at)
    return decision


HANDLERS: dict[str, Handler] = {"finance.return_deposit": _return}
