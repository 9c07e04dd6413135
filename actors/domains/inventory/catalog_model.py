"""The price list: what products cost, and whether a line stands at an acceptable price. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.inventory import EnrichedLine, LineProblem, PriceOrder, ProductRow
from contracts.money import BASIS

# A list price may differ by this much from what the channel charged (basis points of the list price).
TOLERANCE_BP = 100


class PriceListState(Struct):
    """A price list: the newest row of each SKU."""

    rows: dict[str, ProductRow] = {}


def within_tolerance(charged_minor: int, list_minor: int) -> bool:
    """Whether a charged price is near enough to the list price."""
    return abs(charged_minor - list_minor) * BASIS <= list_minor * TOLERANCE_BP


def price(
    prices: PriceListState, command: PriceOrder
) -> tuple[tuple[EnrichedLine, ...], tuple[LineProblem, ...]]:
    """Each line enriched, and what is wrong with the lines that cannot be priced."""
    enriched: list[EnrichedLine] = []
    problems: list[LineProblem] = []
    rows, trusted = prices.rows, command.policy == "trust"
    for line in command.lines:
        row = rows.get(line.sku)
        if row is None:
            problems.append(LineProblem(line.line_id, line.sku, "unknown-sku"))
        elif row.currency != command.currency:
            problems.append(LineProblem(line.line_id, line.sku, "other-currency"))
        elif not trusted and not within_tolerance(line.unit_price_minor, row.price_minor):
            problems.append(LineProblem(line.line_id, line.sku, "price-changed"))
        else:
            enriched.append(EnrichedLine(line.line_id, row.tax_class, row.cost_minor, row.weight_g))
    return tuple(enriched), tuple(problems)
