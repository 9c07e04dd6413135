"""How each foreign system lists its books, and how a row of it reads. One row a reconciliation.

A listing is asked for what changed since an instant, page by page behind a cursor; `part` tells several rows of one
thing apart: their values are added up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from contracts.ids import order_id_of
from contracts.reconciliations import RECORD_AT_MOST, Line
from contracts.turn import DEFAULT_TENANT

PAGE = 200
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """Where books are listed, and how one of their rows reads: (part, line). None: of no concern here."""

    system: str
    operation: str
    read: Callable[[Record], tuple[str, Line] | None]


def _line(record: Record, ref: str, order_id: str, group: str, currency: str, value: int, state: str) -> Line:
    kept = msgspec.json.encode(record)
    return Line(
        ref, order_id, group, currency.upper(), value, state, record["changed_at"], "",
        kept if len(kept) <= RECORD_AT_MOST else b"",
    )  # fmt: skip


def _placed(record: Record) -> tuple[str, Line]:
    # One order of a channel is one order of ours, for ever.
    order_id = order_id_of(DEFAULT_TENANT, record["channel"], record["ref"])
    line = _line(record, order_id, order_id, record["channel"], record["curr"], record["total"], "")
    return "", line


def _sales_order(record: Record) -> tuple[str, Line]:
    ref = record["external_ref"]
    line = _line(record, ref, ref, "", record["curr"], record["total"], record["status"])
    return record["doc_no"], line


def _capture(record: Record) -> tuple[str, Line]:
    amount, currency = _owed(record)
    line = _line(record, record["id"], record["reference"], record["account"], currency, amount, "")
    return "", line


def _owed(record: Record) -> tuple[int, str]:
    """What the provider owes for it, or takes: in the currency in which it settles."""
    settled = record.get("settled")
    return (settled["amount"], settled["currency"]) if settled else (record["amount"], record["currency"])


def _refund(record: Record) -> tuple[str, Line] | None:
    if record["status"] == "failed":
        return None
    state = "pending" if record["status"] == "pending" else ""
    amount, currency = _owed(record)
    line = _line(record, record["id"], record["reference"], record["account"], currency, amount, state)
    return "", line


def _committed_tax(record: Record) -> tuple[str, Line]:
    return record["doc"], _line(record, record["ref"], record["ref"], "", "", record["tax"], "")


def _tax_rate(record: Record) -> tuple[str, Line]:
    ref = f"{record['zone']} {record['class']}"
    return "", _line(record, ref, "", record["zone"], "", record["rate_bp"], "")


def _shipment(record: Record) -> tuple[str, Line]:
    return "", _line(record, record["shipment"], record["ref"], record["site"], "", 1, "")


def _counted(record: Record) -> tuple[str, Line]:
    place = f"{record['site']} {record['item']}"
    return "", _line(record, place, "", record["site"], "", record["qty"], "")


def _payout(record: Record) -> tuple[str, Line]:
    line = _line(record, record["file"], "", record["account"], record["currency"], record["net"], "")
    return "", line


LISTINGS: dict[str, Listing] = {
    "channel-orders": Listing("channels", "orders:list", _placed),
    "erp-orders": Listing("erp", "sales_orders:list", _sales_order),
    "captures": Listing("payments", "captures:list", _capture),
    "refunds": Listing("payments", "refunds:list", _refund),
    "tax": Listing("tax", "commits:list", _committed_tax),
    "tax-rates": Listing("tax", "rates:list", _tax_rate),
    "shipments": Listing("warehouse", "shipments:list", _shipment),
    "stock": Listing("warehouse", "counts:list", _counted),
    "settlement": Listing("payments", "payouts:list", _payout),
}
