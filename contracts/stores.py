"""Stores as data: where each one's stock stands, whose book it is in, who takes its cards."""

from __future__ import annotations

from msgspec import Struct


class Store(Struct, frozen=True):
    """A row. Its stock stands at `location` of `pool`; its sales are of `currency`, taxed where it stands.

    `provider` takes the cards at its tills: each closing is a batch there, under the till file's id.
    """

    location: str
    pool: str = "default"
    price_list: str = "default"
    book: str = "GB01"
    currency: str = "GBP"
    jurisdiction: str = "GB"
    provider: str = "psp-a"


STORES: dict[str, Store] = {"ST1": Store("ST1"), "ST2": Store("ST2", provider="psp-b")}
