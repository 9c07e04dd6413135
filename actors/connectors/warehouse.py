"""The warehouse's dialect: shipping orders, recalls, and its feeds of confirmations, receipts and scans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from contracts.fulfillment import (
    ConfirmDispatch,
    RecallFromWarehouse,
    ReleaseToWarehouse,
    WarehouseAccepted,
    WarehouseRecalled,
    WarehouseRecallRefused,
    WarehouseRejected,
)
from contracts.inventory import DemandLine
from contracts.outcomes import OK
from contracts.parcels import PARCEL_STATUSES, RecordScan
from contracts.purchasing import CountedLine, ReceiveGoods

from .connector import Dialect, outcome_by_status
from .feed import FeedDialect, FeedRecord


def _shipping_order(command: ReleaseToWarehouse) -> dict[str, Any]:
    return {
        "depositor_order": command.fulfillment_order_id,
        "ref": command.order_id,
        "site": command.location,
        "items": [{"line": line.line_id, "item": line.sku, "qty": line.quantity} for line in command.lines],
        "ship_to": msgspec.structs.asdict(command.ship_to),
        "service": command.delivery.service,
    }


def _recall(command: RecallFromWarehouse) -> dict[str, Any]:
    return {"depositor_order": command.fulfillment_order_id}


def _reason(answer: dict[str, Any]) -> str:
    return str(answer.get("reason", "REFUSED"))


def _accepted(command: ReleaseToWarehouse, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        return WarehouseRejected(command.fulfillment_order_id, command.order_id, _reason(answer))
    return WarehouseAccepted(command.fulfillment_order_id, command.order_id)


def _recalled(command: RecallFromWarehouse, outcome: str, answer: dict[str, Any]) -> Struct:
    if outcome != OK:
        return WarehouseRecallRefused(command.fulfillment_order_id, command.order_id, _reason(answer))
    return WarehouseRecalled(command.fulfillment_order_id, command.order_id)


WAREHOUSE = Dialect(
    "warehouse",
    {"warehouse.release": _shipping_order, "warehouse.recall": _recall},
    {"warehouse.release": _accepted, "warehouse.recall": _recalled},
    outcome_by_status,
    {},
)


def _confirmation(record: Mapping[str, Any]) -> FeedRecord:
    items = record.get("items")
    command = ConfirmDispatch(
        record["depositor_order"],
        record["ref"],
        record["shipment"],
        record["tracking"],
        record["shipped_at"],
        None
        if items is None
        else tuple([DemandLine(item["line"], item["item"], item["qty"]) for item in items]),
        record.get("complete", True),
        record.get("shipments", 1),
    )
    return FeedRecord(
        record["n"], record["shipment"], "fulfillment", record["depositor_order"], record["ref"], command
    )


CONFIRMATIONS = FeedDialect("warehouse", "confirmations", _confirmation)


def _receipt(record: Mapping[str, Any]) -> FeedRecord:
    lines = tuple(CountedLine(item["line"], item["qty"]) for item in record["items"])
    command = ReceiveGoods(record["po"], record["receipt"], lines, record["received_at"])
    return FeedRecord(record["n"], record["receipt"], "purchasing", record["po"], record["po"], command)


RECEIPTS = FeedDialect("warehouse", "receipts", _receipt, slower=5)


def _scan(record: Mapping[str, Any]) -> FeedRecord:
    """The warehouse passes on what its carriers say. A scan has no number of its own: what it says is its name."""
    order_id, shipment, status, at_ms = record["ref"], record["shipment"], record["status"], record["at"]
    if status not in PARCEL_STATUSES:
        raise ValueError(status)
    command = RecordScan(record["depositor_order"], order_id, shipment, status, at_ms)
    name = f"{shipment} {status} {at_ms}"
    return FeedRecord(record["n"], name, "fulfillment", record["depositor_order"], order_id, command)


SCANS = FeedDialect("warehouse", "scans", _scan, slower=5)
