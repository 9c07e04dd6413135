"""The vocabulary of telling subscribers: how far each of them has confirmed what became of our things."""

from __future__ import annotations

from msgspec import Struct

# So long a subscriber may be away before a person has to look.
PATIENCE_MS = 15 * 60_000


class Refused(Struct, array_like=True, frozen=True, gc=False):
    """A thing that a subscriber will not take as it is, and why, in its words."""

    kind: str
    ref: str
    order_id: str
    code: str


class RecordSync(Struct, array_like=True, frozen=True, gc=False):
    """channel_sync.record: what changed before group `groups` of the journal, the subscriber has: it was asked.

    `told` things since the last record, `repaired` of them told again because it had something else. `failing_since_ms`
    is when it was last reached, 0 while it is.
    """

    subscriber: str
    groups: int
    told: int
    repaired: int
    refused: tuple[Refused, ...] = ()
    failing_since_ms: int = 0


class SyncConfirmed(Struct, array_like=True, frozen=True, gc=False):
    """sync.confirmed: the subscriber has all that changed before this group."""

    subscriber: str
    groups: int
    told: int
    repaired: int


class SyncFellBehind(Struct, array_like=True, frozen=True, gc=False):
    """sync.fell_behind: the subscriber cannot be reached, a person is told."""

    subscriber: str
    since_ms: int
    exception_id: str


class SyncCaughtUp(Struct, array_like=True, frozen=True, gc=False):
    """sync.caught_up: it is reached again."""

    subscriber: str
    since_ms: int


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "channel_sync.record": (1, RecordSync),
    "sync.confirmed": (1, SyncConfirmed),
    "sync.fell_behind": (1, SyncFellBehind),
    "sync.caught_up": (1, SyncCaughtUp),
}
