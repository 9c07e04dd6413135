"""The ledger as lists: postings with their entries, invoices and credit notes, the trial balance of any day."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from msgspec import Struct

from contracts.finance import InvoiceIssued, LedgerPosted
from contracts.refunds import CreditNoteIssued
from contracts.turn import Turn
from contracts.vocabulary import body_of

from .store import ViewStore
from .trial_balance import AccountBalance


class PostingRow(Struct, frozen=True):
    """A posting. `turn` (partition.pos) left it, `cause` is the message that the turn took."""

    row: int
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
    entries: list[dict[str, Any]]


class DocumentRow(Struct, frozen=True):
    """An invoice or a credit note. `about` is its shipment or its return; `gross_minor` what it asks or gives."""

    row: int
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


class LedgerTables:
    """Filled from what `finance` posts and issues."""

    schema = """
    CREATE TABLE postings (
        row INTEGER PRIMARY KEY, posting_id TEXT, book TEXT, order_id TEXT, reference TEXT, step TEXT,
        currency TEXT, period INTEGER, day INTEGER, by TEXT, reason TEXT, approved_by TEXT, at_ms INTEGER,
        turn TEXT, cause TEXT, entries TEXT);
    CREATE INDEX postings_by_order ON postings (order_id);
    CREATE INDEX postings_by_book ON postings (book, row);
    CREATE TABLE entries (
        book TEXT, account TEXT, currency TEXT, day INTEGER, side TEXT, amount_minor INTEGER, posting INTEGER);
    CREATE INDEX entries_by_account ON entries (book, account, posting);
    CREATE TABLE documents (
        row INTEGER PRIMARY KEY, kind TEXT, book TEXT, number INTEGER, order_id TEXT, about TEXT,
        currency TEXT, gross_minor INTEGER, tax_minor INTEGER, at_ms INTEGER, turn TEXT);
    CREATE INDEX documents_by_order ON documents (order_id);
    CREATE INDEX documents_by_kind ON documents (kind, book, row);
    """

    def take(self, db: sqlite3.Connection, turn: Turn) -> None:
        """Fold one turn."""
        if turn.actor != "finance":
            return
        for event in turn.events:
            if event.type == "ledger.posted":
                _post(db, turn, body_of(event))
            elif event.type == "invoice.issued":
                invoice: InvoiceIssued = body_of(event)
                about, gross = invoice.shipment_id, invoice.gross_minor
                _document(db, turn, "invoice", invoice, about, gross)
            elif event.type == "credit_note.issued":
                note: CreditNoteIssued = body_of(event)
                _document(db, turn, "credit_note", note, note.return_id, note.payable_minor)


def _post(db: sqlite3.Connection, turn: Turn, body: LedgerPosted) -> None:
    entries = [
        {"account": entry.account, "side": entry.side, "amount_minor": entry.amount_minor}
        for entry in body.entries
    ]
    row = db.execute(
        "INSERT INTO postings VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            body.posting_id, body.book, body.order_id, body.reference, body.step, body.currency, body.period,
            body.document_date, body.by, body.reason, body.approved_by, turn.at_ms, _at(turn), turn.cause,
            json.dumps(entries),
        ),
    ).lastrowid  # fmt: skip
    db.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (body.book, one.account, body.currency, body.document_date, one.side, one.amount_minor, row)
            for one in body.entries
        ],
    )


def _document(
    db: sqlite3.Connection, turn: Turn, kind: str, body: InvoiceIssued | CreditNoteIssued, about: str, gross: int
) -> None:  # fmt: skip
    db.execute(
        "INSERT INTO documents VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kind, body.book, body.number, body.order_id, about, body.currency, gross, body.tax_minor,
            turn.at_ms, _at(turn),
        ),
    )  # fmt: skip


def _at(turn: Turn) -> str:
    return f"{turn.partition}.{turn.pos}"


def postings(
    store: ViewStore,
    *,
    book: str | None = None,
    account: str | None = None,
    order_id: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[PostingRow]:
    """Postings in the order in which they were made: of a book, that touch an account, about an order."""
    wanted, values = ["row > ?"], [after]
    for column, value in (("book", book), ("order_id", order_id)):
        if value is not None:
            wanted.append(f"{column} = ?")
            values.append(value)  # type: ignore[arg-type]
    if account is not None:
        wanted.append("row IN (SELECT posting FROM entries WHERE account = ?)")
        values.append(account)  # type: ignore[arg-type]
    query = f"SELECT * FROM postings WHERE {' AND '.join(wanted)} ORDER BY row LIMIT ?"
    return [PostingRow(*(*row[:15], json.loads(row[15]))) for row in store.select(query, *values, limit)]


def documents(
    store: ViewStore,
    *,
    kind: str | None = None,
    book: str | None = None,
    order_id: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[DocumentRow]:
    """Invoices and credit notes in the order in which they were issued."""
    wanted, values = ["row > ?"], [after]
    for column, value in (("kind", kind), ("book", book), ("order_id", order_id)):
        if value is not None:
            wanted.append(f"{column} = ?")
            values.append(value)  # type: ignore[arg-type]
    query = f"SELECT * FROM documents WHERE {' AND '.join(wanted)} ORDER BY row LIMIT ?"
    return [DocumentRow(*row) for row in store.select(query, *values, limit)]


def trial_balance(
    store: ViewStore, *, until_day: int | None = None
) -> list[tuple[str, str, list[AccountBalance]]]:
    """(book, currency, accounts) of every book and currency, documents up to a day (yyyymmdd) or all of them."""
    query = """
    SELECT book, currency, account, sum(CASE side WHEN 'D' THEN amount_minor ELSE 0 END),
           sum(CASE side WHEN 'C' THEN amount_minor ELSE 0 END)
    FROM entries WHERE day <= ? GROUP BY book, currency, account ORDER BY book, currency, account
    """
    found: dict[tuple[str, str], list[AccountBalance]] = {}
    for book, currency, account, debit, credit in store.select(query, until_day or 99_999_999):
        found.setdefault((book, currency), []).append(AccountBalance(account, debit, credit))
    return [(book, currency, accounts) for (book, currency), accounts in found.items()]
