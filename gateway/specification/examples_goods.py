"""Examples of bodies about goods: stock, stores, shipments, purchases."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from contracts import http_goods, http_stores

_ONE = [{"line_id": "1", "quantity": 6}]

EXAMPLES: dict[type[Struct], dict[str, Any]] = {
    http_stores.CollectionSubmission: {"at the counter": {"collection_id": "C-1", "by": "ann"}},
    http_stores.TillFileDecision: {"posted": {"action": "post", "reason": "the till was counted twice"}},
    http_goods.AdjustmentSubmission: {
        "broken": {
            "adjustment_id": "A-1", "reason": "fell", "from_bucket": "available", "to_bucket": "damaged",
            "lines": [{"sku": "85123A", "location": "WH-NORTH", "quantity": 1}],
        }
    },
    http_goods.SnapshotSubmission: {
        "a count": {
            "snapshot_id": "S-1", "location": "WH-NORTH",
            "lines": [{"sku": "85123A", "quantity": 120, "expected": 121}],
        }
    },
    http_goods.TransferSubmission: {
        "south": {
            "transfer_id": "T-1", "from_location": "WH-NORTH", "to_location": "WH-SOUTH",
            "lines": [{"sku": "85123A", "quantity": 6}],
        }
    },
    http_goods.TransferReceiptSubmission: {"all of it": {"lines": [{"sku": "85123A", "quantity": 6}]}},
    http_goods.ReservationSubmission: {
        "for a basket": {"channel": "web", "lines": [{"line_id": "1", "sku": "85123A", "quantity": 6}], "minutes": 15}
    },
    http_goods.FulfillmentRejection: {"closed": {"reason": "closed for stocktaking"}},
    http_goods.ShipmentSubmission: {
        "all of it": {
            "fulfillment_order_id": "ful_aaaaaaaaaaaaaaaaaaaaaaaaaa", "shipment_id": "P-1", "tracking": "1Z999",
            "dispatched_at": "2026-05-17T12:00:00Z",
        }
    },
    http_goods.TrackingSubmission: {"handed over": {"status": "delivered", "at": "2026-05-18T09:00:00Z"}},
    http_goods.PurchaseSubmission: {
        "ten": {
            "purchase_ref": "P-1", "supplier": "SUP-B", "location": "WH-NORTH", "currency": "GBP",
            "lines": [{"line_id": "1", "sku": "22423", "quantity": 10, "price_minor": 500}],
        }
    },
    http_goods.AsnSubmission: {
        "on its way": {
            "purchase_order_id": "po_aaaaaaaaaaaaaaaaaaaaaaaaaa", "asn_id": "N-1", "lines": _ONE,
            "arrives_at": "2026-05-20T12:00:00Z",
        }
    },
    http_goods.GoodsReceiptSubmission: {
        "at the dock": {
            "purchase_order_id": "po_aaaaaaaaaaaaaaaaaaaaaaaaaa", "receipt_id": "R-1", "lines": _ONE,
            "received_at": "2026-05-20T12:00:00Z",
        }
    },
    http_goods.PolicySubmission: {
        "below forty": {
            "reorder_point": 40, "supplier": "SUP-B", "price_minor": 500, "currency": "GBP", "lead_time_days": 7,
            "order_quantity": 100,
        }
    },
}  # fmt: skip
