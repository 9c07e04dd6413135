"""A19: gift cards, from their own facts."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.gift_cards import GiftCardCredited, GiftCardIssued, GiftCardRedeemed, GiftCardRefused
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader


class A19(Invariant):
    """At risk: a payment refused because the card had too little, and a card that was changed more than once."""

    id = "A19"
    title = "no gift card has less than nothing on it, one currency, and every effect once"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._balance: dict[str, int] = {}
        self._currency: dict[str, str] = {}
        self._effects: set[tuple[str, str]] = set()

    def facts(self) -> Mapping[str, Reader]:
        return {
            "gift_card.issued": self._more,
            "gift_card.credited": self._more,
            "gift_card.redeemed": self._less,
            "gift_card.refused": self._refused,
        }

    def _more(self, body: GiftCardIssued | GiftCardCredited, turn: Turn, group: int) -> None:
        self._change(body, body.amount_minor, turn)

    def _less(self, body: GiftCardRedeemed, turn: Turn, group: int) -> None:
        self._change(body, -body.amount_minor, turn)

    def _refused(self, body: GiftCardRefused, turn: Turn, group: int) -> None:
        self.at_risk += body.code == "too-little"

    def _change(
        self, body: GiftCardIssued | GiftCardRedeemed | GiftCardCredited, by: int, turn: Turn
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
        self.why_no_risk = "no card was used more than once"
