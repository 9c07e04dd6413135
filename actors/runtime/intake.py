"""Intake: where every idempotent call, webhook and file record enters, once.

A key is principal + method + route + idempotency key (or provider + event id). Its first call leaves a turn
that passes the command on; the answer comes back by `reply_to` and is folded, byte for byte, for repeats.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import trio
from msgspec import Struct

from contracts.decision import Decision
from contracts.ids import external_id, hash128
from contracts.platform import Answer, CallAnswered, CallFreed, CallOpened, OpenCall
from contracts.ports import Clock
from contracts.turn import DEFAULT_TENANT, NORMAL, Address, Message, Said
from contracts.vocabulary import TYPE_OF, body_of

from .actor import ActorSpec
from .batch import Entry, Together, open_together, take_together
from .engine import Engine
from .errors import AnswerLate, KeyInFlight, KeyReused, Shedding, Stopping
from .loop import CREDIT
from .mailbox import Signal, wait_until

# (command, message id) -> the command with its private fields sealed.
Seal = Callable[[Any, str], Any]

KEY_KEPT_MS = 24 * 3_600_000
RECORD_KEPT_MS = 7 * 24 * 3_600_000


class IntakeState(Struct):
    """What is known of one idempotency key. `phase` is free, open, answered or taken."""

    phase: str = "free"
    fingerprint: str = ""
    expires_ms: int = 0
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def _open(state: IntakeState, message: Message, at: int) -> Decision:
    call: OpenCall = message.body
    decision = Decision()
    decision.event(CallOpened(call.fingerprint, call.expires_ms, call.answered))
    reply_to = Address("intake", message.key, message.subject) if call.answered else None
    decision.said.append(
        Said(call.to, call.key, call.subject, call.type, call.version, call.lane, reply_to, call.command)
    )
    return decision


def _answered(state: IntakeState, message: Message, at: int) -> Decision:
    answer: Answer = message.body
    decision = Decision()
    if answer.status >= 500:
        decision.event(CallFreed(answer.status))
    else:
        decision.event(CallAnswered(answer.status, answer.headers, answer.body))
    return decision


def _fold_opened(state: IntakeState, body: CallOpened) -> None:
    state.phase = "open" if body.answered else "taken"
    state.fingerprint = body.fingerprint
    state.expires_ms = body.expires_ms


def _fold_answered(state: IntakeState, body: CallAnswered) -> None:
    state.phase = "answered"
    state.status, state.headers, state.body = body.status, body.headers, body.body


def _fold_freed(state: IntakeState, body: CallFreed) -> None:
    state.phase = "free"


INTAKE = ActorSpec(
    "intake",
    lambda key: IntakeState(),
    {"intake.open": _open, "intake.open_together": open_together, "http.answer": _answered},
    {
        "intake.opened": _fold_opened,
        "intake.answered": _fold_answered,
        "intake.freed": _fold_freed,
    },
)


class Call(Struct, frozen=True):
    """An idempotent call, decoded and validated by whoever owns the door.

    `sheddable` calls are refused while too much work is unfinished; refunds, shipments and cancels are not.
    """

    principal: str
    method: str
    route: str
    key: str
    fingerprint: str
    to: str
    to_key: str
    subject: str
    command: Any
    lane: int = NORMAL
    trace: str = ""
    tenant: str = DEFAULT_TENANT
    sheddable: bool = True


class Answered(Struct, frozen=True):
    """The answer of a call, and whether it is the repeat of an earlier one."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    replayed: bool


class _Waiter:
    """Waits for one answer. Its own cancellation never cancels a turn."""

    __slots__ = ("message", "task")

    def __init__(self) -> None:
        self.task: trio.lowlevel.Task | None = None
        self.message: Message | None = None

    def __call__(self, message: Message) -> None:
        self.message = message
        if self.task is not None:
            task, self.task = self.task, None
            trio.lowlevel.reschedule(task)

    def late(self) -> None:
        """Its time is over."""
        if self.task is not None:
            task, self.task = self.task, None
            trio.lowlevel.reschedule(task)

    async def wait(self, on_abort: Callable[[], Any]) -> Answer | None:
        """The answer, or None when it is late."""
        if self.message is None:
            self.task = trio.lowlevel.current_task()

            def abort(_: Any) -> trio.lowlevel.Abort:
                self.task = None
                on_abort()
                return trio.lowlevel.Abort.SUCCEEDED

            await trio.lowlevel.wait_task_rescheduled(abort)
        if self.message is None:
            return None
        answer: Answer = self.message.body
        # Its deadline is still to come, and keeps the waiter until then, but not what it was told.
        self.message = None
        return answer


class Deadlines:
    """All waiters' deadlines on one heap, under one task: a cancel scope each costs as much as a turn."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[int, int, _Waiter]] = []
        self._order = count()
        self._changed = Signal()

    def add(self, due_ms: int, waiter: _Waiter) -> None:
        """Tell the waiter at `due_ms` that it is late, if it still waits then."""
        first = not self._heap or due_ms < self._heap[0][0]
        heapq.heappush(self._heap, (due_ms, next(self._order), waiter))
        if first:
            self._changed.give()

    async def run(self) -> None:
        """Watch until cancelled."""
        heap, clock = self._heap, self.clock
        while True:
            now = clock.now_ms()
            while heap and heap[0][0] <= now:
                heapq.heappop(heap)[2].late()
            if heap:
                await wait_until(self._changed, clock, heap[0][0])
            else:
                await self._changed.wait()


class Door:
    """The way in. Looks a repeat up, sheds, and waits for answers."""

    def __init__(
        self, engine: Engine, *, credit: int = CREDIT, seal: Seal = lambda command, _: command
    ) -> None:
        self.engine = engine
        self.seal = seal
        self.credit = credit
        self.deadlines = Deadlines(engine.clock)
        self.open = True
        self.shed = 0
        self.replayed = 0

    async def submit(self, call: Call, deadline_ms: int = 30_000) -> Answered:
        """Answer a call once and the same for ever.

        Raises KeyInFlight, KeyReused, Shedding, Stopping, AnswerLate.
        """
        engine = self.engine
        key = hash128(call.tenant, call.principal, call.method, call.route, call.key)
        known = engine.fold.key(call.tenant, "intake", key)
        state: IntakeState = known.state
        if state.phase != "free" and engine.clock.now_ms() < state.expires_ms:
            if state.fingerprint != call.fingerprint:
                raise KeyReused("this idempotency key was used for another request")
            if state.phase == "open":
                if (told := self._answer_that_stands(call.tenant, key)) is not None:
                    self.replayed += 1
                    return Answered(told.status, told.headers, told.body, True)
                raise KeyInFlight("the first request with this key is being worked on", 1_000)
            self.replayed += 1
            kept = Answered(state.status, state.headers, state.body, True)
            await engine.until_durable(known.group)
            return kept
        self._admit(call.sheddable)
        waiter = _Waiter()
        engine.waiters[key] = waiter
        self._open(call, key, known.seq, KEY_KEPT_MS, answered=True)
        self.deadlines.add(engine.clock.now_ms() + deadline_ms, waiter)
        answer = await waiter.wait(lambda: engine.waiters.pop(key, None))
        if answer is None:
            engine.waiters.pop(key, None)
            raise AnswerLate("accepted; the answer was not ready in time, repeat with the same key", 1_000)
        return Answered(answer.status, answer.headers, answer.body, False)

    def _answer_that_stands(self, tenant: str, key: str) -> Answer | None:
        """The answer that whoever asked first may have had already: durable, and not yet taken into the key's state."""
        for message, group in self.engine.fold.conversations.get((tenant, "intake", key, key), ()):
            if message.type == "http.answer" and group <= self.engine.durable:
                answer: Answer = body_of(message)
                return answer if answer.status < 500 else None
        return None

    def knows(self, call: Call) -> bool:
        """Whether this call came before: then its answer is that of the first."""
        engine = self.engine
        key = hash128(call.tenant, call.principal, call.method, call.route, call.key)
        found = engine.fold.find((call.tenant, "intake", key))
        if found is None:
            return False
        state: IntakeState = found.state
        return state.phase != "free" and engine.clock.now_ms() < state.expires_ms

    def take_record_nowait(self, call: Call) -> tuple[bool, int]:
        """Take a webhook or file record once: (whether it is new, the group that must be durable first).

        Raises Shedding, Stopping.
        """
        engine = self.engine
        key = hash128(call.tenant, call.principal, call.method, call.route, call.key)
        known = engine.fold.key(call.tenant, "intake", key)
        fresh: bool = known.state.phase == "free" or engine.clock.now_ms() >= known.state.expires_ms
        if fresh:
            self._admit(call.sheddable)
            self._open(call, key, known.seq, RECORD_KEPT_MS, answered=False)
        return fresh, known.group

    async def take_together(self, call: Call, entries: Sequence[Entry]) -> Together:
        """Take a batch once and the same for ever; `call` has no command. Raises KeyReused, Shedding, Stopping."""
        return await take_together(
            self.engine, INTAKE, lambda: self._admit(call.sheddable), self.seal, call, entries
        )

    def has_credit(self) -> bool:
        """Whether timers, files and replays may go on."""
        return self.engine.waiting < self.credit

    def _admit(self, sheddable: bool) -> None:
        if not self.open:
            raise Stopping("this process is draining", 2_000)
        if sheddable and self.engine.waiting * 10 >= self.credit * 8:
            self.shed += 1
            raise Shedding("too much unfinished work; nothing was recorded", 2_000)

    def _open(self, call: Call, key: str, seq: int, kept_ms: int, *, answered: bool) -> None:
        engine = self.engine
        type_, version = TYPE_OF[type(call.command)]
        id_ = external_id(call.tenant, key, str(seq))
        expires = engine.clock.now_ms() + kept_ms
        body = OpenCall(
            call.fingerprint,
            expires,
            answered,
            call.to,
            call.to_key,
            call.subject,
            type_,
            version,
            call.lane,
            # Here and nowhere else: no turn holds what is private in clear.
            self.seal(call.command, id_),
        )
        message = Message(
            "intake",
            key,
            key,
            "intake.open",
            1,
            call.lane,
            None,
            body,
            id_,
            call.tenant,
            id_,
            id_,
            call.trace,
        )
        engine.decide(INTAKE, message)

    def statistics(self) -> dict[str, int]:
        """Admission counts."""
        return {"shed": self.shed, "replayed": self.replayed, "credit": self.credit}
