"""A settlement file and its lines: what is remembered of them. What may follow what is `SETTLEMENT_LINE`. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.goods_states import SETTLEMENT_LINE
from contracts.settlement import ControlTotal

NONE, ASKED, MATCHED, SUSPENDED, RESOLVING, RESOLVED = (
    "none",
    "asked",
    "matched",
    "suspended",
    "resolving",
    "resolved",
)
# Of a file. What is refused may come again, whole; what is imported never again under other bytes.
IMPORTING, RECONCILED, REFUSED = "importing", "reconciled", "refused"


def next_state(state: str, command: str) -> str | None:
    """The state that a command leads to, or None where it changes nothing."""
    return SETTLEMENT_LINE.rows[state][command] if SETTLEMENT_LINE.refusal(state, command) is None else None


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
