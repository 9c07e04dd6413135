"""A trace's money beside the ledger's, as rows of any report."""

from __future__ import annotations

from decimal import Decimal

from .result import RevenueFigures
from .words import amount, words


def revenue_rows(revenue: RevenueFigures) -> list[tuple[str, str]]:
    """The trace's money beside the ledger's: (what, how much)."""
    ledger = revenue.revenue_minor - revenue.sales_returns_minor + revenue.tax_minor
    return [
        ("sold", amount(revenue.sold_minor)),
        ("came back", amount(-revenue.returned_minor)),
        *((f"not used: {words(kind)}", f"{Decimal(text):,}") for kind, text in revenue.excluded.items()),
        ("ledger: revenue", amount(revenue.revenue_minor)),
        ("ledger: sales returns", amount(-revenue.sales_returns_minor)),
        ("ledger: tax on both", amount(revenue.tax_minor)),
        ("ledger in all", amount(ledger)),
        ("ledger less trace", amount(revenue.difference_minor)),
    ]
