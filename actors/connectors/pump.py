"""One pump a system: pulls its backlog by quota and keeps one task per call in flight.

The policies stand in a fixed order: limiter (calls in flight, then calls a second), deadline of a try,
outcome by the dialect, and around them the recovery that the operation declares: send again under the same
key, or ask first. A call that backs off keeps its place, so a system that is down holds `concurrency` calls
and everything else waits in the journal. An operation that is down while its system's others work is another
matter: its breaker opens, its calls stand aside without a place, and one at a time finds out.

long because a call's way from backlog to result is one thing, and each of its ends is a few lines of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import trio

from contracts.outcomes import GAVE_UP, OK, OUTCOMES, REFUSED, THROTTLED, UNAVAILABLE, UNKNOWN
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
from contracts.private import PersonErased
from contracts.turn import DECIDED, Message

from ..policies.breaker import Breaker
from ..policies.deadline import Deadline
from ..policies.limiter import TokenBucket
from ..policies.retry import backoff_ceiling_ms, may_repeat, must_ask_first
from ..runtime.actor import ActorSpec
from ..runtime.engine import Engine
from ..runtime.mailbox import Signal, wait_until
from .call import Call, Caller, Watch
from .connector import Dialect, look_up_says, read_answer

# A command in clear, for the system that has to have it so.
Unseal = Callable[[Any], Any]

# Entries of operations that are left alone, kept whole in memory while others of the system go past them.
ASIDE_AT_MOST = 256
ERASED = "personal-data-erased"


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
        unseal: Unseal = lambda command: command,
    ) -> None:
        self.dialect = dialect
        self.spec = spec
        self.limits = limits
        self.engine = engine
        self.foreign = foreign
        self.clock = clock
        self.chance = chance
        self.unseal = unseal
        self.backlog = engine.backlogs[dialect.system]
        self.bucket = TokenBucket(limits.rate_per_s, limits.burst, clock.now_ms())
        self.watch = Watch(clock, limits.timeout_ms)
        self.breakers = {type_: Breaker() for type_ in dialect.requests}
        self.in_flight = 0
        self.max_in_flight = 0
        # Calls that were tried, and stand aside without a place until their operation's breaker admits them.
        self.standing = 0
        self.counts = {"calls": 0, "retries": 0, "asked": 0, "unknown": 0, "throttled": 0}
        self._unsure: deque[Message] = deque()
        self._signal = Signal()
        self._running = False
        # Calls that may start now, and the tasks that have none: a task is kept for the next call.
        self._ready: deque[tuple[Message, bool]] = deque()
        self._idle: deque[Caller] = deque()
        self._nursery: trio.Nursery | None = None
        engine.arrivals[dialect.system] = self.arrive

    @property
    def unfinished(self) -> int:
        """Calls that were begun and have no result yet, with a place or without."""
        return self.in_flight + self.standing

    def heed(self, concurrency: int, rate_per_s: int, burst: int) -> None:
        """From now on so many calls in flight, a second, and at once; what is under way goes on."""
        self.limits = msgspec.structs.replace(
            self.limits, concurrency=concurrency, rate_per_s=rate_per_s, burst=burst
        )
        self.bucket.change(rate_per_s, burst, self.clock.now_ms())
        self._signal.give()

    def arrive(self, message: Message) -> None:
        """An entry for this system is durable. What an intent said goes out on the place the intent holds."""
        if not message.to.startswith("port:") or OPERATIONS[message.type].recovery.kind == "resend_same_key":
            self.backlog.put(message)
        elif not self._running:
            # Found when the journal was read back: the call may have been made.
            self.backlog.claim(message.subject)
            self._unsure.append(message)
        else:
            # What was said before may have been done then.
            self._start(message, getattr(message.body, "again", False))
        self._signal.give()

    async def run(self) -> None:
        """Pull and call until cancelled."""
        self._running = True
        async with trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self.watch.run)
            try:
                await self._pull()
            finally:
                # The commit under way is finished, and may bring more: that is left to whoever starts next. Said here,
                # before the nursery is closed: once it is, the committer may run before this task does.
                self._nursery = None
                self._idle.clear()

    async def _pull(self) -> None:
        while True:
            now = self.clock.now_ms()
            if self.in_flight >= self.limits.concurrency or not (self._unsure or len(self.backlog)):
                await self._signal.wait()
            elif wait := self.bucket.wait_ms(now):
                await self.clock.sleep_until_ms(now + wait)
            elif not self._take_next(now):
                # All that waits is held behind calls of its own subject, or its operation is left alone.
                await self._until_something_may_go(now)

    async def _until_something_may_go(self, now: int) -> None:
        closed = [self.breakers[type_].wait_ms(now) for type_ in self.backlog.types_aside()]
        if closed:
            await wait_until(self._signal, self.clock, now + max(min(closed), 10))
        else:
            await self._signal.wait()

    def _next(self, now: int) -> Message | None:
        """The next entry that may go: of what stands aside, else of the backlog; what may not stands aside."""
        backlog, breakers = self.backlog, self.breakers
        if backlog.aside and (message := backlog.take_aside(lambda type_: breakers[type_].admits(now))):
            return message
        while backlog.aside < ASIDE_AT_MOST and (message := backlog.take()) is not None:
            breaker = breakers.get(message.type)
            if breaker is None or breaker.admits(now):
                return message
            backlog.set_aside(message)
        return None

    def _take_next(self, now: int) -> bool:
        unsure = bool(self._unsure)
        message = self._unsure.popleft() if unsure else self._next(now)
        if message is None:
            return False
        self.bucket.take(now)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        if message.to.startswith("port:"):
            self._start(message, unsure)
        elif self.engine.decide(self.spec, message).kind != DECIDED or message.type not in OPERATIONS:
            # Parked, or for the connector itself: no call will come of it, so its place is free again.
            if message.type in self.breakers:
                self.breakers[message.type].let_go()
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
            self._idle.pop().free.give()
        elif self._nursery is not None:
            self._nursery.start_soon(self._calls)

    async def _calls(self) -> None:
        """A task for calls, one after another; a new scope only after a try that took too long."""
        caller = Caller()
        while True:
            with trio.CancelScope() as caller.scope:
                await self._calls_in_time(caller)
            if (late := caller.late) is not None:
                caller.late = None
                if late.outcome is None:
                    late.outcome = self._heard(None)
                await self._finish(late)

    async def _calls_in_time(self, caller: Caller) -> None:
        """Calls until one is overdue; that one is left as `late`, perhaps with an answer that just came."""
        ready, idle = self._ready, self._idle
        while caller.late is None:
            if not ready:
                idle.append(caller)
                await caller.free.wait()
                continue
            call = self._open(*ready.popleft())
            if call.erased:
                self._conclude_erased(call)
                continue
            if not call.unsure:
                await self._first_try(call, caller)
            if caller.late is None:
                await self._finish(call)

    def _open(self, message: Message, unsure: bool) -> Call:
        self.engine.open_calls[message.id] = message
        operation, command = OPERATIONS[message.type], message.body
        erased = False
        try:
            # The one place where what is private is in clear: on its way to whoever must have it.
            body = self.dialect.requests[message.type](self.unseal(command))
        except PersonErased:
            body, erased = {}, True
        request = ForeignRequest(
            operation.system, operation.operation, command.effect_key, message.subject, body
        )
        call = Call(message, request, Deadline(self.clock.now_ms(), operation.give_up_ms), unsure)
        call.erased = erased
        return call

    def _conclude_erased(self, call: Call) -> None:
        """Whom it is about was erased: nothing is sent, and the answer is a refusal that says so by name."""
        message = call.message
        answer = {"code": ERASED, "reason": ERASED, "status": ERASED, "error": {"code": ERASED}}
        readable, call.fact = read_answer(self.dialect, message, REFUSED, answer)
        result = CallResult(REFUSED if readable else GAVE_UP, 410, msgspec.json.encode(answer), 0)
        self.breakers[message.type].let_go()
        self.engine.conclude(self.spec, message, result, call.fact)
        self._conclude_place(message)

    async def _finish(self, call: Call) -> None:
        """What is left of a call, after its first try or after a crash, up to its result turn."""
        result = None if call.outcome is None else self._result(call)
        while result is None:
            result = await self._try_again(call)
        self.engine.conclude(self.spec, call.message, result, call.fact)
        self._conclude_place(call.message)

    async def _first_try(self, call: Call, caller: Caller) -> None:
        """The first try, under the watch. Cancelled by it, the call has no outcome."""
        call.attempt, call.has_token = 1, False
        self.counts["calls"] += 1
        self.watch.begin(call, caller)
        try:
            call.response = await self.foreign.call(call.request)
            call.outcome = self._heard(call.response)
        except NotSent:
            call.outcome = UNAVAILABLE
        except NoAnswer:
            call.outcome = self._heard(None)
        finally:
            self.watch.end(call)

    async def _try_again(self, call: Call) -> CallResult | None:
        """Back off, ask where that has to come first, try. None: and again."""
        if call.outcome is not None:
            self.counts["retries"] += 1
            await self._back_off(call.message, call.attempt, call.response)
        if must_ask_first(OPERATIONS[call.message.type].recovery, call.outcome):
            found = await self._ask(call)
            if found is not None:
                return found
        if not await self._admitted(call):
            return CallResult(GAVE_UP, 0, b"", call.attempt)
        call.attempt += 1
        call.outcome, call.response = await self._try(call, call.request)
        return self._result(call)

    async def _admitted(self, call: Call) -> bool:
        """Wait until the operation's breaker lets this call try again; its place is others' until then.

        False: its deadline came first.
        """
        breaker, clock = self.breakers[call.message.type], self.clock
        if breaker.admits(clock.now_ms()):
            return True
        self.in_flight -= 1
        self.standing += 1
        self._signal.give()
        admitted = False
        while not admitted and not call.deadline.passed(now := clock.now_ms()):
            free = self.in_flight < self.limits.concurrency
            admitted = free and breaker.admits(now)
            if not admitted:
                await clock.sleep_until_ms(now + max(breaker.wait_ms(now), 10))
        self.in_flight += 1
        self.standing -= 1
        return admitted

    async def _try(self, call: Call, request: ForeignRequest) -> tuple[str, ForeignResponse | None]:
        """A later request of a call, within its timeout, within the rate."""
        while not call.has_token and not self.bucket.take(self.clock.now_ms()):
            now = self.clock.now_ms()
            await self.clock.sleep_until_ms(now + self.bucket.wait_ms(now))
        call.has_token = False
        self.counts["calls"] += 1
        response: ForeignResponse | None = None
        try:
            with trio.move_on_after(self.limits.timeout_ms / 1000):
                response = await self.foreign.call(request)
        except NotSent:
            return UNAVAILABLE, None
        except NoAnswer:
            response = None
        return self._heard(response), response

    def _heard(self, response: ForeignResponse | None) -> str:
        """The outcome of a try that was sent, counted."""
        outcome = UNKNOWN if response is None else self.dialect.outcome_of(response)
        if outcome in (UNKNOWN, THROTTLED):
            self.counts[outcome] += 1
        return outcome

    async def _ask(self, call: Call) -> CallResult | None:
        """Look the effect up, after the server's own timeout has passed. None: it is not there."""
        message = call.message
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
            outcome, response = await self._try(call, request)
            if outcome == OK and response is not None:
                readable, found = look_up_says(self.dialect, message, response.body)
                if readable:
                    return None if found is None else CallResult(OK, 200, msgspec.json.encode(found), attempt)
                self.counts[UNKNOWN] += 1
            if call.deadline.passed(self.clock.now_ms()):
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

    def _result(self, call: Call) -> CallResult | None:
        """What the last try came to, or None where it may and must be repeated."""
        outcome, response = call.outcome or UNKNOWN, call.response
        if response is not None and outcome in (OK, REFUSED):
            readable, call.fact = read_answer(self.dialect, call.message, outcome, response.body)
            if not readable:
                outcome = call.outcome = UNKNOWN
                self.counts[UNKNOWN] += 1
        self.breakers[call.message.type].heard(outcome, self.clock.now_ms())
        if not may_repeat(OPERATIONS[call.message.type].recovery, outcome):
            assert OUTCOMES[outcome].definite or outcome == UNKNOWN
            if response is None:
                return CallResult(GAVE_UP, 0, b"", call.attempt)
            return CallResult(outcome, response.status, msgspec.json.encode(response.body), call.attempt)
        if call.deadline.passed(self.clock.now_ms()):
            return CallResult(GAVE_UP, 0, b"", call.attempt)
        return None

    def statistics(self) -> dict[str, Any]:
        """Calls in flight now and at most, counts of tries by kind, and each operation's breaker."""
        breakers = {type_: breaker.statistics() for type_, breaker in self.breakers.items()}
        return {
            "in_flight": self.in_flight,
            "max_in_flight": self.max_in_flight,
            "standing": self.standing,
            **self.counts,
            "breakers": breakers,
        }
