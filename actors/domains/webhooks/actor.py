"""`webhooks`: one writer an endpoint. Decides what comes of every try; the connector makes and records them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from contracts.answers import done, refuse
from contracts.decision import Decision
from contracts.http import time_of
from contracts.partners import ExceptionOpened
from contracts.turn import Message
from contracts.webhooks import (
    BY_HAND,
    DISABLED,
    ENABLED,
    GONE,
    NONE,
    REMOVED,
    REPLAYS_AT_MOST,
    UNREACHED,
    Attempt,
    ChangeEndpoint,
    DeliveriesRecorded,
    EndpointDisabled,
    EndpointEnabled,
    EventExhausted,
    RecordDeliveries,
    RedeliverEvent,
    RegisterEndpoint,
    RemoveEndpoint,
    ReplayEvents,
    RotateSecret,
    SendTest,
    endpoint_path,
    is_delivered,
)
from contracts.worklist import EndException

from ...runtime.actor import ActorSpec, Fold, Handler
from .model import (
    GONE_STATUS,
    Ended,
    EndpointState,
    Replay,
    Waiting,
    attempt_of,
    begin_again,
    disabled_id,
    exhausted_id,
    give_up,
    is_living,
    pause_of,
    rotated,
    take_attempt,
)

_EXHAUSTED, _DISABLED = "webhook-exhausted", "webhook-disabled"
_NOT_FOUND = "webhook-endpoint-not-found"


def _register(state: EndpointState, message: Message, at: int) -> Decision:
    command: RegisterEndpoint = message.body
    decision = Decision()
    path = endpoint_path(command.endpoint_id)
    if state.status != NONE:
        return refuse(decision, message, "webhook-endpoint-exists", "it was registered before", path)
    decision.event(msgspec.structs.replace(command, at_ms=at), "webhook.registered")
    told = {"endpoint_id": command.endpoint_id, "status": ENABLED, "secret_id": command.secret.secret_id}
    decision.answer(message.reply_to, done(told, 201, path))
    return decision


Decide = Callable[[Decision, EndpointState, Message, int], None]


def _of_living(decide: Decide) -> Handler:
    """Refused where there is no such endpoint."""

    def handle(state: EndpointState, message: Message, at: int) -> Decision:
        decision = Decision()
        if not is_living(state):
            path = endpoint_path(message.key)
            return refuse(decision, message, _NOT_FOUND, "there is no such endpoint", path)
        decide(decision, state, message, at)
        return decision

    return handle


def _of_enabled(decide: Decide) -> Handler:
    """Refused where nothing is sent."""

    def told(decision: Decision, state: EndpointState, message: Message, at: int) -> None:
        if state.status == ENABLED:
            decide(decision, state, message, at)
        else:
            detail = "the endpoint is disabled: enable it first"
            refuse(decision, message, "webhook-endpoint-disabled", detail, endpoint_path(message.key))

    return _of_living(told)


def _change(decision: Decision, state: EndpointState, message: Message, at: int) -> None:
    command: ChangeEndpoint = message.body
    if any(one is not None for one in (command.url, command.types, command.mode, command.description)):
        decision.event(command, "webhook.changed")
    status = state.status
    if command.enabled is True and status == DISABLED:
        status = ENABLED
        decision.event(EndpointEnabled(message.key, at, command.by))
        _end_disabled(decision, state, message.key, "it was enabled again")
    elif command.enabled is False and status == ENABLED:
        status = DISABLED
        decision.event(EndpointDisabled(message.key, BY_HAND, ""))
    decision.answer(message.reply_to, done({"endpoint_id": message.key, "status": status}))


def _remove(decision: Decision, state: EndpointState, message: Message, at: int) -> None:
    command: RemoveEndpoint = message.body
    decision.event(command, "webhook.removed")
    _end_disabled(decision, state, message.key, "the endpoint was removed")
    given_up = [one.exception_id for one in state.exhausted.values()]
    for id_ in dict.fromkeys((*given_up, *(one.exception_id for one in state.waiting.values()))):
        if id_:
            _end(decision, id_, _EXHAUSTED, "the endpoint was removed", "no_action")
    decision.answer(message.reply_to, done({"endpoint_id": message.key, "status": REMOVED}))


def _rotate(decision: Decision, state: EndpointState, message: Message, at: int) -> None:
    command: RotateSecret = message.body
    until = at + command.overlap_ms
    decision.event(msgspec.structs.replace(command, until_ms=until), "webhook.secret_rotated")
    told = {
        "endpoint_id": message.key,
        "secret_id": command.secret.secret_id,
        "overlap_ms": command.overlap_ms,
    }
    decision.answer(message.reply_to, done(told, 201, endpoint_path(message.key)))


def _test(decision: Decision, state: EndpointState, message: Message, at: int) -> None:
    command: SendTest = message.body
    decision.event(command, "webhook.tested")
    told = {"endpoint_id": message.key, "test_id": command.test_id, "status": "accepted"}
    decision.answer(message.reply_to, done(told, 202, f"{endpoint_path(message.key)}/deliveries"))


def _redeliver(decision: Decision, state: EndpointState, message: Message, at: int) -> None:
    command: RedeliverEvent = message.body
    path = f"{endpoint_path(message.key)}/deliveries/{command.event_id}"
    decision.event(msgspec.structs.replace(command, at_ms=at), "webhook.redelivery_asked")
    decision.answer(message.reply_to, done({"event_id": command.event_id, "status": "waiting"}, 202, path))


def _replay(decision: Decision, state: EndpointState, message: Message, at: int) -> None:
    command: ReplayEvents = message.body
    path = endpoint_path(message.key)
    if sum(not one.done for one in state.replays.values()) >= REPLAYS_AT_MOST:
        refuse(decision, message, "too-many-replays", "earlier ones are still under way", path)
        return
    decision.event(command, "webhook.replay_begun")
    told = {
        "dry_run": False, "status": "running", "events": command.events, "replay_id": command.replay_id,
        "since": time_of(command.since_ms), "until": time_of(command.until_ms), "sent": 0, "by_type": None,
    }  # fmt: skip
    decision.answer(message.reply_to, done(told, 202, f"{path}/replays/{command.replay_id}"))


def _record(state: EndpointState, message: Message, at: int) -> Decision:
    """What the connector has tried. What it did before the endpoint was removed or disabled still counts."""
    command: RecordDeliveries = message.body
    decision = Decision()
    if not is_living(state):
        return decision
    attempts: list[Attempt] = []
    paused, gone = 0, False
    for tried in command.tried:
        paused = max(paused, pause_of(tried, at))
        gone = gone or tried.status == GONE_STATUS
        attempts.append(attempt_of(state.waiting.get(tried.event_id), tried, at))
    decision.event(
        DeliveriesRecorded(message.key, at, command.cursor, tuple(attempts), paused, command.replay)
    )
    reached = any(is_delivered(one.status) for one in attempts)
    unreached = False
    for one in attempts:
        known = state.waiting.get(one.event_id)
        if is_delivered(one.status):
            before = state.exhausted.get(one.event_id)
            exception_id = known.exception_id if known is not None else before.exception_id if before else ""
            if exception_id:
                _end(decision, exception_id, _EXHAUSTED, "it was delivered", "corrected")
        elif one.exhausted:
            _give_up(decision, message.key, one, at)
            since = at if known is None else known.since_ms
            unreached = unreached or (not reached and state.succeeded_ms <= since)
    if state.status == ENABLED and (gone or unreached):
        reason = GONE if gone else UNREACHED
        id_ = disabled_id(message.key, at)
        decision.event(EndpointDisabled(message.key, reason, id_))
        detail = (
            f"{message.key} is disabled ({reason}); what it has not been told it is told once it is enabled"
        )
        decision.event(ExceptionOpened(id_, "webhook-disabled", "", detail))
    return decision


def _give_up(decision: Decision, endpoint_id: str, one: Attempt, at: int) -> None:
    id_ = exhausted_id(endpoint_id, one.event_id)
    decision.event(
        EventExhausted(endpoint_id, one.event_id, one.type, one.attempt, one.status, one.reason, id_, at)
    )
    why = one.reason or f"status {one.status}"
    detail = f"{endpoint_id} was not told of {one.type} {one.event_id} in {one.attempt} tries: {why}"
    decision.event(ExceptionOpened(id_, "webhook-exhausted", "", detail))


def _end_disabled(decision: Decision, state: EndpointState, endpoint_id: str, why: str) -> None:
    if state.exception_id:
        _end(decision, state.exception_id, _DISABLED, why, "corrected")


def _end(decision: Decision, exception_id: str, category: str, why: str, resolution: str) -> None:
    end = EndException(exception_id, category, "", "webhooks", resolution, why)
    decision.say("exceptions", exception_id, "", end)


# -- folds ------------------------------------------------------------------------------------------


def _fold_registered(state: EndpointState, body: RegisterEndpoint) -> None:
    state.status = ENABLED
    state.url, state.types, state.mode, state.description = body.url, body.types, body.mode, body.description
    state.by, state.created_ms, state.secrets = body.by, body.at_ms, (body.secret,)


def _fold_changed(state: EndpointState, body: ChangeEndpoint) -> None:
    for name in ("url", "types", "mode", "description"):
        if (value := getattr(body, name)) is not None:
            setattr(state, name, value)


def _fold_removed(state: EndpointState, body: RemoveEndpoint) -> None:
    """Nothing is left of it but that it was there: its secrets least of all."""
    blank = EndpointState(status=REMOVED)
    for name in EndpointState.__struct_fields__:
        setattr(state, name, getattr(blank, name))


def _fold_rotated(state: EndpointState, body: RotateSecret) -> None:
    state.secrets = rotated(state.secrets, body.secret, body.until_ms, body.until_ms - body.overlap_ms)


def _fold_redelivery(state: EndpointState, body: RedeliverEvent) -> None:
    before = state.exhausted.get(body.event_id)
    exception_id = before.exception_id if before is not None else ""
    if (known := state.waiting.get(body.event_id)) is not None:
        exception_id = known.exception_id
    state.waiting[body.event_id] = Waiting(body.type, 0, body.at_ms, body.at_ms, exception_id=exception_id)


def _fold_replay(state: EndpointState, body: ReplayEvents) -> None:
    while len(state.replays) >= REPLAYS_AT_MOST:
        over = next((id_ for id_, one in state.replays.items() if one.done), None)
        if over is None:
            break
        del state.replays[over]
    state.replays[body.replay_id] = Replay(
        body.since_ms, body.until_ms, body.types, body.first, body.behind, body.events, (body.first, -1, -1)
    )  # fmt: skip


def _fold_recorded(state: EndpointState, body: DeliveriesRecorded) -> None:
    state.cursor = body.cursor
    state.paused_until_ms = max(state.paused_until_ms, body.paused_until_ms)
    for one in sorted(body.attempts, key=lambda one: is_delivered(one.status)):
        # Successes last: one of them shows that the endpoint is there.
        take_attempt(state, one, body.at_ms)
    if body.replay is not None and (replay := state.replays.get(body.replay.replay_id)) is not None:
        replay.cursor, replay.done = body.replay.cursor, body.replay.done
        replay.sent += body.replay.sent


def _fold_exhausted(state: EndpointState, body: EventExhausted) -> None:
    give_up(
        state,
        Ended(
            body.event_id, body.type, body.attempts, body.status, body.reason, body.at_ms, 0, body.exception_id
        ),
    )  # fmt: skip


def _fold_disabled(state: EndpointState, body: EndpointDisabled) -> None:
    state.status, state.disabled_reason, state.exception_id = DISABLED, body.reason, body.exception_id


def _fold_enabled(state: EndpointState, body: EndpointEnabled) -> None:
    state.status, state.disabled_reason, state.exception_id = ENABLED, "", ""
    begin_again(state, body.at_ms)


_FOLDS: dict[str, Fold] = {
    "webhook.registered": _fold_registered,
    "webhook.changed": _fold_changed,
    "webhook.removed": _fold_removed,
    "webhook.secret_rotated": _fold_rotated,
    "webhook.redelivery_asked": _fold_redelivery,
    "webhook.replay_begun": _fold_replay,
    "webhook.attempted": _fold_recorded,
    "webhook.exhausted": _fold_exhausted,
    "webhook.disabled": _fold_disabled,
    "webhook.enabled": _fold_enabled,
}

WEBHOOKS = ActorSpec(
    "webhooks",
    lambda key: EndpointState(),
    {
        "webhooks.register": _register,
        "webhooks.change": _of_living(_change),
        "webhooks.remove": _of_living(_remove),
        "webhooks.rotate": _of_living(_rotate),
        "webhooks.test": _of_enabled(_test),
        "webhooks.redeliver": _of_enabled(_redeliver),
        "webhooks.replay": _of_enabled(_replay),
        "webhooks.record": _record,
    },
    _FOLDS,
)
