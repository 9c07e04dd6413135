"""Q1, Q2, Q3: at rest nothing hangs, nothing is held for nothing, nothing got lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.orders import TERMINAL
from contracts.turn import Turn

from .evidence import Evidence
from .history import History
from .invariant import Reader, RestInvariant
from .records import OrderRecord

# Ends that stay. What is excepted may still be brought to one of them.
_FINAL = ("completed", "rejected", "cancelled")


class Q1(RestInvariant):
    """At risk: orders that were under way when the process crashed, met a fault themselves, or had to be
    taken back.
    """

    id = "Q1"
    title = "every order received has one end, or an open exception, or waits with a deadline"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._ends: dict[str, str] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {f"order.{status}": self._ended_as(status) for status in _FINAL}

    def _ended_as(self, status: str) -> Reader:
        def ended(body: Any, turn: Turn, group: int) -> None:
            before = self._ends.get(body.order_id)
            if before is not None:
                self.broken(f"{body.order_id} was {before}, then {status}", body.order_id, turn.at_ms)
            self._ends[body.order_id] = status

        return ended

    def at_rest(self, evidence: Evidence) -> None:
        deadlines: dict[str, int] = {}
        for standing in self.history.messages.timers.values():
            deadlines[standing.subject] = max(deadlines.get(standing.subject, 0), standing.due_ms)
        for record in self.history.received():
            self.checked += 1
            self.at_risk += self._endangered(record, evidence)
            if record.status in TERMINAL:
                if record.status == "excepted" and not record.open_exceptions:
                    self.broken(f"{record.order_id} is excepted and no exception is open", record.order_id)
            elif not record.open_exceptions and deadlines.get(record.order_id, 0) <= evidence.ended_at_ms:
                self.broken(f"{record.order_id} is {record.status} and nothing will go on with it",
                            record.order_id, record.received_at_ms)  # fmt: skip

        for bought in self.history.purchases.orders.values():
            ended_at_ms = bought.ended_at_ms or evidence.ended_at_ms
            self.checked += 1
            self.at_risk += self.history.faults.crashed_between(bought.at_ms, ended_at_ms)
            waits = deadlines.get(bought.order_id, 0) > evidence.ended_at_ms
            explained = self.history.is_excepted(bought.order_id)
            if bought.status == "excepted" and not explained:
                self.broken(f"{bought.order_id} is excepted and no exception is open", bought.order_id)
            elif bought.ended_at_ms is None and not explained and not waits:
                self.broken(f"{bought.order_id} is {bought.status} and nothing will go on with it",
                            bought.order_id, bought.at_ms)  # fmt: skip

    def _endangered(self, record: OrderRecord, evidence: Evidence) -> bool:
        faults = self.history.faults
        ended_at_ms = record.ended_at_ms or evidence.ended_at_ms
        return (
            record.order_id in faults.subjects
            or faults.crashed_between(record.received_at_ms, ended_at_ms)
            or record.closed
        )


class Q2(RestInvariant):
    """At risk: orders that had reserved and were not completed, or not in all their lines, so that somebody had
    to give it back.
    """

    id = "Q2"
    title = "no order that has ended holds a reservation or waits for stock"

    def at_rest(self, evidence: Evidence) -> None:
        for record in self.history.received():
            if record.status not in _FINAL:
                continue
            self.checked += 1
            grant = self.history.pool.grants.get(record.order_id)
            if grant is None:
                continue
            self.at_risk += record.closed or bool(record.cancelled_units)
            if grant.stands:
                self.broken(f"{record.order_id} is {record.status} and its reservation stands",
                            record.order_id, record.ended_at_ms)  # fmt: skip


class Q3(RestInvariant):
    """Every entry said is the cause of a turn: taken, or parked or discarded where it can be seen.

    At risk: wake-ups that were dropped, delayed, put out of order or doubled, and messages still pending when
    a process ended.
    """

    id = "Q3"
    title = "messages said are messages taken, parked or discarded; none is lost or made up"

    def finish(self, evidence: Evidence) -> None:
        messages = self.history.messages
        self.checked = messages.said
        wakeups = ("drop", "delay", "reorder", "duplicate_delivery")
        self.at_risk = self.history.faults.count(wakeups) + messages.recovered
        for turn, why in messages.never_said:
            self.broken(f"{turn.subject}: {turn.actor} took {turn.cause}: {why}", turn.subject, turn.at_ms)
        for turn in messages.unseen:
            self.broken(f"{turn.subject}: {turn.actor} put {turn.cause} aside where nobody sees it",
                        turn.subject, turn.at_ms)  # fmt: skip
        super().finish(evidence)

    def at_rest(self, evidence: Evidence) -> None:
        for id_, (said, _, at_ms) in self.history.messages.pending.items():
            what = f"{said.type} ({id_}), said to {said.to}, was never taken"
            self.broken(f"{said.subject}: {what}", said.subject, at_ms)
