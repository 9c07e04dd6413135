"""Rounding, exchange differences, and the two sides of a sale across entities."""

from __future__ import annotations

from contracts.accounts import (
    COGS,
    FX_GAIN,
    FX_LOSS,
    INTERCOMPANY_PAYABLE,
    INTERCOMPANY_RECEIVABLE,
    INVENTORY,
    REVENUE,
    ROUNDING,
    sub,
)
from contracts.finance import Entry

from .sides import credit, debit, nonzero, signed


def rounding(account: str, amount_minor: int) -> tuple[Entry, ...]:
    """An account is off by a rounding difference; positive: it has too much on its debit side."""
    return nonzero((signed(ROUNDING, amount_minor), signed(account, -amount_minor)))


def exchange(account: str, gain_minor: int) -> tuple[Entry, ...]:
    """An account in another currency is worth more (or, negative, less) in the posting's currency."""
    result = credit(FX_GAIN, gain_minor) if gain_minor > 0 else debit(FX_LOSS, -gain_minor)
    return nonzero((signed(account, gain_minor), result))


def intercompany_sold(buyer: str, amount_minor: int, location: str, cost_minor: int) -> tuple[Entry, ...]:
    """In the book of the entity whose goods left for another's customer: receivable, COGS / revenue, inventory."""
    return nonzero(
        (
            debit(sub(INTERCOMPANY_RECEIVABLE, buyer), amount_minor),
            debit(COGS, cost_minor),
            credit(REVENUE, amount_minor),
            credit(sub(INVENTORY, location), cost_minor),
        )
    )


def intercompany_bought(seller: str, amount_minor: int) -> tuple[Entry, ...]:
    """In the book of the entity that sold to the customer: COGS / payable to the entity that sent the goods."""
    return nonzero((debit(COGS, amount_minor), credit(sub(INTERCOMPANY_PAYABLE, seller), amount_minor)))
