"""Returns: goods that come back, the credit note, the money that goes back."""

from __future__ import annotations

from contracts.accounts import (
    COGS,
    DISCOUNTS,
    GIFT_CARDS,
    INVENTORY,
    PSP_CLEARING,
    QUARANTINE,
    REFUNDS_PAYABLE,
    RESTOCKING_FEES,
    SALES_RETURNS,
    SCRAP,
    SHIPPING_REVENUE,
    TAX_PAYABLE,
    sub,
)
from contracts.finance import Entry

from .sides import credit, debit, nonzero


def return_received(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """Quarantine / COGS."""
    return nonzero((debit(sub(QUARANTINE, location), cost_minor), credit(COGS, cost_minor)))


def return_restocked(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """Inventory / quarantine."""
    return nonzero(
        (debit(sub(INVENTORY, location), cost_minor), credit(sub(QUARANTINE, location), cost_minor))
    )


def return_scrapped(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """Scrap expense / quarantine."""
    return nonzero((debit(SCRAP, cost_minor), credit(sub(QUARANTINE, location), cost_minor)))


def return_refused(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """COGS / quarantine: sent back to the customer, whose goods they are again."""
    return nonzero((debit(COGS, cost_minor), credit(sub(QUARANTINE, location), cost_minor)))


def credit_note(
    *,
    net_minor: int,
    tax_minor: int,
    jurisdiction: str,
    discount_minor: int = 0,
    fee_minor: int = 0,
    shipping_minor: int = 0,
) -> tuple[Entry, ...]:
    """Sales returns, tax payable / discounts (pro rata), restocking fee, refunds payable.

    `net_minor` is what the goods came to after their discounts, of which `discount_minor` had been taken off;
    `shipping_minor` is shipping given back, net. The rest, less the fee, is owed to the customer.
    """
    owed = net_minor + tax_minor + shipping_minor - fee_minor
    if owed < 0:
        raise ValueError(f"a fee of {fee_minor} is more than the credit of {owed + fee_minor}")
    return nonzero(
        (
            debit(SALES_RETURNS, net_minor + discount_minor),
            debit(SHIPPING_REVENUE, shipping_minor),
            debit(sub(TAX_PAYABLE, jurisdiction), tax_minor),
            credit(DISCOUNTS, discount_minor),
            credit(RESTOCKING_FEES, fee_minor),
            credit(REFUNDS_PAYABLE, owed),
        )
    )


def refund_paid(provider: str, amount_minor: int) -> tuple[Entry, ...]:
    """Refunds payable / PSP clearing."""
    return nonzero((debit(REFUNDS_PAYABLE, amount_minor), credit(sub(PSP_CLEARING, provider), amount_minor)))


def gift_card_cancelled(amount_minor: int) -> tuple[Entry, ...]:
    """Given back before it was used: gift-card liability / refunds payable."""
    return nonzero((debit(GIFT_CARDS, amount_minor), credit(REFUNDS_PAYABLE, amount_minor)))


def refund_to_gift_card(amount_minor: int) -> tuple[Entry, ...]:
    """Refunds payable / gift-card liability."""
    return nonzero((debit(REFUNDS_PAYABLE, amount_minor), credit(GIFT_CARDS, amount_minor)))
