"""A10: nobody pays more than was asked of them, whatever they pay with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from contracts.finance import LedgerPosted
from contracts.gift_cards import GiftCardRedeemed, sold_for
from contracts.partners import PaymentCaptured
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader
from .records import OrderRecord

DEPOSITS = "2100 customer deposits"


class _Ahead(NamedTuple):
    """An order of which more was taken than was invoiced by then, and what had left its deposits."""

    order_id: str
    over_minor: int
    left_minor: int
    told: str
    at_ms: int


class A10(Invariant):
    """Compared whenever something is taken. A deposit is posted after its capture: what is held is looked up when
    all is read, less what had left it by then.

    At risk: orders of which something was taken more than once: by shipment, by several means of payment, or before
    anything was invoiced.
    """

    id = "A10"
    title = "captured and paid with gift cards is never more than was invoiced or is held as a deposit"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        # What was put to customer deposits and what left them, by order.
        self._deposits: dict[str, int] = {}
        self._left: dict[str, int] = {}
        self._ahead: list[_Ahead] = []

    def facts(self) -> Mapping[str, Reader]:
        return {
            "payment.captured": self._taken,
            "gift_card.redeemed": self._taken,
            "ledger.posted": self._posted,
        }

    def _taken(self, body: PaymentCaptured | GiftCardRedeemed, turn: Turn, group: int) -> None:
        self.checked += 1
        record = self.history.of(body.order_id)
        if isinstance(body, PaymentCaptured) and sold_for(body.purpose):
            self._paid_for_cards(body, record, turn)
            return
        self.at_risk += record.captured_minor > body.amount_minor
        # An order that nobody placed has no invoice either: that card was redeemed by hand. And of money that came in
        # for an order that is before a person, that person has to find out.
        excused = record.order is None or self.history.is_excepted(body.order_id)
        if not excused and record.captured_minor > record.gross_minor:
            what = f"{record.captured_minor} taken, of it {record.redeemed_minor} of gift cards"
            told = f"{body.order_id}: {what}, {record.gross_minor} invoiced"
            self.at_risk += 1
            over = record.captured_minor - record.gross_minor
            self._ahead.append(
                _Ahead(body.order_id, over, self._left.get(body.order_id, 0), told, turn.at_ms)
            )

    def _paid_for_cards(self, body: PaymentCaptured, record: OrderRecord, turn: Turn) -> None:
        """What is taken for gift cards that the order sells is compared with those."""
        self.at_risk += 1
        cards = record.order.gift_cards if record.order is not None else ()
        if record.cards_minor > (sold := sum(card.amount_minor for card in cards)):
            what = f"{record.cards_minor} taken for its gift cards, {sold} are sold"
            self.broken(f"{body.order_id}: {what}", body.order_id, turn.at_ms)

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        for entry in body.entries:
            if entry.account == DEPOSITS:
                sums = self._deposits if entry.side == "C" else self._left
                sums[body.order_id] = sums.get(body.order_id, 0) + entry.amount_minor

    def finish(self, evidence: Evidence) -> None:
        self.checked += sum(1 for _ in self.history.received())
        for one in self._ahead:
            if one.over_minor > max(0, self._deposits.get(one.order_id, 0) - one.left_minor):
                self.broken(one.told, one.order_id, one.at_ms)
