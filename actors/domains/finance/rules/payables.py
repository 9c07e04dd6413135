"""Purchases: goods received, the supplier's invoice matched against them, the payment."""

from __future__ import annotations

from contracts.accounts import AP, BANK, GR_IR, INVENTORY, PRICE_VARIANCE, sub
from contracts.finance import Entry

from .sides import credit, debit, nonzero, signed


def goods_receipt(location: str, cost_minor: int, ordered_minor: int | None = None) -> tuple[Entry, ...]:
    """Inventory at standard cost / GR-IR at what was ordered (by default the same), the difference to variance."""
    accrued_minor = cost_minor if ordered_minor is None else ordered_minor
    return nonzero(
        (
            debit(sub(INVENTORY, location), cost_minor),
            signed(PRICE_VARIANCE, accrued_minor - cost_minor),
            credit(GR_IR, accrued_minor),
        )
    )


def supplier_invoice(received_minor: int, invoiced_minor: int) -> tuple[Entry, ...]:
    """GR-IR plus or minus the price variance / AP."""
    return nonzero(
        (
            debit(GR_IR, received_minor),
            signed(PRICE_VARIANCE, invoiced_minor - received_minor),
            credit(AP, invoiced_minor),
        )
    )


def supplier_payment(amount_minor: int) -> tuple[Entry, ...]:
    """AP / bank."""
    return nonzero((debit(AP, amount_minor), credit(BANK, amount_minor)))
