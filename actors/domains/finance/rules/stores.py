"""Stores: a till's closing, which was sold, taxed and paid at once, and what it took back."""

from __future__ import annotations

from contracts.accounts import (
    CASH,
    COGS,
    INVENTORY,
    PSP_CLEARING,
    REVENUE,
    SALES_RETURNS,
    SCRAP,
    TAX_PAYABLE,
    sub,
)
from contracts.finance import Entry

from .sides import credit, debit, nonzero, signed


def till_sales(
    location: str,
    provider: str,
    jurisdiction: str,
    net_minor: int,
    tax_minor: int,
    card_minor: int,
    back_net_minor: int = 0,
) -> tuple[Entry, ...]:
    """Cash in tills, PSP clearing, sales returns / revenue, tax payable. What was not paid by card was paid in cash.

    Tax and cards are those of the sales less those of the refunds, and may be below zero.
    """
    cash_minor = net_minor - back_net_minor + tax_minor - card_minor
    return nonzero(
        (
            signed(sub(CASH, location), cash_minor),
            signed(sub(PSP_CLEARING, provider), card_minor),
            debit(SALES_RETURNS, back_net_minor),
            credit(REVENUE, net_minor),
            signed(sub(TAX_PAYABLE, jurisdiction), -tax_minor),
        )
    )


def till_cost(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """COGS / inventory of the store."""
    return nonzero((debit(COGS, cost_minor), credit(sub(INVENTORY, location), cost_minor)))


def till_back(location: str, back_cost_minor: int, scrapped_cost_minor: int) -> tuple[Entry, ...]:
    """Inventory of the store, scrap / COGS: goods that a till took back."""
    return nonzero(
        (
            debit(sub(INVENTORY, location), back_cost_minor),
            debit(SCRAP, scrapped_cost_minor),
            credit(COGS, back_cost_minor + scrapped_cost_minor),
        )
    )
