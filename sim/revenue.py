"""A trace's own totals against the ledger at the end of a run: to the penny, or the run is broken.

What the trace has is split into what was sold, what came back of it, and what could not be used, by kind. The ledger's
revenue less sales returns, with the tax on them, must be what was sold less what came back.
"""

from __future__ import annotations

from actors.views.trial_balance import TrialBalance
from contracts.accounts import DISCOUNTS, REVENUE, SALES_RETURNS, TAX_PAYABLE

from .load.planned import TraceReport
from .reports.result import RevenueFigures


def revenue_figures(trace: TraceReport, ledger: TrialBalance, book: str, currency: str) -> RevenueFigures:
    """Both sides, in minor units; what was left out by kind, in the currency's own unit."""
    sums = dict.fromkeys((REVENUE, SALES_RETURNS, DISCOUNTS, TAX_PAYABLE), 0)
    for row in ledger.of(book, currency):
        for label in sums:
            # Tax is kept by jurisdiction.
            if row.account == label or row.account.startswith(f"{label} "):
                sums[label] -= row.balance_minor
    return RevenueFigures(
        sold_minor=trace.sold_minor,
        returned_minor=trace.returned_minor,
        excluded=trace.amounts,
        revenue_minor=sums[REVENUE] + sums[DISCOUNTS],
        sales_returns_minor=-sums[SALES_RETURNS],
        tax_minor=sums[TAX_PAYABLE],
        trial_balance_minor=sum(ledger.difference_minor(*at) for at in ledger.books()),
    )
