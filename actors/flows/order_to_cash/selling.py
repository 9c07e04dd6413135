"""Gift cards that an order sells: paid for when all its goods are, each issued with the capture that paid for it.

So an order that is cancelled has sold none, and what could not be captured is on no card. An order of cards alone has
nothing to reserve and nothing to ship: it is accepted when fraud has been assessed.
"""

from __future__ import annotations

import msgspec

from contracts.decision import Decision
from contracts.gift_cards import SOLD, GiftCardPaid, GiftCardRefused, IssueGiftCard, SellingGiftCards
from contracts.ids import digest128, effect_key_of
from contracts.orders import GIFT_CARD, AcceptOrder, MarkPaid, Order, SoldCard, order_total_minor
from contracts.partners import CapturePayment, CreateSalesOrder, ExceptionOpened
from contracts.ports import port_of
from contracts.turn import Message

from . import amounts
from .aside import Selling, aside_of
from .shared import PAYMENTS, channel_of, end, key_for, me, paid_as
from .state import CAPTURING, FlowState, Held
from .undo import undo

_ERP = port_of("erp.create_sales_order")
# Ordinals of their captures: apart from those of the order's goods.
_SOLD = 4_000


def accept(decision: Decision, state: FlowState, message: Message) -> None:
    """An order of cards alone: promised, told to the ERP, and paid for at once."""
    order = state.order
    assert order is not None
    order_id, total = message.key, order_total_minor(order)
    if total > sum([one.amount_minor for one in state.held]):
        undo(decision, state, message, channel_of(state), "rejected", "payment-insufficient")
        end(decision, "undone")
        return
    accepted = AcceptOrder(order_id, total, 0, "authorized", "pending", "submitted")
    decision.say("orders", order_id, order_id, accepted)
    key = key_for(message, "erp", "create")
    document = CreateSalesOrder(
        order_id, key, order.customer_id, order.currency, total, amounts.erp_lines(order)
    )
    decision.say(_ERP, order_id, order_id, document)
    finish(decision, state, message, 0, "dispatched")


def finish(
    decision: Decision, state: FlowState, message: Message, captured_minor: int, fulfillment: str = ""
) -> None:
    """All goods are paid, or given up: the order ends, or its cards are paid for first."""
    order, order_id = state.order, message.key
    assert order is not None
    if order.gift_cards and paid_as(state) == "captured":
        parts = _shared_out(state, order)
        asked = sum([amount for _, _, amount in parts])
        if asked < amounts.cards_minor(order):
            _unissued(
                decision, order_id, f"{asked} of {amounts.cards_minor(order)} are held for its gift cards"
            )
        if parts:
            decision.event(SellingGiftCards(order_id, asked, captured_minor, fulfillment))
            _capture(decision, state, message, parts)
            return
    paid = MarkPaid(order_id, captured_minor, fulfillment, paid_as(state))
    decision.say("orders", order_id, order_id, paid)
    end(decision, "done")


def _shared_out(state: FlowState, order: Order) -> list[tuple[SoldCard, Held, int]]:
    """Which authorizations pay for which card; no gift card does."""
    left = _left(state, order)
    parts = []
    for card in order.gift_cards:
        for held, amount in amounts.captures(left, card.amount_minor):
            held.amount_minor -= amount
            parts.append((card, held, amount))
    return parts


def _left(state: FlowState, order: Order) -> list[Held]:
    """What the order's goods have left of what is held: copies."""
    held = [msgspec.structs.replace(one) for one in state.held]
    if state.several is None and state.tax is not None:
        # Of an order in one piece nobody has counted yet what its one invoice took.
        for one, amount in amounts.captures(held, amounts.goods_minor(order, state.tax)):
            one.amount_minor -= amount
    return [one for one in held if one.provider != GIFT_CARD and one.amount_minor]


def _capture(
    decision: Decision, state: FlowState, message: Message, parts: list[tuple[SoldCard, Held, int]]
) -> None:
    assert state.order is not None
    book, currency = channel_of(state).book, state.order.currency
    for n, (card, held, amount) in enumerate(parts):
        key = key_for(message, "payments", "capture", _SOLD + n)
        capture = CapturePayment(
            message.key, key, held.provider, held.authorization_id, amount, currency, book,
            f"{SOLD} {card.card_id}",
        )  # fmt: skip
        decision.say(PAYMENTS, message.key, message.key, capture)


def paid(state: FlowState, message: Message, at: int) -> Decision:
    """finance.gift_card_paid: issue it. With the last of them the order ends."""
    fact: GiftCardPaid = message.body
    decision = Decision()
    order_id = message.key
    selling = state.aside.selling if state.aside is not None else None
    if state.step != CAPTURING or selling is None:
        _unissued(decision, order_id, f"{fact.capture_id} paid {fact.amount_minor} for {fact.card_id}")
        return decision
    decision.took(message)
    key = effect_key_of(message.tenant, "gift_cards", f"issue {fact.capture_id}", order_id, 0)
    issue = IssueGiftCard(fact.card_id, order_id, key, fact.book, fact.currency, fact.amount_minor, "")
    decision.say("gift_cards", fact.card_id, order_id, issue, reply_to=me(message))
    if selling.left_minor <= fact.amount_minor:
        captured = selling.captured_minor + selling.asked_minor
        done = MarkPaid(order_id, captured, selling.fulfillment_status, paid_as(state))
        decision.say("orders", order_id, order_id, done)
        end(decision, "done")
    return decision


def issued(state: FlowState, message: Message, at: int) -> Decision:
    """gift_card.issued: the answer that was hoped for; its posting was the capture's."""
    return Decision()


def refused(state: FlowState, message: Message, at: int) -> Decision:
    """gift_card.refused, of a card that was paid for: it is in another currency."""
    fact: GiftCardRefused = message.body
    decision = Decision()
    _unissued(decision, message.key, f"{fact.card_id}: {fact.code}")
    return decision


def _unissued(decision: Decision, order_id: str, detail: str) -> None:
    id_ = "exc_" + digest128("gift-card-unissued", order_id, detail)
    decision.event(ExceptionOpened(id_, "gift-card-unissued", order_id, detail))


def is_untouched(state: FlowState) -> bool:
    """Whether an order of cards alone waits for its money, and none of it has come."""
    selling = state.aside.selling if state.aside is not None else None
    alone = state.order is not None and not state.order.lines
    return alone and selling is not None and selling.left_minor == selling.asked_minor


def fold_selling(state: FlowState, body: SellingGiftCards) -> None:
    state.step = CAPTURING
    aside_of(state).selling = Selling(
        body.asked_minor, body.asked_minor, body.captured_minor, body.fulfillment_status
    )


def fold_paid(state: FlowState, body: GiftCardPaid) -> None:
    selling = aside_of(state).selling
    if selling is not None:
        selling.left_minor -= body.amount_minor
