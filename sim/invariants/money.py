"""A1, A8, Q4: money, in our ledger and at the payment provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.finance import LedgerPosted
from contracts.partners import AuthorizationVoided, PaymentAuthorized, PaymentCaptured
from contracts.renewals import AuthorizationExpired
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader, RestInvariant
from .records import OrderRecord


class A1(Invariant):
    """At risk: postings of three entries or more, whose amounts come from several places (tax, shipping,
    discounts, their rounding) and so could disagree.
    """

    id = "A1"
    title = "every posting balances, has two entries or more, and is posted once"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._ids: set[tuple[str, str]] = set()

    def facts(self) -> Mapping[str, Reader]:
        return {"ledger.posted": self._posted}

    def _posted(self, body: LedgerPosted, turn: Turn, group: int) -> None:
        self.checked += 1
        entries = body.entries
        self.at_risk += len(entries) > 2
        balance = 0
        for entry in entries:
            if entry.amount_minor <= 0 or entry.side not in ("D", "C"):
                self._broken(body, turn, f"an entry {entry.side} {entry.amount_minor}")
            balance += entry.amount_minor if entry.side == "D" else -entry.amount_minor
        if balance:
            self._broken(body, turn, f"debits less credits are {balance}")
        if len(entries) < 2:
            self._broken(body, turn, f"{len(entries)} entries")
        if (body.book, body.posting_id) in self._ids:
            self._broken(body, turn, "its number was posted before")
        self._ids.add((body.book, body.posting_id))

    def _broken(self, body: LedgerPosted, turn: Turn, what: str) -> None:
        posting = f"posting {body.posting_id} ({body.step}, {body.reference})"
        self.broken(f"{body.order_id}: {posting}: {what}", body.order_id, turn.at_ms)


class A8(Invariant):
    """Both sides are asked: the journal's facts in their order, and the provider's books at the end.

    At risk: a call to the provider whose answer got lost after its effect, or that a crash left open, so that
    it was made again; an authorization that expired, or that another took the place of.
    """

    id = "A8"
    title = "no authorization is captured or voided beyond its amount, none captured after its end"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._made: dict[str, int] = {}
        self._expiries = 0

    def facts(self) -> Mapping[str, Reader]:
        return {
            "payment.authorized": self._authorized,
            "payment.captured": self._captured,
            "payment.auth_voided": self._voided,
            "payment.auth_expired": self._expired,
        }

    def _authorized(self, body: PaymentAuthorized, turn: Turn, group: int) -> None:
        self.checked += 1
        self._made[body.order_id] = self._made.get(body.order_id, 0) + 1
        first = self.history.holds[body.authorization_id].fact
        if first.order_id != body.order_id:
            self.broken(
                f"{body.order_id} and {first.order_id} were both given {body.authorization_id}",
                body.order_id,
                turn.at_ms,
            )

    def _captured(self, body: PaymentCaptured, turn: Turn, group: int) -> None:
        self.checked += 1
        order_id, id_ = body.order_id, body.authorization_id
        hold = self.history.holds.get(id_)
        if hold is None:
            self.broken(f"{order_id}: {body.capture_id} of unknown {id_}", order_id, turn.at_ms)
        elif hold.captured_minor > hold.fact.amount_minor:
            self.broken(
                f"{order_id} captured {hold.captured_minor} of {id_}, which holds {hold.fact.amount_minor}",
                order_id,
                turn.at_ms,
            )
        elif hold.voided_at_ms is not None:
            self.broken(f"{order_id} captured {id_} after it was voided", order_id, turn.at_ms)
        elif hold.expired:
            self.broken(f"{order_id} captured {id_} after it had expired", order_id, turn.at_ms)

    def _expired(self, body: AuthorizationExpired, turn: Turn, group: int) -> None:
        self.checked += 1
        self._expiries += 1

    def _voided(self, body: AuthorizationVoided, turn: Turn, group: int) -> None:
        self.checked += 1
        hold = self.history.holds.get(body.authorization_id)
        # Letting go of the rest after a partial capture is right; of nothing, it is not.
        if hold is not None and hold.captured_minor >= hold.fact.amount_minor:
            what = f"voided {body.authorization_id} after capturing all of it"
            self.broken(f"{body.order_id} {what}", body.order_id, turn.at_ms)

    def finish(self, evidence: Evidence) -> None:
        left_open = self.history.messages.open_calls("payments")
        lost = self.history.faults.count(("timeout_after",), "payments")
        renewed = sum(
            record.order is not None and made > len(record.order.payments)
            for order_id, made in self._made.items()
            for record in [self.history.of(order_id)]
        )
        self.at_risk = lost + left_open + renewed + self._expiries
        books = evidence.books.get("payments", {})
        taken: dict[str, list[dict[str, Any]]] = {}
        for row in books.get("captures", ()):
            taken.setdefault(row["authorization"], []).append(row)
        for held in books.get("authorizations", ()):
            self.checked += 1
            captures = taken.get(held["id"], [])
            captured = max(held["captured"], sum(row["amount"] for row in captures))
            if captured + held["voided"] > held["amount"]:
                self.broken(
                    f"{held['reference']}: the provider took {captured} and let go of {held['voided']}"
                    f" of {held['amount']} held by {held['id']}",
                    held["reference"],
                )
            for row in captures:
                if row["at"] >= held["expires_at"]:
                    self.broken(f"{held['reference']}: {row['id']} after expiry", held["reference"])


class Q4(RestInvariant):
    """At risk: shipped orders that met a fault on their way, left in several shipments, or were acknowledged by
    the ERP only after they had left.
    """

    id = "Q4"
    title = "what was shipped is invoiced, captured, posted and in the ERP, or excepted"

    def at_rest(self, evidence: Evidence) -> None:
        struck = self.history.faults.subjects
        for record in self.history.received():
            if record.dispatched_at_ms is None:
                continue
            self.checked += 1
            late = (record.acknowledged_at_ms or 0) > record.dispatched_at_ms
            self.at_risk += late or record.order_id in struck or len(record.shipments) > 1
            wrong = self._wrong(record)
            if wrong:
                self.broken(f"{record.order_id} was shipped: {wrong}", record.order_id)

    def _wrong(self, record: OrderRecord) -> str | None:
        # What went back of a deposit was taken for nothing that left.
        captured = record.captured_minor - self.history.back.deposits.get(record.order_id, 0)
        gross = record.gross_minor
        if captured > gross:
            # Nothing excuses having taken too much.
            return f"{captured} captured where {gross} were invoiced"
        if record.open_exceptions:
            return None
        for shipment in record.shipments:
            if shipment.shipment_id not in record.invoiced:
                return f"{shipment.shipment_id} was never invoiced"
        if captured + record.written_off_minor != gross:
            return f"{captured} captured where {gross} were invoiced"
        if not record.acknowledged and not record.vouched:
            return "the ERP never acknowledged it"
        cost = self._cost(record)
        if cost is not None and record.cost_minor != cost:
            return f"cost of goods is {record.cost_minor}, not {cost}"
        return None

    def _cost(self, record: OrderRecord) -> int | None:
        """What its goods cost by the price list, or None where that has changed meanwhile."""
        total = 0
        for shipment in record.shipments:
            for _, sku, quantity in record.goods_of(shipment):
                cost = self.history.costs.get(sku)
                if cost is None:
                    return None
                total += cost * quantity
        return total
