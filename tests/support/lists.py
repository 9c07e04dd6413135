"""Whether the lists say of each thing what its writer knows of it: orders, purchases, customers, shipments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from actors.runtime.fold import Fold, rebuilt
from actors.system import all_actors
from actors.views import customers, orders, purchases, shipments
from actors.views.store import ViewStore
from actors.views.tables import TABLES
from contracts.codec import decode_turn
from contracts.customers import GUEST
from contracts.ports import Journal
from contracts.turn import DEFAULT_TENANT

MOST = 1_000_000


def disagreements(journal: Journal) -> list[str]:
    """Where a list of this journal and its fold say other things; empty where they agree."""
    store = ViewStore(TABLES)
    store.attach(journal)
    for _, group in journal.read():
        store.take([decode_turn(data) for data in group])
    while store.fill():
        pass
    fold = rebuilt(all_actors(), journal.read())
    told = {**_orders(store), **_purchases(store), **_customers(store), **_shipments(store)}
    known = dict(_known(fold))
    store.close()
    both = {**known, **told}
    return [
        f"{name}: listed {told.get(name)}, known {known.get(name)}"
        for name in both
        if told.get(name) != known.get(name)
    ]


def _orders(store: ViewStore) -> dict[str, Any]:
    rows = orders.orders(store, limit=MOST)
    return {f"order {row.order_id}": (row.order_status, row.reason, row.customer_id) for row in rows}


def _purchases(store: ViewStore) -> dict[str, Any]:
    rows = purchases.purchases(store, limit=MOST)
    return {f"purchase {row.purchase_order_id}": (row.status, row.total_minor, row.location) for row in rows}


def _customers(store: ViewStore) -> dict[str, Any]:
    return {f"customer {row.customer_id}": row.status for row in customers.customers(store, limit=MOST)}


def _shipments(store: ViewStore) -> dict[str, Any]:
    rows = shipments.shipments(store, limit=MOST)
    return {f"shipment {row.shipment_id}": (row.fulfillment_order_id, row.status) for row in rows}


def _known(fold: Fold) -> Iterator[tuple[str, Any]]:
    """The same of every key that has it, as its writer has it."""
    for (tenant, actor, key), known in fold.keys:
        state = known.state
        if tenant != DEFAULT_TENANT or not known.seq:
            continue
        if actor == "orders" and state.order is not None:
            yield f"order {key}", (state.order_status, state.reason or "", state.order.customer_id or "")
        elif actor == "purchasing" and state.status != "none":
            total = sum(line.ordered * line.price_minor for line in state.lines)
            yield f"purchase {key}", (state.status, total, state.location)
        elif actor == "customers" and not key.startswith(GUEST) and state.status != "none":
            yield f"customer {key}", state.status
        elif actor == "fulfillment":
            for shipment_id in state.heard:
                parcel = state.parcels.get(shipment_id)
                status = parcel.status if parcel else "collected" if state.collect_ms else "dispatched"
                yield f"shipment {shipment_id}", (key, status)
