"""Parcels on their way: the carrier's scans come twice, late and in any order, even before the dispatch is known."""

from __future__ import annotations

from contracts.decision import Decision
from contracts.parcels import LOST, PARCEL_LOST, PARCEL_STATUSES, ParcelMoved, RecordScan, ScanKept, lost_id
from contracts.partners import ExceptionOpened
from contracts.turn import Message
from contracts.worklist import EndException

from ...runtime.actor import Fold
from .model import FulfillmentState, Parcel, is_news


def scanned(state: FulfillmentState, message: Message, at: int) -> Decision:
    """fulfillment.record_scan"""
    scan: RecordScan = message.body
    decision = Decision()
    if scan.shipment_id in state.heard:
        _tell(decision, state.parcels.get(scan.shipment_id), scan)
    elif not any((one.shipment_id, one.status) == (scan.shipment_id, scan.status) for one in state.kept):
        decision.event(
            ScanKept(scan.fulfillment_order_id, scan.order_id, scan.shipment_id, scan.status, scan.at_ms)
        )
    return decision


def tell_kept(decision: Decision, state: FulfillmentState, shipment_id: str) -> None:
    """The shipment is confirmed: what was heard of it before is told now."""
    known: Parcel | None = None
    for scan in state.kept:
        if scan.shipment_id == shipment_id:
            known = _tell(decision, known, scan)


def _tell(decision: Decision, known: Parcel | None, scan: RecordScan | ScanKept) -> Parcel | None:
    """Tell a scan, if it is news; what is known of the parcel then."""
    if not is_news(known, scan.status, scan.at_ms):
        return known
    moved = ParcelMoved(scan.fulfillment_order_id, scan.order_id, scan.shipment_id, scan.at_ms)
    decision.event(moved, f"shipment.{scan.status}")
    id_ = lost_id(scan.order_id, scan.shipment_id)
    was_lost = known is not None and known.status == LOST
    if scan.status == LOST and not was_lost:
        decision.event(ExceptionOpened(id_, PARCEL_LOST, scan.order_id, scan.shipment_id))
    elif scan.status != LOST and was_lost:
        end = EndException(
            id_, PARCEL_LOST, scan.order_id, "fulfillment", "corrected", "the parcel was found"
        )
        decision.say("exceptions", id_, scan.order_id, end)
    return Parcel(scan.status, scan.at_ms)


def _fold_moved(status: str) -> Fold:
    def fold(state: FulfillmentState, body: ParcelMoved) -> None:
        state.parcels[body.shipment_id] = Parcel(status, body.at_ms)
        if state.kept:
            state.kept = tuple([one for one in state.kept if one.shipment_id != body.shipment_id])

    return fold


def _fold_kept(state: FulfillmentState, body: ScanKept) -> None:
    state.kept += (body,)


FOLDS: dict[str, Fold] = {
    **{f"shipment.{status}": _fold_moved(status) for status in PARCEL_STATUSES},
    "fulfillment.scan_kept": _fold_kept,
}
