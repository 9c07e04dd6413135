"""`gift_cards`: one writer a card. What is on it is never less than nothing, and every effect is there once."""

from __future__ import annotations

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.gift_cards import (
    CancelGiftCard,
    CreditGiftCard,
    GiftCardCancelled,
    GiftCardCredited,
    GiftCardHeld,
    GiftCardIssued,
    GiftCardRedeemed,
    GiftCardRefused,
    GiftCardReleased,
    HoldGiftCard,
    IssueGiftCard,
    RedeemGiftCard,
    ReleaseGiftCard,
    SellGiftCard,
)
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from .gift_card_model import GiftCardState, no_way_back, refusal


def _refuse(decision: Decision, message: Message, code: str, return_id: str = "") -> Decision:
    body = message.body
    index = decision.event(GiftCardRefused(body.card_id, body.order_id, body.effect_key, code, return_id))
    decision.answer_with_event(message.reply_to, index)
    return decision


def _issue(state: GiftCardState, message: Message, at: int) -> Decision:
    command: IssueGiftCard = message.body
    decision = Decision()
    fact = GiftCardIssued(
        command.card_id, command.order_id, command.effect_key, command.book, command.currency,
        command.amount_minor, command.provider,
    )  # fmt: skip
    if command.effect_key in state.effects:
        decision.answer(message.reply_to, fact)
    elif code := refusal(state, command.currency, command.amount_minor, opens=True, takes=False):
        return _refuse(decision, message, code)
    else:
        decision.answer_with_event(message.reply_to, decision.event(fact))
    return decision


def _sell(state: GiftCardState, message: Message, at: int) -> Decision:
    command: SellGiftCard = message.body
    decision = Decision()
    path = f"/v1/gift-cards/{command.card_id}"
    if state.book:
        return refuse(decision, message, "gift-card-exists", "a card has this code already", path)
    if code := refusal(state, command.currency, command.amount_minor, opens=True, takes=False):
        return refuse(decision, message, code, "nothing is on it", path)
    decision.event(
        GiftCardIssued(
            command.card_id, "", command.effect_key, command.book, command.currency, command.amount_minor,
            command.provider,
        )
    )  # fmt: skip
    told = {"card_id": command.card_id, "balance_minor": command.amount_minor, "currency": command.currency}
    decision.answer(message.reply_to, done(told, 201, path))
    return decision


def _cancel(state: GiftCardState, message: Message, at: int) -> Decision:
    command: CancelGiftCard = message.body
    decision = Decision()
    card_id, order_id = command.card_id, command.order_id
    here = f"/v1/orders/{order_id}"
    if code := no_way_back(state, order_id):
        return refuse(decision, message, code, "nothing of it, unused and sold by this order, is on it", here)
    amount = state.sold_by[order_id]
    # Once a sale: sold again, what was put on it then has a key of its own.
    key = f"cancel {state.cancelled_minor}"
    decision.event(
        GiftCardCancelled(
            card_id, order_id, key, state.book, state.currency, amount, command.by, command.reason
        )
    )
    told = {"card_id": card_id, "order_id": order_id, "status": "cancelled", "amount_minor": amount}
    decision.answer(message.reply_to, done(told, 202))
    return decision


def _hold(state: GiftCardState, message: Message, at: int) -> Decision:
    command: HoldGiftCard = message.body
    decision = Decision()
    fact = GiftCardHeld(
        command.card_id, command.order_id, command.effect_key, command.currency, command.amount_minor
    )
    if command.effect_key in state.effects:
        decision.answer(message.reply_to, fact)
    elif code := refusal(state, command.currency, command.amount_minor, opens=False, takes=True):
        return _refuse(decision, message, code)
    else:
        decision.answer_with_event(message.reply_to, decision.event(fact))
    return decision


def _release(state: GiftCardState, message: Message, at: int) -> Decision:
    command: ReleaseGiftCard = message.body
    decision = Decision()
    held = state.held.get(command.order_id, 0)
    if held:
        decision.event(
            GiftCardReleased(command.card_id, command.order_id, command.effect_key, state.currency, held)
        )
    return decision


def _redeem(state: GiftCardState, message: Message, at: int) -> Decision:
    command: RedeemGiftCard = message.body
    decision = Decision()
    held = state.held.get(command.order_id, 0)
    fact = GiftCardRedeemed(
        command.card_id, command.order_id, command.effect_key, state.book, command.currency,
        command.amount_minor, held if command.final else min(held, command.amount_minor),
    )  # fmt: skip
    if command.effect_key in state.effects:
        decision.answer(message.reply_to, fact)
    elif code := refusal(
        state, command.currency, command.amount_minor, opens=False, takes=True, order_id=command.order_id
    ):
        return _refuse(decision, message, code)
    else:
        decision.answer_with_event(message.reply_to, decision.event(fact))
    return decision


def _credit(state: GiftCardState, message: Message, at: int) -> Decision:
    command: CreditGiftCard = message.body
    decision = Decision()
    if command.effect_key in state.effects:
        return decision
    if code := refusal(state, command.currency, command.amount_minor, opens=True, takes=False):
        return _refuse(decision, message, code, command.return_id)
    decision.event(
        GiftCardCredited(
            command.card_id, command.order_id, command.effect_key, state.book or command.book, command.currency,
            command.amount_minor, command.return_id,
        )
    )  # fmt: skip
    return decision


def _done(
    state: GiftCardState, body: GiftCardIssued | GiftCardRedeemed | GiftCardCredited | GiftCardCancelled
) -> None:
    state.book, state.currency = body.book, body.currency
    state.effects[body.effect_key] = body.amount_minor


def _fold_issued(state: GiftCardState, body: GiftCardIssued) -> None:
    _done(state, body)
    state.issued_minor += body.amount_minor
    if body.order_id:
        state.sold_by[body.order_id] = state.sold_by.get(body.order_id, 0) + body.amount_minor


def _fold_cancelled(state: GiftCardState, body: GiftCardCancelled) -> None:
    _done(state, body)
    state.cancelled_minor += body.amount_minor
    state.sold_by.pop(body.order_id, None)


def _fold_redeemed(state: GiftCardState, body: GiftCardRedeemed) -> None:
    _done(state, body)
    state.redeemed_minor += body.amount_minor
    _hold_less(state, body.order_id, body.held_minor)


def _fold_held(state: GiftCardState, body: GiftCardHeld) -> None:
    state.effects[body.effect_key] = body.amount_minor
    state.held[body.order_id] = state.held.get(body.order_id, 0) + body.amount_minor


def _fold_released(state: GiftCardState, body: GiftCardReleased) -> None:
    _hold_less(state, body.order_id, body.amount_minor)


def _hold_less(state: GiftCardState, order_id: str, amount_minor: int) -> None:
    left = state.held.get(order_id, 0) - amount_minor
    if left:
        state.held[order_id] = left
    else:
        state.held.pop(order_id, None)


def _fold_credited(state: GiftCardState, body: GiftCardCredited) -> None:
    _done(state, body)
    state.credited_minor += body.amount_minor


GIFT_CARDS = ActorSpec(
    "gift_cards",
    lambda key: GiftCardState(),
    {
        "gift_cards.issue": _issue,
        "gift_cards.sell": _sell,
        "gift_cards.cancel": _cancel,
        "gift_cards.hold": _hold,
        "gift_cards.release": _release,
        "gift_cards.redeem": _redeem,
        "gift_cards.credit": _credit,
    },
    {
        "gift_card.issued": _fold_issued,
        "gift_card.cancelled": _fold_cancelled,
        "gift_card.held": _fold_held,
        "gift_card.released": _fold_released,
        "gift_card.redeemed": _fold_redeemed,
        "gift_card.credited": _fold_credited,
    },
)
