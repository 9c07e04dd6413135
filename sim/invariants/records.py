"""What the turns amount to, order by order and hold by hold: plain records that `history.py` folds."""

from __future__ import annotations

from typing import Any

from contracts.fulfillment import ShipmentDispatched
from contracts.orders import Order
from contracts.partners import PaymentAuthorized


class Hold:
    """An authorization as the journal's facts tell it."""

    __slots__ = ("captured_minor", "expired", "fact", "voided_at_ms")

    def __init__(self, fact: PaymentAuthorized) -> None:
        self.fact = fact
        self.captured_minor = 0
        self.voided_at_ms: int | None = None
        self.expired = False


class OrderRecord:
    """One order. Groups and instants are None until the fact is there."""

    __slots__ = (
        "acknowledged", "acknowledged_at_ms", "again", "cancel_group", "cancelled_units", "captured_minor",
        "cards_minor", "cost_minor", "costs", "dispatched_at_ms", "ended_at_ms", "erp_cancelled", "gross_minor",
        "invoiced", "open_exceptions", "order", "order_id", "pending", "received_at_ms", "received_group",
        "redeemed_minor", "shipments", "status", "told_of", "total_minor", "vouched", "was_excepted",
        "written_off_minor",
    )  # fmt: skip

    def __init__(self, order_id: str) -> None:
        self.order_id = order_id
        self.order: Order | None = None
        # What an edit under way is to make of it.
        self.pending: Order | None = None
        self.received_at_ms = 0
        self.received_group: int | None = None
        self.cancel_group: int | None = None
        self.status = "none"
        self.ended_at_ms: int | None = None
        # Categories of the exceptions that are open, by id; and whether there ever was one.
        self.open_exceptions: dict[str, str] = {}
        self.was_excepted = False
        # Categories of all that ever were.
        self.told_of: frozenset[str] = frozenset()
        # A person completed it, and says that the ERP has it; what of its invoices a person gave up.
        self.vouched = False
        self.written_off_minor = 0
        self.total_minor: int | None = None
        self.shipments: list[ShipmentDispatched] = []
        # What was sent again in the place of a lost one: no goods of the order's own.
        self.again: list[ShipmentDispatched] = []
        self.dispatched_at_ms: int | None = None
        # Units that will not be shipped, by line.
        self.cancelled_units: dict[str, int] = {}
        # Shipments that an invoice names.
        self.invoiced: set[str] = set()
        self.gross_minor = 0
        # Taken for it in all, and of that what gift cards paid.
        self.captured_minor = 0
        self.redeemed_minor = 0
        # Taken for gift cards that it sells.
        self.cards_minor = 0
        self.costs = 0
        self.cost_minor = 0
        self.acknowledged: list[str] = []
        self.acknowledged_at_ms: int | None = None
        self.erp_cancelled = False

    @property
    def closed(self) -> bool:
        """Ended without being completed, with nothing for a person to do."""
        return self.status in ("rejected", "cancelled")

    def shipped_units(self) -> dict[str, int]:
        """Units that left, by line: those that a shipment names, or the whole order."""
        units: dict[str, int] = {}
        for shipment in self.shipments:
            for line_id, _, quantity in self.goods_of(shipment):
                units[line_id] = units.get(line_id, 0) + quantity
        return units

    def goods_of(self, shipment: ShipmentDispatched) -> list[tuple[str, str, int]]:
        """(line, SKU, units) that left with a shipment."""
        lines: Any = shipment.lines if shipment.lines is not None else self.order and self.order.lines
        return sorted((line.line_id, line.sku, line.quantity) for line in lines or ())
