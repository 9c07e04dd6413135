"""Examples of bodies about webhooks."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from contracts import http_webhooks

EXAMPLES: dict[type[Struct], dict[str, Any]] = {
    http_webhooks.EndpointSubmission: {
        "orders": {"url": "https://shop.example/hooks", "types": ["order.*", "payment.captured"]},
        "everything": {"url": "https://shop.example/hooks"},
    },
    http_webhooks.EndpointChange: {"back again": {"status": "enabled"}},
    http_webhooks.SecretRotation: {"an hour": {"overlap_ms": 3_600_000}},
    http_webhooks.ReplaySubmission: {
        "how many": {"since": "2026-05-17T10:00:00Z", "until": "2026-05-17T12:00:00Z"},
        "do it": {"since": "2026-05-17T10:00:00Z", "types": ["order.completed"], "dry_run": False},
    },
}
