"""Stores: a till's closing, which was sold, taxed and paid at once."""

from __future__ import annotations

from contracts.accounts import CASH, COGS, INVENTORY, PSP_CLEARING, REVENUE, TAX_PAYABLE, sub
from contracts.finance import Entry

from .sides import credit, debit, nonzero


def till_sales(
    location: str, provider: str, jurisdiction: str, net_minor: int, tax_minor: int, card_minor: int
) -> tuple[Entry, ...]:
    """Cash in tills, PSP clearing / revenue, tax payable. What was not paid by card was paid in cash."""
    return nonzero(
        (
            debit(sub(CASH, location), net_minor + tax_minor - card_minor),
            debit(sub(PSP_CLEARING, provider), card_minor),
            credit(REVENUE, net_minor),
            credit(sub(TAX_PAYABLE, jurisdiction), tax_minor),
        )
    )


def till_cost(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """COGS / inventory of the store."""
    return nonzero((debit(COGS, cost_minor), credit(sub(INVENTORY, location), cost_minor)))
