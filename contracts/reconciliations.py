"""Reconciliations: our books against others', as named jobs. Their table, and the vocabulary of their actor.

A reconciliation detects and never changes a book. What differs is of a kind; the kind says which named repair mends
it, whether the schedule may start that by itself, and under which exception a person hears of it.
"""

from __future__ import annotations

from msgspec import Struct

from .turn import Body

MINUTE_MS = 60_000
DAY_MS = 86_400_000

# How the two sides can differ: one of them has nothing, or both have something else.
MISSING_THERE, MISSING_HERE, DIFFERS = "missing_there", "missing_here", "differs"
KINDS = (MISSING_THERE, MISSING_HERE, DIFFERS)
# States of either side that say: wait for what is under way.
UNDER_WAY = frozenset({"asked", "cancelling", "pending"})

# A run tells so many differences and totals; what is beyond is counted.
DIFFERENCES_AT_MOST = 100
TOTALS_AT_MOST = 50
RECORD_AT_MOST = 1_024


class Kind(Struct, frozen=True):
    """What follows from a difference: its exception, its repair ("" where only a person can), and if that is safe.

    Safe: done twice or for nothing it changes nothing, so the schedule starts it without asking anybody.
    """

    category: str
    repair: str = ""
    safe: bool = False


class Reconciliation(Struct, frozen=True):
    """A row. What changed within `settle_ms` is in flight, on whichever side; `look_back_ms` before the watermark
    everything is looked at again. `counts_states`: the two sides' states are compared too. `zero_is_nothing`: who
    has nothing and who has zero say the same. `listed_only`: what the other side does not list it has not looked at;
    `ours_only`: what we have nothing of is none of our concern.
    """

    title: str
    team: str
    every_ms: int
    settle_ms: int
    kinds: dict[str, Kind]
    look_back_ms: int = 35 * DAY_MS
    counts_states: bool = False
    zero_is_nothing: bool = False
    listed_only: bool = False
    ours_only: bool = False


def _whatever(category: str) -> dict[str, Kind]:
    return {kind: Kind(category) for kind in KINDS}


RECONCILIATIONS: dict[str, Reconciliation] = {
    "channel-orders": Reconciliation(
        "channels' orders against ours, as they were placed",
        "integration",
        DAY_MS,
        10 * MINUTE_MS,
        {
            MISSING_THERE: Kind("channel-order-differs"),
            MISSING_HERE: Kind("channel-order-missing"),
            DIFFERS: Kind("channel-order-differs"),
        },
        listed_only=True,
    ),
    "erp-orders": Reconciliation(
        "sales orders against the ERP's",
        "integration",
        DAY_MS,
        10 * MINUTE_MS,
        {
            MISSING_THERE: Kind("erp-order-missing", "send-order-again"),
            MISSING_HERE: Kind("erp-order-unknown"),
            DIFFERS: Kind("erp-order-differs"),
        },
        counts_states=True,
    ),
    "captures": Reconciliation(
        "captures by provider against the ledger",
        "finance",
        DAY_MS,
        10 * MINUTE_MS,
        {
            MISSING_THERE: Kind("capture-not-at-provider"),
            MISSING_HERE: Kind("capture-unbooked", "book-capture"),
            DIFFERS: Kind("capture-differs"),
        },
    ),
    "refunds": Reconciliation(
        "refunds by provider against the ledger",
        "finance",
        DAY_MS,
        10 * MINUTE_MS,
        {
            MISSING_THERE: Kind("refund-not-at-provider"),
            MISSING_HERE: Kind("refund-unbooked", "book-refund"),
            DIFFERS: Kind("refund-differs"),
        },
    ),
    "tax": Reconciliation(
        "tax committed against tax payable",
        "finance",
        DAY_MS,
        10 * MINUTE_MS,
        {
            MISSING_THERE: Kind("tax-uncommitted", "commit-tax", safe=True),
            MISSING_HERE: Kind("tax-differs"),
            DIFFERS: Kind("tax-differs", "commit-tax", safe=True),
        },
        zero_is_nothing=True,
    ),
    "tax-rates": Reconciliation(
        "tax rates of the ERP against the tax service's",
        "finance",
        DAY_MS,
        10 * MINUTE_MS,
        _whatever("tax-rate-differs"),
        ours_only=True,
    ),
    "shipments": Reconciliation(
        "shipments against the partner's",
        "warehouse",
        DAY_MS,
        60 * MINUTE_MS,
        {
            MISSING_THERE: Kind("shipment-not-at-partner"),
            MISSING_HERE: Kind("shipment-unheard", "take-confirmation", safe=True),
            DIFFERS: Kind("shipment-differs"),
        },
    ),
    "stock": Reconciliation(
        "the book against the warehouse's count",
        "warehouse",
        DAY_MS,
        10 * MINUTE_MS,
        {
            MISSING_THERE: Kind("stock-differs"),
            MISSING_HERE: Kind("stock-differs"),
            DIFFERS: Kind("stock-differs", "correct-book"),
        },
        zero_is_nothing=True,
        listed_only=True,
    ),
    "settlement": Reconciliation(
        "payouts against the settlement files imported",
        "finance",
        DAY_MS,
        60 * MINUTE_MS,
        _whatever("payout-differs"),
    ),
    # The other side of these two is ours too: what flows and sub-ledgers say, against what finance has posted.
    "revenue": Reconciliation(
        "revenue by channel against the ledger",
        "finance",
        DAY_MS,
        10 * MINUTE_MS,
        _whatever("revenue-differs"),
        zero_is_nothing=True,
    ),
    "sub-ledgers": Reconciliation(
        "the general ledger against receivables and gift cards",
        "finance",
        DAY_MS,
        10 * MINUTE_MS,
        _whatever("ledger-differs"),
        zero_is_nothing=True,
    ),
}


class Line(Struct, array_like=True, frozen=True, gc=False):
    """One side of one thing. `group` is what totals are by; `note` is where ours stands in the journal.

    `record` is the foreign system's own row, as JSON, cut.
    """

    ref: str
    order_id: str
    group: str
    currency: str
    value: int
    state: str
    at_ms: int
    note: str = ""
    record: bytes = b""


class Difference(Struct, array_like=True, frozen=True, gc=False):
    """What two sides say of one thing; a side that has nothing is None."""

    ref: str
    kind: str
    order_id: str
    ours: Line | None
    theirs: Line | None


class Total(Struct, array_like=True, frozen=True, gc=False):
    """Count and value of a group on both sides, what is in flight left out."""

    group: str
    currency: str
    ours: int
    ours_minor: int
    theirs: int
    theirs_minor: int


# commands


class ScheduleReconciliation(Struct, array_like=True, frozen=True, gc=False):
    """reconciliations.schedule: run it every so often from now on; 0 for never."""

    name: str
    every_ms: int
    by: str


class StartReconciliation(Struct, array_like=True, frozen=True, gc=False):
    """reconciliations.start: run it now. `settle_ms` where whoever starts it knows better than the table."""

    name: str
    by: str
    settle_ms: int | None = None


class RecordReconciliation(Struct, array_like=True, frozen=True, gc=False):
    """reconciliations.record: what a run found. Not `complete`: it was not brought to its end, and `why`."""

    name: str
    run: int
    since_ms: int
    as_of_ms: int
    through_ms: int
    complete: bool
    why: str
    compared: int
    in_flight: int
    found: int
    differences: tuple[Difference, ...]
    totals: tuple[Total, ...]


class RepairStep(Struct, array_like=True, frozen=True, gc=False):
    """A command and whom it is said to."""

    to: str
    key: str
    subject: str
    type: str
    version: int
    command: Body


class RepairDifference(Struct, array_like=True, frozen=True, gc=False):
    """reconciliations.repair: say these commands, which mend the difference. Refused where that is not open, or with
    what it `cannot` be mended for.
    """

    name: str
    ref: str
    repair: str
    by: str
    reason: str
    steps: tuple[RepairStep, ...]
    cannot: str = ""


# facts


class ReconciliationScheduled(Struct, array_like=True, frozen=True, gc=False):
    """reconciliation.scheduled"""

    name: str
    every_ms: int
    by: str


class ReconciliationStarted(Struct, array_like=True, frozen=True, gc=False):
    """reconciliation.started: the `run`-th run is due. Everything up to `watermark_ms` was found equal before."""

    name: str
    run: int
    by: str
    watermark_ms: int
    settle_ms: int | None = None


class Opened(Struct, array_like=True, frozen=True, gc=False):
    """A difference that is open, and the exception that was opened for it ("" while the schedule repairs it)."""

    difference: Difference
    exception_id: str


class ReconciliationCompleted(Struct, array_like=True, frozen=True, gc=False):
    """reconciliation.completed: what a run found. Its `found` differences are open now, those named here known.

    `ended` names those of earlier runs that are no more. Not `complete`: what was open stays so.
    """

    name: str
    run: int
    by: str
    since_ms: int
    as_of_ms: int
    through_ms: int
    complete: bool
    why: str
    compared: int
    in_flight: int
    found: int
    open: tuple[Opened, ...]
    ended: tuple[str, ...]
    totals: tuple[Total, ...]


class DifferenceRepaired(Struct, array_like=True, frozen=True, gc=False):
    """reconciliation.repaired: this repair was started for a difference; the next run sees what came of it."""

    name: str
    ref: str
    repair: str
    by: str
    reason: str


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "reconciliations.schedule": (1, ScheduleReconciliation),
    "reconciliations.start": (1, StartReconciliation),
    "reconciliations.record": (1, RecordReconciliation),
    "reconciliations.repair": (1, RepairDifference),
    "reconciliation.scheduled": (1, ReconciliationScheduled),
    "reconciliation.started": (1, ReconciliationStarted),
    "reconciliation.completed": (1, ReconciliationCompleted),
    "reconciliation.repaired": (1, DifferenceRepaired),
}
