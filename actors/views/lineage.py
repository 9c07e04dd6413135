"""The lineage of an order: its documents, the postings they led to, and the settlement lines that paid for them."""

from __future__ import annotations

from typing import Any

import msgspec

from . import ledger, settlements
from .store import ViewStore

# An order that has more of one kind than this is told so, and how many there are is not hidden.
MOST = 1_000


def lineage(store: ViewStore, order_id: str) -> dict[str, Any]:
    """Documents, postings and settlement lines of an order.

    Each says which turn left it (`turn`, partition.pos), a posting also which turn said the message that led to it
    (`caused_by`, empty where that came from outside or was a timer); a settlement line names its payout.
    """
    documents = ledger.documents(store, order_id=order_id, limit=MOST + 1)
    postings = ledger.postings(store, order_id=order_id, limit=MOST + 1)
    lines = settlements.lines_of_order(store, order_id)
    return {
        "documents": [_without_row(one) for one in documents[:MOST]],
        "postings": [_posting(one) for one in postings[:MOST]],
        "settlement_lines": [_line(store, one) for one in lines[:MOST]],
        "truncated": max(len(documents), len(postings), len(lines)) > MOST,
    }


def _without_row(row: msgspec.Struct) -> dict[str, Any]:
    """A row without its place in the list."""
    return {name: value for name, value in msgspec.structs.asdict(row).items() if name != "row"}


def _posting(row: ledger.PostingRow) -> dict[str, Any]:
    # A message id is partition.pos.index; those from outside begin with x:, those of timers with t:.
    partition, _, rest = row.cause.partition(".")
    caused_by = f"{partition}.{rest.partition('.')[0]}" if partition.isdigit() else ""
    return {**_without_row(row), "caused_by": caused_by}


def _line(store: ViewStore, row: settlements.LineRow) -> dict[str, Any]:
    file = settlements.file_of(store, row.provider, row.file_id)
    payout = "" if file is None else file.payout_id
    status = "" if file is None else file.status
    return {**msgspec.structs.asdict(row), "payout_id": payout, "file_status": status}
