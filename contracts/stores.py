"""Stores as data: where each one's stock stands, whose book it is in, who takes its cards."""

from __future__ import annotations

from msgspec import Struct

from .orders import Delivery

DAY_MS = 86_400_000


class Store(Struct, frozen=True):
    """A row. Its stock stands at `location` of `pool`; its sales are of `currency`, taxed where it stands.

    Where it `ships`, orders of every channel may be sourced from its shelves, after the warehouses'. An order that is
    to be collected waits there for `collect_within_ms`, no longer than an authorization holds; then it is cancelled.
    `provider` takes the cards at its tills: each closing is a batch there, under the till file's id.
    """

    location: str
    pool: str = "default"
    price_list: str = "default"
    book: str = "GB01"
    currency: str = "GBP"
    jurisdiction: str = "GB"
    provider: str = "psp-a"
    ships: bool = True
    collect_within_ms: int = 4 * DAY_MS


STORES: dict[str, Store] = {"ST1": Store("ST1"), "ST2": Store("ST2", provider="psp-b", ships=False)}

STORE_AT: dict[str, Store] = {store.location: store for store in STORES.values()}


def pickup_store(delivery: Delivery) -> Store | None:
    """The store in which an order is to be collected, if it is."""
    place = delivery.pickup_location
    return STORES.get(place) if place is not None and delivery.service == "pickup" else None


def sources(locations: list[str]) -> list[str]:
    """Of a pool's locations those that orders are shipped from: warehouses first, then stores that ship."""
    warehouses = [location for location in locations if location not in STORE_AT]
    return warehouses + [one for one in locations if one in STORE_AT and STORE_AT[one].ships]
