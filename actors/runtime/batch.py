"""Many commands under one idempotency key: one turn of intake says them, and each is decided in the same breath.

A single call takes three turns at the door: intake passes it on, its actor decides, intake keeps the answer. Here what
becomes of each command is known before anything is said, because its key has no turn yet and nothing waits for it; so
one turn keeps the answer and says up to a hundred commands, and their turns follow at once, in the same group or the
next one. A batch larger than a turn is several parts, each with a key of its own: where a crash comes between two, a
repeat gets the answers of those that were kept and does the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from contracts.decision import Decision
from contracts.ids import external_id, hash128
from contracts.platform import CallAnswered, CallOpened, OpenTogether
from contracts.turn import DECIDED, MAX_TURN_BYTES, Message, Said
from contracts.vocabulary import TYPE_OF

from .actor import ActorSpec
from .engine import Engine
from .errors import KeyReused, TurnRefused

PART_COMMANDS = 100
PART_BYTES = MAX_TURN_BYTES * 3 // 4
KEPT_MS = 24 * 3_600_000


class Entry(NamedTuple):
    """A command of a batch and what is told of it: `taken`, or `known` where its key has turns already.

    Without a command it is refused: `taken` says why. `size` is about what it takes in a turn.
    """

    taken: bytes
    known: bytes = b""
    to: str = ""
    key: str = ""
    command: Any = None
    size: int = 0


class Together(NamedTuple):
    """What was told of each entry, and whether all of it is the repeat of an earlier answer."""

    told: bytes
    replayed: bool


def open_together(state: Any, message: Message, at: int) -> Decision:
    """Intake's turn: the call is open, and answered; and every command is said."""
    call: OpenTogether = message.body
    decision = Decision()
    decision.event(CallOpened(call.fingerprint, call.expires_ms, True))
    decision.event(CallAnswered(202, (), call.told))
    decision.said.extend(call.said)
    return decision


async def take_together(
    engine: Engine,
    intake: ActorSpec,
    admit: Callable[[], None],
    seal: Callable[[Any, str], Any],
    call: Any,
    entries: Sequence[Entry],
) -> Together:
    """Take what is new of a batch and return when all of it is durable. `call.key` is the batch's.

    Raises KeyReused, and what `admit` raises: then nothing is recorded.
    """
    now, fold = engine.clock.now_ms(), engine.fold
    parts = list(_parts(entries))
    keys = [
        hash128(call.tenant, call.principal, call.method, call.route, call.key, str(n))
        for n in range(len(parts))
    ]
    known = [fold.key(call.tenant, "intake", key) for key in keys]
    kept = [one.state.phase != "free" and now < one.state.expires_ms for one in known]
    if any(kept[n] and one.state.fingerprint != call.fingerprint for n, one in enumerate(known)):
        raise KeyReused("this idempotency key was used for another request")
    if not all(kept):
        admit()
    durable = 0
    for n, part in enumerate(parts):
        if not kept[n]:
            durable = max(durable, _take(engine, intake, seal, call, keys[n], part))
        durable = max(durable, known[n].group)
    told = b",".join([one.state.body for one in known])
    await engine.until_durable(durable)
    return Together(told, all(kept))


def _parts(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """As many as fit into a turn, the same ones for the same batch."""
    part: list[Entry] = []
    size = 0
    for entry in entries:
        taken = entry.size + len(entry.taken)
        if part and (len(part) >= PART_COMMANDS or size + taken > PART_BYTES):
            yield part
            part, size = [], 0
        part.append(entry)
        size += taken
    if part:
        yield part


def _take(engine: Engine, intake: ActorSpec, seal: Any, call: Any, key: str, part: list[Entry]) -> int:
    """One part, without an await; returns the group that must be durable first. Raises TurnRefused."""
    fold, tenant = engine.fold, call.tenant
    id_ = external_id(tenant, key, str(fold.key(tenant, "intake", key).seq))
    said: dict[tuple[str, str, str, str], Said] = {}
    told = []
    for n, entry in enumerate(part):
        if entry.command is None:
            told.append(entry.taken)
            continue
        at = (tenant, entry.to, entry.key, entry.key)
        before = fold.find(at[:3])
        if at in said or at in fold.conversations or (before is not None and before.seq):
            told.append(entry.known)
            continue
        type_, version = TYPE_OF[type(entry.command)]
        command = seal(entry.command, f"{id_}.{n}")
        said[at] = Said(entry.to, entry.key, entry.key, type_, version, call.lane, None, command)
        told.append(entry.taken)
    expires = engine.clock.now_ms() + KEPT_MS
    body = OpenTogether(call.fingerprint, expires, b",".join(told), tuple(said.values()))
    message = Message(
        "intake",
        key,
        key,
        "intake.open_together",
        1,
        call.lane,
        None,
        body,
        id_,
        tenant,
        id_,
        id_,
        call.trace,
    )
    turn = engine.decide(intake, message)
    if turn.kind != DECIDED:
        raise TurnRefused("a part of a batch could not be taken")
    group = fold.key(tenant, "intake", key).group
    for at in said:
        # Nothing else waits for this key, so it is next; that its message is in the group before is enough.
        queue = fold.conversations[at]
        engine.decide(engine.actors[at[1]], queue[0][0])
        engine.waiting -= 1
        del queue[0]
        if not queue:
            del fold.conversations[at]
        group = max(group, fold.key(*at[:3]).group)
    return group
