"""Stock: what it came to at the start, transfers between locations, what a count finds."""

from __future__ import annotations

from contracts.accounts import IN_TRANSIT, INVENTORY, OPENING, SHRINKAGE, sub
from contracts.finance import Entry

from .sides import credit, debit, nonzero, signed


def opening_stock(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """Inventory / opening balances."""
    return nonzero((debit(sub(INVENTORY, location), cost_minor), credit(OPENING, cost_minor)))


def transfer_out(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """In-transit / inventory of the sender."""
    return nonzero((debit(IN_TRANSIT, cost_minor), credit(sub(INVENTORY, location), cost_minor)))


def transfer_in(location: str, cost_minor: int) -> tuple[Entry, ...]:
    """Inventory of the receiver / in-transit."""
    return nonzero((debit(sub(INVENTORY, location), cost_minor), credit(IN_TRANSIT, cost_minor)))


def transit_loss(lost_minor: int) -> tuple[Entry, ...]:
    """Shrinkage / in-transit: what left one building and never came to the other."""
    return nonzero((signed(SHRINKAGE, lost_minor), signed(IN_TRANSIT, -lost_minor)))


def count(location: str, lost_minor: int) -> tuple[Entry, ...]:
    """Shrinkage / inventory; a gain (a negative loss) is the reverse."""
    return nonzero((signed(SHRINKAGE, lost_minor), signed(sub(INVENTORY, location), -lost_minor)))
