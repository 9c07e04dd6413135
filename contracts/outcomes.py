"""How a call to a foreign system can end. The first question of each: did it definitely not happen?

OK            definite: it happened, and this is the answer
REFUSED       definite: it did not happen and will not (a decline, a blocked item)
THROTTLED     definite: it did not happen; ask again after the time the system names
UNAVAILABLE   definite: it did not happen; ask again after backing off
UNKNOWN       indefinite: a timeout after sending, a broken answer, a 500 or 504
GAVE_UP       indefinite past the operation's deadline: a person has to look
"""

from __future__ import annotations

from msgspec import Struct

OK, REFUSED, THROTTLED, UNAVAILABLE, UNKNOWN, GAVE_UP = (
    "ok",
    "refused",
    "throttled",
    "unavailable",
    "unknown",
    "gave_up",
)


class Outcome(Struct, frozen=True):
    """A row: is it definite, may the same call be made again, which HTTP status, who is told."""

    definite: bool
    retryable: bool
    http_status: int
    told: str


OUTCOMES: dict[str, Outcome] = {
    OK: Outcome(True, False, 200, "the asker"),
    REFUSED: Outcome(True, False, 422, "the asker"),
    THROTTLED: Outcome(True, True, 429, "nobody"),
    UNAVAILABLE: Outcome(True, True, 503, "nobody"),
    UNKNOWN: Outcome(False, True, 504, "nobody"),
    GAVE_UP: Outcome(False, False, 504, "the asker and the exceptions list"),
}
