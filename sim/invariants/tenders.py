"""A10: nobody pays more than was asked of them, whatever they pay with."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.gift_cards import GiftCardRedeemed
from contracts.partners import PaymentCaptured
from contracts.turn import Turn

from .evidence import Evidence
from .invariant import Invariant, Reader


class A10(Invariant):
    """Compared whenever something is taken. Nobody pays before something is shipped: there are no deposits.

    At risk: orders of which something was taken more than once: by shipment, or by several means of payment.
    """

    id = "A10"
    title = "captured and paid with gift cards is never more than was invoiced"

    def facts(self) -> Mapping[str, Reader]:
        return {"payment.captured": self._taken, "gift_card.redeemed": self._taken}

    def _taken(self, body: PaymentCaptured | GiftCardRedeemed, turn: Turn, group: int) -> None:
        self.checked += 1
        record = self.history.of(body.order_id)
        self.at_risk += record.captured_minor > body.amount_minor
        # An order that nobody placed has no invoice either: that card was redeemed by hand. And of money that came in
        # for an order that is before a person, that person has to find out.
        excused = record.order is None or self.history.is_excepted(body.order_id)
        if not excused and record.captured_minor > record.gross_minor:
            what = f"{record.captured_minor} taken, of it {record.redeemed_minor} of gift cards"
            self.broken(f"{body.order_id}: {what}, {record.gross_minor} invoiced", body.order_id, turn.at_ms)

    def finish(self, evidence: Evidence) -> None:
        self.checked += sum(1 for _ in self.history.received())
