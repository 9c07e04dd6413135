"""`gift_cards`: one writer a card. What is on it is never less than nothing, and every effect is there once."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.gift_cards import (
    CreditGiftCard,
    GiftCardCredited,
    GiftCardIssued,
    GiftCardRedeemed,
    GiftCardRefused,
    IssueGiftCard,
    RedeemGiftCard,
)
from contracts.turn import Message

from ...runtime.actor import ActorSpec
from .gift_card_model import GiftCardState, refusal


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


def _redeem(state: GiftCardState, message: Message, at: int) -> Decision:
    command: RedeemGiftCard = message.body
    decision = Decision()
    fact = GiftCardRedeemed(
        command.card_id, command.order_id, command.effect_key, state.book, command.currency, command.amount_minor
    )  # fmt: skip
    if command.effect_key in state.effects:
        decision.answer(message.reply_to, fact)
    elif code := refusal(state, command.currency, command.amount_minor, opens=False, takes=True):
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


def _done(state: GiftCardState, body: GiftCardIssued | GiftCardRedeemed | GiftCardCredited) -> None:
    state.book, state.currency = body.book, body.currency
    state.effects[body.effect_key] = body.amount_minor


def _fold_issued(state: GiftCardState, body: GiftCardIssued) -> None:
    _done(state, body)
    state.issued_minor += body.amount_minor


def _fold_redeemed(state: GiftCardState, body: GiftCardRedeemed) -> None:
    _done(state, body)
    state.redeemed_minor += body.amount_minor


def _fold_credited(state: GiftCardState, body: GiftCardCredited) -> None:
    _done(state, body)
    state.credited_minor += body.amount_minor


GIFT_CARDS = ActorSpec(
    "gift_cards",
    lambda key: GiftCardState(),
    {"gift_cards.issue": _issue, "gift_cards.redeem": _redeem, "gift_cards.credit": _credit},
    {
        "gift_card.issued": _fold_issued,
        "gift_card.redeemed": _fold_redeemed,
        "gift_card.credited": _fold_credited,
    },
)
