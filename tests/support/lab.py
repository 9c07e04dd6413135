"""The runtime alone: an engine and its tasks in virtual time, with actors made for the test."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import msgspec
import trio

from actors.journal.memory import MemoryJournal
from actors.runtime.actor import ActorSpec
from actors.runtime.engine import Engine
from actors.runtime.fold import rebuilt
from actors.runtime.intake import INTAKE, Answered, Call, Door
from actors.runtime.loop import ActorLoop, Committer, Supervisor, TimerHeap, sweep
from actors.runtime.saying import deliver_at_once
from contracts import vocabulary
from contracts.codec import decode_turn
from contracts.decision import Decision
from contracts.platform import Answer
from contracts.turn import NORMAL, Message, Turn
from sim.timeline import Timeline
from tests.support import virtual


class Do(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """toy.do: whatever the test wants of its actor."""

    text: str = ""
    n: int = 0


class Did(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """toy.did: it was done. Also a fact to be told."""

    text: str = ""
    n: int = 0


class Seen(msgspec.Struct):
    """What a toy actor remembers."""

    texts: list[str] = []


TOYS: dict[str, type[msgspec.Struct]] = {"toy.do": Do, "toy.did": Did}


def speak_toy(monkeypatch: Any) -> None:
    """Teach the vocabulary the toys' words, for one test."""
    for name, body in TOYS.items():
        monkeypatch.setitem(vocabulary.VOCABULARY, name, (1, body))
        monkeypatch.setitem(vocabulary.TYPE_OF, body, (name, 1))
        monkeypatch.setitem(vocabulary._DECODERS, (name, 1), msgspec.msgpack.Decoder(body))


def do_it(state: Seen, message: Message, at: int) -> Decision:
    """The honest handler: it is done, and whoever asked is told."""
    decision = Decision()
    decision.event(Did(message.body.text, message.body.n))
    decision.answer(message.reply_to, Answer(200, (), message.body.text.encode()))
    return decision


def note_it(state: Seen, body: Any) -> None:
    """The honest fold."""
    state.texts.append(body.text)


def toy(name: str = "toy", do: Any = do_it, did: Any = note_it, **handlers: Any) -> ActorSpec:
    """An actor; further handlers by the name after the dot: `timer_ring=f` handles `timer.ring`."""
    more = {type_.replace("_", ".", 1): handler for type_, handler in handlers.items()}
    return ActorSpec(name, lambda key: Seen(), {"toy.do": do, **more}, {"toy.did": did})


class Crash(Exception):
    """The simulated process is gone."""


class GatedJournal:
    """Wraps a journal: appends wait while it is shut, fail when told to, and the sizes of groups are noted."""

    def __init__(self, inner: MemoryJournal) -> None:
        self.inner = inner
        self.failure: Exception | None = None
        self.sizes: list[tuple[int, int]] = []
        self.waiting = 0
        self._passes: float = math.inf
        self._changed = trio.Event()

    def shut(self) -> None:
        """No group passes from now on. Before a restart it must be open again: a commit is shielded."""
        self._passes = 0

    def let_go(self, groups: float = math.inf) -> None:
        """So many groups pass, by default all."""
        self._passes = groups
        self._changed.set()
        self._changed = trio.Event()

    async def append(self, group: Any, coordinates: Any, epoch: int) -> None:
        self.waiting += 1
        while self._passes == 0:
            await self._changed.wait()
        self.waiting -= 1
        self._passes -= 1
        if self.failure is not None:
            raise self.failure
        self.sizes.append((len(group), sum(map(len, group))))
        await self.inner.append(group, coordinates, epoch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Lab:
    """An engine with its loops, committer, timers and sweep. `restart` makes a new one on the same journal."""

    def __init__(
        self,
        timeline: Timeline,
        nursery: trio.Nursery,
        actors: Iterable[ActorSpec],
        *,
        journal: Any = None,
        deliver: Any = deliver_at_once,
        strict: bool = True,
        credit: int = 10_000,
        sweep_ms: int = 3_600_000,
        mailbox_bound: int = 20_000,
        systems: tuple[str, ...] = (),
    ) -> None:
        self.timeline = timeline
        self.nursery = nursery
        self.journal = journal or GatedJournal(MemoryJournal("simulated"))
        self.actors = {spec.name: spec for spec in (INTAKE, *actors)}
        self.deliver, self.strict, self.credit = deliver, strict, credit
        self.sweep_ms, self.mailbox_bound, self.systems = sweep_ms, mailbox_bound, systems
        self._numbers = count(1)
        self._build()

    def _build(self) -> None:
        self.engine = Engine(
            actors=self.actors,
            systems=self.systems,
            journal=self.journal,
            clock=self.timeline,
            epoch=self.journal.take_over(),
            deliver=self.deliver,
            strict=self.strict,
            mailbox_bound=self.mailbox_bound,
        )
        self.door = Door(self.engine, credit=self.credit)
        self.timers = TimerHeap(self.engine, self.timeline, self.credit)
        self.supervisor = Supervisor(self.timeline)
        self.engine.read_back()

    async def start(self) -> None:
        """Run every task."""
        self.scope, self.ended = trio.CancelScope(), trio.Event()
        await self.nursery.start(self._run)

    async def _run(self, task_status: Any) -> None:
        engine = self.engine
        try:
            with self.scope:
                async with trio.open_nursery() as tasks:
                    for name in engine.mailboxes:
                        loop = ActorLoop(self.actors[name], engine)
                        tasks.start_soon(
                            self.supervisor.watch, name, loop.run, lambda n=name: engine.sweep(n)
                        )
                    tasks.start_soon(self.supervisor.watch, "timers", self.timers.run)
                    tasks.start_soon(self.supervisor.watch, "deadlines", self.door.deadlines.run)
                    tasks.start_soon(sweep, engine, self.timeline, self.sweep_ms, self.credit)
                    tasks.start_soon(Committer(engine).run)
                    task_status.started()
        except* Crash:
            pass
        finally:
            self.ended.set()

    async def restart(self) -> None:
        """The process dies, and another one takes the journal over."""
        self.scope.cancel()
        await self.ended.wait()
        self.journal.failure = None
        self._build()
        await self.start()

    # -- what comes in -------------------------------------------------------------------------------

    def tell(
        self,
        text: str,
        n: int = 0,
        *,
        to: str = "toy",
        key: str = "k",
        subject: str = "s",
        lane: int = NORMAL,
        name: str = "",
    ) -> None:
        """A record for an actor comes in from outside. `name` is its natural key, by default a new one."""
        name = name or f"record {next(self._numbers)}"
        call = Call("lab", "RECORD", "r", name, "", to, key, subject, Do(text, n), lane, sheddable=False)
        assert self.door.take_record_nowait(call)[0]

    def call(self, text: str, key: str, to: str = "toy", n: int = 0, **fields: Any) -> Call:
        """An idempotent call to an actor."""
        fields = {"to_key": "k", "subject": "s", "fingerprint": text, **fields}
        return Call("lab", "POST", "/r", key, to=to, command=Do(text, n), **fields)

    async def ask(self, text: str, key: str, deadline_ms: int = 30_000, **fields: Any) -> Answered:
        """Make a call and wait for its answer."""
        return await self.door.submit(self.call(text, key, **fields), deadline_ms)

    # -- time and looking ----------------------------------------------------------------------------

    async def until(self, true: Callable[[], Any], within_ms: int = 60_000) -> Any:
        """Let time pass until something is true."""
        return await virtual.until(self.timeline, true, within_ms)

    async def wait(self, ms: int) -> None:
        """Let time pass."""
        await self.timeline.sleep_until_ms(self.timeline.now_ms() + ms)

    async def quiet(self) -> None:
        """Until nothing is pending and all is durable."""
        await self.until(lambda: self.engine.waiting == 0 and self.engine.all_durable())

    def texts(self, to: str = "toy", key: str = "k") -> list[str]:
        """What a toy actor has seen."""
        texts: list[str] = self.engine.fold.key("main", to, key).state.texts
        return texts

    def turns(self, *actors: str) -> list[Turn]:
        """The durable turns, in the order of their commits."""
        every = [decode_turn(data) for _, group in self.journal.read() for data in group]
        return [turn for turn in every if not actors or turn.actor in actors]

    def kinds(self, actor: str = "toy") -> Counter[str]:
        """How many turns of each kind."""
        return Counter(turn.kind for turn in self.turns(actor))

    def reasons(self) -> list[str]:
        """Why messages were set aside."""
        return [
            vocabulary.decode_body(event.type, event.version, event.body).reason
            for turn in self.turns()
            for event in turn.events
            if event.type in ("integration.parked", "integration.discarded")
        ]

    def same_when_rebuilt(self) -> bool:
        """Whether a fold made from the journal alone equals the live one."""
        return rebuilt(self.actors, self.journal.read()).digest() == self.engine.fold.digest()
