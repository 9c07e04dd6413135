"""Examples of bodies, by contract. The order works as it stands in an empty sandbox."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from contracts import (
    http,
    http_access,
    http_batches,
    http_cancellations,
    http_catalog,
    http_desks,
    http_platform,
)

from . import examples_goods, examples_webhooks

ORDER: dict[str, Any] = {
    "channel": "web",
    "channel_order_id": "W-1001",
    "placed_at": "2026-05-17T10:00:00Z",
    "currency": "GBP",
    "prices_include_tax": True,
    "customer_id": "C-17850",
    "quote_id": None,
    "contact": {"name": "A Shopper", "email": "a@example.org", "phone": None},
    "ship_to": {
        "name": "A Shopper", "lines": ["1 High Street"], "city": "Aberdeen", "region": None, "postal_code": "AB1 2CD",
        "country": "GB",
    },
    "bill_to": None,
    "delivery": {"service": "standard", "ship_by": None, "pickup_location": None, "instructions": None},
    "lines": [
        {
            "line_id": "1", "sku": "85123A", "quantity": 6, "unit_price_minor": 255,
            "discounts": [{"code": "MAY8", "amount_minor": 0}], "attributes": {},
        }
    ],
    "shipping_minor": 495,
    "discounts": [],
    "payments": [{"provider": "psp-a", "method": "card", "token": "tok_visa", "amount_minor": 2025}],
    "attributes": {"gift_message": "Happy birthday"},
}  # fmt: skip
_LEAST = {
    "channel": "web", "channel_order_id": "W-1002", "currency": "GBP", "ship_to": {"country": "GB"},
    "lines": [{"line_id": "1", "sku": "85123A", "quantity": 1, "unit_price_minor": 255}],
    "payments": [{"provider": "psp-a", "method": "card", "token": "tok_visa", "amount_minor": 255}],
}  # fmt: skip
_AN_ORDER = "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa"

EXAMPLES: dict[type[Struct], dict[str, Any]] = {
    **examples_goods.EXAMPLES,
    **examples_webhooks.EXAMPLES,
    http.OrderSubmission: {"whole": ORDER, "least": _LEAST},
    http.CustomerSubmission: {
        "a customer": {
            "changed_at": "2026-05-17T10:00:00Z",
            "contact": {"name": "A Shopper", "email": "a@example.org"},
            "source": "crm",
        }
    },
    http.ErasureSubmission: {"asked for": {"reason": "requested"}},
    http.CancellationSubmission: {"asked for": {"reason": "requested"}},
    http_cancellations.CancellationBody: {
        "by a cause": {"cause": "customer", "note": "found it elsewhere"}, "as it was": {"reason": "changed my mind"},
    },
    http.QuoteSubmission: {
        "six of one": {"channel": "web", "currency": "GBP", "lines": [{"sku": "85123A", "quantity": 6}]}
    },
    http.ReturnSubmission: {
        "two units": {
            "order_id": _AN_ORDER, "return_ref": "R-1", "lines": [{"line_id": "1", "quantity": 2}],
            "reason": "does-not-fit",
        }
    },
    http.ReceiptSubmission: {"two units": {"receipt_id": "D-1", "lines": [{"line_id": "1", "quantity": 2}]}},
    http.InspectionSubmission: {"as new": {"lines": [{"line_id": "1", "grade_a": 2}]}},
    http.ClaimSubmission: {"by a person": {"by": "ann"}},
    http.HandBackSubmission: {"holidays": {"reason": "on holiday from tomorrow", "by": "ann"}},
    http.ResolutionSubmission: {"by hand": {"resolution": "completed", "reason": "collected by hand", "by": "ann"}},
    http.DiscrepancySubmission: {
        "a match": {"action": "match", "reason": "found in the bank's list", "reference": "capture ch_1"},
        "too small": {"action": "write_off", "reason": "below a pound"},
    },
    http_desks.HoldSubmission: {"address": {"hold_id": "H-1", "reason": "asks the customer about the address"}},
    http_desks.HoldReleaseSubmission: {"answered": {"reason": "the customer has answered"}},
    http_desks.ReviewSubmission: {"accepted": {"decision": "accept", "reason": "a customer of ten years"}},
    http_desks.EditSubmission: {
        "fewer": {"lines": [{"line_id": "1", "sku": "85123A", "quantity": 4, "unit_price_minor": 255}]},
        "elsewhere": {"ship_to": {"country": "GB", "lines": ["2 High Street"], "city": "Aberdeen"}},
    },
    http_desks.GiftCardSubmission: {
        "twenty pounds": {
            "code": "GIFT-0001-ABCD", "amount_minor": 2000, "currency": "GBP", "channel": "web", "provider": "psp-a",
        }
    },
    http_desks.PurchaseDecisionSubmission: {"approved": {"decision": "approve", "reason": "needed for the season"}},
    http_desks.RunSubmission: {"now": {}},
    http_desks.ScheduleSubmission: {"hourly": {"every_ms": 3_600_000}},
    http_desks.RepairSubmission: {"sent again": {"repair": "resend", "reason": "the ERP lost it"}},
    http_desks.JournalSubmission: {
        "a write-off": {
            "journal_id": "J-1", "book": "GB01", "reason": "rounding of the month", "currency": "GBP",
            "entries": [
                {"account": "7000 rounding", "side": "D", "amount_minor": 5},
                {"account": "1200 PSP clearing psp-a", "side": "C", "amount_minor": 5},
            ],
        }
    },
    http_desks.ApprovalSubmission: {"approved": {"decision": "approve", "reason": "as agreed"}},
    http_desks.ReasonSubmission: {"why": {"reason": "the month is done"}},
    http_desks.RehearsalSubmission: {"an order": {"order": ORDER}},
    http_desks.ContractSubmission: {
        "an order's end": {
            "type": "order.completed",
            "schema": {
                "type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"],
            },
        }
    },
    http_desks.RefundSubmission: {"one is broken": {"refund_ref": "G-1", "lines": [{"line_id": "1", "quantity": 1}]}},
    http_desks.SettlementFileText: {
        "a file of one line": {"provider": "psp-a", "name": "2026-05-17.csv", "content": "type,reference\n"}
    },
    http_desks.CreditPaymentSubmission: {
        "onto a card": {"code": "GIFT-0001-ABCD", "reason": "the account is closed"}
    },
    http_platform.NewCustomerSubmission: {
        "a customer": {
            "customer_id": "C-17850", "changed_at": "2026-05-17T10:00:00Z", "contact": {"name": "A Shopper"},
        }
    },
    http_platform.ConnectorPolicySubmission: {"slower": {"reason": "the ERP asks us to", "rate_per_s": 10}},
    http_platform.PartnerFileSubmission: {"of one order": {"control_number": "000000001", "records": [_LEAST]}},
    http_platform.ExportSubmission: {"a book": {"kind": "ledger-entries", "book": "GB01"}},
    http_batches.BatchSubmission: {"of one": {"orders": [_LEAST]}},
    http_access.ClientSubmission: {"a shop": {"name": "the shop's front", "role": "storefront"}},
    http_access.KeySubmission: {"of its role": {"name": "2026"}},
    http_access.RotationSubmission: {"a day": {"grace_s": 86_400}},
    http_catalog.ProductSubmission: {
        "a product": {"name": "A white hanging heart", "price_minor": 255, "cost_minor": 120, "currency": "GBP"}
    },
    http_catalog.PriceSubmission: {"a price": {"price_minor": 275, "currency": "GBP"}},
}  # fmt: skip
