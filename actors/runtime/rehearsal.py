"""A rehearsal: what calls would do, decided by the same handlers over copies, and nothing of it done.

The dry run of an import. Handlers are pure, so what they decide of copies is what they would decide: facts, further
messages, and theirs in turn, until all is quiet or a foreign system would have to be asked. Nothing is recorded,
nobody is told, no call is made, no timer set. It is true of this moment: what comes in meanwhile may change it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from contracts.ids import hash128
from contracts.ports import OPERATIONS, Clock
from contracts.turn import Message
from contracts.vocabulary import TYPE_OF

from .actor import ActorSpec
from .fold import Fold
from .intake import Call
from .saying import expand_topics

# More than this follows from no import; what does is cut off and said.
MESSAGES_AT_MOST = 100_000


class WouldBe(Struct, frozen=True):
    """A fact, or a call to a foreign system, as it would be: by whom, of which key."""

    actor: str
    key: str
    type: str
    body: Any


class Rehearsal(Struct):
    """What would come of the calls, in its order.

    `repeats` were taken before and would do nothing. `failed` says of which messages a handler would break, and be
    parked. `cut_off`: more would follow than was looked at.
    """

    repeats: int = 0
    facts: list[WouldBe] = []
    calls: list[WouldBe] = []
    failed: list[str] = []
    cut_off: bool = False

    def of(self, type_: str) -> list[Any]:
        """The bodies of the facts of a type."""
        return [fact.body for fact in self.facts if fact.type == type_]


class Known(Protocol):
    """What a rehearsal looks at and leaves as it is: an engine, or a journal that was read."""

    @property
    def actors(self) -> Mapping[str, ActorSpec]:
        """Every actor by name."""

    @property
    def fold(self) -> Fold:
        """All that is remembered."""

    @property
    def clock(self) -> Clock:
        """When it is."""


class _Stage:
    """Copies of the states that the rehearsal touches, and what is still to be said."""

    def __init__(self, engine: Known) -> None:
        self.engine = engine
        self.seen = Rehearsal()
        self.waiting: deque[Message] = deque()
        self._states: dict[tuple[str, str, str], Any] = {}
        self._n = 0

    def enter(self, call: Call) -> None:
        """A call as the door would let it in."""
        engine = self.engine
        key = hash128(call.tenant, call.principal, call.method, call.route, call.key)
        known = engine.fold.find((call.tenant, "intake", key))
        if (
            known is not None
            and known.state.phase != "free"
            and engine.clock.now_ms() < known.state.expires_ms
        ):
            self.seen.repeats += 1
            return
        type_, version = TYPE_OF[type(call.command)]
        self._n += 1
        id_ = f"rehearsal:{self._n}"
        self.waiting.append(
            Message(
                call.to, call.to_key, call.subject, type_, version, call.lane, None, call.command, id_,
                call.tenant, id_, id_, call.trace,
            )
        )  # fmt: skip

    def _state(self, message: Message) -> Any:
        at = (message.tenant, message.to, message.key)
        if at not in self._states:
            spec, known = self.engine.actors[message.to], self.engine.fold.find(at)
            fresh = spec.initial(message.key)
            if known is not None:
                fresh = msgspec.msgpack.decode(msgspec.msgpack.encode(known.state), type=type(fresh))
            self._states[at] = fresh
        return self._states[at]

    def decide(self, message: Message) -> None:
        """One message over the copy of its state: its facts, and what they say to others."""
        actors, seen = self.engine.actors, self.seen
        if message.to.startswith("port:") or message.type in OPERATIONS:
            seen.calls.append(
                WouldBe(message.to.removeprefix("port:"), message.key, message.type, message.body)
            )
            return
        if message.to == "intake":
            return
        state, spec = self._state(message), actors[message.to]
        try:
            decision = spec.handlers[message.type](state, message, self.engine.clock.now_ms())
            expand_topics(decision.events, decision.said)
            for event in decision.events:
                body = message.body if event.body is None else event.body
                if event.body is not None:
                    seen.facts.append(WouldBe(message.to, message.key, event.type, body))
                if (fold := spec.folds.get(event.type)) is not None:
                    fold(state, body)
        except Exception as error:
            seen.failed.append(
                f"{message.type} to {message.to} {message.key}: {type(error).__name__}: {error}"
            )
            return
        for said in decision.said:
            body = said.body if said.event is None else decision.events[said.event].body
            self._n += 1
            self.waiting.append(
                Message(
                    said.to, said.key, said.subject, said.type, said.version, said.lane, said.reply_to, body,
                    f"rehearsal:{self._n}", message.tenant, message.id, message.correlation, message.trace,
                )
            )  # fmt: skip


def rehearse(engine: Known, calls: Iterable[Call]) -> Rehearsal:
    """What these calls would do now, one after another. The engine is as it was."""
    stage = _Stage(engine)
    decided = 0
    for call in calls:
        stage.enter(call)
        while stage.waiting and not stage.seen.cut_off:
            decided += 1
            stage.decide(stage.waiting.popleft())
            stage.seen.cut_off = decided >= MESSAGES_AT_MOST and bool(stage.waiting)
    return stage.seen
