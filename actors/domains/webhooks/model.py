"""An endpoint: where it is, what it wants to hear, its secrets, and every event that it is still owed. Pure.

An event is handed out once in its turn. Tried in vain it waits here for its next try, beside newer ones; after the last
one it is exhausted, and a person is told. A success shows that the endpoint is there again: what waits is then tried
soon, and not hours later. An event that is exhausted while nothing at all got through disables the endpoint.
"""

from __future__ import annotations

from msgspec import Struct

from contracts.ids import digest128
from contracts.webhooks import (
    DISABLED,
    ENABLED,
    EXHAUSTED_AT_MOST,
    JITTER_BP,
    NONE,
    RECENT_AT_MOST,
    RETRY_AFTER_AT_MOST_MS,
    SCHEDULE_MS,
    SECRETS_AT_MOST,
    STRUCTURED,
    Attempt,
    Cursor,
    EndpointSecret,
    Tried,
    is_delivered,
    signing,
)

GONE_STATUS = 410
# Those that say by Retry-After that nothing at all should be sent for a while.
PAUSING = (429, 503)
# Within this time of a success what waits is tried again.
SOON_MS = 60_000


class Waiting(Struct, gc=False):
    """An event that was tried `attempts` times in vain. `exception_id`: it was exhausted before.

    `hastened`: a success has brought it forward, which happens once: what is never taken keeps to the schedule.
    """

    type: str
    attempts: int
    due_ms: int
    since_ms: int
    status: int = 0
    reason: str = ""
    exception_id: str = ""
    hastened: bool = False


class Ended(Struct, frozen=True, gc=False):
    """An event that was delivered, or given up."""

    event_id: str
    type: str
    attempts: int
    status: int
    reason: str
    at_ms: int
    took_ms: int
    exception_id: str = ""


class Replay(Struct, gc=False):
    """A replay: groups `first` to before `behind`, what was told from `since_ms` to before `until_ms`."""

    since_ms: int
    until_ms: int
    types: tuple[str, ...]
    first: int
    behind: int
    events: int
    cursor: Cursor
    sent: int = 0
    done: bool = False


class EndpointState(Struct):
    """All of an endpoint. `status` is none, enabled, disabled or removed.

    `failing_since_ms` is when the first of the tries was that have all failed since; 0 while the last one did not.
    `exception_id` is open while it is disabled for another reason than that somebody wanted it.
    """

    status: str = NONE
    url: str = ""
    types: tuple[str, ...] = ()
    mode: str = STRUCTURED
    description: str = ""
    by: str = ""
    created_ms: int = 0
    secrets: tuple[EndpointSecret, ...] = ()
    disabled_reason: str = ""
    exception_id: str = ""
    cursor: Cursor | None = None
    waiting: dict[str, Waiting] = {}
    exhausted: dict[str, Ended] = {}
    recent: tuple[Ended, ...] = ()
    replays: dict[str, Replay] = {}
    failing_since_ms: int = 0
    succeeded_ms: int = 0
    paused_until_ms: int = 0
    delivered: int = 0
    failed: int = 0
    given_up: int = 0


def is_living(state: EndpointState) -> bool:
    """Whether there is such an endpoint."""
    return state.status in (ENABLED, DISABLED)


def attempt_of(known: Waiting | None, tried: Tried, at: int) -> Attempt:
    """What comes of a try: delivered, tried again when, or given up."""
    attempt = 1 if known is None else known.attempts + 1
    due, exhausted = 0, False
    if not is_delivered(tried.status):
        if attempt >= len(SCHEDULE_MS):
            exhausted = True
        else:
            due = at + next_wait_ms(attempt, tried)
    return Attempt(
        tried.event_id, tried.type, attempt, tried.status, tried.reason, tried.took_ms, due, exhausted
    )


def next_wait_ms(attempt: int, tried: Tried) -> int:
    """How long to wait after the n-th try: as the schedule says and up to a tenth more, or as it was asked for."""
    scheduled = SCHEDULE_MS[attempt]
    jitter = scheduled * min(tried.jitter_bp, JITTER_BP) // 10_000
    return max(scheduled + jitter, asked_ms(tried))


def asked_ms(tried: Tried) -> int:
    """For how long the endpoint wants to be left alone."""
    return max(0, min(tried.retry_after_ms, RETRY_AFTER_AT_MOST_MS))


def pause_of(tried: Tried, at: int) -> int:
    """Until when nothing at all is to be sent there, because it said so."""
    return at + asked_ms(tried) if tried.status in PAUSING and tried.retry_after_ms > 0 else 0


def exhausted_id(endpoint_id: str, event_id: str) -> str:
    """The exception of an event that was given up: one, however often."""
    return "exc_" + digest128("webhook-exhausted", endpoint_id, event_id)


def disabled_id(endpoint_id: str, at: int) -> str:
    """The exception of an endpoint that was disabled at an instant."""
    return "exc_" + digest128("webhook-disabled", endpoint_id, str(at))


def rotated(
    secrets: tuple[EndpointSecret, ...], new: EndpointSecret, until_ms: int, at: int
) -> tuple[EndpointSecret, ...]:
    """The new secret before the ones that sign until then; more than a few are not kept."""
    kept = [
        EndpointSecret(one.secret_id, one.secret, min(one.until_ms or until_ms, until_ms))
        for one in signing(secrets, at)
        if until_ms > at
    ]
    return (new, *kept)[:SECRETS_AT_MOST]


def take_attempt(state: EndpointState, one: Attempt, at: int) -> None:
    """Fold what came of a try."""
    known = state.waiting.get(one.event_id)
    if is_delivered(one.status):
        state.waiting.pop(one.event_id, None)
        state.exhausted.pop(one.event_id, None)
        state.delivered += 1
        state.succeeded_ms = at
        ended = Ended(one.event_id, one.type, one.attempt, one.status, one.reason, at, one.took_ms)
        state.recent = (ended, *state.recent)[:RECENT_AT_MOST]
        if state.failing_since_ms:
            state.failing_since_ms = 0
            _bring_forward(state, at)
        return
    state.failed += 1
    state.failing_since_ms = state.failing_since_ms or at
    if one.exhausted:
        state.waiting.pop(one.event_id, None)
        return
    since = at if known is None else known.since_ms
    exception_id, hastened = ("", False) if known is None else (known.exception_id, known.hastened)
    state.waiting[one.event_id] = Waiting(
        one.type, one.attempt, one.due_ms, since, one.status, one.reason, exception_id, hastened
    )


def give_up(state: EndpointState, ended: Ended) -> None:
    """Fold that an event was given up."""
    state.given_up += 1
    state.exhausted.pop(ended.event_id, None)
    state.exhausted[ended.event_id] = ended
    while len(state.exhausted) > EXHAUSTED_AT_MOST:
        del state.exhausted[next(iter(state.exhausted))]


def begin_again(state: EndpointState, at: int) -> None:
    """Somebody enabled it: what it is owed is tried now, with the whole schedule before it."""
    state.failing_since_ms = state.paused_until_ms = 0
    for one in state.waiting.values():
        one.attempts, one.due_ms = 0, at


def _bring_forward(state: EndpointState, at: int) -> None:
    """It is there again: what waits is tried within a minute, a little apart."""
    late = [one for one in state.waiting.values() if not one.hastened and one.due_ms > at + SOON_MS]
    step = SOON_MS // (len(late) + 1)
    for n, one in enumerate(late, 1):
        one.due_ms, one.hastened = at + n * step, True
