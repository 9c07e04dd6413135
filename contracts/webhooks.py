"""The vocabulary of webhooks out: who is told of events by requests of ours, with which secret, and what came of it.

An event is named by its id, which is its place in the journal: `partition.pos.place`. A cursor is (commit group, turn
in it, fact in that): everything up to and with it was handed out.
"""

from __future__ import annotations

from msgspec import Struct

from .private import Private

# Standard Webhooks: the waits before each try, from the one before it.
SCHEDULE_MS = tuple(
    1_000 * seconds for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
# Up to so many hundredths of a percent are added to each wait, so that endpoints that failed together do not come
# back together.
JITTER_BP = 1_000
# A Retry-After is obeyed up to so long.
RETRY_AFTER_AT_MOST_MS = 86_400_000
# Events of an endpoint that wait for their next try; past it no new ones are tried, they wait in the journal.
WAITING_AT_MOST = 100
# What an endpoint remembers of what was delivered, of what was given up, and of its replays.
RECENT_AT_MOST, EXHAUSTED_AT_MOST, REPLAYS_AT_MOST = 100, 1_000, 20
ENDPOINTS_AT_MOST = 100
SECRETS_AT_MOST = 4
OVERLAP_MS, OVERLAP_AT_MOST_MS = 86_400_000, 7 * 86_400_000
# What becomes of an endpoint.
NONE, ENABLED, DISABLED, REMOVED = "none", "enabled", "disabled", "removed"
STRUCTURED, BINARY = "structured", "binary"
MODES = (STRUCTURED, BINARY)
# Why an endpoint is disabled: it said so itself, nothing reached it for the whole schedule, a person wants it.
GONE, UNREACHED, BY_HAND = "gone", "unreached", "by-hand"
# What a test of an endpoint tells it, whatever else it wants to hear.
TESTED = "webhook.tested"

Cursor = tuple[int, int, int]


class EndpointSecret(Struct, array_like=True, frozen=True, gc=False):
    """A secret, sealed in every turn. From `until_ms` on it signs no more; 0 while it is the newest."""

    secret_id: str
    secret: Private[str]
    until_ms: int = 0


class RegisterEndpoint(Struct, array_like=True, frozen=True, gc=False):
    """webhooks.register, webhook.registered: events of these types (none: all) are sent there from now on."""

    endpoint_id: str
    url: str
    types: tuple[str, ...]
    mode: str
    description: str
    secret: EndpointSecret
    by: str
    at_ms: int = 0


class ChangeEndpoint(Struct, array_like=True, frozen=True, gc=False):
    """webhooks.change, webhook.changed: what is None stays."""

    endpoint_id: str
    url: str | None
    types: tuple[str, ...] | None
    mode: str | None
    description: str | None
    enabled: bool | None
    by: str


class RemoveEndpoint(Struct, array_like=True, frozen=True, gc=False):
    """webhooks.remove, webhook.removed: nothing is sent there any more."""

    endpoint_id: str
    by: str


class RotateSecret(Struct, array_like=True, frozen=True, gc=False):
    """webhooks.rotate, webhook.secret_rotated: the secrets before sign too until `until_ms`."""

    endpoint_id: str
    secret: EndpointSecret
    overlap_ms: int
    by: str
    until_ms: int = 0


class SendTest(Struct, array_like=True, frozen=True, gc=False):
    """webhooks.test, webhook.tested: an event for this endpoint alone."""

    endpoint_id: str
    test_id: str
    by: str


class RedeliverEvent(Struct, array_like=True, frozen=True, gc=False):
    """webhooks.redeliver, webhook.redelivery_asked: this event once more, with the whole schedule before it."""

    endpoint_id: str
    event_id: str
    type: str
    by: str
    at_ms: int = 0


class ReplayEvents(Struct, array_like=True, frozen=True, gc=False):
    """webhooks.replay, webhook.replay_begun: what was told between two instants, once more.

    `first` and `behind` are the commit groups between which that stands; `events` is how many there are.
    """

    endpoint_id: str
    replay_id: str
    since_ms: int
    until_ms: int
    types: tuple[str, ...]
    first: int
    behind: int
    events: int
    by: str


class Tried(Struct, array_like=True, frozen=True, gc=False):
    """A try as the connector saw it. `status` 0: there was no answer, `reason` says why.

    `jitter_bp` is drawn: how much longer than the schedule says the next try is waited for, up to JITTER_BP.
    """

    event_id: str
    type: str
    status: int
    reason: str
    took_ms: int
    retry_after_ms: int
    jitter_bp: int


class ReplayStep(Struct, array_like=True, frozen=True, gc=False):
    """How far a replay has come: `sent` more events, up to this cursor; `done` when that is its end."""

    replay_id: str
    cursor: Cursor
    sent: int
    done: bool


class RecordDeliveries(Struct, array_like=True, frozen=True, gc=False):
    """webhooks.record: tries that have ended, and how far the endpoint's cursors have come."""

    endpoint_id: str
    cursor: Cursor
    tried: tuple[Tried, ...]
    replay: ReplayStep | None = None


class Attempt(Struct, array_like=True, frozen=True, gc=False):
    """What came of a try: delivered where `due_ms` is 0 and it is not `exhausted`; else tried again at `due_ms`."""

    event_id: str
    type: str
    attempt: int
    status: int
    reason: str
    took_ms: int
    due_ms: int
    exhausted: bool


class DeliveriesRecorded(Struct, array_like=True, frozen=True, gc=False):
    """webhook.attempted: what came of tries. Nothing at all is sent before `paused_until_ms`."""

    endpoint_id: str
    at_ms: int
    cursor: Cursor
    attempts: tuple[Attempt, ...]
    paused_until_ms: int
    replay: ReplayStep | None = None


class EventExhausted(Struct, array_like=True, frozen=True, gc=False):
    """webhook.exhausted: every try of an event has failed; a person is told."""

    endpoint_id: str
    event_id: str
    type: str
    attempts: int
    status: int
    reason: str
    exception_id: str
    at_ms: int


class EndpointDisabled(Struct, array_like=True, frozen=True, gc=False):
    """webhook.disabled: nothing is sent there until somebody enables it. `reason` is GONE, UNREACHED or BY_HAND."""

    endpoint_id: str
    reason: str
    exception_id: str


class EndpointEnabled(Struct, array_like=True, frozen=True, gc=False):
    """webhook.enabled: it goes on where it was."""

    endpoint_id: str
    at_ms: int
    by: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "webhooks.register": (1, RegisterEndpoint),
    "webhooks.change": (1, ChangeEndpoint),
    "webhooks.remove": (1, RemoveEndpoint),
    "webhooks.rotate": (1, RotateSecret),
    "webhooks.test": (1, SendTest),
    "webhooks.redeliver": (1, RedeliverEvent),
    "webhooks.replay": (1, ReplayEvents),
    "webhooks.record": (1, RecordDeliveries),
    "webhook.registered": (1, RegisterEndpoint),
    "webhook.changed": (1, ChangeEndpoint),
    "webhook.removed": (1, RemoveEndpoint),
    "webhook.secret_rotated": (1, RotateSecret),
    "webhook.tested": (1, SendTest),
    "webhook.redelivery_asked": (1, RedeliverEvent),
    "webhook.replay_begun": (1, ReplayEvents),
    "webhook.attempted": (1, DeliveriesRecorded),
    "webhook.exhausted": (1, EventExhausted),
    "webhook.disabled": (1, EndpointDisabled),
    "webhook.enabled": (1, EndpointEnabled),
}


def signing(secrets: tuple[EndpointSecret, ...], at: int) -> tuple[EndpointSecret, ...]:
    """The secrets that sign at an instant, the newest first."""
    return tuple([one for one in secrets if not one.until_ms or at < one.until_ms])


def is_delivered(status: int) -> bool:
    """Whether an endpoint took it. A redirect is not followed, and not taken for an answer."""
    return 200 <= status < 300


def endpoint_path(endpoint_id: str) -> str:
    """Where an endpoint is found."""
    return f"/v1/webhook-endpoints/{endpoint_id}"
