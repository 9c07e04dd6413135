"""A settlement file and its lines: what may follow what, and what is remembered of them. Pure.

A line's way:

    (none) --take--> asked --matched--> matched
                       |
                       +--mismatched--> suspended --resolve--> resolving --cleared--> resolved
                                          |  ^                     |
                                          |  +-------kept---------+
                                          +--found--> resolved  (also from resolving: our own record came later;
                                                        where it explains a part, the rest stays where it is)
"""

from __future__ import annotations

from msgspec import Struct

from contracts.settlement import ControlTotal

NONE, ASKED, MATCHED, SUSPENDED, RESOLVING, RESOLVED = (
    "none",
    "asked",
    "matched",
    "suspended",
    "resolving",
    "resolved",
)
LINE_STATES = (NONE, ASKED, MATCHED, SUSPENDED, RESOLVING, RESOLVED)
LINE_COMMANDS = ("take", "matched", "mismatched", "resolve", "cleared", "kept", "found", "found_part")

# What is not in the table changes nothing.
NEXT: dict[tuple[str, str], str] = {
    (NONE, "take"): ASKED,
    (ASKED, "matched"): MATCHED,
    (ASKED, "mismatched"): SUSPENDED,
    (SUSPENDED, "resolve"): RESOLVING,
    (SUSPENDED, "found"): RESOLVED,
    (SUSPENDED, "found_part"): SUSPENDED,
    (RESOLVING, "cleared"): RESOLVED,
    (RESOLVING, "kept"): SUSPENDED,
    (RESOLVING, "found"): RESOLVED,
    (RESOLVING, "found_part"): RESOLVING,
}

# Of a file. What is refused may come again, whole; what is imported never again under other bytes.
IMPORTING, RECONCILED, REFUSED = "importing", "reconciled", "refused"


def next_state(state: str, command: str) -> str | None:
    """The state that a command leads to, or None where it changes nothing."""
    return NEXT.get((state, command))


class FileState(Struct):
    """A file. Its lines are kept while it is being imported; afterwards only those that are in suspense."""

    sha256: str
    status: str
    name: str
    payout_id: str = ""
    book: str = ""
    currency: str = ""
    control: ControlTotal = ControlTotal(0, 0, 0, 0)
    judged: int = 0
    cleared_minor: int = 0
    suspense_minor: int = 0
    fee_minor: int = 0
    lines: dict[str, str] = {}
    # What was refused under this id before; empty once it is imported.
    refused: tuple[str, ...] = ()


class Discrepancy(Struct):
    """A line in suspense, so much of it, and the exception that is open for it."""

    file_id: str
    line_id: str
    reference: str
    reason: str
    currency: str
    left_minor: int
    book: str
    state: str = SUSPENDED


class ProviderState(Struct):
    """All of a provider: one small row a file, and every open discrepancy by `discrepancy_key`."""

    files: dict[str, FileState] = {}
    open: dict[str, Discrepancy] = {}


def discrepancy_key(file_id: str, line_id: str) -> str:
    """Lines are numbered by their file."""
    return f"{file_id}/{line_id}"


def line_state(state: ProviderState, file_id: str, line_id: str) -> str:
    """Where a line is on its way, as far as it is remembered."""
    found = state.open.get(discrepancy_key(file_id, line_id))
    if found is not None:
        return found.state
    file = state.files.get(file_id)
    return NONE if file is None else file.lines.get(line_id, NONE)
