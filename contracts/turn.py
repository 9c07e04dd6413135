"""The record: Message, Said, Turn, Fact and Timer, exactly as the journal keeps them.

One actor takes one message, decides, and leaves one record, the *turn*. All structs are arrays on
the wire, fields are only ever appended, and there are no sets, so that equal turns are equal bytes.
The format number stands in every turn and in the journal's header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

FORMAT = 1
PARTITIONS = 64
MAX_TURN_BYTES = 256 * 1024
DEFAULT_TENANT = "main"

# Lanes choose between subjects, never within one.
URGENT, NORMAL, BULK = 0, 1, 2
LANES = (URGENT, NORMAL, BULK)

# Kinds of turn.
DECIDED, PARKED, RETRIED, DISCARDED = "decided", "parked", "retried", "discarded"

if TYPE_CHECKING:
    Body = Any
else:
    # A body is written as whatever Struct it is; read back it stays raw until somebody asks for it
    # by its type (contracts.vocabulary.body_of), so a refold decodes only what it folds.
    Body = msgspec.Raw


class Address(NamedTuple):
    """Where an answer goes: the asker's actor, key and subject."""

    actor: str
    key: str
    subject: str


class Fact(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What became true. `body` is the Struct named by (type, version)."""

    type: str
    version: int
    body: Body


class Timer(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A named timer of (actor, key): setting replaces. `due_ms` is an instant, not a delay."""

    name: str
    subject: str
    due_ms: int


class Said(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One entry said by a turn, to one destination. Either `body`, or `event` n of the same turn."""

    to: str
    key: str
    subject: str
    type: str
    version: int
    lane: int
    reply_to: Address | None
    body: Body
    event: int | None = None


class Message(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Said plus what its turn tells: id, tenant, cause, correlation, trace. Never stored as such.

    `id` is coordinates `partition.pos.index` for what a turn said, `t:...` for a timer, `x:...` for
    what came from outside. `correlation` is the id of the outside message or timer that began it all.
    """

    to: str
    key: str
    subject: str
    type: str
    version: int
    lane: int
    reply_to: Address | None
    body: Body
    id: str
    tenant: str
    cause: str
    correlation: str
    trace: str


class Turn(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The only unit of atomicity, idempotency, ordering, replay, lineage and tracing.

    `pos` is dense per partition, `seq` dense per (tenant, actor, key). `message` holds bytes only
    where the content stands in no other turn: call results, file records, parked messages.
    `reply` is the index in `said` of the entry that answers the asker.
    """

    format: int
    tenant: str
    partition: int
    pos: int
    epoch: int
    actor: str
    key: str
    subject: str
    seq: int
    at_ms: int
    cause: str
    correlation: str
    trace: str
    kind: str
    message: bytes | None
    events: tuple[Fact, ...]
    said: tuple[Said, ...]
    timers_set: tuple[Timer, ...]
    timers_cancelled: tuple[str, ...]
    reply: int | None = None


def message_id(partition: int, pos: int, index: int) -> str:
    """The id of the entry `index` said by the turn at (partition, pos)."""
    return f"{partition}.{pos}.{index}"


def timer_id(partition: int, pos: int, name: str) -> str:
    """The id of a timer's message: the coordinates of its setting and its name."""
    return f"t:{partition}.{pos}:{name}"
