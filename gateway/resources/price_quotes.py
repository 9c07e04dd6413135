"""/v1/price-quotes: what lines cost now, held for an order that names the quote."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from quart import Response

from actors.domains.inventory.catalog_model import PriceListState
from actors.domains.inventory.quotes_model import total_minor
from contracts.channels import CHANNELS, PRICE_LISTS, channel_of
from contracts.http import FieldError, QuoteSubmission, time_of
from contracts.http_answers_orders import QuoteAnswer, QuoteMade
from contracts.money import EXPONENTS
from contracts.quotes import AskedLine, MakeQuote

from ..admission import Principal, idempotency_key
from ..asked import request
from ..bodies import read_body, read_contract
from ..door import Gateway, Route, call_of, json_response, response_of
from ..problems import Problem

_QUOTE_ID = re.compile("quo_[a-z2-7]{26}")


async def make(gateway: Gateway, principal: Principal) -> Response:
    """Ask for a quote: 201 with its id and its last moment, 422 where a line has no price."""
    idempotency_key(request)
    body = await read_body(request)
    asked = _read(body)
    row = CHANNELS[asked.channel]
    lines = tuple([AskedLine(line.sku, line.quantity) for line in asked.lines])
    command = MakeQuote(row.price_list, asked.channel, asked.currency, row.quote_valid_ms, lines)
    call = call_of(
        principal, "/v1/price-quotes", body, to="catalog", key=row.price_list, command=command,
        subject=f"quote {idempotency_key(request)}",
    )  # fmt: skip
    return response_of(await gateway.system.submit(call))


def _read(body: bytes) -> QuoteSubmission:
    """Raises Problem naming every bad field."""
    asked, tree, errors = read_contract(body, QuoteSubmission)
    if isinstance(tree, dict):
        wrong = {error.pointer for error in errors}
        if "channel" in tree and "/channel" not in wrong and channel_of(tree["channel"]) is None:
            errors.append(FieldError("/channel", "unknown-channel", f"known are {', '.join(CHANNELS)}"))
        if "currency" in tree and "/currency" not in wrong and tree["currency"] not in EXPONENTS:
            errors.append(FieldError("/currency", "unknown-currency", f"known are {', '.join(EXPONENTS)}"))
    if errors or asked is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    return asked


async def look(gateway: Gateway, principal: Principal, quote_id: str) -> Response:
    """The quote, and whether it still holds. A day after its end it is forgotten."""
    now = gateway.system.engine.now()
    if _QUOTE_ID.fullmatch(quote_id) is not None:
        for price_list in PRICE_LISTS:
            shown = await gateway.system.read(
                "catalog", price_list, lambda state, _: _render(state, quote_id, now)
            )
            if shown is not None:
                etag = f"{quote_id}-{shown['status']}"
                return json_response(200, shown, etag=etag)
    raise Problem("not-found", "there is no such quote")


def _render(state: PriceListState, quote_id: str, now: int) -> dict[str, Any] | None:
    quote = state.quotes.get(quote_id)
    if quote is None:
        return None
    return {
        "quote_id": quote_id,
        "status": "used" if quote.used_by else "live" if now < quote.expires_ms else "expired",
        "order_id": quote.used_by or None,
        "channel": quote.channel,
        "currency": quote.currency,
        "lines": [msgspec.structs.asdict(line) for line in quote.lines],
        "total_minor": total_minor(quote.lines),
        "expires_at": time_of(quote.expires_ms),
    }


ROUTES = (
    Route(
        "POST", "/v1/price-quotes", "pricing:quote", make, owner="pricing", body=QuoteSubmission, needs="K",
        answers={201: QuoteMade}, gives=("location",), problems=("422 unpriceable",),
    ),
    Route(
        "GET", "/v1/price-quotes/<quote_id>", "pricing:read", look, owner="pricing", gives=("etag",),
        answers={200: QuoteAnswer, 304: None},
    ),
)  # fmt: skip
