"""Parcels on their way: what the journal's facts say of each, against what the carrier says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contracts.parcels import DELIVERED, LOST, PARCEL_STATUSES, ParcelMoved
from contracts.turn import Turn

from .invariant import Reader

if TYPE_CHECKING:
    from .history import History


class Parcels:
    """The newest status of each shipment that a scan was told of; `lost` are those that were lost once."""

    def __init__(self) -> None:
        self.status: dict[str, str] = {}
        self.lost: dict[str, str] = {}
        # Shipments of which an older scan was told after a newer one, or anything after the delivery.
        self.backwards: dict[str, str] = {}
        self._at_ms: dict[str, int] = {}

    def facts(self) -> Mapping[str, Reader]:
        """What is folded."""
        return {f"shipment.{status}": self._moved_to(status) for status in PARCEL_STATUSES}

    def _moved_to(self, status: str) -> Reader:
        def moved(body: ParcelMoved, turn: Turn, group: int) -> None:
            id_ = body.shipment_id
            before = self.status.get(id_)
            older = body.at_ms < self._at_ms.get(id_, 0) and status != DELIVERED
            if older or before == DELIVERED:
                self.backwards[id_] = body.order_id
            self.status[id_], self._at_ms[id_] = status, body.at_ms
            if status == LOST:
                self.lost[id_] = body.order_id

        return moved


def differences(history: History, books: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """(order, what differs, or None where both sides say the same), both ways."""
    parcels, seen = history.parcels, set()
    dispatched = {
        s.shipment_id for record in history.orders.values() for s in (*record.shipments, *record.again)
    }
    for row in books.get("parcels", ()):
        id_, order_id = row["shipment"], row["ref"]
        seen.add(id_)
        ours = parcels.status.get(id_)
        if id_ not in dispatched:
            continue
        same = ours == row["status"]
        yield order_id, None if same else f"{id_} is {row['status']} at the carrier, {ours} here"
    for id_, order_id in parcels.lost.items():
        # One that turned up is nobody's work any more.
        told = parcels.status[id_] != LOST or "parcel-lost" in history.of(order_id).told_of
        yield order_id, None if told else f"{id_} was lost and nobody was told"
    for id_, order_id in parcels.backwards.items():
        yield order_id, f"an older scan of {id_} was told after a newer one"
    for id_ in parcels.status:
        if id_ not in seen:
            yield "", f"the carrier never scanned {id_}"
