"""What `tidegate serve` says at its start: where it is, the key (once), and two commands that work as they stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from contracts.ids import order_id_of
from contracts.turn import DEFAULT_TENANT

# Works as it stands in an empty sandbox; the amounts are the catalog's.
ORDER: dict[str, Any] = {
    "channel": "web",
    "channel_order_id": "W-1001",
    "placed_at": "2026-05-17T10:00:00Z",
    "currency": "GBP",
    "customer_id": "C-17850",
    "ship_to": {"name": "A Shopper", "lines": ["1 High Street"], "city": "Aberdeen", "country": "GB"},
    "lines": [{"line_id": "1", "sku": "85123A", "quantity": 6, "unit_price_minor": 255}],
    "shipping_minor": 495,
    "payments": [{"provider": "psp-a", "method": "card", "token": "tok_visa", "amount_minor": 2025}],
}


def started(url: str, mode: str, data: Path, twins: str, recovered_turns: int) -> str:
    """The line of every start."""
    kept = f", {recovered_turns} turns read back" if recovered_turns else ""
    return f"tidegate: {url} (mode {mode}, data in {data}{kept}, twins at {twins})"


def first_start(url: str, secret: str, *, from_environment: bool) -> str:
    """The key and the two commands, as the first start of a directory prints them."""
    order_id = order_id_of(DEFAULT_TENANT, ORDER["channel"], ORDER["channel_order_id"])
    key = (
        "The API key is the one in TIDEGATE_API_KEY."
        if from_environment
        else f"API key (shown this once; more with `tidegate keys create`): {secret}"
    )
    # Double quotes let a shell fill in $TIDEGATE_API_KEY; nothing else in it is special to one.
    return f"""
{key}

Place an order:
  curl -sS -X POST {url}/v1/orders -H "Authorization: Bearer {secret}" \\
    -H 'Content-Type: application/json' -H 'Idempotency-Key: first-order' \\
    -d '{json.dumps(ORDER)}'

Follow it:
  curl -sS {url}/v1/orders/{order_id} -H "Authorization: Bearer {secret}"
"""
