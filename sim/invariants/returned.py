"""A7, A9, Q5: goods that come back and money that goes back, never more than went out, and all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.refunds import CreditNoteIssued
from contracts.returns import ReturnReceived
from contracts.turn import Turn

from .back import ReturnRecord
from .evidence import Evidence
from .history import History
from .invariant import Invariant, Reader, RestInvariant

Row = Mapping[str, Any]


class A7(Invariant):
    """At risk: a return refused because with it more would come back than was shipped, an order of which
    something came back more than once, and one of which some units were cancelled.
    """

    id = "A7"
    title = (
        "of no line more comes back than was shipped, nor more is shipped than was ordered and not cancelled"
    )

    def facts(self) -> Mapping[str, Reader]:
        return {"return.received": self._received}

    def _received(self, body: ReturnReceived, turn: Turn, group: int) -> None:
        record = self.history.back.returns[body.return_id]
        for line_id, units in record.received.items():
            self.checked += 1
            if units > record.advised.get(line_id, 0):
                what = f"{units} of line {line_id} came, {record.advised.get(line_id, 0)} were advised"
                self.broken(f"{body.order_id}: {body.return_id}: {what}", body.order_id, turn.at_ms)

    def finish(self, evidence: Evidence) -> None:
        back: dict[str, dict[str, int]] = {}
        times: dict[str, int] = {}
        for record in self.history.back.returns.values():
            kept = _kept(record)
            times[record.order_id] = times.get(record.order_id, 0) + bool(kept)
            lines = back.setdefault(record.order_id, {})
            for line_id, units in kept.items():
                lines[line_id] = lines.get(line_id, 0) + units
        self.at_risk = self.history.back.over_returns + sum(n > 1 for n in times.values())
        for order in self.history.received():
            assert order.order is not None
            ordered = {line.line_id: line.quantity for line in order.order.lines}
            shipped, cancelled = order.shipped_units(), order.cancelled_units
            self.at_risk += bool(cancelled)
            for line_id in shipped | cancelled:
                units, less = shipped.get(line_id, 0), cancelled.get(line_id, 0)
                self.checked += 1
                if units + less > ordered.get(line_id, 0):
                    what = f"{units} of line {line_id} shipped, {ordered.get(line_id, 0)} ordered"
                    also = f" and {less} of them cancelled" if less else ""
                    self.broken(f"{order.order_id}: {what}{also}", order.order_id)
            for line_id, units in back.pop(order.order_id, {}).items():
                if units > shipped.get(line_id, 0):
                    what = f"{units} of line {line_id} came back, {shipped.get(line_id, 0)} were shipped"
                    self.broken(f"{order.order_id}: {what}", order.order_id)
        for order_id, lines in back.items():
            if lines:
                self.broken(f"{order_id} came back and was never received", order_id)


def _kept(record: ReturnRecord) -> dict[str, int]:
    """Units that came back and were not sent to the customer again."""
    units = dict(record.received)
    if record.inspected is not None:
        for line in record.inspected.lines:
            units[line.line_id] = units.get(line.line_id, 0) - line.refused
    return units


class A9(Invariant):
    """Both sides are asked: the provider's books and the journal's facts.

    At risk: refunds that came late or whose answer got lost, so that they were asked for again, and captures of
    which money went back in more ways than one.
    """

    id = "A9"
    title = "no capture is refunded or disputed beyond its amount"

    def finish(self, evidence: Evidence) -> None:
        back = self.history.back
        books = evidence.books.get("payments", {})
        amounts = {row["id"]: (row["amount"], row["reference"]) for row in books.get("captures", ())}
        for id_, fact in self.history.captures.items():
            amounts.setdefault(id_, (fact.amount_minor, fact.order_id))
        theirs = [
            *((r["capture"], r["amount"]) for r in books.get("refunds", ()) if r["status"] != "failed"),
            *((r["capture"], r["amount"]) for r in books.get("disputes", ()) if r["status"] != "won"),
        ]
        ours = [
            *((fact.capture_id, fact.amount_minor) for fact, now in back.refunds.values() if now != "failed"),
            *((fact.capture_id, fact.amount_minor) for fact, now in back.disputes.values() if now != "won"),
        ]
        self.at_risk = self.history.faults.count(("timeout_after",), "payments", "refunds") + back.was_pending
        for whose, rows in (("at the provider", theirs), ("here", ours)):
            self._compare(whose, rows, amounts)

    def _compare(self, whose: str, rows: list[tuple[str, int]], amounts: dict[str, tuple[int, str]]) -> None:
        gone: dict[str, int] = {}
        times: dict[str, int] = {}
        for capture, amount in rows:
            gone[capture] = gone.get(capture, 0) + amount
            times[capture] = times.get(capture, 0) + 1
        self.at_risk += sum(n > 1 for n in times.values())
        for id_, (amount, order_id) in amounts.items():
            self.checked += 1
            if amount <= 0:
                self.broken(f"{order_id}: {id_} took {amount}", order_id)
            if gone.get(id_, 0) > amount:
                self.broken(f"{order_id}: {gone[id_]} of {amount} went back for {id_} {whose}", order_id)
        for id_ in gone.keys() - amounts.keys():
            self.broken(f"{gone[id_]} went back for {id_}, which nobody captured, {whose}")


class Q5(RestInvariant):
    """At risk: returns that met a fault on their way, or whose refund the provider decided only later."""

    id = "Q5"
    title = "what came back is on the shelf or scrapped, credited once and refunded, or excepted"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._numbers: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {"credit_note.issued": self._credited}

    def _credited(self, body: CreditNoteIssued, turn: Turn, group: int) -> None:
        expected = self._numbers.get(body.book, 0) + 1
        if body.number != expected:
            what = f"credit note {body.number} of {body.book}, not {expected}"
            self.broken(f"{body.order_id}: {what}", body.order_id, turn.at_ms)
        self._numbers[body.book] = body.number
        if body.payable_minor <= 0:
            what = f"credit note {body.number} is over {body.payable_minor}"
            self.broken(f"{body.order_id}: {what}", body.order_id, turn.at_ms)

    def at_rest(self, evidence: Evidence) -> None:
        # An order of which nothing came back holds.
        self.checked += sum(1 for _ in self.history.received())
        struck = self.history.faults.subjects
        self.at_risk += self.history.back.was_pending
        for record in self.history.back.returns.values():
            self.at_risk += record.order_id in struck
            wrong = self._wrong(record)
            if wrong:
                self.broken(f"{record.order_id}: {record.return_id} {wrong}", record.order_id)

    def _wrong(self, record: ReturnRecord) -> str | None:
        excused = bool(self.history.of(record.order_id).open_exceptions)
        back = self.history.back
        done = back.gone(record.return_id, "done") + back.onto_cards.get(record.return_id, 0)
        if len(record.payable) > 1:
            return f"was credited {len(record.payable)} times"
        if done > sum(record.payable):
            return f"was refunded {done} and credited {sum(record.payable)}"
        if record.return_id.startswith("card "):
            paid_back = excused or done == sum(record.payable)
            return None if paid_back else f"was given back over {sum(record.payable)} and refunded {done}"
        if record.inspected is None:
            return (
                None
                if record.closed or not record.received or excused
                else "was received and never inspected"
            )
        if record.moved != record.shelved():
            return f"should have put {record.shelved()} on the shelf and put {record.moved}"
        if record.closed == "nothing-to-credit":
            return None if not record.payable else "was closed without a credit and has one"
        if not record.payable:
            return None if excused else "was inspected and never credited"
        if done != record.payable[0]:
            return None if excused else f"was credited {record.payable[0]} and refunded {done}"
        return None if record.closed == "refunded" or excused else "was refunded and is not closed"


# -- Q9's part --------------------------------------------------------------------------------------

_REFUNDS = {"pending": "pending", "succeeded": "done", "failed": "failed"}
_DISPUTES = {"needs_response": "open", "won": "won", "lost": "lost"}


def refund_differences(history: History, books: Row) -> Iterator[tuple[str, str | None]]:
    """The provider's refunds against ours: (order, what differs or None)."""
    ours = dict(history.back.refunds)
    for row in books.get("refunds", ()):
        known = ours.pop(row["id"], None)
        if known is None:
            yield row["reference"], f"the provider refunded {row['amount']} as {row['id']}, unheard of here"
            continue
        fact, status = known
        theirs = (row["reference"], row["capture"], row["amount"], row["note"], _REFUNDS[row["status"]])
        mine = (fact.order_id, fact.capture_id, fact.amount_minor, fact.return_id, status)
        same = theirs == mine
        yield fact.order_id, None if same else f"{row['id']}: the provider says {theirs}, we {mine}"
    for id_, (fact, _) in ours.items():
        yield fact.order_id, f"the provider never refunded {id_}"


def dispute_differences(history: History, books: Row) -> Iterator[tuple[str, str | None]]:
    """The provider's disputes against ours."""
    ours = dict(history.back.disputes)
    for row in books.get("disputes", ()):
        known = ours.pop(row["id"], None)
        if known is None:
            yield row["reference"], f"{row['id']} over {row['amount']} is disputed, unheard of here"
            continue
        fact, status = known
        theirs = (row["reference"], row["capture"], row["amount"], row["fee"], _DISPUTES[row["status"]])
        mine = (fact.order_id, fact.capture_id, fact.amount_minor, fact.fee_minor, status)
        same = theirs == mine
        yield fact.order_id, None if same else f"{row['id']}: the provider says {theirs}, we {mine}"
    for id_, (fact, _) in ours.items():
        yield fact.order_id, f"the provider knows no dispute {id_}"
