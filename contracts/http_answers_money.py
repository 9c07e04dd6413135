"""What clients get over HTTP about the books. Amounts are integers in minor units; days are yyyymmdd."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType


class EntryAnswer(Struct, frozen=True):
    """A side of a posting: `D` or `C`."""

    account: str
    side: str
    amount_minor: int


class PostingAnswer(Struct, frozen=True, kw_only=True):
    """A posting. `turn` left it, `cause` is the message that the turn took; it is kept until `kept_until`."""

    posting_id: str
    book: str
    order_id: str
    reference: str
    step: str
    currency: str
    period: int
    day: int
    by: str
    reason: str
    approved_by: str
    at_ms: int
    turn: str
    cause: str
    entries: tuple[EntryAnswer, ...]
    at: str | UnsetType = UNSET
    kept_until: int | UnsetType = UNSET


class PostingsAnswer(Struct, frozen=True):
    """A page of postings, in the order in which they were made."""

    as_of: str
    items: tuple[PostingAnswer, ...]


class AccountAnswer(Struct, frozen=True):
    """What was debited and credited to an account in all."""

    account: str
    debit_minor: int
    credit_minor: int
    balance_minor: int


class BookBalance(Struct, frozen=True):
    """A book in one currency; `difference_minor` is to be zero."""

    book: str
    currency: str
    difference_minor: int
    accounts: tuple[AccountAnswer, ...]


class TrialBalanceAnswer(Struct, frozen=True):
    """Every account of every book."""

    as_of: str
    books: tuple[BookBalance, ...]


class ReceivableAnswer(Struct, frozen=True):
    """What is owed for an order since a day."""

    book: str
    order_id: str
    currency: str
    since: int
    owed_minor: int


class ReceivablesAnswer(Struct, frozen=True):
    """A page of what is owed, the oldest first."""

    as_of: str
    items: tuple[ReceivableAnswer, ...]


class DocumentAnswer(Struct, frozen=True, kw_only=True):
    """An invoice or a credit note. `about` is its shipment or its return."""

    kind: str
    book: str
    number: int
    order_id: str
    about: str
    currency: str
    gross_minor: int
    tax_minor: int
    at_ms: int
    turn: str
    at: str | UnsetType = UNSET
    kept_until: int | UnsetType = UNSET


class DocumentsAnswer(Struct, frozen=True):
    """A page of documents in the order of their issue."""

    as_of: str
    items: tuple[DocumentAnswer, ...]


class SettlementAnswer(Struct, frozen=True, kw_only=True):
    """A provider's file: importing, reconciled or refused (then `code` says why first)."""

    settlement_id: str
    provider: str
    file_id: str
    name: str
    sha256: str
    status: str
    code: str
    payout_id: str
    book: str
    currency: str
    paid_on: str
    lines: int
    gross_minor: int
    fee_minor: int
    net_minor: int
    cleared_minor: int
    suspense_minor: int
    at_ms: int
    at: str
    as_of: str | UnsetType = UNSET


class SettlementsAnswer(Struct, frozen=True):
    """A page of files, in the order in which they first came."""

    as_of: str
    items: tuple[SettlementAnswer, ...]


class SettlementLineAnswer(Struct, frozen=True, kw_only=True):
    """A line of a file. `left_minor` of its residue is still in suspense; `how` and `by` tell how it last left it."""

    settlement_id: str | UnsetType = UNSET
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
    left_minor: int
    order_id: str
    how: str
    by: str
    at_ms: int
    turn: str
    at: str | UnsetType = UNSET


class SettlementLinesAnswer(Struct, frozen=True):
    """A page of lines, in the order in which they were judged."""

    as_of: str
    items: tuple[SettlementLineAnswer, ...]


class DiscrepancyAsked(Struct, frozen=True):
    """A person has decided over a line; the book follows."""

    status: str
    line_id: str


class JournalAsked(Struct, frozen=True):
    """How a journal stands now."""

    journal_id: str
    status: str


class JournalAnswer(Struct, frozen=True):
    """A journal: who wrote it and why, how it stands, and how long it is kept."""

    journal_id: str
    status: str
    by: str
    reason: str
    currency: str
    entries: tuple[EntryAnswer, ...]
    day: int
    reverses: str
    order_id: str
    kept_until: int


class JournalsAnswer(Struct, frozen=True):
    """Journals that wait for a second person."""

    items: tuple[JournalAnswer, ...]


class PeriodStatus(Struct, frozen=True):
    """A period (yyyymm) and how it stands."""

    period: int
    status: str


class PeriodsAnswer(Struct, frozen=True):
    """The periods of a book: what is closed up to when, and each later one that was posted to."""

    book: str
    closed_through: int | None
    items: tuple[PeriodStatus, ...]


class PeriodAsked(Struct, frozen=True):
    """How a period stands now."""

    book: str
    period: int
    status: str
