"""One pump a system: pulls its backlog by quota and keeps one task per call in flight.

The policies stand in a fixed order: limiter (calls in flight, then calls a second), deadline of a try,
outcome by the dialect, and around them the recovery that the operation declares: send again under the same
key, or ask first. A call that backs off keeps its place, so a system that is down holds `concurrency` calls
and everything else waits in the journal.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec
import trio

from contracts.outcomes import GAVE_UP, OK, OUTCOMES, THROTTLED, UNAVAILABLE, UNKNOWN
from contracts.platform import CallResult
from contracts.ports import (
    OPERATIONS,
    Chance,
    Clock,
    ForeignRequest,
    ForeignResponse,
    ForeignSystems,
    NoAnswer,
    NotSent,
    SystemLimits,
)
from contracts.turn import DECIDED, Message

from ..policies.deadline import Deadline
from ..policies.limiter import TokenBucket
from ..policies.retry import backoff_ceiling_ms, may_repeat, must_ask_first
from ..runtime.actor import ActorSpec
from ..runtime.engine import Engine
from ..runtime.mailbox import Signal
from .connector import Dialect, is_readable, look_up_says


class Pump:
    """Drives the calls of one system."""

    def __init__(
        self,
        dialect: Dialect,
        spec: ActorSpec,
        limits: SystemLimits,
        engine: Engine,
        foreign: ForeignSystems,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self.dialect = dialect
        self.spec = spec
        self.limits = limits
        self.engine = engine
        self.foreign = foreign
        self.clock = clock
        self.chance = chance
        self.backlog = engine.backlogs[dialect.system]
        self.bucket = TokenBucket(limits.rate_per_s, limits.burst, clock.now_ms())
        self.in_flight = 0
        self.max_in_flight = 0
        self.counts = {"calls": 0, "retries": 0, "asked": 0, "unknown": 0, "throttled": 0}
        self._unsure: deque[Message] = deque()
        self._signal = Signal()
        self._running = False
        # Calls that may start now, and the tasks that have none: a task is kept for the next call.
        self._ready: deque[tuple[Message, bool]] = deque()
        self._idle: deque[Signal] = deque()
        self._nursery: trio.Nursery | None = None
        engine.arrivals[dialect.system] = self.arrive

    def arrive(self, message: Message) -> None:
        """An entry for this system is durable. What an intent said goes out on the place the intent holds."""
        asks = OPERATIONS[message.type].recovery.kind != "resend_same_key"
        if not (message.to.startswith("port:") and asks):
            self.backlog.put(message)
        elif not self._running:
            # Found when the journal was read back: the call may have been made.
            self.backlog.claim(message.subject)
            self._unsure.append(message)
        else:
            self._start(message, False)
        self._signal.give()

    async def run(self) -> None:
        """Pull and call until cancelled."""
        self._running = True
        async with trio.open_nursery() as self._nursery:
            while True:
                now = self.clock.now_ms()
                if self.in_flight >= self.limits.concurrency or not (self._unsure or len(self.backlog)):
                    await self._signal.wait()
                elif wait := self.bucket.wait_ms(now):
                    await self.clock.sleep_until_ms(now + wait)
                elif not self._take_next(now):
                    # All that waits is held behind calls of its own subject.
                    await self._signal.wait()

    def _take_next(self, now: int) -> bool:
        if self._unsure:
            message: Message | None = self._unsure.popleft()
            unsure = True
        else:
            message, unsure = self.backlog.take(), False
        if message is None:
            return False
        self.bucket.take(now)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        if message.to.startswith("port:"):
            self._start(message, unsure)
        elif self.engine.decide(self.spec, message).kind != DECIDED:
            # Parked: no call will come of it, so its place is free again.
            self._conclude_place(message)
        return True

    def _conclude_place(self, message: Message) -> None:
        self.in_flight -= 1
        self.backlog.free(message.subject)
        self._signal.give()

    def _start(self, message: Message, unsure: bool) -> None:
        """Hand a call to a task that is free, or to a new one. Calls in flight are bounded by the limiter."""
        self._ready.append((message, unsure))
        if self._idle:
            self._idle.pop().give()
        elif self._nursery is not None:
            self._nursery.start_soon(self._calls)

    async def _calls(self) -> None:
        """A task for calls, one after another."""
        free = Signal()
        while True:
            if self._ready:
                await self._call(*self._ready.popleft())
            else:
                self._idle.append(free)
                await free.wait()

    async def _call(self, message: Message, unsure: bool) -> None:
        """One entry, from its first try to its result turn."""
        self.engine.open_calls[message.id] = message
        result = await self._execute(message, unsure)
        self.engine.conclude(self.spec, message, result)
        self._conclude_place(message)

    async def _execute(self, message: Message, unsure: bool) -> CallResult:
        operation = OPERATIONS[message.type]
        body = self.dialect.requests[message.type](message.body)
        request = ForeignRequest(
            operation.system, operation.operation, message.body.effect_key, message.subject, body
        )
        deadline = Deadline(self.clock.now_ms(), operation.give_up_ms)
        last: str | None = None
        attempt = 0
        # The limiter gave a token for the first request; every other one takes its own.
        has_token = True
        while True:
            if (attempt or unsure) and must_ask_first(operation.recovery, last):
                found = await self._ask(message, deadline, has_token)
                has_token = False
                if found is not None:
                    return found
            attempt += 1
            outcome, response = await self._try(request, has_token)
            has_token = False
            if response is not None and not is_readable(self.dialect, message, outcome, response.body):
                outcome = UNKNOWN
                self.counts[UNKNOWN] += 1
            if not may_repeat(operation.recovery, outcome):
                return self._result(outcome, response, attempt)
            if deadline.passed(self.clock.now_ms()):
                return CallResult(GAVE_UP, 0, b"", attempt)
            last = outcome
            self.counts["retries"] += 1
            await self._back_off(message, attempt, response)

    async def _try(self, request: ForeignRequest, has_token: bool) -> tuple[str, ForeignResponse | None]:
        """One call within its timeout, within the rate."""
        while not has_token and not self.bucket.take(self.clock.now_ms()):
            now = self.clock.now_ms()
            await self.clock.sleep_until_ms(now + self.bucket.wait_ms(now))
        self.counts["calls"] += 1
        response: ForeignResponse | None = None
        try:
            with trio.move_on_after(self.limits.timeout_ms / 1000):
                response = await self.foreign.call(request)
        except NotSent:
            return UNAVAILABLE, None
        except NoAnswer:
            response = None
        outcome = UNKNOWN if response is None else self.dialect.outcome_of(response)
        if outcome in (UNKNOWN, THROTTLED):
            self.counts[outcome] += 1
        return outcome, response

    async def _ask(self, message: Message, deadline: Deadline, has_token: bool) -> CallResult | None:
        """Look the effect up, after the server's own timeout has passed. None: it is not there."""
        operation = OPERATIONS[message.type]
        look_up = self.dialect.look_ups[message.type]
        assert operation.recovery.look_up is not None
        request = ForeignRequest(
            operation.system,
            operation.recovery.look_up,
            message.body.effect_key,
            message.subject,
            look_up.request(message.body),
        )
        await self.clock.sleep_until_ms(self.clock.now_ms() + operation.recovery.settle_ms)
        attempt = 0
        while True:
            attempt += 1
            self.counts["asked"] += 1
            outcome, response = await self._try(request, has_token)
            has_token = False
            if outcome == OK and response is not None:
                readable, found = look_up_says(self.dialect, message, response.body)
                if readable:
                    return None if found is None else CallResult(OK, 200, msgspec.json.encode(found), attempt)
                self.counts[UNKNOWN] += 1
            if deadline.passed(self.clock.now_ms()):
                return CallResult(GAVE_UP, 0, b"", attempt)
            await self._back_off(message, attempt, response)

    async def _back_off(self, message: Message, attempt: int, response: ForeignResponse | None) -> None:
        """Retry-After is obeyed, by every call of the system; else full jitter below the ceiling."""
        now = self.clock.now_ms()
        ceiling = backoff_ceiling_ms(self.limits, attempt)
        due = now + 1 + self.chance.below(ceiling, f"backoff:{message.type}", message.id, attempt)
        if response is not None and response.retry_after_ms is not None:
            due = max(due, now + response.retry_after_ms)
            self.bucket.pause(now + response.retry_after_ms)
        await self.clock.sleep_until_ms(due)

    def _result(self, outcome: str, response: ForeignResponse | None, attempt: int) -> CallResult:
        assert OUTCOMES[outcome].definite or outcome == UNKNOWN
        if response is None:
            return CallResult(GAVE_UP, 0, b"", attempt)
        return CallResult(outcome, response.status, msgspec.json.encode(response.body), attempt)

    def statistics(self) -> dict[str, Any]:
        """Calls in flight now and at most, and counts of tries by kind."""
        return {"in_flight": self.in_flight, "max_in_flight": self.max_in_flight, **self.counts}
