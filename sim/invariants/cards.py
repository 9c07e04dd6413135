"""A19: gift cards, from their own facts."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.gift_cards import (
    GiftCardCancelled,
    GiftCardCredited,
    GiftCardHeld,
    GiftCardIssued,
    GiftCardRedeemed,
    GiftCardRefused,
    GiftCardReleased,
)
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader


class A19(Invariant):
    """What is held for orders is never more than is on it, and nothing is held for an order that has ended.

    What an order sells is issued once it is paid for, so much and no more; what is taken back of a card was unused.

    At risk: a payment refused because the card had too little, and a card that was changed more than once, or of
    which several orders hold something.
    """

    id = "A19"
    title = "no gift card has less than nothing on it, one currency, and every effect once"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._balance: dict[str, int] = {}
        self._currency: dict[str, str] = {}
        self._effects: set[tuple[str, str]] = set()
        # What is held of each card for each order.
        self._holds: dict[tuple[str, str], int] = {}
        # What was put on cards that an order sold.
        self._sold: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "gift_card.issued": self._issued,
            "gift_card.cancelled": self._cancelled,
            "gift_card.credited": self._more,
            "gift_card.redeemed": self._less,
            "gift_card.refused": self._refused,
            "gift_card.held": self._held,
            "gift_card.released": self._released,
        }

    def _issued(self, body: GiftCardIssued, turn: Turn, group: int) -> None:
        self._more(body, turn, group)
        record = self.history.orders.get(body.order_id)
        if record is None or body.provider:
            # Sold by hand, through a provider.
            return
        self.at_risk += 1
        issued = self._sold[body.order_id] = self._sold.get(body.order_id, 0) + body.amount_minor
        if issued > record.cards_minor:
            what = f"{issued} are on gift cards that it sold, {record.cards_minor} were paid for them"
            self.broken(f"{body.order_id}: {what}", body.order_id, turn.at_ms)

    def _cancelled(self, body: GiftCardCancelled, turn: Turn, group: int) -> None:
        self._change(body, -body.amount_minor, turn)

    def _more(self, body: GiftCardIssued | GiftCardCredited, turn: Turn, group: int) -> None:
        self._change(body, body.amount_minor, turn)

    def _less(self, body: GiftCardRedeemed, turn: Turn, group: int) -> None:
        self._hold(body, -body.held_minor, turn)
        self._change(body, -body.amount_minor, turn)

    def _held(self, body: GiftCardHeld, turn: Turn, group: int) -> None:
        self.at_risk += any(card == body.card_id and held for (card, _), held in self._holds.items())
        self._hold(body, body.amount_minor, turn)
        held = sum(held for (card, _), held in self._holds.items() if card == body.card_id)
        if held > self._balance.get(body.card_id, 0):
            what = f"{held} of {body.card_id} are held, {self._balance.get(body.card_id, 0)} are on it"
            self.broken(f"{body.order_id}: {what}", body.order_id, turn.at_ms)

    def _released(self, body: GiftCardReleased, turn: Turn, group: int) -> None:
        self._hold(body, -body.amount_minor, turn)

    def _hold(self, body: GiftCardHeld | GiftCardReleased | GiftCardRedeemed, by: int, turn: Turn) -> None:
        at = (body.card_id, body.order_id)
        self._holds[at] = self._holds.get(at, 0) + by
        if self._holds[at] < 0:
            self.broken(
                f"{body.order_id}: {self._holds[at]} of {body.card_id} are held", body.order_id, turn.at_ms
            )

    def _refused(self, body: GiftCardRefused, turn: Turn, group: int) -> None:
        self.at_risk += body.code == "too-little"

    def _change(
        self,
        body: GiftCardIssued | GiftCardRedeemed | GiftCardCredited | GiftCardCancelled,
        by: int,
        turn: Turn,
    ) -> None:
        self.checked += 1
        card, order_id = body.card_id, body.order_id
        self.at_risk += card in self._balance
        balance = self._balance[card] = self._balance.get(card, 0) + by
        if balance < 0:
            self.broken(f"{order_id}: {card} has {balance} on it", order_id, turn.at_ms)
        if body.amount_minor <= 0:
            self.broken(f"{order_id}: {card} was changed by {body.amount_minor}", order_id, turn.at_ms)
        if self._currency.setdefault(card, body.currency) != body.currency:
            self.broken(f"{order_id}: {card} has two currencies", order_id, turn.at_ms)
        if (card, body.effect_key) in self._effects:
            self.broken(f"{order_id}: {card} was changed twice by {body.effect_key}", order_id, turn.at_ms)
        self._effects.add((card, body.effect_key))

    def finish(self, evidence: Evidence) -> None:
        # An order that touched no card holds.
        self.checked += sum(1 for _ in self.history.received())
        if self.history.is_at_rest(evidence):
            for record in self.history.received():
                paid, issued = record.cards_minor, self._sold.get(record.order_id, 0)
                if paid != issued and not record.open_exceptions:
                    self.broken(
                        f"{record.order_id} took {paid} for gift cards and issued {issued}", record.order_id
                    )
            for (card, order_id), held in self._holds.items():
                if held and self.history.of(order_id).status in ("completed", "rejected", "cancelled"):
                    self.broken(f"{order_id} has ended, and {held} of {card} are held for it", order_id)
        self.why_no_risk = "no card was used more than once"
