"""/v1/orders/{id}/gift-cards: a gift card that an order has sold is given back while nothing of it is used."""

from __future__ import annotations

from quart import Response

from actors.domains.orders.model import OrderState
from contracts.gift_cards import CancelGiftCard
from contracts.http import CancellationSubmission
from contracts.http_answers_orders import GiftCardBack
from contracts.orders import SoldCard

from ..admission import Principal, idempotency_key
from ..approving import submit_or_ask
from ..asked import request
from ..bodies import read_optional
from ..door import Gateway, Route, call_of
from ..problems import Problem


async def give_back(gateway: Gateway, principal: Principal, order_id: str, line_id: str) -> Response:
    """Take it back: 202, and what was paid for it is refunded; 409 where it is used or kept for an order.

    Over the limit somebody else has to approve it.
    """

    def sold(state: OrderState, version: int) -> tuple[SoldCard, str] | None:
        order = state.order
        if order is None:
            return None
        return next(((card, order.currency) for card in order.gift_cards if card.line_id == line_id), None)

    found = await gateway.system.read("orders", order_id, sold)
    if found is None:
        raise Problem("not-found", "there is no such order, or it sells no such gift card")
    card, currency = found
    idempotency_key(request)
    body, asked = await read_optional(request, CancellationSubmission)
    call = call_of(
        principal,
        "/v1/orders/{order_id}/gift-cards/{line_id}/refunds",
        body,
        to="gift_cards",
        key=card.card_id,
        command=CancelGiftCard(card.card_id, order_id, principal.key_id, asked.reason),
        subject=order_id,
        sheddable=False,
    )
    response = await submit_or_ask(
        gateway, principal.client_id, call, "gift-card-refund", subject=f"{order_id}: {line_id}",
        reason=asked.reason, amount_minor=card.amount_minor, currency=currency,
    )  # fmt: skip
    if response.status_code < 300:
        response.headers.setdefault("location", f"/v1/gift-cards/{card.card_id}")
    return response


ROUTES = (
    Route(
        "POST", "/v1/orders/<order_id>/gift-cards/<line_id>/refunds", "refunds:write", give_back, owner="finance",
        body=CancellationSubmission, body_optional=True, needs="K", answers={202: GiftCardBack}, is_async=True,
        gives=("location",),
        problems=("404 gift-card-not-found", "409 gift-card-used"),
    ),
)  # fmt: skip
