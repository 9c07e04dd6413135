"""The turn: one message in, one record out.

long because deciding, recording and committing are one thing: no line between them may await.

`step` decides the oldest pending message of a conversation if the turn that said it is durable; `_record`
makes the turn, applies it and appends it to the open group, all synchronously, so that pos, seq and the
ids of what it says are assigned in one go. `committed` is called after the sync of a group, and only then
is anything told to anybody.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import msgspec
import trio

from contracts.codec import decode_turn, encode
from contracts.decision import Decision
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.platform import CallResult, Discarded, Parked, TimerFired
from contracts.ports import Clock, Deliver, Journal
from contracts.turn import (
    DECIDED,
    DISCARDED,
    FORMAT,
    MAX_TURN_BYTES,
    NORMAL,
    PARKED,
    Fact,
    Message,
    Turn,
)

from .actor import ActorSpec
from .backlog import MAX_SAID, Backlog
from .errors import TurnRefused, Unhandled
from .fold import Conversation, Fold, KeyState, Standing, TimerKey, fold_events, message_of, said_at
from .mailbox import Mailbox, Signal
from .saying import Group, deliver_at_once, expand_topics, failure_answer, through_the_wire
from .shelf import Shelf

GROUP_TURNS = 1_000
GROUP_BYTES = 512 * 1024
PARK_KEY_AT = 16
MAX_REASON = 1_000
MAX_DETAIL = 300
# Who lists what needs a person. What it cannot take itself is parked in sight, and nothing more.
LISTED_BY = "exceptions"
MAX_PARKED_BYTES = MAX_TURN_BYTES - 16 * 1024
encode_state = msgspec.msgpack.Encoder(order="deterministic").encode


class Engine:
    """One owner of all partitions: decides, appends, and tells after the commit."""

    def __init__(
        self,
        *,
        actors: Mapping[str, ActorSpec],
        systems: Sequence[str],
        journal: Journal,
        clock: Clock,
        epoch: int,
        deliver: Deliver = deliver_at_once,
        strict: bool = False,
        mailbox_bound: int = 20_000,
    ) -> None:
        self.actors = actors
        self.journal = journal
        self.clock = clock
        self.epoch = epoch
        self.deliver = deliver
        self.strict = strict
        self.shelf = Shelf(journal, epoch)
        self.fold = Fold(actors, self.shelf)
        self.backlogs = {system: Backlog(system, self._read_back) for system in systems}
        self._routes: dict[str, Backlog] = {}
        for system, backlog in self.backlogs.items():
            self._routes[system] = self._routes[f"port:{system}"] = backlog
        self.mailboxes = {name: Mailbox(mailbox_bound) for name in actors if name not in self.backlogs}
        # What a connector does with an entry that reaches its system; set by the pumps.
        self.arrivals: dict[str, Callable[[Message], None]] = {}
        # Port entries taken and not yet concluded, by id.
        self.open_calls: dict[str, Message] = {}
        # Whoever waits for the answer of an intake key.
        self.waiters: dict[str, Callable[[Message], None]] = {}
        self.watchers: list[Callable[[Sequence[Turn]], None]] = []
        self.timers_changed: Callable[[int, TimerKey, Standing], None] = lambda *_: None
        self.work = Signal()
        self.durable = -1
        self.group = Group(0)
        self.closed: deque[Group] = deque()
        # The group that is being made durable now.
        self.committing: Group | None = None
        # A heap by group: whoever comes later may wait for less.
        self._durable_waiters: list[tuple[int, int, trio.lowlevel.Task]] = []
        self._waiter_numbers = count()
        self.waiting = 0
        self.counts = {"stale_wakeups": 0, "parked": 0, "discarded": 0, "commits": 0}

    # -- recovery ---------------------------------------------------------------------------------

    def read_back(self) -> int:
        """Fold the journal and put what is pending where it waits. Returns the number of turns."""
        number = -1
        for number, group in self.journal.read():
            turns = [decode_turn(data) for data in group]
            for turn in turns:
                self.fold.read_back(turn, number)
            for watcher in self.watchers:
                watcher(turns)
        self.durable = number
        self.group = Group(number + 1)
        for message in self.fold.finish_reading():
            if message.to in self._routes:
                self._arrive(message)
            else:
                self.fold.enqueue(message, number)
                self.waiting += 1
        self.recover()
        return self.fold.turns

    def recover(self) -> None:
        """Wake everything that is pending: the whole recovery protocol. Also for one actor, by the sweep."""
        for conversation, queue in self.fold.conversations.items():
            self._wake(conversation, queue[0][0].lane)
        for key, standing in self.fold.timers.items():
            self.timers_changed(standing.due_ms, key, standing)

    def sweep(self, actor: str | None = None) -> int:
        """Wake every conversation (of an actor) whose head is durable. Returns how many."""
        woken = 0
        for conversation, queue in self.fold.conversations.items():
            head, group = queue[0]
            if (actor is None or conversation[1] == actor) and group <= self.durable:
                self.mailboxes[conversation[1]].put_nowait(conversation, head.lane)
                woken += 1
        return woken

    # -- deciding ---------------------------------------------------------------------------------

    def step(self, spec: ActorSpec, conversation: Conversation) -> None:
        """Decide the oldest pending message of a conversation, if its turn is durable."""
        fold = self.fold
        queue = fold.conversations.get(conversation)
        if queue is None or queue[0][1] > self.durable:
            self.counts["stale_wakeups"] += 1
            return
        message = queue[0][0]
        if not message.id.startswith("t:") or self._stands(conversation, message):
            self.decide(spec, message)
        self.waiting -= 1
        del queue[0]
        if not queue:
            del fold.conversations[conversation]
        elif queue[0][1] <= self.durable:
            lane = min([waiting.lane for waiting, _ in queue])
            self.mailboxes[conversation[1]].put_nowait(conversation, lane)

    def decide(self, spec: ActorSpec, message: Message, content: bytes | None = None) -> Turn:
        """Take one message to a turn of `spec`'s key, whatever happens: decided, parked or discarded."""
        key = self.fold.key(message.tenant, spec.name, message.key)
        at = self.now()
        if self.fold.parked and (behind := self._parked_before(spec.name, message)) is not None:
            return self._set_aside(spec, key, message, at, f"behind {behind}", behind)
        try:
            before = encode_state(key.state) if self.strict else None
            handler = spec.handlers.get(message.type)
            if handler is None:
                raise Unhandled(f"{spec.name} has no handler for {message.type} v{message.version}")
            decision = handler(key.state, message, at)
            if before is not None and encode_state(key.state) != before:
                raise AssertionError(f"{spec.name} changed its state while deciding {message.type}")
            return self._record(spec, key, message, decision, at, DECIDED, content)
        except Exception as error:
            return self._set_aside(spec, key, message, at, f"{type(error).__name__}: {error}", None)

    def conclude(
        self, spec: ActorSpec, message: Message, result: CallResult, fact: msgspec.Struct | None = None
    ) -> Turn | None:
        """The result turn of a port entry; None if the entry is not open (concluded already).

        `fact` is what the answer means, if it was read when it came; strict, it is read again from what is kept.
        """
        if message.id not in self.open_calls or spec.conclude is None:
            return None
        del self.open_calls[message.id]
        key = self.fold.key(message.tenant, spec.name, message.key)
        at = self.now()
        content = encode(result)
        try:
            decision = spec.conclude(key.state, message, result, None if self.strict else fact, at)
            return self._record(spec, key, message, decision, at, DECIDED, content)
        except Exception as error:
            # The message stands in the turn that said it; of the answer this is all that will be left.
            heard = f"{result.outcome} {result.status} {result.answer[:600].decode(errors='replace')}"
            reason = f"{type(error).__name__}: {error}; the call had ended: {heard}"
            return self._set_aside(spec, key, message, at, reason, None)

    def now(self) -> int:
        """The instant to stamp: never less than the last one."""
        at = self.clock.now_ms()
        if at < self.fold.last_at_ms:
            return self.fold.last_at_ms
        self.fold.last_at_ms = at
        return at

    def _stands(self, conversation: Conversation, message: Message) -> bool:
        name = message.type.split(".", 1)[1]
        standing = self.fold.timers.get(TimerKey(*conversation[:3], name))
        return standing is not None and standing.id == message.id

    def _parked_before(self, actor: str, message: Message) -> str | None:
        parked = self.fold.parked
        own = (message.tenant, actor, message.key, message.subject)
        if own in parked:
            return "a parked message of the subject"
        same_key = sum(1 for c in parked if c[:3] == own[:3])
        return "too many parked subjects of the key" if same_key >= PARK_KEY_AT else None

    def _set_aside(
        self, spec: ActorSpec, key: KeyState, message: Message, at: int, reason: str, behind: str | None
    ) -> Turn:
        """Park a message, or, where a client waits for its answer, discard it and answer 500."""
        decision = Decision()
        reason = reason[:MAX_REASON]
        if message.reply_to is not None and message.reply_to[0] == "intake":
            self.counts["discarded"] += 1
            decision.event(Discarded(message.id, message.type, reason))
            self._tell_a_person(decision, spec, message, "work-discarded", reason)
            decision.answer(message.reply_to, failure_answer())
            return self._record(spec, key, message, decision, at, DISCARDED, None)
        self.counts["parked"] += 1
        decision.event(Parked(message.id, message.type, reason, behind))
        if behind is None:
            self._tell_a_person(decision, spec, message, "work-parked", reason)
        body = encode(message)
        # What does not fit stands whole in the turn that said it.
        content = body if len(body) < MAX_PARKED_BYTES else None
        return self._record(spec, key, message, decision, at, PARKED, content)

    def _tell_a_person(
        self, decision: Decision, spec: ActorSpec, message: Message, category: str, reason: str
    ) -> None:
        """What is set aside stands on the work list, once for all that waits behind it."""
        if LISTED_BY in self.actors and spec.name != LISTED_BY:
            id_ = "exc_" + digest128(category, message.id)
            detail = f"{spec.name} {message.key}: {message.type}: {reason}"[:MAX_DETAIL]
            decision.event(ExceptionOpened(id_, category, message.subject, detail))

    # long because a turn is made in one go: what fails stands above what cannot fail.
    def _record(
        self,
        spec: ActorSpec,
        key: KeyState,
        message: Message,
        decision: Decision,
        at: int,
        kind: str,
        content: bytes | None,
    ) -> Turn:
        """Make the turn, apply it, append it to the open group. All or nothing, and no await."""
        events, said = decision.events, decision.said
        expand_topics(events, said)
        partition = key.partition
        fold = self.fold
        pos = fold.positions[partition]
        turn = Turn(
            FORMAT,
            message.tenant,
            partition,
            pos,
            self.epoch,
            spec.name,
            message.key,
            message.subject,
            key.seq + 1,
            at,
            message.id,
            message.correlation,
            message.trace,
            kind,
            content,
            tuple(events),
            tuple(said),
            decision.timers_set,
            decision.timers_cancelled,
            decision.reply,
        )
        data = encode(turn)
        if len(data) > MAX_TURN_BYTES or len(said) >= MAX_SAID:
            raise TurnRefused(f"turn of {len(data)} bytes saying {len(said)} entries is over the limit")
        if kind == DECIDED and events:
            self._apply(spec, key, message, events)
        # Nothing below can fail: from here on the turn exists.
        fold.positions[partition] = pos + 1
        fold.turns += 1
        key.seq += 1
        group = self.group
        key.group = group.number
        group.turns.append(turn)
        group.data.append(data)
        group.bytes += len(data)
        if said:
            self._say(turn, group)
        if turn.timers_set or turn.timers_cancelled or turn.cause.startswith("t:"):
            self._set_timers(turn, group.number)
        if kind != DECIDED:
            fold.note_parking(turn)
        if len(group.turns) == 1:
            self.work.give()
        if len(group.turns) >= GROUP_TURNS or group.bytes >= GROUP_BYTES:
            self.close_group()
        return turn

    def _set_timers(self, turn: Turn, group: int) -> None:
        self.fold.take_timers(turn, group)
        for timer in turn.timers_set:
            at_key = TimerKey(turn.tenant, turn.actor, turn.key, timer.name)
            self.timers_changed(timer.due_ms, at_key, self.fold.timers[at_key])

    def _apply(self, spec: ActorSpec, key: KeyState, message: Message, events: list[Fact]) -> None:
        folds = spec.folds
        try:
            for event in events:
                fold = folds.get(event.type)
                if fold is not None:
                    fold(key.state, message.body if event.body is None else event.body)
        except Exception:
            self._refold(spec, key, message)
            raise

    def _refold(self, spec: ActorSpec, key: KeyState, message: Message) -> None:
        """An apply raised half-way: make the key's state anew from its turns."""
        state = spec.initial(message.key)
        own = (message.tenant, spec.name, message.key)
        coordinates: dict[tuple[int, int], Turn] = {}
        turns = [decode_turn(d) for _, group in self.journal.read() for d in group]
        under_way = [self.committing] if self.committing is not None else []
        for pending in (*under_way, *self.closed, self.group):
            turns.extend(decode_turn(d) for d in pending.data)
        for turn in turns:
            if (turn.partition, turn.pos) in coordinates:
                continue  # Of the group under way, which the journal has already.
            coordinates[(turn.partition, turn.pos)] = turn
            if (turn.tenant, turn.actor, turn.key) == own and turn.kind not in (PARKED, DISCARDED):
                fold_events(spec, state, turn, lambda cause: message_of(*said_at(coordinates, cause)).body)
        key.state = state

    def _say(self, turn: Turn, group: Group) -> None:
        """Make what the turn says pending. Conversations know it at once, its receivers after the commit."""
        prefix = f"{turn.partition}.{turn.pos}."
        events, routes, fold, strict = turn.events, self._routes, self.fold, self.strict
        for index, said in enumerate(turn.said):
            message = Message(
                said.to,
                said.key,
                said.subject,
                said.type,
                said.version,
                said.lane,
                said.reply_to,
                said.body if said.event is None else events[said.event].body,
                f"{prefix}{index}",
                turn.tenant,
                turn.cause,
                turn.correlation,
                turn.trace,
            )
            if strict:
                message = through_the_wire(message)
            if said.to in routes:
                group.said.append((message, None))
            else:
                group.said.append((message, fold.enqueue(message, group.number)))
                self.waiting += 1

    # -- committing -------------------------------------------------------------------------------

    def close_group(self) -> None:
        """Close the open group; the committer takes it next."""
        if self.group.turns:
            self.closed.append(self.group)
            self.group = Group(self.group.number + 1)

    def next_group(self) -> Group | None:
        """The group to make durable now."""
        if not self.closed:
            self.close_group()
        self.committing = self.closed.popleft() if self.closed else None
        return self.committing

    def all_durable(self) -> bool:
        """Whether every turn so far is."""
        return not self.group.turns and self.durable == self.group.number - 1

    def committed(self, group: Group) -> None:
        """The group is durable: tell everybody, in the order in which it was said."""
        self.durable = group.number
        self.committing = None
        self.counts["commits"] += 1
        for watcher in self.watchers:
            watcher(group.turns)
        waiters = self.waiters
        for message, conversation in group.said:
            if conversation is None:
                self._arrive(message)
                continue
            if message.to == "intake" and (waiter := waiters.pop(message.key, None)) is not None:
                waiter(message)
            self._wake(conversation, message.lane)
        while self._durable_waiters and self._durable_waiters[0][0] <= self.durable:
            trio.lowlevel.reschedule(heapq.heappop(self._durable_waiters)[2])

    async def until_durable(self, group: int) -> None:
        """Return when the group is durable. What was read from turns up to it may then be shown."""
        if group <= self.durable:
            return
        waiter = (group, next(self._waiter_numbers), trio.lowlevel.current_task())
        heapq.heappush(self._durable_waiters, waiter)

        def abort(_: Any) -> trio.lowlevel.Abort:
            self._durable_waiters.remove(waiter)
            heapq.heapify(self._durable_waiters)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def _arrive(self, message: Message) -> None:
        backlog = self._routes[message.to]
        arrival = self.arrivals.get(backlog.system)
        if arrival is None:
            backlog.put(message)
        else:
            arrival(message)

    def _wake(self, conversation: Conversation, lane: int) -> None:
        put = self.mailboxes[conversation[1]].put_nowait
        if self.deliver is deliver_at_once:
            put(conversation, lane)
        else:
            self.deliver(put, conversation, lane)

    def _read_back(self, coordinates: Sequence[tuple[int, int, int]]) -> list[Message]:
        turns = self.journal.read_turns((partition, pos) for partition, pos, _ in coordinates)
        return [
            message_of(decode_turn(data), index)
            for data, (_, _, index) in zip(turns, coordinates, strict=True)
        ]

    # -- what enters ------------------------------------------------------------------------------

    def fire(self, key: TimerKey, standing: Standing) -> None:
        """A timer is due: its message joins its conversation, once."""
        if standing.fired or self.fold.timers.get(key) is not standing:
            return
        standing.fired = True
        body = TimerFired(standing.due_ms)
        message = Message(
            key.actor,
            key.key,
            standing.subject,
            f"timer.{key.name}",
            1,
            NORMAL,
            None,
            body,
            standing.id,
            key.tenant,
            standing.id,
            standing.id,
            standing.trace,
        )
        conversation = self.fold.enqueue(message, standing.group)
        self.waiting += 1
        if standing.group <= self.durable:
            self._wake(conversation, NORMAL)

    def statistics(self) -> dict[str, Any]:
        """Counts and depths, for operators and reports."""
        return {
            "turns": self.fold.turns,
            "durable_group": self.durable,
            "open_group_turns": len(self.group.turns),
            "waiting": self.waiting,
            "open_calls": len(self.open_calls),
            "timers": len(self.fold.timers),
            "parked_subjects": len(self.fold.parked),
            "keys": len(self.fold.keys),
            "keys_put_to_rest": self.shelf.put_count,
            **self.counts,
            "mailboxes": {name: box.statistics() for name, box in self.mailboxes.items()},
            "backlogs": {name: backlog.statistics() for name, backlog in self.backlogs.items()},
        }
