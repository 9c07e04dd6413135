"""Handlers of exchange rates, and what is settled in another currency than it was invoiced or credited in.

Such money is posted in both currencies, through currency clearing: what is paid for leaves it in the one, what the
provider owes comes to it in the other. Its worth when it was invoiced is kept with the receivable; what the provider
gives more or less is gained or lost, in the book's own currency.
"""

from __future__ import annotations

from msgspec import structs

from contracts.accounts import CURRENCY_CLEARING
from contracts.decision import Decision
from contracts.entities import entity_of_book
from contracts.finance import Entry
from contracts.fx import ExchangeRate, ImportRates, RatesImported, convert
from contracts.ids import digest128
from contracts.money import EXPONENTS
from contracts.partners import ExceptionOpened, PaymentCaptured
from contracts.refunds import RefundMade
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .model import BookState, rate_e9
from .posting import Document, post
from .rules import adjustments

# So many rates of a currency are kept: of a daily one, two months.
RATES_AT_MOST = 60
_NEVER = (1 << 63, 0)


def is_exchanged(fact: PaymentCaptured | RefundMade) -> bool:
    """Whether the provider settles it in another currency."""
    return fact.settled_currency not in ("", fact.currency)


def rate_of_invoice(state: BookState, book: str, currency: str, at_ms: int) -> int:
    """What an invoice's currency is worth when it is issued; 0 in the book's own."""
    return 0 if currency == entity_of_book(book).base_currency else rate_e9(state, currency, at_ms)


def captured(state: BookState, decision: Decision, fact: PaymentCaptured, rate: int, at: int) -> None:
    """Money taken for what was invoiced at a rate."""
    reference = f"capture {fact.capture_id}"
    entries = adjustments.capture_exchanged(fact.amount_minor)
    post(state, decision, _document(fact, reference, fact.currency), "capture_exchanged", entries, at)
    settled = adjustments.exchanged(fact.provider, fact.settled_minor)
    _exchange(state, decision, fact, reference, settled, rate, 1, at)


def refunded(state: BookState, decision: Decision, fact: RefundMade, at: int) -> None:
    """Money given back, worth what it is now."""
    reference = f"refund {fact.refund_id}"
    entries = adjustments.refund_exchanged(fact.amount_minor)
    post(state, decision, _document(fact, reference, fact.currency), "refund_exchanged", entries, at)
    settled = adjustments.exchanged(fact.provider, -fact.settled_minor)
    _exchange(state, decision, fact, reference, settled, rate_e9(state, fact.currency, at), -1, at)


def _exchange(
    state: BookState, decision: Decision, fact: PaymentCaptured | RefundMade, reference: str,
    settled: tuple[Entry, ...], rate: int, sign: int, at: int,
) -> None:  # fmt: skip
    post(state, decision, _document(fact, reference, fact.settled_currency), "exchanged", settled, at)
    base = entity_of_book(fact.book).base_currency
    if not rate or fact.settled_currency != base:
        detail = f"{reference}: {fact.amount_minor} {fact.currency} for {fact.settled_minor} {fact.settled_currency}"
        exception_id = "exc_" + digest128("exchange-rate-missing", reference)
        decision.event(ExceptionOpened(exception_id, "exchange-rate-missing", fact.order_id, detail))
        return
    gain = sign * (fact.settled_minor - convert(fact.amount_minor, rate, fact.currency, base))
    entries = adjustments.exchange(CURRENCY_CLEARING, gain)
    post(state, decision, _document(fact, f"exchange of {reference}", base), "exchange", entries, at)


def _document(fact: PaymentCaptured | RefundMade, reference: str, currency: str) -> Document:
    return Document(fact.book, fact.order_id, reference, currency)


def _import(state: BookState, message: Message, at: int) -> Decision:
    command: ImportRates = message.body
    decision = Decision()
    base = entity_of_book(command.book).base_currency
    news: dict[tuple[str, int], ExchangeRate] = {}
    for one in command.rates:
        if one.rate_e9 <= 0 or one.currency not in EXPONENTS or one.currency == base:
            continue
        place = (one.currency, one.effective_at_ms)
        # What nobody dates is said now.
        told = structs.replace(one, changed_at_ms=one.changed_at_ms or at)
        before = news.get(place)
        rank, rate = (
            _known(state, *place)
            if before is None
            else ((before.changed_at_ms, before.version), before.rate_e9)
        )
        new = (told.changed_at_ms, told.version)
        if new > rank or (new == rank and told.rate_e9 != rate):
            news[place] = told
    if news:
        decision.event(RatesImported(command.book, tuple(news.values())))
    return decision


def _known(state: BookState, currency: str, since: int) -> tuple[tuple[int, int], int]:
    """Which change the rate of an instant stands at, and the rate. What is older than all that are kept is not news."""
    rates = state.rates.get(currency, [])
    for known in rates:
        if known[0] == since:
            return known[2:], known[1]
    return (_NEVER if len(rates) >= RATES_AT_MOST and since < rates[0][0] else (0, 0)), 0


def _fold_imported(state: BookState, body: RatesImported) -> None:
    for one in body.rates:
        others = [known for known in state.rates.get(one.currency, ()) if known[0] != one.effective_at_ms]
        told = (one.effective_at_ms, one.rate_e9, one.changed_at_ms, one.version)
        state.rates[one.currency] = sorted([*others, told])[-RATES_AT_MOST:]


HANDLERS: dict[str, Handler] = {"finance.import_rates": _import}

FOLDS: dict[str, Fold] = {"exchange_rate.imported": _fold_imported}
