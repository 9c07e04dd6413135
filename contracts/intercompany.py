"""The vocabulary between legal entities: one entity's goods leave for another's customer, and come back.

Each fact is decided in the book of the entity that sells to the customer, and posted in that of whose goods they are.
"""

from __future__ import annotations

from msgspec import Struct


class IntercompanySold(Struct, array_like=True, frozen=True, gc=False):
    """intercompany.sold: goods of `book`'s entity left `location` for a customer of the entity `buyer`.

    `amount_minor` is owed for them, which cost `cost_minor`; both in the base currency of `book`. `at_ms`: when they
    left, which is the document's instant in both books.
    """

    book: str
    buyer: str
    order_id: str
    reference: str
    location: str
    currency: str
    amount_minor: int
    cost_minor: int
    at_ms: int


class IntercompanyReturned(Struct, array_like=True, frozen=True, gc=False):
    """intercompany.returned: goods that `buyer` sold are received, or graded, at a location of `book`'s entity.

    `amount_minor` is no longer owed for them (below zero: owed again, for what is sent back to the customer); the rest
    is at cost: into quarantine, and out of it.
    """

    book: str
    buyer: str
    order_id: str
    reference: str
    location: str
    currency: str
    amount_minor: int
    received_minor: int
    restocked_minor: int
    scrapped_minor: int
    refused_minor: int


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "intercompany.sold": (1, IntercompanySold),
    "intercompany.returned": (1, IntercompanyReturned),
}
