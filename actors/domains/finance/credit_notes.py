"""Handlers of what goes back: goods of returns at cost, credit notes, refunds, disputes."""

from __future__ import annotations

from msgspec import structs

from contracts.accounts import DISPUTES, sub
from contracts.decision import Decision
from contracts.entities import entity_of_book, entity_of_location
from contracts.gift_cards import GiftCardCancelled, GiftCardCredited, GiftCardIssued, GiftCardRedeemed
from contracts.refunds import CreditNoteIssued, Dispute, IssueCreditNote, RefundMade, ValueReturn
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from . import exchange, intercompany
from .model import BookState
from .posting import Document, post
from .rules import adjustments, returns, sales, settlement
from .sales import cleared_with
from .settlement import found_late


def _issue(state: BookState, message: Message, at: int) -> Decision:
    command: IssueCreditNote = message.body
    decision = Decision()
    number = state.next_credit_note
    net = sum([line.net_minor for line in command.lines])
    tax = sum([line.tax_minor for line in command.lines])
    payable = net + tax - command.fee_minor
    if payable <= 0:
        raise ValueError(f"a credit note over {payable} for return {command.return_id}")
    decision.event(
        CreditNoteIssued(
            command.order_id, command.book, number, command.return_id, command.currency, payable, tax
        )
    )
    entries = returns.credit_note(
        net_minor=net,
        tax_minor=tax,
        jurisdiction=command.jurisdiction,
        discount_minor=sum([line.discount_minor for line in command.lines]),
        fee_minor=command.fee_minor,
    )
    document = Document(command.book, command.order_id, f"credit note {number}", command.currency)
    post(state, decision, document, "credit_note", entries, at)
    return decision


def _value(state: BookState, message: Message, at: int) -> Decision:
    command: ValueReturn = message.body
    decision = Decision()
    if entity_of_location(command.location).book != command.book:
        intercompany.take_back(state, decision, command, at)
        return decision
    # At cost, which is in the book's own currency, whatever was paid.
    base = entity_of_book(command.book).base_currency
    document = Document(command.book, command.order_id, command.reference, base)
    intercompany.post_return(state, decision, document, command, at)
    return decision


def _refunded(state: BookState, message: Message, at: int) -> Decision:
    fact: RefundMade = message.body
    decision = Decision()
    if exchange.is_exchanged(fact):
        exchange.refunded(state, decision, fact, at)
    else:
        document = Document(fact.book, fact.order_id, f"refund {fact.refund_id}", fact.currency)
        post(state, decision, document, "refund", returns.refund_paid(fact.provider, fact.amount_minor), at)
    if state.suspense:
        found_late(state, decision, at)
    return decision


def _card_document(
    fact: GiftCardIssued | GiftCardRedeemed | GiftCardCredited | GiftCardCancelled,
) -> Document:
    return Document(fact.book, fact.order_id, f"gift card {fact.card_id} {fact.effect_key}", fact.currency)


def _card_sold(state: BookState, message: Message, at: int) -> Decision:
    """Of one that an order has sold the capture is posted, and with it what is owed on the card."""
    fact: GiftCardIssued = message.body
    decision = Decision()
    if not fact.provider:
        return decision
    entries = sales.gift_card_sold(fact.provider, fact.amount_minor)
    post(state, decision, _card_document(fact), "gift_card_sold", entries, at)
    return decision


def _card_redeemed(state: BookState, message: Message, at: int) -> Decision:
    fact: GiftCardRedeemed = message.body
    decision = Decision()
    entries = sales.gift_card_redeemed(fact.amount_minor)
    post(state, decision, _card_document(fact), "gift_card_redeemed", entries, at)
    cleared_with(state, decision, fact.order_id, fact.book, fact.amount_minor)
    return decision


def _card_cancelled(state: BookState, message: Message, at: int) -> Decision:
    fact: GiftCardCancelled = message.body
    decision = Decision()
    entries = returns.gift_card_cancelled(fact.amount_minor)
    post(state, decision, _card_document(fact), "gift_card_cancelled", entries, at)
    return decision


def _card_credited(state: BookState, message: Message, at: int) -> Decision:
    fact: GiftCardCredited = message.body
    decision = Decision()
    entries = returns.refund_to_gift_card(fact.amount_minor)
    post(state, decision, _card_document(fact), "refund_to_gift_card", entries, at)
    return decision


def _document(dispute: Dispute) -> Document:
    """In the currency in which the provider takes it: what the shopper paid is paid, and is owed by nobody."""
    currency = dispute.settled_currency or dispute.currency
    return Document(dispute.book, dispute.order_id, f"dispute {dispute.dispute_id}", currency)


def _amounts(dispute: Dispute) -> tuple[int, int]:
    """(what it moves now, what it took at first)."""
    if not dispute.settled_currency:
        return dispute.amount_minor, dispute.amount_minor
    return dispute.settled_minor, dispute.taken_minor


def _opened(state: BookState, message: Message, at: int) -> Decision:
    fact: Dispute = message.body
    decision = Decision()
    entries = settlement.dispute_opened(fact.provider, _amounts(fact)[0], fact.fee_minor)
    post(state, decision, _document(fact), "dispute_opened", entries, at)
    if state.suspense:
        found_late(state, decision, at)
    return decision


def _won(state: BookState, message: Message, at: int) -> Decision:
    fact: Dispute = message.body
    decision = Decision()
    back, taken = _amounts(fact)
    document = _document(fact)
    post(state, decision, document, "dispute_won", settlement.dispute_won(fact.provider, back), at)
    if back != taken:
        # The rate has moved while the bank had it.
        exchanged = structs.replace(document, reference=f"exchange of {document.reference}")
        entries = adjustments.exchange(sub(DISPUTES, fact.provider), back - taken)
        post(state, decision, exchanged, "exchange", entries, at)
    if state.suspense:
        found_late(state, decision, at)
    return decision


def _lost(state: BookState, message: Message, at: int) -> Decision:
    fact: Dispute = message.body
    decision = Decision()
    entries = settlement.dispute_lost(fact.provider, _amounts(fact)[1])
    post(state, decision, _document(fact), "dispute_lost", entries, at)
    return decision


def _fold_issued(state: BookState, body: CreditNoteIssued) -> None:
    state.next_credit_note = body.number + 1


HANDLERS: dict[str, Handler] = {
    "finance.issue_credit_note": _issue,
    "finance.value_return": _value,
    "payment.refunded": _refunded,
    "gift_card.issued": _card_sold,
    "gift_card.redeemed": _card_redeemed,
    "gift_card.cancelled": _card_cancelled,
    "gift_card.credited": _card_credited,
    "payment.dispute_opened": _opened,
    "payment.dispute_won": _won,
    "payment.dispute_lost": _lost,
}

FOLDS: dict[str, Fold] = {"credit_note.issued": _fold_issued}
