"""R3: what a provider settles in the book's currency, against what it was worth in the order's."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.entities import entity_of_book
from contracts.finance import InvoiceIssued, LedgerPosted
from contracts.fx import RatesImported
from contracts.money import EXPONENTS
from contracts.partners import PaymentCaptured
from contracts.refunds import Dispute, RefundMade
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant

GAIN, LOSS = "7100 ", "7110 "


class R3(RestInvariant):
    """Each invoice has the rate of its instant, by the rates that were told; of an instant a later change of the ERP is
    never overwritten by an earlier one. A capture gains what it is settled for
    beyond its worth by a rate of its order's invoices; a refund loses it, by a rate that was told. Where none was
    told, a person is asked. A dispute that is won gains what it gives back beyond what it took.

    At risk: what was settled for more or less than it was worth, and a dispute that gave back other than it took.
    """

    id = "R3"
    title = "what is settled in another currency gains or loses what it differs from its worth by"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        # (book, currency) -> instant -> rate
        self._rates: dict[tuple[str, str], dict[int, int]] = {}
        self._changed: dict[tuple[str, str, int], tuple[int, int]] = {}
        self._invoiced: dict[str, set[int]] = {}
        self._settled: dict[str, tuple[PaymentCaptured | RefundMade, int]] = {}
        self._gained: dict[str, int] = {}
        # What a dispute that was won gave back beyond what it took.
        self._back: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "exchange_rate.imported": self._told,
            "invoice.issued": self._issued,
            "payment.captured": self._captured,
            "payment.refunded": self._refunded,
            "payment.dispute_won": self._won,
            "ledger.posted": self._posted,
        }

    def _told(self, body: RatesImported, turn: Turn, group: int) -> None:
        for one in body.rates:
            self._rates.setdefault((body.book, one.currency), {})[one.effective_at_ms] = one.rate_e9
            place, change = (body.book, one.currency, one.effective_at_ms), (one.changed_at_ms, one.version)
            if change < self._changed.get(place, change):
                what = (
                    f"{body.book} has {one.currency} at {one.rate_e9} by a change before the one it stood at"
                )
                self.broken(what, None, turn.at_ms)
            self._changed[place] = change

    def _issued(self, body: InvoiceIssued, turn: Turn, group: int) -> None:
        base = entity_of_book(body.book).base_currency
        holding = [
            (since, rate)
            for since, rate in self._rates.get((body.book, body.currency), {}).items()
            if since <= turn.at_ms
        ]
        due = max(holding)[1] if holding and body.currency != base else 0
        self.checked += 1
        if body.rate_e9 != due:
            what = f"invoice {body.number} of {body.book} has the rate {body.rate_e9}, not {due}"
            self.broken(f"{body.order_id}: {what}", body.order_id, turn.at_ms)
        self._invoiced.setdefault(body.order_id, set()).add(body.rate_e9)

    def _captured(self, body: PaymentCaptured, turn: Turn, group: int) -> None:
        if body.settled_currency:
            self._settled[f"exchange of capture {body.capture_id}"] = (body, 1)

    def _refunded(self, body: RefundMade, turn: Turn, group: int) -> None:
        if body.settled_currency:
            self._settled[f"exchange of refund {body.refund_id}"] = (body, -1)

    def _won(self, body: Dispute, turn: Turn, group: int) -> None:
        if body.settled_minor != body.taken_minor:
            self._back[f"exchange of dispute {body.dispute_id}"] = body.settled_minor - body.taken_minor

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        if body.step == "exchange":
            for entry in body.entries:
                if entry.account.startswith((GAIN, LOSS)):
                    gained = entry.amount_minor if entry.side == "C" else -entry.amount_minor
                    self._gained[body.reference] = self._gained.get(body.reference, 0) + gained

    def at_rest(self, evidence: Evidence) -> None:
        self.checked += sum(1 for _ in self.history.received())
        self.why_no_risk = "nothing was settled in another currency for more or less than it was worth"
        for reference, back in self._back.items():
            self.checked += 1
            self.at_risk += 1
            if self._gained.get(reference, 0) != back:
                self.broken(f"{reference}: {self._gained.get(reference, 0)} gained, it should be {back}")
        for reference in self._gained.keys() - self._settled.keys() - self._back.keys():
            self.broken(f"{reference}: {self._gained[reference]} gained, and nothing was settled")
        for reference, (fact, sign) in self._settled.items():
            self.checked += 1
            gained = self._gained.get(reference, 0)
            self.at_risk += gained != 0
            due = {sign * (fact.settled_minor - _worth(fact, rate)) for rate in self._candidates(fact, sign)}
            asked = "exchange-rate-missing" in self.history.of(fact.order_id).open_exceptions.values()
            if gained not in due and not (asked and not gained):
                said = f"{reference}: {gained} gained, it should be {sorted(due)}"
                self.broken(f"{fact.order_id}: {said}", fact.order_id)

    def _candidates(self, fact: PaymentCaptured | RefundMade, sign: int) -> set[int]:
        told = set(self._rates.get((fact.book, fact.currency), {}).values())
        return (self._invoiced.get(fact.order_id, set()) - {0}) if sign > 0 else told


def _worth(fact: PaymentCaptured | RefundMade, rate_e9: int) -> int:
    """Halves up, in minor units of what it is settled in."""
    numerator: int = 2 * fact.amount_minor * rate_e9 * 10 ** EXPONENTS[fact.settled_currency]
    denominator: int = 10 ** (9 + EXPONENTS[fact.currency])
    return (numerator + denominator) // (2 * denominator)
