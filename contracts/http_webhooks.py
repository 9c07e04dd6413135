"""What is submitted and answered over HTTP of webhooks: endpoints out, what came of their deliveries; events in."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from .http import Text, Time
from .webhooks import OVERLAP_AT_MOST_MS, OVERLAP_MS

Url = Annotated[str, Meta(min_length=8, max_length=2_048)]
EventName = Annotated[str, Meta(min_length=3, max_length=64)]
EventNames = Annotated[tuple[EventName, ...], Meta(max_length=100)]
Mode = Literal["structured", "binary"]


class EndpointSubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """Where events are to be sent. `types` as in GET /v1/events (`order.accepted`, `order.*`); none: all of them."""

    url: Url
    types: EventNames = ()
    mode: Mode = "structured"
    description: Text = ""


class EndpointChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be another; what is not given stays. `status` enables what was disabled, or disables it."""

    url: Url | None = None
    types: EventNames | None = None
    mode: Mode | None = None
    description: Text | None = None
    status: Literal["enabled", "disabled"] | None = None


class SecretRotation(Struct, frozen=True, forbid_unknown_fields=True):
    """For how long the secrets before sign beside the new one."""

    overlap_ms: Annotated[int, Meta(ge=0, le=OVERLAP_AT_MOST_MS)] = OVERLAP_MS


class ReplaySubmission(Struct, frozen=True, forbid_unknown_fields=True):
    """What was told from `since` to before `until` (left out: now), once more. No `types`: what the endpoint wants.

    A dry run, which it is unless said otherwise, says how many events that would be, and sends none.
    """

    since: Time
    until: Time | None = None
    types: EventNames = ()
    dry_run: bool = True


class SecretAnswer(Struct, frozen=True, kw_only=True):
    """A secret that an endpoint is told with; null where it is another by now."""

    endpoint_id: str
    secret_id: str
    secret: str | None


class EndpointMade(SecretAnswer, frozen=True, kw_only=True):
    """An endpoint, and its first secret: told in this answer alone."""

    status: str


class SecretRotated(SecretAnswer, frozen=True, kw_only=True):
    """The new secret: told in this answer alone."""

    overlap_ms: int


class SecretShown(Struct, frozen=True):
    """A secret by its name. `until` is when it stops signing, null for the newest."""

    secret_id: str
    until: str | None


class EndpointAnswer(Struct, frozen=True, kw_only=True):
    """An endpoint. `waiting`: events to be tried again; `exhausted`: given up and not delivered since."""

    endpoint_id: str
    url: str
    types: tuple[str, ...]
    mode: str
    description: str
    status: Literal["enabled", "disabled"]
    disabled_reason: str | None
    failing_since: str | None
    paused_until: str | None
    secrets: tuple[SecretShown, ...]
    delivered: int
    failed_tries: int
    waiting: int
    exhausted: int
    created_at: str
    version: int


class EndpointsAnswer(Struct, frozen=True):
    """Every endpoint of the asker's tenant, the oldest first."""

    items: tuple[EndpointAnswer, ...]


class EndpointStatus(Struct, frozen=True):
    """What an endpoint is now."""

    endpoint_id: str
    status: str


class TryAccepted(Struct, frozen=True):
    """A test event is on its way; its delivery tells what came of it."""

    endpoint_id: str
    test_id: str
    status: str


class DeliveryAnswer(Struct, frozen=True, kw_only=True):
    """What came of an event. `http_status` 0: there was no answer, `reason` says why."""

    event_id: str
    webhook_id: str
    type: str
    status: Literal["delivered", "waiting", "exhausted"]
    attempts: int
    http_status: int
    reason: str
    at: str | None
    next_try_at: str | None
    exception_id: str | None


class DeliveriesAnswer(Struct, frozen=True, kw_only=True):
    """A page of what waits, was given up, and was delivered lately; in this order, the newest first."""

    as_of: str
    items: tuple[DeliveryAnswer, ...]


class RedeliveryAnswer(Struct, frozen=True):
    """The event is tried again, with the whole schedule before it."""

    event_id: str
    status: str


class ReplayAnswer(Struct, frozen=True, kw_only=True):
    """A replay, or what it would be. `events` were there when it was asked for; `by_type` of a dry run."""

    dry_run: bool
    status: Literal["would-run", "running", "done"]
    events: int
    replay_id: str | None = None
    since: str | None = None
    until: str | None = None
    sent: int | None = None
    by_type: dict[str, int] | None = None


class ReplaysAnswer(Struct, frozen=True):
    """The replays of an endpoint that are remembered."""

    items: tuple[ReplayAnswer, ...]


class InboundAnswer(Struct, frozen=True):
    """How many events came in, and how many of them were new."""

    received: int
    new: int
