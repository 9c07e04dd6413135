"""The fold: what all turns so far amount to. States, sequence numbers, pending, timers, parked work.

Live turns and a journal read back go through the same rules, so that a rebuilt fold equals the live one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from contracts.codec import decode_turn
from contracts.ids import partition_of
from contracts.turn import (
    DECIDED,
    DISCARDED,
    PARKED,
    PARTITIONS,
    Message,
    Said,
    Turn,
    message_id,
    timer_id,
)
from contracts.vocabulary import decode_body

from .actor import ActorSpec
from .shelf import Generations, Shelf, ShelfKey

# How an event without a body of its own reads back.
NIL = msgspec.Raw(b"\xc0")
_state_encoder = msgspec.msgpack.Encoder(order="deterministic")


# (tenant, actor, key, subject): FIFO and parking are per conversation. A plain tuple, for it is made
# twice a message.
Conversation = tuple[str, str, str, str]


class KeyState(msgspec.Struct, eq=False, gc=False):
    """One writer: its state, the seq of its last turn, and the group that turn is in.

    There are as many as there ever were keys, and none is part of a cycle: the collector need not see them.
    """

    state: Any
    partition: int
    seq: int = 0
    group: int = -1


# A pending message and the group that made it (decided only when that group is durable). Plain too.
Entry = tuple[Message, int]


class Standing(msgspec.Struct, eq=False, gc=False):
    """A timer that is set: its message id, subject, due time and the group of its setting."""

    id: str
    subject: str
    due_ms: int
    group: int
    trace: str
    fired: bool = False


class TimerKey(NamedTuple):
    """Timers are named per (tenant, actor, key)."""

    tenant: str
    actor: str
    key: str
    name: str


def content_of(turn: Turn, said: Said) -> Any:
    """What an entry of the turn says, decoded."""
    body = said.body if said.event is None else turn.events[said.event].body
    return decode_body(said.type, said.version, body)


def message_of(turn: Turn, index: int) -> Message:
    """The message that a turn's entry `index` is."""
    said = turn.said[index]
    return Message(
        said.to,
        said.key,
        said.subject,
        said.type,
        said.version,
        said.lane,
        said.reply_to,
        content_of(turn, said),
        message_id(turn.partition, turn.pos, index),
        turn.tenant,
        turn.cause,
        turn.correlation,
        turn.trace,
    )


def said_at(turns: Mapping[tuple[int, int], Turn], id_: str) -> tuple[Turn, int]:
    """The turn and index that a message id (partition.pos.index) names."""
    partition, pos, index = id_.split(".")
    return turns[(int(partition), int(pos))], int(index)


def fold_events(spec: ActorSpec, state: Any, turn: Turn, content: Callable[[str], Any]) -> None:
    """Fold a turn's events. `content(cause)` is the body of the message that the turn took."""
    folds = spec.folds
    for event in turn.events:
        fold = folds.get(event.type)
        if fold is not None:
            body = event.body
            fold(
                state,
                content(turn.cause)
                if body is None or body == NIL
                else decode_body(event.type, event.version, body),
            )


class Fold:
    """Everything that is remembered. Held by one owner, changed only by turns."""

    def __init__(self, actors: Mapping[str, ActorSpec], shelf: Shelf | None = None) -> None:
        self.actors = actors
        # What is in memory. Whoever asks for a key that is not there gets it from the shelf.
        self.keys: Generations[ShelfKey, KeyState] = Generations()
        self.shelf = shelf
        self._decoders = {
            name: msgspec.msgpack.Decoder(tuple[int, type(spec.initial("")) | None])  # type: ignore[misc]
            for name, spec in actors.items()
        }
        self.positions = [0] * PARTITIONS
        self.conversations: dict[Conversation, list[Entry]] = {}
        self.timers: dict[TimerKey, Standing] = {}
        self.parked: dict[Conversation, list[tuple[int, int]]] = {}
        self.last_at_ms = 0
        self.turns = 0
        # While a journal is read back: what was said and not yet caused, in order.
        self._unread: dict[str, tuple[Turn, int]] = {}

    def key(self, tenant: str, actor: str, key: str) -> KeyState:
        """The state of a key, made new where there is none."""
        at = (tenant, actor, key)
        found = self.keys.young.get(at) or self.find(at)
        if found is None:
            found = KeyState(self.actors[actor].initial(key), partition_of(tenant, key))
            self.keys.young[at] = found
        return found

    def find(self, at: ShelfKey) -> KeyState | None:
        """The state of (tenant, actor, key) in memory or on the shelf, or None where no turn wrote one."""
        found = self.keys.get(at)
        if found is None and (found := self._from_the_shelf(at)) is not None:
            self.keys.young[at] = found
        return found

    def peek(self, at: ShelfKey) -> KeyState | None:
        """As `find`, for a reader alone: a key on its way to the shelf goes on, and one that is there stays there."""
        return self.keys.young.get(at) or self.keys.old.get(at) or self._from_the_shelf(at)

    def _from_the_shelf(self, at: ShelfKey) -> KeyState | None:
        if self.shelf is None or (row := self.shelf.get(at)) is None:
            return None
        tenant, actor, key = at
        seq, state = self._decoders[actor].decode(row)
        if state is None:
            state = self.actors[actor].initial(key)
        return KeyState(state, partition_of(tenant, key), seq)

    def rest(self, most: int, durable: int) -> int:
        """Put up to `most` keys that were not used for a generation on the shelf; how many were looked at.

        Fewer than `most`: these were the last, and the next generation begins. Only what is durable leaves: a
        row never sums up turns that may still be lost.
        """
        assert self.shelf is not None
        left = self.keys.take_old(most)
        rows: list[tuple[ShelfKey, bytes]] = []
        for at, key in left:
            if key.group > durable:
                self.keys.young[at] = key
            elif key.seq:
                # A key that is as it was in the beginning keeps only its seq.
                state = None if key.state == self.actors[at[1]].initial(at[2]) else key.state
                rows.append((at, _state_encoder.encode((key.seq, state))))
        self.shelf.put(rows)
        if len(left) < most:
            self.keys.age()
        return len(left)

    def enqueue(self, message: Message, group: int) -> Conversation:
        """Put a pending message at the end of its conversation."""
        conversation = (message.tenant, message.to, message.key, message.subject)
        queue = self.conversations.get(conversation)
        if queue is None:
            # A list, though its head is taken: hardly ever do two messages wait, and a deque is 16 times the size.
            self.conversations[conversation] = [(message, group)]
        else:
            queue.append((message, group))
        return conversation

    def take_timers(self, turn: Turn, group: int) -> None:
        """Set and cancel the turn's timers; a fired timer that its own turn consumed is gone."""
        if turn.cause.startswith("t:"):
            at = TimerKey(turn.tenant, turn.actor, turn.key, turn.cause.split(":", 2)[2])
            standing = self.timers.get(at)
            if standing is not None and standing.id == turn.cause:
                del self.timers[at]
        for name in turn.timers_cancelled:
            self.timers.pop(TimerKey(turn.tenant, turn.actor, turn.key, name), None)
        for timer in turn.timers_set:
            at = TimerKey(turn.tenant, turn.actor, turn.key, timer.name)
            id_ = timer_id(turn.partition, turn.pos, timer.name)
            self.timers[at] = Standing(id_, timer.subject, timer.due_ms, group, turn.trace)

    def note_parking(self, turn: Turn) -> None:
        """Keep the parked turns of each conversation, in order."""
        if turn.kind == PARKED:
            subject = (turn.tenant, turn.actor, turn.key, turn.subject)
            self.parked.setdefault(subject, []).append((turn.partition, turn.pos))

    def read_back(self, turn: Turn, group: int) -> None:
        """Fold one turn of the journal. Call `finish_reading` after the last."""
        spec = self.actors.get(turn.actor)
        if spec is None:
            raise LookupError(f"the journal holds turns of an actor unknown here: {turn.actor}")
        at = (turn.tenant, turn.actor, turn.key)
        key = self.keys.young.get(at) or self.key(*at)
        if turn.kind not in (PARKED, DISCARDED):
            fold_events(spec, key.state, turn, self._content)
        key.seq = turn.seq
        key.group = group
        self.positions[turn.partition] = turn.pos + 1
        self.last_at_ms = max(self.last_at_ms, turn.at_ms)
        self.turns += 1
        unread = self._unread
        unread.pop(turn.cause, None)
        if turn.said:
            prefix = f"{turn.partition}.{turn.pos}."
            for index in range(len(turn.said)):
                unread[f"{prefix}{index}"] = (turn, index)
        if turn.timers_set or turn.timers_cancelled or turn.cause.startswith("t:"):
            self.take_timers(turn, group)
        if turn.kind != DECIDED:
            self.note_parking(turn)

    def _content(self, cause: str) -> Any:
        """The body of a message that was pending until this turn."""
        turn, index = self._unread[cause]
        return content_of(turn, turn.said[index])

    def finish_reading(self) -> Iterable[Message]:
        """The pending messages, in the order in which they were said."""
        unread, self._unread = self._unread, {}
        return (message_of(turn, index) for turn, index in unread.values())

    def digest(self) -> str:
        """SHA-256 over every key's seq and state, the standing timers and the positions, in key order.

        Keys that no turn ever wrote are left out: looking at them made them.
        """
        hasher = hashlib.sha256()
        encoded = self._at_rest()
        for at, key in self.keys:
            if key.seq:
                encoded[at] = _state_encoder.encode((at, key.seq, key.state))
        for at in sorted(encoded):
            hasher.update(encoded[at])
        for timer_at in sorted(self.timers):
            standing = self.timers[timer_at]
            hasher.update(_state_encoder.encode((timer_at, standing.id, standing.due_ms)))
        hasher.update(_state_encoder.encode(self.positions))
        return hasher.hexdigest()

    def _at_rest(self) -> dict[ShelfKey, bytes]:
        """What the digest takes of every key on the shelf."""
        found: dict[ShelfKey, bytes] = {}
        for at, row in self.shelf.rows() if self.shelf is not None else ():
            if at[1] in self.actors:
                seq, state = self._decoders[at[1]].decode(row)
                state = self.actors[at[1]].initial(at[2]) if state is None else state
                found[at] = _state_encoder.encode((at, seq, state))
        return found


def rebuilt(actors: Mapping[str, ActorSpec], groups: Iterable[tuple[int, list[bytes]]]) -> Fold:
    """A fold made from the journal alone."""
    fold = Fold(actors)
    for number, group in groups:
        for data in group:
            fold.read_back(decode_turn(data), number)
    return fold
