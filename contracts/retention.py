"""How long finance records are kept, as data: to the end of a year, by the law of the entity's country.

Erasure of a person cuts names and tokens; amounts, accounts, dates and who decided stay for this long.
"""

from __future__ import annotations

from msgspec import Struct

from .entities import Entity


class Retention(Struct, frozen=True):
    """A row: whose records these are by the first word of their type, and why they are kept."""

    reason: str


RECORDS: dict[str, Retention] = {
    "invoice": Retention("tax law: every document that tax was charged on"),
    "credit_note": Retention("tax law: every document that tax was given back on"),
    "ledger": Retention("company law: the books themselves"),
    "journal": Retention("company law: who wrote and who approved an entry made by hand"),
    "period": Retention("company law: when books were closed, by whom"),
    "approval": Retention("audit: what a second person decided"),
    "receivable": Retention("company law: what was owed and when it was paid"),
}


def kept_until(day: int, entity: Entity) -> int:
    """The last day (yyyymmdd) on which a record of this day must still be there."""
    return (day // 10_000 + entity.retention_years) * 10_000 + 1231
