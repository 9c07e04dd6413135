"""A11, A13, A17: what clients were told, against what the journal holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contracts.ids import order_id_of
from contracts.orders import OrderReceived
from contracts.platform import CallAnswered, CallFreed, CallOpened
from contracts.ports import DAY_MS
from contracts.turn import Turn

from .evidence import CRASHES, ClientAnswer, Evidence
from .history import History
from .invariant import Invariant, Reader

Call = tuple[str, str, str, str]

# Refusals before execution are not kept, so a repeat may be answered otherwise. They are told by their
# status; of 409 only the one below is such a refusal.
_BEFORE_EXECUTION = frozenset({400, 401, 403, 406, 413, 415, 422, 428, 429})
_IN_FLIGHT = b"request-in-flight"
_RECEIVED = b'"status":"received"'
_DUPLICATE = b'"duplicate-order"'
_CANCELLING = b'"status":"cancellation-requested"'
_SUBMITTING = "/v1/orders"


def was_executed(answer: ClientAnswer) -> bool:
    """Whether the answer is that of an executed call, to be repeated byte for byte."""
    if answer.status >= 500 or answer.status in _BEFORE_EXECUTION:
        return False
    return not (answer.status == 409 and _IN_FLIGHT in answer.body)


def call_of(answer: ClientAnswer) -> Call:
    """What makes two requests the same call."""
    return (answer.principal, answer.method, answer.route, answer.key)


class A11(Invariant):
    """At risk: a client sent an order again, under the same key or another, and was answered again."""

    id = "A11"
    title = "one order for a channel's order, for ever, with the id made of it"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        self._received: dict[tuple[str, str, str], str] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {"order.received": self._order_received}

    def _order_received(self, body: OrderReceived, turn: Turn, group: int) -> None:
        self.checked += 1
        order, order_id = body.order, body.order_id
        natural = (turn.tenant, order.channel, order.channel_order_id)
        named = f"{order.channel} {order.channel_order_id}"
        before = self._received.get(natural)
        if before is not None:
            self.broken(f"{named} was received twice: {before} and {order_id}", order_id, turn.at_ms)
        self._received[natural] = order_id
        if order_id != order_id_of(*natural):
            self.broken(f"{named} became {order_id}, which is not its id", order_id, turn.at_ms)

    def finish(self, evidence: Evidence) -> None:
        submissions: set[Call] = set()
        for answer in evidence.answers:
            if _RECEIVED in answer.body or _DUPLICATE in answer.body:
                submissions.add(call_of(answer))
        answered: dict[str, int] = {}
        for answer in evidence.answers:
            # A 503 refused it before anything was recorded: nothing could be doubled.
            if answer.order_id is not None and answer.status < 500 and call_of(answer) in submissions:
                answered[answer.order_id] = answered.get(answer.order_id, 0) + 1
        self.at_risk = sum(n - 1 for n in answered.values())
        if not evidence.submitted:
            return
        sent = {one.order_id: (one.channel, one.channel_order_id) for one in evidence.submitted}
        for record in self.history.received():
            assert record.order is not None
            natural = (record.order.channel, record.order.channel_order_id)
            if sent.get(record.order_id) != natural:
                self.broken(f"{record.order_id} was received as {natural}, which no client sent it as",
                            record.order_id, record.received_at_ms)  # fmt: skip


class A13(Invariant):
    """At risk: a call answered more than once."""

    id = "A13"
    title = "one execution for an idempotency key, and every answer to it the same bytes"

    def __init__(self, history: History) -> None:
        super().__init__(history)
        # Keys that are taken, with the instant at which they expire.
        self._taken: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        return {
            "intake.opened": self._opened,
            "intake.answered": self._answered,
            "intake.freed": self._freed,
        }

    def _opened(self, body: CallOpened, turn: Turn, group: int) -> None:
        self.checked += 1
        if turn.at_ms < self._taken.get(turn.key, 0):
            order_id = turn.said[0].subject if turn.said else None
            self.broken(f"{order_id}: the call {turn.key} was executed twice", order_id, turn.at_ms)
        self._taken[turn.key] = body.expires_ms

    def _answered(self, body: CallAnswered, turn: Turn, group: int) -> None:
        if turn.key not in self._taken:
            self.broken(f"the call {turn.key} was answered and never opened", None, turn.at_ms)

    def _freed(self, body: CallFreed, turn: Turn, group: int) -> None:
        self._taken.pop(turn.key, None)

    def finish(self, evidence: Evidence) -> None:
        kept: dict[Call, ClientAnswer] = {}
        executed: set[Call] = set()
        for answer in sorted(evidence.answers, key=lambda one: one.index):
            if not was_executed(answer):
                continue
            call = call_of(answer)
            first = kept.get(call)
            if first is None or answer.at_ms - first.at_ms >= DAY_MS:
                # A key is kept for a day at least; what comes later may be a call of its own.
                kept[call] = answer
                executed.discard(call)
            else:
                self.at_risk += 1
                self._compare(first, answer, call in executed)
            self.checked += 1
            if not answer.replayed:
                executed.add(call)

    def _compare(self, first: ClientAnswer, answer: ClientAnswer, executed: bool) -> None:
        who = answer.order_id or answer.key
        if answer.fingerprint != first.fingerprint:
            self._broken(answer, f"{who}: key {answer.key} was used for two requests")
        elif (answer.status, answer.body) != (first.status, first.body):
            self._broken(answer, f"{who}: key {answer.key} was answered {first.status}, then {answer.status}, "
                         f"{_where_they_part(first.body, answer.body)}")  # fmt: skip
        elif executed and not answer.replayed:
            self._broken(answer, f"{who}: key {answer.key} was executed again")

    def _broken(self, answer: ClientAnswer, sentence: str) -> None:
        self.broken(sentence, answer.order_id, answer.at_ms)


def _where_they_part(first: bytes, second: bytes) -> str:
    if first == second:
        return "with the same bytes"
    pairs: Iterable[tuple[int, tuple[int, int]]] = enumerate(zip(first, second, strict=False))
    at = next((n for n, (a, b) in pairs if a != b), min(len(first), len(second)))
    return f"with other bytes from byte {at} on"


class A17(Invariant):
    """At risk, each a time when an answer could have told of what was not durable: a crash before a commit,
    whose turns were decided and then lost; and an answer in the very millisecond of its commit, which nothing
    but the rule held back.
    """

    id = "A17"
    title = "what was answered 202 was durable before the answer"

    def finish(self, evidence: Evidence) -> None:
        committed: dict[int, tuple[int, int]] = {}
        for commit in evidence.commits:
            committed.setdefault(commit.group, (commit.index, commit.at_ms))
        self.at_risk = self.history.faults.count(CRASHES[:1])
        for answer in evidence.answers:
            cancelling = _CANCELLING in answer.body
            # What else is asked for an order or for whoever placed it (a hold, an edit, an erasure) is another turn.
            if (
                answer.status != 202
                or answer.order_id is None
                or not (cancelling or answer.route == _SUBMITTING)
            ):
                continue
            self.checked += 1
            record = self.history.orders.get(answer.order_id)
            group = None
            if record is not None:
                group = record.cancel_group if cancelling else record.received_group
            if group is None:
                what = "the journal does not hold it"
                self.broken(f"{answer.order_id} was answered 202 and {what}", answer.order_id, answer.at_ms)
            elif evidence.commits:
                index, at_ms = committed.get(group, (answer.index, -1))
                self.at_risk += at_ms == answer.at_ms
                if index >= answer.index:
                    what = f"was answered 202 before its turn (group {group}) was durable"
                    self.broken(f"{answer.order_id} {what}", answer.order_id, answer.at_ms)
