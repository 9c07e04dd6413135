"""/v1/ledger, /v1/invoices, /v1/credit-notes: what was posted and issued, and how the books stand."""

from __future__ import annotations

from typing import Any

import msgspec
from quart import Response

from actors.views import ledger
from contracts.entities import ENTITY_OF_BOOK
from contracts.http import time_of
from contracts.http_answers_money import (
    DocumentsAnswer,
    PostingsAnswer,
    ReceivablesAnswer,
    TrialBalanceAnswer,
)
from contracts.periods import local_day
from contracts.retention import kept_until

from ..admission import Principal
from ..described import Day, Param, Text
from ..door import Gateway, Route, json_response
from ..pages import Query, as_of, page, store_of


async def entries(gateway: Gateway, principal: Principal) -> Response:
    """Postings with their entries, in the order in which they were made."""
    query = Query("book", "account", "order_id")
    query.check()
    rows = ledger.postings(
        store_of(gateway),
        book=query.text("book"),
        account=query.text("account"),
        order_id=query.text("order_id"),
        after=query.after,
        limit=query.limit + 1,
    )
    return page(gateway, query, rows, lambda row: row.row, _of_a_book)


async def trial_balance(gateway: Gateway, principal: Principal) -> Response:
    """Every account of every book, documents up to a day or all of them; `difference_minor` is to be zero."""
    query = Query("as_of", "book", paged=False)
    day, book = query.day("as_of"), query.text("book")
    query.check()
    books = [
        {
            "book": name,
            "currency": currency,
            "difference_minor": sum(row.balance_minor for row in accounts),
            "accounts": [
                {**msgspec.structs.asdict(row), "balance_minor": row.balance_minor} for row in accounts
            ],
        }
        for name, currency, accounts in ledger.trial_balance(store_of(gateway), until_day=day)
        if book in (None, name)
    ]
    return json_response(200, {"as_of": as_of(gateway), "books": books})


async def receivables(gateway: Gateway, principal: Principal) -> Response:
    """What is owed for which order, the oldest first."""
    query = Query("book")
    book = query.text("book")
    query.check()
    rows = list(enumerate(gateway.system.receivables.of(book), 1))
    rows = rows[query.after : query.after + query.limit + 1]
    return page(gateway, query, rows, lambda row: row[0], lambda row: msgspec.structs.asdict(row[1]))


async def invoices(gateway: Gateway, principal: Principal) -> Response:
    """Invoices in the order of their issue."""
    return _documents(gateway, "invoice")


async def credit_notes(gateway: Gateway, principal: Principal) -> Response:
    """Credit notes in the order of their issue."""
    return _documents(gateway, "credit_note")


def _documents(gateway: Gateway, kind: str) -> Response:
    query = Query("book", "order_id")
    query.check()
    rows = ledger.documents(
        store_of(gateway),
        kind=kind,
        book=query.text("book"),
        order_id=query.text("order_id"),
        after=query.after,
        limit=query.limit + 1,
    )
    return page(gateway, query, rows, lambda row: row.row, _of_a_book)


def shown(row: msgspec.Struct) -> dict[str, Any]:
    """A row as it is told: its time readable, its place in the list left out."""
    told = msgspec.structs.asdict(row)
    told.pop("row", None)
    return {**told, "at": time_of(told["at_ms"])}


def _of_a_book(row: ledger.PostingRow | ledger.DocumentRow) -> dict[str, Any]:
    """A finance record, and the last day on which it must still be there."""
    entity = ENTITY_OF_BOOK[row.book]
    day = row.day if isinstance(row, ledger.PostingRow) else 0
    return {**shown(row), "kept_until": kept_until(day or local_day(row.at_ms, entity.time_zone), entity)}


_BOOK = Param("book", Text, "of this book")
_ORDER = Param("order_id", Text, "about this order")

ROUTES = (
    Route(
        "GET", "/v1/ledger/entries", "finance:read", entries, owner="finance", paged=True,
        query=(_BOOK, Param("account", Text, "that touch this account"), _ORDER), answers={200: PostingsAnswer},
    ),
    Route(
        "GET", "/v1/ledger/trial-balance", "finance:read", trial_balance, owner="finance",
        query=(Param("as_of", Day, "documents up to this day"), _BOOK), answers={200: TrialBalanceAnswer},
        problems=("503 no-lists",),
    ),
    Route(
        "GET", "/v1/ledger/receivables", "finance:read", receivables, owner="finance", paged=True, query=(_BOOK,),
        answers={200: ReceivablesAnswer},
    ),
    Route(
        "GET", "/v1/invoices", "finance:read", invoices, owner="finance", paged=True, query=(_BOOK, _ORDER),
        answers={200: DocumentsAnswer},
    ),
    Route(
        "GET", "/v1/credit-notes", "finance:read", credit_notes, owner="finance", paged=True, query=(_BOOK, _ORDER),
        answers={200: DocumentsAnswer},
    ),
)  # fmt: skip
