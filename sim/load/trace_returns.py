"""Cancellations of a trace as returns of that customer's earlier purchases, where there are any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .planned import Sale, TraceReturn

# A line of a sale of which something may still come back: sale, line, units left.
_Bought = list[tuple[str, str, int]]


class Purchases:
    """What each customer has bought so far, by SKU and price.

    A cancellation takes back what its customer bought last at that price, as many units as are left of it.
    """

    def __init__(self) -> None:
        self._left: dict[tuple[str, str, int], _Bought] = {}

    def add(self, sale: Sale) -> None:
        """A sale. What a guest bought can never be told again."""
        if sale.customer is None:
            return
        for n, line in enumerate(sale.lines, start=1):
            at = (sale.customer, line.sku, line.price_minor)
            self._left.setdefault(at, []).append((sale.ref, str(n), line.quantity))

    def take_back(
        self, customer: str | None, sku: str, price_minor: int, units: int
    ) -> list[tuple[str, str, int]]:
        """(sale, line, units) that a cancellation of so many units is about; fewer in all where fewer are left."""
        found: list[tuple[str, str, int]] = []
        bought = self._left.get((customer, sku, price_minor), []) if customer is not None else []
        while units and bought:
            ref, line_id, left = bought.pop()
            taken = min(left, units)
            units -= taken
            found.append((ref, line_id, taken))
            if left > taken:
                bought.append((ref, line_id, left - taken))
        return found


def returns_of(ref: str, placed_ms: int, taken: Sequence[tuple[str, str, int]]) -> dict[str, TraceReturn]:
    """One return for each sale that a cancellation takes units of."""
    units: dict[str, Counter[str]] = {}
    for sale, line_id, quantity in taken:
        units.setdefault(sale, Counter())[line_id] += quantity
    return {sale: TraceReturn(ref, placed_ms, tuple(lines.items())) for sale, lines in units.items()}
