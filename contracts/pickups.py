"""The vocabulary of orders that wait in a store for their customer: ready, collected, or never."""

from __future__ import annotations

from msgspec import Struct


class CollectOrder(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.collect: the customer stands at the counter. Handed over only if this is answered 200."""

    fulfillment_order_id: str
    order_id: str
    collection_id: str
    by: str
    collected_at_ms: int


class ReadyForCollection(Struct, array_like=True, frozen=True, gc=False):
    """fulfillment.ready_for_collection: it lies in the store, until `due_ms`."""

    fulfillment_order_id: str
    order_id: str
    location: str
    due_ms: int


VOCABULARY: dict[str, tuple[int, type[Struct]]] = {
    "fulfillment.collect": (1, CollectOrder),
    "fulfillment.ready_for_collection": (1, ReadyForCollection),
}
