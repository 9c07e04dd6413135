"""/v1/gift-cards: sold, and what is on them. A card's code is worth money: it is told to nobody, its id is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from quart import Response

from actors.domains.finance.gift_card_model import GiftCardState, balance_minor, free_minor
from contracts.channels import CHANNELS
from contracts.gift_cards import SellGiftCard
from contracts.http import FieldError
from contracts.http_answers_orders import GiftCardAnswer, GiftCardSold
from contracts.http_approvals import ApprovalAsked
from contracts.http_desks import GiftCardSubmission
from contracts.ids import effect_key_of, gift_card_id_of
from contracts.money import EXPONENTS
from contracts.providers import PROVIDERS

from ..admission import Principal, idempotency_key
from ..approving import submit_or_ask
from ..asked import request
from ..bodies import read_body, read_contract
from ..door import Gateway, Route, call_of, json_response
from ..problems import Problem

_CARD_ID = re.compile("gc_[a-z2-7]{26}")


async def sell(gateway: Gateway, principal: Principal) -> Response:
    """A card is sold: 201 with its id, or 202 where it is worth so much that somebody else has to approve it.

    409 where a card has this code already.
    """
    idempotency_key(request)
    body = await read_body(request)
    asked = _read(body)
    card_id = gift_card_id_of(principal.tenant, asked.code)
    command = SellGiftCard(
        card_id,
        effect_key_of(principal.tenant, "gift_cards", "sell", card_id, 0),
        CHANNELS[asked.channel].book,
        asked.currency,
        asked.amount_minor,
        asked.provider,
        asked.by or principal.key_id,
    )
    call = call_of(principal, "/v1/gift-cards", body, to="gift_cards", key=card_id, command=command)
    return await submit_or_ask(
        gateway, principal.client_id, call, "gift-card-sale", subject=card_id, reason="sold at a desk",
        amount_minor=asked.amount_minor, currency=asked.currency,
    )  # fmt: skip


def _read(body: bytes) -> GiftCardSubmission:
    """Raises Problem naming every bad field."""
    asked, tree, errors = read_contract(body, GiftCardSubmission)
    wrong = {error.pointer for error in errors}
    tables: dict[str, Mapping[str, object]] = {
        "channel": CHANNELS,
        "currency": EXPONENTS,
        "provider": PROVIDERS,
    }
    for name, known in tables.items() if isinstance(tree, dict) else ():
        if name in tree and f"/{name}" not in wrong and tree[name] not in known:
            errors.append(FieldError(f"/{name}", f"unknown-{name}", f"known are {', '.join(known)}"))
    if errors or asked is None:
        raise Problem("invalid-body", "some fields are not valid", errors=errors)
    return asked


async def look(gateway: Gateway, principal: Principal, card_id: str) -> Response:
    """What is on a card, and what of it is not held for an order."""

    def render(state: GiftCardState, version: int) -> dict[str, Any] | None:
        if not state.book:
            return None
        return {
            "card_id": card_id,
            "currency": state.currency,
            "balance_minor": balance_minor(state),
            "free_minor": free_minor(state),
            "issued_minor": state.issued_minor,
            "credited_minor": state.credited_minor,
            "redeemed_minor": state.redeemed_minor,
            "version": version,
        }

    found = None
    if _CARD_ID.fullmatch(card_id) is not None:
        found = await gateway.system.read("gift_cards", card_id, render)
    if found is None:
        raise Problem("not-found", "there is no such gift card")
    return json_response(200, found, etag=str(found["version"]))


ROUTES = (
    Route(
        "POST", "/v1/gift-cards", "gift-cards:sell", sell, owner="finance", body=GiftCardSubmission, needs="K",
        answers={201: GiftCardSold, 202: ApprovalAsked}, gives=("location",),
        problems=("409 gift-card-exists", "409 no-amount", "409 other-currency"),
    ),
    Route(
        "GET", "/v1/gift-cards/<card_id>", "gift-cards:read", look, owner="finance", gives=("etag",),
        answers={200: GiftCardAnswer, 304: None},
    ),
)  # fmt: skip
