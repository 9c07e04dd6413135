"""The vocabulary of settlement: a provider's file, its lines, what became of them, and payouts.

Amounts are signed from our side: gross is positive where money comes to us (a capture), negative where it goes
back (a refund, a dispute); the fee is positive where it costs us; net = gross - fee.
"""

from __future__ import annotations

from msgspec import Struct

# What a line may be about. An adjustment has no counterpart in our books: a person explains it.
KINDS = ("capture", "refund", "dispute", "dispute_won", "fee", "adjustment")


class SettlementLine(Struct, array_like=True, frozen=True, gc=False):
    """One record of a file, in our words. `line` is where it stands; `reference` the capture's or refund's id.

    `order_ref` is the order as the provider was told it, empty where it says none.
    """

    line: int
    line_id: str
    kind: str
    reference: str
    order_ref: str
    currency: str
    gross_minor: int
    fee_minor: int
    net_minor: int


class ControlTotal(Struct, array_like=True, frozen=True, gc=False):
    """What a file says that its lines come to, in its currency."""

    count: int
    gross_minor: int
    fee_minor: int
    net_minor: int


class ImportFile(Struct, array_like=True, frozen=True, gc=False):
    """A file whose control total is right: its header. Its lines follow, one message each."""

    provider: str
    file_id: str
    name: str
    sha256: str
    payout_id: str
    book: str
    currency: str
    paid_on: str
    control: ControlTotal


class RefuseFile(Struct, array_like=True, frozen=True, gc=False):
    """A file that cannot be meant so. `code` is the first problem's; nothing of it is recorded."""

    provider: str
    file_id: str
    name: str
    sha256: str
    code: str
    problems: tuple[str, ...]


class TakeLine(Struct, array_like=True, frozen=True, gc=False):
    """One line of a file. `sha256` says of which bytes."""

    provider: str
    file_id: str
    sha256: str
    line: SettlementLine


class ResolveDiscrepancy(Struct, array_like=True, frozen=True, gc=False):
    """A person decides over a line in suspense: `write_off`, or `match` with an open item of the clearing account."""

    provider: str
    file_id: str
    line_id: str
    action: str
    reference: str
    principal: str
    reason: str


class FileImported(Struct, array_like=True, frozen=True, gc=False):
    """settlement.file_imported: once for these bytes."""

    provider: str
    file_id: str
    name: str
    sha256: str
    payout_id: str
    book: str
    currency: str
    paid_on: str
    control: ControlTotal


class FileRefused(Struct, array_like=True, frozen=True, gc=False):
    """settlement.file_refused: nothing of these bytes is in any book."""

    provider: str
    file_id: str
    name: str
    sha256: str
    code: str
    problems: tuple[str, ...]


class LineJudged(Struct, array_like=True, frozen=True, gc=False):
    """finance.line_judged: what the book says of a line.

    `cleared_minor` of its gross meets an open item of the clearing account, `residue_minor` does not and goes to
    suspense. `reason` is empty for a match, else unknown, amount, currency, or taken_back: it takes back what is in
    suspense under its reference.
    """

    provider: str
    file_id: str
    line_id: str
    reference: str
    reason: str
    currency: str
    gross_minor: int
    fee_minor: int
    cleared_minor: int
    residue_minor: int
    order_id: str
    book: str


class LineMatched(Struct, array_like=True, frozen=True, gc=False):
    """settlement.line_matched: its whole gross meets what the book has open."""

    provider: str
    file_id: str
    line_id: str
    reference: str
    currency: str
    gross_minor: int
    fee_minor: int


class LineMismatched(Struct, array_like=True, frozen=True, gc=False):
    """settlement.line_mismatched: `residue_minor` of it is in suspense until somebody explains it."""

    provider: str
    file_id: str
    line_id: str
    reference: str
    reason: str
    currency: str
    gross_minor: int
    fee_minor: int
    residue_minor: int


class PayoutReconciled(Struct, array_like=True, frozen=True, gc=False):
    """settlement.payout_reconciled: the payout is posted; gross cleared and suspense are its two sources."""

    provider: str
    file_id: str
    payout_id: str
    book: str
    currency: str
    lines: int
    net_minor: int
    fee_minor: int
    cleared_minor: int
    suspense_minor: int


class DiscrepancyResolved(Struct, array_like=True, frozen=True, gc=False):
    """settlement.discrepancy_resolved: `how` is write_off, match, found (our own record came later) or taken_back
    (by a later line of the provider's).
    """

    provider: str
    file_id: str
    line_id: str
    how: str
    currency: str
    amount_minor: int
    principal: str
    reason: str


# What settlement asks of the book.


class JudgeLine(Struct, array_like=True, frozen=True, gc=False):
    """finance.judge_line: does the clearing account have this open?"""

    provider: str
    file_id: str
    book: str
    line: SettlementLine


class PostPayout(Struct, array_like=True, frozen=True, gc=False):
    """finance.post_payout: every line is judged."""

    provider: str
    file_id: str
    payout_id: str
    book: str
    currency: str
    lines: int
    net_minor: int
    fee_minor: int
    cleared_minor: int
    suspense_minor: int


class ClearSuspense(Struct, array_like=True, frozen=True, gc=False):
    """finance.clear_suspense: as a person decided. `reference` is the line's, `against` the open item's of a match."""

    provider: str
    file_id: str
    line_id: str
    reference: str
    book: str
    action: str
    against: str
    principal: str
    reason: str


class SuspenseCleared(Struct, array_like=True, frozen=True, gc=False):
    """finance.suspense_cleared: so much of a line is no longer in suspense; `left_minor` still is.

    `against` is the open item that it met, as it stands in the posting's reference; empty for a write-off.
    """

    provider: str
    file_id: str
    line_id: str
    reference: str
    how: str
    against: str
    currency: str
    amount_minor: int
    left_minor: int
    principal: str
    reason: str


class SuspenseKept(Struct, array_like=True, frozen=True, gc=False):
    """finance.suspense_kept: what was decided cannot be done, and why."""

    provider: str
    file_id: str
    line_id: str
    why: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "settlement.import_file": (1, ImportFile),
    "settlement.refuse_file": (1, RefuseFile),
    "settlement.take_line": (1, TakeLine),
    "settlement.resolve_discrepancy": (1, ResolveDiscrepancy),
    "settlement.file_imported": (1, FileImported),
    "settlement.file_refused": (1, FileRefused),
    "settlement.line_matched": (1, LineMatched),
    "settlement.line_mismatched": (1, LineMismatched),
    "settlement.payout_reconciled": (1, PayoutReconciled),
    "settlement.discrepancy_resolved": (1, DiscrepancyResolved),
    "finance.judge_line": (1, JudgeLine),
    "finance.line_judged": (1, LineJudged),
    "finance.post_payout": (1, PostPayout),
    "finance.clear_suspense": (1, ClearSuspense),
    "finance.suspense_cleared": (1, SuspenseCleared),
    "finance.suspense_kept": (1, SuspenseKept),
}
