"""`finance`: one writer a book. Gap-free invoice numbers, postings, and open receivables only."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.finance import Entry, InvoiceIssued, IssueInvoice, LedgerPosted, ReceivableCleared
from contracts.partners import PaymentCaptured
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from . import model
from .model import BookState, Receivable


def _post(
    state: BookState, decision: Decision, order_id: str, reference: str, step: str, currency: str,
    book: str, entries: tuple[Entry, ...],
) -> None:  # fmt: skip
    if not entries:
        return
    if not model.is_balanced(entries):
        raise ValueError(f"posting {step} of {reference} does not balance")
    # A posting that came to nothing took no number: count those this turn has made.
    made = sum(event.type == "ledger.posted" for event in decision.events)
    posting_id = f"{book}-{state.postings + made + 1}"
    decision.event(LedgerPosted(posting_id, book, order_id, reference, step, currency, entries))


def _issue(state: BookState, message: Message, at: int) -> Decision:
    command: IssueInvoice = message.body
    decision = Decision()
    number = state.next_invoice
    gross, tax = model.invoice_gross_minor(command), model.invoice_tax_minor(command)
    decision.event(
        InvoiceIssued(
            command.order_id, command.book, number, command.shipment_id, command.currency, gross, tax
        )
    )
    reference = f"invoice {number}"
    entries = model.invoice_entries(command)
    _post(state, decision, command.order_id, reference, "invoice", command.currency, command.book, entries)
    _post(
        state,
        decision,
        command.order_id,
        reference,
        "cost",
        command.currency,
        command.book,
        model.cost_entries(command),
    )
    return decision


def _captured(state: BookState, message: Message, at: int) -> Decision:
    fact: PaymentCaptured = message.body
    decision = Decision()
    reference = f"capture {fact.capture_id}"
    entries = model.capture_entries(fact.provider, fact.amount_minor)
    _post(state, decision, fact.order_id, reference, "capture", fact.currency, fact.book, entries)
    receivable = state.open.get(fact.order_id, Receivable())
    captured = receivable.captured_minor + fact.amount_minor
    if captured >= receivable.invoiced_minor > 0:
        decision.event(ReceivableCleared(fact.order_id, fact.book, captured))
    return decision


def _fold_issued(state: BookState, body: InvoiceIssued) -> None:
    state.next_invoice = body.number + 1
    if body.gross_minor:
        state.open.setdefault(body.order_id, Receivable()).invoiced_minor += body.gross_minor


def _fold_posted(state: BookState, body: LedgerPosted) -> None:
    state.postings += 1
    if body.step == "capture":
        amount = sum(entry.amount_minor for entry in body.entries if entry.side == "D")
        state.open.setdefault(body.order_id, Receivable()).captured_minor += amount


def _fold_cleared(state: BookState, body: ReceivableCleared) -> None:
    state.open.pop(body.order_id, None)


FINANCE = ActorSpec(
    "finance",
    lambda key: BookState(),
    {"finance.issue_invoice": _issue, "payment.captured": _captured},
    {
        "invoice.issued": _fold_issued,
        "ledger.posted": _fold_posted,
        "receivable.cleared": _fold_cleared,
    },
)
