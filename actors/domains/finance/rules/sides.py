"""Entries and the two sides of a posting."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.finance import Entry


def debit(account: str, amount_minor: int) -> Entry:
    """A debit entry."""
    return Entry(account, "D", amount_minor)


def credit(account: str, amount_minor: int) -> Entry:
    """A credit entry."""
    return Entry(account, "C", amount_minor)


def signed(account: str, amount_minor: int) -> Entry:
    """A debit of a positive amount, a credit of a negative one."""
    return debit(account, amount_minor) if amount_minor >= 0 else credit(account, -amount_minor)


def nonzero(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries without those of amount zero: a posting has none."""
    return tuple([entry for entry in entries if entry.amount_minor])


def swapped(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The same entries on the other side: a reversal."""
    return tuple([Entry(e.account, "C" if e.side == "D" else "D", e.amount_minor) for e in entries])


def is_balanced(entries: Iterable[Entry]) -> bool:
    """Debits equal credits, two entries or more, every amount over zero."""
    rows = tuple(entries)
    balance = sum([e.amount_minor if e.side == "D" else -e.amount_minor for e in rows])
    return balance == 0 and len(rows) >= 2 and min([e.amount_minor for e in rows]) > 0
