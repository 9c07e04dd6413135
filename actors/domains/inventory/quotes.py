"""What the price list does about quotes: makes them, prices orders by them once, forgets them."""

from __future__ import annotations

import msgspec

from contracts.answers import refuse_all
from contracts.decision import Decision
from contracts.http import time_of
from contracts.ids import digest128
from contracts.inventory import LineProblem, OrderPriced, OrderUnpriceable
from contracts.platform import Answer
from contracts.quotes import MakeQuote, PriceByQuote, PriceQuoted, QuotesForgotten, QuoteUsed
from contracts.turn import Message

from ...runtime.actor import Fold, Handler
from .catalog_model import PriceListState, price
from .quotes_model import KEPT_MS, Quote, forgettable, next_ms, offered, refusal, total_minor

TIMER = "quotes"
_PATH = "/v1/price-quotes"
_WHY = {"unknown-sku": "the price list has no such SKU", "other-currency": "its price is in another currency"}


def _make(state: PriceListState, message: Message, at: int) -> Decision:
    command: MakeQuote = message.body
    decision = Decision()
    lines, wrong = offered(state.rows, command)
    if wrong:
        told = {f"/lines/{n}/sku": _WHY[code] for n, code in wrong.items()}
        return refuse_all(decision, message, "unpriceable", told, _PATH, status=422)
    quote_id = "quo_" + digest128(message.tenant, message.id)
    made = PriceQuoted(
        quote_id, command.price_list, command.channel, command.currency, lines, at + command.valid_ms
    )
    decision.event(made)
    decision.answer(message.reply_to, _made(made, message.trace))
    if not state.quotes:
        # Where there are others their timer stands, and this one is looked at then.
        decision.set_timer(TIMER, TIMER, made.expires_ms + KEPT_MS)
    return decision


def _made(quote: PriceQuoted, trace: str) -> Answer:
    body = {
        "quote_id": quote.quote_id,
        "channel": quote.channel,
        "currency": quote.currency,
        "lines": [msgspec.structs.asdict(line) for line in quote.lines],
        "total_minor": total_minor(quote.lines),
        "expires_at": time_of(quote.expires_ms),
        "trace_id": trace,
    }
    headers = (("content-type", "application/json"), ("location", f"{_PATH}/{quote.quote_id}"))
    return Answer(201, headers, msgspec.json.encode(body))


def _price(state: PriceListState, message: Message, at: int) -> Decision:
    command: PriceByQuote = message.body
    decision = Decision()
    code = refusal(state.quotes, command)
    if code is not None and command.policy == "quote":
        refused = OrderUnpriceable(command.order_id, (LineProblem("", "", code),))
        decision.answer(message.reply_to, refused)
        return decision
    # What a quote holds needs no list price; without it the list decides.
    lines, wrong = price(
        state, command.lines, command.currency, trusted=code is None, tolerance_bp=command.tolerance_bp
    )
    if wrong:
        decision.answer(message.reply_to, OrderUnpriceable(command.order_id, wrong))
        return decision
    if code is None and not state.quotes[command.quote_id].used_by:
        decision.event(QuoteUsed(command.quote_id, command.order_id))
    decision.answer(message.reply_to, OrderPriced(command.order_id, lines))
    return decision


def _forget(state: PriceListState, message: Message, at: int) -> Decision:
    decision = Decision()
    old = forgettable(state.quotes, at)
    if old:
        decision.event(QuotesForgotten(message.key, old))
    due = next_ms(state.quotes, at)
    if due is not None:
        decision.set_timer(TIMER, TIMER, due)
    return decision


def _fold_quoted(state: PriceListState, body: PriceQuoted) -> None:
    state.quotes[body.quote_id] = Quote(body.channel, body.currency, body.lines, body.expires_ms)


def _fold_used(state: PriceListState, body: QuoteUsed) -> None:
    state.quotes[body.quote_id].used_by = body.order_id


def _fold_forgotten(state: PriceListState, body: QuotesForgotten) -> None:
    for quote_id in body.quote_ids:
        del state.quotes[quote_id]


HANDLERS: dict[str, Handler] = {
    "catalog.make_quote": _make,
    "catalog.price_by_quote": _price,
    f"timer.{TIMER}": _forget,
}
FOLDS: dict[str, Fold] = {
    "price.quoted": _fold_quoted,
    "price.quote_used": _fold_used,
    "price.quotes_forgotten": _fold_forgotten,
}
