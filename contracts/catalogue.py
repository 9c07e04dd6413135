"""The facts that are told outside, as events. What is not listed is between our own actors, and may change at will."""

from __future__ import annotations

from .vocabulary import VOCABULARY

# By domain; each becomes `retail.<domain>.<fact>.v<version>`.
PUBLISHED: dict[str, tuple[str, ...]] = {
    "product": ("upserted",),
    "price": ("changed",),
    "customer": ("upserted", "erased"),
    "order": (
        "received", "excepted", "accepted", "rejected", "cancelled", "held", "released_from_hold", "edited",
        "lines_cancelled", "completed",
    ),
    "fraud": ("assessed",),
    "tax": ("calculated", "committed"),
    "inventory": (
        "reserved", "reservation_failed", "reservation_released", "reservation_expired",
        "reservation_committed", "backorder_filled", "moved", "snapshot_applied",
    ),
    "payment": (
        "authorized", "declined", "auth_voided", "auth_expired", "captured", "capture_failed", "refund_requested",
        "refunded", "refund_failed", "dispute_opened", "dispute_won", "dispute_lost",
    ),
    "gift_card": ("issued", "redeemed", "credited"),
    "erp": ("order_acknowledged", "order_rejected", "order_cancelled"),
    "fulfillment": ("order_created", "released", "accepted", "rejected", "short_picked", "cancelled"),
    "shipment": ("dispatched", "in_transit", "delivered", "lost"),
    "invoice": ("issued",),
    "credit_note": ("issued",),
    "ledger": ("posted",),
    "return": ("authorized", "received", "inspected", "restocked", "scrapped", "closed"),
    "settlement": ("file_imported", "line_matched", "line_mismatched", "payout_reconciled"),
    "replenishment": ("triggered",),
    "purchase_order": ("issued", "acknowledged", "closed"),
    "asn": ("received",),
    "goods": ("received", "put_away"),
    "integration": ("parked", "discarded"),
    "exception": ("opened", "resolved"),
    "approval": ("requested", "decided"),
}  # fmt: skip


def published() -> dict[str, str]:
    """Our name of each fact that is told, and its event's type."""
    names = (f"{domain}.{what}" for domain, facts in PUBLISHED.items() for what in facts)
    return {name: f"retail.{name}.v{VOCABULARY[name][0]}" for name in names}
