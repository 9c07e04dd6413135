"""When and how a call is made again. Pure: time and draws are arguments."""

from __future__ import annotations

from contracts.outcomes import OUTCOMES, UNKNOWN
from contracts.ports import Recovery, SystemLimits


def backoff_ceiling_ms(limits: SystemLimits, attempt: int) -> int:
    """The longest wait before the try after `attempt` (1, 2, ...). Full jitter draws below it."""
    return min(limits.backoff_cap_ms, limits.backoff_base_ms << min(attempt - 1, 16))


def must_ask_first(recovery: Recovery, outcome: str | None) -> bool:
    """Whether the effect must be looked up before the call is made again.

    `outcome` is the last try's, or None for an entry found open after a crash: it may have been sent.
    """
    indefinite = outcome is None or outcome == UNKNOWN
    return recovery.kind == "ask" and indefinite


def may_repeat(recovery: Recovery, outcome: str) -> bool:
    """Whether another try is allowed at all after this outcome."""
    if not OUTCOMES[outcome].retryable:
        return False
    return outcome != UNKNOWN or recovery.kind != "exception"
