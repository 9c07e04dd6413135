"""A3, A6, Q13: every unit at a place is where its movements put it, and every unit of a line is somewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.orders import LinesCancelled
from contracts.turn import Turn

from .evidence import Evidence
from .invariant import Invariant, Reader, RestInvariant
from .records import OrderRecord

NO_LEVELS = "nobody took the levels"


class A3(Invariant):
    """The pool's own levels, as they stood at the end, against the journal's movements, folded here anew.

    At risk: places where units did not simply come in, be reserved and leave.
    """

    id = "A3"
    title = "every level of stock is the fold of its movements"

    def finish(self, evidence: Evidence) -> None:
        if evidence.levels is None:
            self.why_no_risk = NO_LEVELS
            return
        pool = self.history.pool
        self.at_risk = len(pool.other_ways)
        empty: Mapping[str, int] = {}
        for at in evidence.levels | pool.levels:
            theirs, ours = evidence.levels.get(at, empty), pool.levels.get(at, empty)
            for bucket in {**theirs, **ours}:
                self.checked += 1
                level, moved = theirs.get(bucket, 0), ours.get(bucket, 0)
                if level != moved:
                    what = f"{level} in the pool, {moved} by its movements"
                    self.broken(f"{bucket} of {at[1]} at {at[0]}: {what}")


class A6(Invariant):
    """Ordered = waited for + reserved + left + cancelled + what is not sourced, and the last is never below
    zero. At rest nothing is left unsourced of an order that was accepted and goes on.

    At risk: lines of which some units fared otherwise than others: found elsewhere, waited for, cancelled.
    """

    id = "A6"
    title = "every unit of a line is waited for, reserved, shipped or cancelled, and once"

    def facts(self) -> Mapping[str, Reader]:
        return {
            **dict.fromkeys(self.history.pool.facts(), self._changed),
            "order.lines_cancelled": self._cancelled,
        }

    def _changed(self, body: Any, turn: Turn, group: int) -> None:
        change = self.history.pool.change
        if change.grant is not None:
            self._compare(change.order_id, turn)

    def _cancelled(self, body: LinesCancelled, turn: Turn, group: int) -> None:
        self.at_risk += 1
        self._compare(body.order_id, turn)

    def _compare(self, order_id: str, turn: Turn) -> None:
        """Units are counted as left when the pool knows it: until then they are reserved."""
        record = self.history.orders.get(order_id)
        if record is None or record.order is None:
            return
        grant = self.history.pool.grants.get(order_id)
        units = grant.by_line() if grant is not None else {}
        left = grant.left if grant is not None else {}
        waiting = grant.waiting if grant is not None else {}
        # While an edit is under way the pool may have more of a line already.
        pending = record.pending.lines if record.pending is not None else ()
        wanted = {line.line_id: line.quantity for line in pending}
        for line in record.order.lines:
            id_ = line.line_id
            self.checked += 1
            sourced = units.get(id_, 0) + left.get(id_, 0) + record.cancelled_units.get(id_, 0)
            if sourced > max(line.quantity, wanted.get(id_, 0)):
                what = f"{sourced} of line {id_} are somewhere, {line.quantity} were ordered"
                self.broken(f"{order_id}: {what}", order_id, turn.at_ms)
            if waiting.get(id_, 0) < 0:
                what = f"more of line {id_} came than it waited for"
                self.broken(f"{order_id}: {what}", order_id, turn.at_ms)

    def finish(self, evidence: Evidence) -> None:
        if not self.history.is_at_rest(evidence):
            return
        for record in self.history.received():
            grant = self.history.pool.grants.get(record.order_id)
            self.at_risk += grant is not None and grant.waited
            if record.status in ("accepted", "completed") and not self.history.is_excepted(record.order_id):
                self._nothing_is_unsourced(record)

    def _nothing_is_unsourced(self, record: OrderRecord) -> None:
        assert record.order is not None
        grant = self.history.pool.grants.get(record.order_id)
        units = grant.by_line() if grant is not None else {}
        shipped, cancelled = record.shipped_units(), record.cancelled_units
        for line in record.order.lines:
            id_ = line.line_id
            self.checked += 1
            sourced = units.get(id_, 0) + shipped.get(id_, 0) + cancelled.get(id_, 0)
            if sourced != line.quantity:
                what = f"{sourced} of line {id_} are somewhere, {line.quantity} were ordered"
                self.broken(f"{record.order_id} is {record.status}: {what}", record.order_id)


class Q13(RestInvariant):
    """At risk: orders that waited for stock, each with an instant from which on it must not."""

    id = "Q13"
    title = "nothing waits for stock beyond its expiry"

    def at_rest(self, evidence: Evidence) -> None:
        for order_id, grant in self.history.pool.grants.items():
            self.checked += 1
            if not grant.waited:
                continue
            self.at_risk += 1
            if any(grant.waiting.values()) and grant.expires_ms <= evidence.ended_at_ms:
                waits = sum(grant.waiting.values())
                self.broken(f"{order_id} waits for {waits} units beyond its time", order_id, grant.expires_ms)
