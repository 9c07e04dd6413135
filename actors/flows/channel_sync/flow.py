"""`channel_sync`: one writer a subscriber. Remembers how far it has confirmed what it was told, and opens an exception
for what it refuses and for a silence that lasts.

It tells nobody itself: the connector does, and records here what the subscriber has confirmed.
"""

from __future__ import annotations

from msgspec import Struct

from contracts.decision import Decision
from contracts.ids import digest128
from contracts.partners import ExceptionOpened
from contracts.sync import PATIENCE_MS, RecordSync, SyncCaughtUp, SyncConfirmed, SyncFellBehind
from contracts.turn import Message
from contracts.worklist import EndException

from ...runtime.actor import ActorSpec

_SILENT = "subscriber-silent"
_REFUSED = "sync-refused"


class SyncState(Struct):
    """One subscriber: what changed before group `groups` it has. `failing_since_ms` while a person is told of it."""

    groups: int = 0
    told: int = 0
    repaired: int = 0
    failing_since_ms: int = 0
    exception_id: str = ""


def _record(state: SyncState, message: Message, at: int) -> Decision:
    command: RecordSync = message.body
    decision = Decision()
    name = command.subscriber
    if command.groups > state.groups or command.told:
        groups = max(state.groups, command.groups)
        decision.event(SyncConfirmed(name, groups, command.told, command.repaired))
    for one in command.refused:
        id_ = "exc_" + digest128(_REFUSED, name, one.kind, one.ref, one.code)
        detail = f"{name} refuses {one.kind} {one.ref}: {one.code}"
        decision.event(ExceptionOpened(id_, "sync-refused", one.order_id, detail))
    since = command.failing_since_ms
    if since and not state.failing_since_ms and at - since >= PATIENCE_MS:
        id_ = "exc_" + digest128(_SILENT, name, str(since))
        decision.event(SyncFellBehind(name, since, id_))
        decision.event(ExceptionOpened(id_, "subscriber-silent", "", f"{name} is not reached since {since}"))
    elif not since and state.failing_since_ms:
        decision.event(SyncCaughtUp(name, state.failing_since_ms))
        end = EndException(
            state.exception_id, _SILENT, "", "channel_sync", "corrected", "it is reached again"
        )
        decision.say("exceptions", state.exception_id, "", end)
    return decision


def _fold_confirmed(state: SyncState, body: SyncConfirmed) -> None:
    state.groups = body.groups
    state.told += body.told
    state.repaired += body.repaired


def _fold_behind(state: SyncState, body: SyncFellBehind) -> None:
    state.failing_since_ms, state.exception_id = body.since_ms, body.exception_id


def _fold_caught_up(state: SyncState, body: SyncCaughtUp) -> None:
    state.failing_since_ms, state.exception_id = 0, ""


CHANNEL_SYNC = ActorSpec(
    "channel_sync",
    lambda key: SyncState(),
    {"channel_sync.record": _record},
    {
        "sync.confirmed": _fold_confirmed,
        "sync.fell_behind": _fold_behind,
        "sync.caught_up": _fold_caught_up,
    },
)
