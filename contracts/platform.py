"""The vocabulary of the runtime itself: intake, answers, timers, parked work."""

from __future__ import annotations

from msgspec import Struct

from .turn import Body, Said


class Answer(Struct, array_like=True, frozen=True, gc=False):
    """What the waiting client gets, byte for byte, now and at every repeat."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class OpenCall(Struct, array_like=True, frozen=True, gc=False):
    """intake.open: an idempotent call from outside, or a webhook or file record (`answered` false).

    `command` is the body of the message that intake passes on to (`to`, `key`, `subject`).
    `fingerprint` is SHA-256 of method, path, query and body.
    """

    fingerprint: str
    expires_ms: int
    answered: bool
    to: str
    key: str
    subject: str
    type: str
    version: int
    lane: int
    command: Body


class OpenTogether(Struct, array_like=True, frozen=True, gc=False):
    """intake.open_together: a part of a batch; `told` is what becomes of each entry, `said` those that are new."""

    fingerprint: str
    expires_ms: int
    told: bytes
    said: tuple[Said, ...]


class CallOpened(Struct, array_like=True, frozen=True, gc=False):
    """intake.opened: the call is durable; a repeat now is in flight."""

    fingerprint: str
    expires_ms: int
    answered: bool


class CallAnswered(Struct, array_like=True, frozen=True, gc=False):
    """intake.answered: kept until the key expires."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class CallFreed(Struct, array_like=True, frozen=True, gc=False):
    """intake.freed: a 5xx is never replayed, the key is free again."""

    status: int


class TimerFired(Struct, array_like=True, frozen=True, gc=False):
    """The body of a timer's message; its type is `timer.` and the timer's name."""

    due_ms: int


class Parked(Struct, array_like=True, frozen=True, gc=False):
    """integration.parked: this message waits for a person. `behind` names the message it waits behind."""

    message_id: str
    message_type: str
    reason: str
    behind: str | None


class Discarded(Struct, array_like=True, frozen=True, gc=False):
    """integration.discarded: given up, with the reason; whoever waited was told."""

    message_id: str
    message_type: str
    reason: str


class CallResult(Struct, array_like=True, frozen=True, gc=False):
    """The bytes a result turn keeps: what the foreign system said, and how sure we are of it.

    `outcome` is a name in `contracts.outcomes`; `answer` the foreign body as JSON bytes, if any.
    """

    outcome: str
    status: int
    answer: bytes
    attempts: int


class FlowEnded(Struct, array_like=True, frozen=True, gc=False):
    """flow.done, flow.undone, flow.excepted: a flow is at rest; what it held is forgotten."""


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "http.answer": (1, Answer),
    "intake.open": (1, OpenCall),
    "intake.open_together": (1, OpenTogether),
    "intake.opened": (1, CallOpened),
    "intake.answered": (1, CallAnswered),
    "intake.freed": (1, CallFreed),
    "timer.fired": (1, TimerFired),
    "integration.parked": (1, Parked),
    "integration.discarded": (1, Discarded),
    "port.result": (1, CallResult),
    "flow.done": (1, FlowEnded),
    "flow.undone": (1, FlowEnded),
    "flow.excepted": (1, FlowEnded),
}
