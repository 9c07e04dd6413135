"""/v1/orders/{id}/gift-cards: a gift card that an order has sold is given back while nothing of it is used."""

from __future__ import annotations

from quart import Response, request

from actors.domains.orders.model import OrderState
from contracts.gift_cards import CancelGiftCard
from contracts.http import CancellationSubmission
from contracts.http_answers_orders import GiftCardBack
from contracts.orders import SoldCard

from ..admission import Principal, idempotency_key
from ..bodies import read_optional
from ..door import Gateway, Route, call_of, response_of
from ..problems import Problem


async def give_back(gateway: Gateway, principal: Principal, order_id: str, line_id: str) -> Response:
    """Take it back: 202, and what was paid for it is refunded; 409 where it is used or kept for an order."""

    def sold(state: OrderState, version: int) -> SoldCard | None:
        cards = state.order.gift_cards if state.order is not None else ()
        return next((card for card in cards if card.line_id == line_id), None)

    card = await gateway.system.read("orders", order_id, sold)
    if card is None:
        raise Problem("not-found", "there is no such order, or it sells no such gift card")
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
    return response_of(await gateway.system.submit(call))


ROUTES = (
    Route(
        "POST", "/v1/orders/<order_id>/gift-cards/<line_id>/refunds", "refunds:write", give_back, owner="finance",
        body=CancellationSubmission, body_optional=True, needs="K", answers={202: GiftCardBack}, is_async=True,
        problems=("404 gift-card-not-found", "409 gift-card-used"),
    ),
)  # fmt: skip
