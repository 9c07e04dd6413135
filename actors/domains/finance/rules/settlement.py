"""Settlement and disputes: what the provider pays out, keeps, takes back."""

from __future__ import annotations

from contracts.accounts import (
    BANK,
    DISPUTE_FEES,
    DISPUTE_LOSSES,
    DISPUTES,
    PSP_CLEARING,
    PSP_FEES,
    SUSPENSE,
    sub,
)
from contracts.finance import Entry

from .sides import credit, debit, nonzero, signed


def payout(provider: str, gross_minor: int, fee_minor: int, net_minor: int) -> tuple[Entry, ...]:
    """Bank (net), PSP fees / PSP clearing (gross); what is left over goes to settlement suspense.

    A payout may be negative: then the bank pays.
    """
    return nonzero(
        (
            signed(BANK, net_minor),
            signed(PSP_FEES, fee_minor),
            signed(sub(PSP_CLEARING, provider), -gross_minor),
            signed(sub(SUSPENSE, provider), gross_minor - fee_minor - net_minor),
        )
    )


def suspense(provider: str, amount_minor: int) -> tuple[Entry, ...]:
    """A line that matches nothing: PSP clearing / suspense, so that clearing stays what can be explained.

    Positive: the provider claims to have taken money that we know nothing of.
    """
    return nonzero(
        (signed(sub(PSP_CLEARING, provider), amount_minor), signed(sub(SUSPENSE, provider), -amount_minor))
    )


def suspense_resolved(provider: str, amount_minor: int, account: str) -> tuple[Entry, ...]:
    """What stood in suspense is explained, and goes to the account that explains it."""
    return nonzero((signed(sub(SUSPENSE, provider), amount_minor), signed(account, -amount_minor)))


def dispute_opened(provider: str, amount_minor: int, fee_minor: int = 0) -> tuple[Entry, ...]:
    """Dispute receivable, fee / PSP clearing."""
    return nonzero(
        (
            debit(sub(DISPUTES, provider), amount_minor),
            debit(DISPUTE_FEES, fee_minor),
            credit(sub(PSP_CLEARING, provider), amount_minor + fee_minor),
        )
    )


def dispute_won(provider: str, amount_minor: int) -> tuple[Entry, ...]:
    """PSP clearing / dispute receivable."""
    return nonzero(
        (debit(sub(PSP_CLEARING, provider), amount_minor), credit(sub(DISPUTES, provider), amount_minor))
    )


def dispute_lost(provider: str, amount_minor: int) -> tuple[Entry, ...]:
    """Dispute loss / dispute receivable."""
    return nonzero((debit(DISPUTE_LOSSES, amount_minor), credit(sub(DISPUTES, provider), amount_minor)))
