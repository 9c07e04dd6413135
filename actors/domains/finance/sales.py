"""Handlers of sales: an invoice for each shipment, with the cost of what left, and the money captured for it."""

from __future__ import annotations

import msgspec

from contracts.decision import Decision
from contracts.deposits import DEPOSIT
from contracts.entities import entity_of_book, entity_of_location
from contracts.finance import InvoiceIssued, IssueInvoice, ReceivableCleared, WriteOff
from contracts.gift_cards import GiftCardPaid, sold_for
from contracts.ids import digest128
from contracts.partners import ExceptionOpened, PaymentCaptured
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from . import deposits, exchange, intercompany, settlement
from .model import BookState, Receivable
from .posting import Document, post
from .rules import sales
from .rules import settlement as rules_of_settlement


def _issue(state: BookState, message: Message, at: int) -> Decision:
    command: IssueInvoice = message.body
    decision = Decision()
    number = state.next_invoice
    if 2 * abs(command.rounding_minor) > len(command.lines) + 1:
        raise ValueError(
            f"{command.rounding_minor} is more than half a minor unit for each of {len(command.lines)} lines"
        )
    known = state.open.get(command.order_id)
    if known is not None and known.currency not in ("", command.currency):
        raise ValueError(f"an invoice in {command.currency} for an order invoiced in {known.currency}")
    decision.event(
        InvoiceIssued(
            command.order_id,
            command.book,
            number,
            command.shipment_id,
            command.currency,
            sales.invoice_gross_minor(command),
            sales.invoice_tax_minor(command),
            sum([line.net_minor for line in command.lines]),
            command.shipping_net_minor,
            command.rounding_minor,
            len(command.lines),
            exchange.rate_of_invoice(state, command.book, command.currency, at),
        )
    )
    document = Document(
        command.book, command.order_id, f"invoice {number}", command.currency, command.document_at_ms
    )
    post(state, decision, document, "invoice", sales.invoice(command), at)
    if entity_of_location(command.location).book == command.book:
        # Goods cost what they cost in the book's own currency, whatever they are sold in.
        base = entity_of_book(command.book).base_currency
        if base != command.currency:
            document = Document(
                command.book, command.order_id, document.reference, base, command.document_at_ms
            )
        post(state, decision, document, "cost", sales.cost(command), at)
    else:
        cost = sales.cost_minor(command)
        intercompany.buy(state, decision, document, command.location, cost, at)
    if held := state.deposits.get(command.order_id):
        gross = sales.invoice_gross_minor(command)
        paid = deposits.applied(state, decision, document, held, gross, at)
        before = known or Receivable()
        captured = before.captured_minor + paid
        if captured >= before.invoiced_minor + gross > 0:
            decision.event(ReceivableCleared(command.order_id, command.book, captured))
    return decision


def _captured(state: BookState, message: Message, at: int) -> Decision:
    fact: PaymentCaptured = message.body
    decision = Decision()
    document = Document(fact.book, fact.order_id, f"capture {fact.capture_id}", fact.currency)
    receivable = state.open.get(fact.order_id) or Receivable()
    if receivable.currency not in ("", fact.currency):
        # What was taken in another currency than was invoiced clears nothing: a person finds out why.
        post(
            state,
            decision,
            document,
            "suspense",
            rules_of_settlement.suspense(fact.provider, fact.amount_minor),
            at,
        )
        category = "currency-mismatch"
        detail = f"{fact.capture_id} is in {fact.currency}, invoiced in {receivable.currency}"
        exception_id = "exc_" + digest128(category, fact.capture_id)
        decision.event(ExceptionOpened(exception_id, category, fact.order_id, detail))
        return decision
    amount = fact.amount_minor
    if card_id := sold_for(fact.purpose):
        document = msgspec.structs.replace(document, reason=f"gift card {card_id}")
        post(state, decision, document, "gift_card_sold", sales.gift_card_sold(fact.provider, amount), at)
        decision.event(
            GiftCardPaid(fact.order_id, fact.book, card_id, fact.capture_id, fact.currency, amount)
        )
        amount = 0
    elif fact.purpose == DEPOSIT:
        owed = receivable.invoiced_minor - receivable.captured_minor
        amount = deposits.taken(state, decision, document, fact, owed, at)
    elif exchange.is_exchanged(fact):
        exchange.captured(state, decision, fact, receivable.rate_e9, at)
    else:
        post(state, decision, document, "capture", sales.capture(fact.provider, amount), at)
    if state.suspense:
        settlement.found_late(state, decision, at)
    cleared_with(state, decision, fact.order_id, fact.book, amount)
    return decision


def cleared_with(state: BookState, decision: Decision, order_id: str, book: str, amount_minor: int) -> None:
    """An amount is taken for an order: say so if that was all that its invoices ask for."""
    receivable = state.open.get(order_id) or Receivable()
    captured = receivable.captured_minor + amount_minor
    if captured >= receivable.invoiced_minor > 0:
        decision.event(ReceivableCleared(order_id, book, captured))


def _write_off(state: BookState, message: Message, at: int) -> Decision:
    """A person has given up what an order owes. What is paid already needs nothing."""
    command: WriteOff = message.body
    decision = Decision()
    receivable = state.open.get(command.order_id)
    if receivable is None or receivable.invoiced_minor <= receivable.captured_minor:
        return decision
    owed = receivable.invoiced_minor - receivable.captured_minor
    document = Document(
        command.book,
        command.order_id,
        # What left after an order was written off is invoiced as well, and may have to be written off in its turn.
        f"write-off {command.order_id} to invoice {state.next_invoice - 1}",
        receivable.currency,
        by=command.by,
        reason=command.reason,
    )
    post(state, decision, document, "write_off", sales.written_off(owed), at)
    decision.event(ReceivableCleared(command.order_id, command.book, receivable.captured_minor, owed))
    return decision


def _fold_issued(state: BookState, body: InvoiceIssued) -> None:
    state.next_invoice = body.number + 1
    if body.gross_minor:
        receivable = state.open.setdefault(body.order_id, Receivable())
        receivable.invoiced_minor += body.gross_minor
        receivable.currency = body.currency
        receivable.rate_e9 = body.rate_e9


def _fold_cleared(state: BookState, body: ReceivableCleared) -> None:
    state.open.pop(body.order_id, None)


HANDLERS: dict[str, Handler] = {
    "finance.issue_invoice": _issue,
    "finance.write_off": _write_off,
    "payment.captured": _captured,
}

FOLDS: dict[str, Fold] = {"invoice.issued": _fold_issued, "receivable.cleared": _fold_cleared}
