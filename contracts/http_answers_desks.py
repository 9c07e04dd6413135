"""What clients get over HTTP about stock, purchases, people's work, reconciliations, rehearsals, and the process."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from .http_answers_money import EntryAnswer


class PositionAnswer(Struct, frozen=True):
    """Units of a SKU at a location of a pool, bucket by bucket."""

    pool: str
    location: str
    on_hand: int
    available: int
    reserved: int
    allocated: int
    safety: int
    damaged: int
    quality_hold: int
    forced: int
    in_transit: int


class InventoryAnswer(Struct, frozen=True):
    """A SKU's position at every location of every pool."""

    sku: str
    as_of: str
    positions: tuple[PositionAnswer, ...]


class MovementAnswer(Struct, frozen=True):
    """`quantity` units went from one bucket of `location` to another, or to one of `to_location`."""

    pool: str
    sku: str
    location: str
    from_bucket: str
    to_bucket: str
    to_location: str
    quantity: int
    reason: str
    reference: str
    at_ms: int
    turn: str
    at: str


class MovementsAnswer(Struct, frozen=True):
    """A page of a SKU's movements, the oldest first."""

    sku: str
    as_of: str
    items: tuple[MovementAnswer, ...]


class PurchaseLineAnswer(Struct, frozen=True):
    """A line: ordered and confirmed (units and price), advised, received and invoiced so far."""

    line_id: str
    sku: str
    ordered: int
    price_minor: int
    cost_minor: int
    expected: int
    agreed_minor: int
    advised: int
    received: int
    invoiced: int


class PurchaseOrderAnswer(Struct, frozen=True):
    """A purchase order: what was ordered, what is expected, what has come and was billed."""

    purchase_order_id: str
    status: str
    supplier: str
    location: str
    currency: str
    lines: tuple[PurchaseLineAnswer, ...]
    ship_notices: tuple[str, ...]
    receipts: tuple[str, ...]
    to_put_away: tuple[str, ...]
    invoices: tuple[str, ...]
    in_dispute: tuple[str, ...]
    version: int


class PurchaseAsked(Struct, frozen=True):
    """How a purchase order stands now."""

    purchase_order_id: str
    status: str


class OpenExceptionAnswer(Struct, frozen=True):
    """What needs a person. `by` has claimed it, `level` is how often it was escalated, `to` whom to last."""

    exception_id: str
    category: str
    order_id: str
    detail: str
    team: str
    opened_at_ms: int
    due_ms: int
    next_step: str
    by: str
    level: int
    to: str
    opened_at: str
    due: str


class ExceptionsAnswer(Struct, frozen=True):
    """A page of what is open, the one that is due first at the head; `open` is how many there are."""

    open: int
    as_of: str
    items: tuple[OpenExceptionAnswer, ...]


class ExceptionAnswer(Struct, frozen=True):
    """An exception, open or not."""

    exception_id: str
    status: str
    category: str
    order_id: str
    team: str
    due: str
    level: int
    by: str
    resolution: str
    version: int


class ExceptionAsked(Struct, frozen=True):
    """How an exception stands now."""

    exception_id: str
    status: str


class ReconciliationAnswer(Struct, frozen=True):
    """A reconciliation: how often it runs, how many differences are open, up to when both sides were equal."""

    name: str
    title: str
    team: str
    every_ms: int
    run: int
    running: bool
    open: int
    equal_up_to: str | None


class ReconciliationsAnswer(Struct, frozen=True):
    """Every reconciliation that there is."""

    items: tuple[ReconciliationAnswer, ...]


class TotalAnswer(Struct, frozen=True):
    """Count and value of a group on both sides."""

    group: str
    currency: str
    ours: int
    ours_minor: int
    theirs: int
    theirs_minor: int


class RunAnswer(Struct, frozen=True):
    """A run: `found` differences, `in_flight` things left out because they still moved."""

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
    totals: tuple[TotalAnswer, ...]
    at_ms: int
    at: str


class RunsAnswer(Struct, frozen=True):
    """A page of runs, the newest first."""

    as_of: str
    items: tuple[RunAnswer, ...]


class SideAnswer(Struct, frozen=True):
    """What one side says of a thing."""

    ref: str
    order_id: str
    group: str
    currency: str
    value: int
    state: str
    at_ms: int
    note: str


class DifferenceAnswer(Struct, frozen=True):
    """What two sides say of one thing; a side that has nothing is None. `status` is open, repairing or ended."""

    name: str
    ref: str
    kind: str
    order_id: str
    ours: SideAnswer | None
    theirs: SideAnswer | None
    exception_id: str
    status: str
    repair: str
    by: str
    found_run: int
    at_ms: int
    named_repair: str | None
    at: str


class DifferencesAnswer(Struct, frozen=True):
    """A page of what differs, or did."""

    as_of: str
    items: tuple[DifferenceAnswer, ...]


class RunAsked(Struct, frozen=True):
    """The run that was started, or the one that is under way."""

    name: str
    run: int


class ScheduleAsked(Struct, frozen=True):
    """How often it runs by itself now; 0 for never."""

    name: str
    every_ms: int


class RepairAsked(Struct, frozen=True):
    """The repair was started; the next run says whether it helped."""

    name: str
    ref: str


class RehearsedPosting(Struct, frozen=True):
    """A posting that would be."""

    book: str
    step: str
    reference: str
    currency: str
    entries: tuple[EntryAnswer, ...]


class RehearsedException(Struct, frozen=True):
    """What a person would have to look at."""

    category: str
    order_id: str
    detail: str


class RehearsalAnswer(Struct, frozen=True):
    """What would be: facts and calls by name with their counts. Nothing of it was done."""

    facts: dict[str, int]
    calls: dict[str, int]
    postings: tuple[RehearsedPosting, ...]
    needs_a_person: tuple[RehearsedException, ...]
    would_break: int
    repeats: int
    cut_off: bool
    done: bool


class ProbeAnswer(Struct, frozen=True):
    """`ok` or `ready`."""

    status: str


class JournalHeader(Struct, frozen=True):
    """What kind of journal it is, and which process of its life writes it."""

    format: int
    epoch: int


class StatusAnswer(Struct, frozen=True):
    """Mode and version; numbers are told to keys with the scope `ops`."""

    mode: str
    status: str
    version: str
    journal: JournalHeader
    python: str | UnsetType = UNSET
    gateway: dict[str, Any] | UnsetType = UNSET
    statistics: dict[str, Any] | UnsetType = UNSET


class ContractAnswer(Struct, frozen=True):
    """A fact that is told outside: `event` is the type of its CloudEvent, `schema` the JSON Schema of its data."""

    type: str
    version: int
    event: str
    owner: str
    lifecycle: str
    schema: dict[str, Any]


class ContractChange(Struct, frozen=True):
    """What is different, by JSON pointer."""

    pointer: str
    code: str
    detail: str


class ContractCheck(Struct, frozen=True):
    """Who reads the contract as it is can read what it is to become."""

    type: str
    compatible: bool
    changes: tuple[ContractChange, ...]
