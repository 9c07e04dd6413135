"""What the runtime may answer instead of a result.

RuntimeRefusal
├── KeyInFlight      the caller's: the same idempotency key is being worked on; try again
├── KeyReused        the caller's: the key stands for another request; never try again
├── Shedding         ours: too much unfinished work; nothing was recorded; try again later
├── Stopping         ours: the process is draining; nothing was recorded; try another or later
└── AnswerLate       ours: the work goes on, its answer did not come in time; repeat with the same key
TurnRefused          a decision that cannot be a turn: too large, or says too much
Unhandled            an actor was handed a message type that it has no handler for
LoopFailing          an actor's loop crashed more often than its supervisor allows
"""

from __future__ import annotations


class RuntimeRefusal(Exception):
    """Base of refusals a caller can act on."""

    status = 503
    code = "refused"
    retryable = True

    def __init__(self, detail: str, retry_after_ms: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_ms = retry_after_ms


class KeyInFlight(RuntimeRefusal):
    """409: the first request with this key has not been answered yet."""

    status, code = 409, "request-in-flight"


class KeyReused(RuntimeRefusal):
    """422: this key was used for another request."""

    status, code, retryable = 422, "idempotency-key-reused", False


class Shedding(RuntimeRefusal):
    """503 before anything is recorded."""

    code = "temporary-reduced-capacity"


class Stopping(RuntimeRefusal):
    """503 while draining."""

    code = "draining"


class AnswerLate(RuntimeRefusal):
    """503: accepted, not answered within the deadline; the same key finds the answer later."""

    code = "answer-late"


class TurnRefused(Exception):
    """The decision cannot be recorded as one turn."""


class Unhandled(LookupError):
    """No handler for this message type: the message is parked."""


class LoopFailing(Exception):
    """Restarted too often: escalated to the process."""
