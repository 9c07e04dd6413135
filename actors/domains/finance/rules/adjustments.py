"""Rounding, exchange differences, and the two sides of a sale across entities."""

from __future__ import annotations

from contracts.accounts import (
    AR,
    COGS,
    CURRENCY_CLEARING,
    FX_GAIN,
    FX_LOSS,
    IN_TRANSIT,
    INTERCOMPANY_PAYABLE,
    INTERCOMPANY_RECEIVABLE,
    INVENTORY,
    PSP_CLEARING,
    REFUNDS_PAYABLE,
    REVENUE,
    ROUNDING,
    VALUATION,
    sub,
)
from contracts.finance import Entry

from .sides import credit, debit, nonzero, signed, swapped


def rounding(account: str, amount_minor: int) -> tuple[Entry, ...]:
    """An account is off by a rounding difference; positive: it has too much on its debit side."""
    return nonzero((signed(ROUNDING, amount_minor), signed(account, -amount_minor)))


def exchange(account: str, gain_minor: int) -> tuple[Entry, ...]:
    """An account in another currency is worth more (or, negative, less) in the posting's currency."""
    result = credit(FX_GAIN, gain_minor) if gain_minor > 0 else debit(FX_LOSS, -gain_minor)
    return nonzero((signed(account, gain_minor), result))


def revaluation(gain_minor: int) -> tuple[Entry, ...]:
    """What is open in another currency is worth more (or, negative, less) at a period's end."""
    return exchange(VALUATION, gain_minor)


def revaluation_reversed(gain_minor: int) -> tuple[Entry, ...]:
    """Taken back in the next period: as it was posted, on the other side."""
    return swapped(exchange(VALUATION, gain_minor))


def capture_exchanged(amount_minor: int) -> tuple[Entry, ...]:
    """Paid, and settled in another currency: currency clearing / AR."""
    return nonzero((debit(CURRENCY_CLEARING, amount_minor), credit(AR, amount_minor)))


def refund_exchanged(amount_minor: int) -> tuple[Entry, ...]:
    """Paid back, and settled in another currency: refunds payable / currency clearing."""
    return nonzero((debit(REFUNDS_PAYABLE, amount_minor), credit(CURRENCY_CLEARING, amount_minor)))


def exchanged(provider: str, settled_minor: int) -> tuple[Entry, ...]:
    """What the provider settles for it: PSP clearing / currency clearing; below zero, what it takes."""
    return nonzero(
        (signed(sub(PSP_CLEARING, provider), settled_minor), signed(CURRENCY_CLEARING, -settled_minor))
    )


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


def intercompany_taken_back(buyer: str, amount_minor: int) -> tuple[Entry, ...]:
    """The same entity gets goods back: revenue / receivable; below zero, they go to the customer again."""
    return nonzero(
        (signed(REVENUE, amount_minor), signed(sub(INTERCOMPANY_RECEIVABLE, buyer), -amount_minor))
    )


def intercompany_returned(seller: str, amount_minor: int) -> tuple[Entry, ...]:
    """What the customer sent back to whose goods they were: payable / COGS; below zero, it is theirs again."""
    return nonzero((signed(sub(INTERCOMPANY_PAYABLE, seller), amount_minor), signed(COGS, -amount_minor)))


def intercompany_sent(buyer: str, location: str, cost_minor: int) -> tuple[Entry, ...]:
    """Goods are on their way to another entity's location: receivable / inventory of the sender, at cost."""
    return nonzero(
        (
            debit(sub(INTERCOMPANY_RECEIVABLE, buyer), cost_minor),
            credit(sub(INVENTORY, location), cost_minor),
        )
    )


def intercompany_expected(seller: str, cost_minor: int) -> tuple[Entry, ...]:
    """In the book of the entity that they go to: in-transit / payable."""
    return nonzero((debit(IN_TRANSIT, cost_minor), credit(sub(INTERCOMPANY_PAYABLE, seller), cost_minor)))


def intercompany_bought(seller: str, amount_minor: int) -> tuple[Entry, ...]:
    """In the book of the entity that sold to the customer: COGS / payable to the entity that sent the goods."""
    return nonzero((debit(COGS, amount_minor), credit(sub(INTERCOMPANY_PAYABLE, seller), amount_minor)))
