"""The price list: what products cost, and whether a line stands at an acceptable price. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct, structs

from contracts.entities import entity_of_book, entity_of_location
from contracts.inventory import PRICE_TOLERANCE_BP, EnrichedLine, LineProblem, ProductRow, QuotedLine
from contracts.money import BASIS
from contracts.prices import PriceRow
from contracts.quotes import ChargedLine
from contracts.reference import ProductChange
from contracts.stock import StockValued, ValuedRow, ValueMoved, ValueRow

from . import dated
from .quotes_model import Quote
from .tax_rates_model import TaxRatesState


class PriceListState(Struct):
    """A price list: the newest row of each SKU, the price told for it that holds, and those that will; quotes.

    `changed` is the (instant, number) of the ERP's change that each product stands at. Tax rates are kept beside them.
    """

    rows: dict[str, ProductRow] = {}
    told: dict[str, PriceRow] = {}
    planned: dict[str, tuple[PriceRow, ...]] = {}
    quotes: dict[str, Quote] = {}
    changed: dict[str, tuple[int, int]] = {}
    tax_rates: TaxRatesState = msgspec.field(default_factory=TaxRatesState)


def _sku(row: PriceRow) -> str:
    return row.sku


def _rank(row: PriceRow) -> tuple[int, int]:
    return row.effective_at_ms, row.version


def sorted_out(
    prices: PriceListState, rows: tuple[PriceRow, ...], at: int
) -> tuple[tuple[PriceRow, ...], tuple[PriceRow, ...]]:
    """Of prices told: (those that hold now, those still to come)."""
    return dated.sorted_out(prices.told, prices.planned, rows, at, _sku, _rank)


def due_prices(prices: PriceListState, at: int) -> tuple[PriceRow, ...]:
    """Of the planned ones whose time has come, each SKU's last."""
    return sorted_out(prices, (), at)[0]


def next_price_ms(prices: PriceListState, planned: tuple[PriceRow, ...], at: int) -> int | None:
    """When the next price begins to hold, with these planned as well."""
    return dated.next_ms(prices.planned, planned, at)


def with_price(row: ProductRow, told: PriceRow | None) -> ProductRow:
    """A product at the price told for it, if one was."""
    if told is None:
        return row
    return structs.replace(row, price_minor=told.price_minor, currency=told.currency)


def newer(prices: PriceListState, rows: tuple[ProductChange, ...]) -> tuple[ProductChange, ...]:
    """Of changes told, those that are newer than what is known; of each product the newest."""
    found: dict[str, ProductChange] = {}
    for row in rows:
        other = found.get(row.sku)
        before = (other.changed_at_ms, other.version) if other is not None else prices.changed.get(row.sku)
        if before is None or (row.changed_at_ms, row.version) > before:
            found[row.sku] = row
    return tuple(found.values())


def of_file(prices: PriceListState, rows: tuple[ProductRow, ...], as_of_ms: int) -> tuple[ProductRow, ...]:
    """A file's rows, as they may stand: of what a later change told of a product, the file knows nothing.

    A file that does not say when it was true is older than any change. Price and cost are the file's: what was told of
    prices has a rank of its own.
    """
    changed = prices.changed
    if not changed:
        return rows
    return tuple(
        [
            structs.replace(row, name=known.name, tax_class=known.tax_class, weight_g=known.weight_g)
            if (known := prices.rows.get(row.sku)) is not None
            and changed.get(row.sku, (-1, 0))[0] >= as_of_ms
            else row
            for row in rows
        ]
    )


def with_change(prices: PriceListState, change: ProductChange) -> ProductRow:
    """The product as it is now. One that is known keeps its price and its standard cost: they change otherwise."""
    known = prices.rows.get(change.sku)
    if known is not None:
        return structs.replace(known, name=change.name, tax_class=change.tax_class, weight_g=change.weight_g)
    row = ProductRow(
        change.sku, change.name, change.price_minor, change.cost_minor, change.currency, change.tax_class,
        change.weight_g,
    )  # fmt: skip
    return with_price(row, prices.told.get(change.sku))


def within_tolerance(charged_minor: int, list_minor: int, tolerance_bp: int = PRICE_TOLERANCE_BP) -> bool:
    """Whether a charged price is near enough to the list price."""
    return abs(charged_minor - list_minor) * BASIS <= list_minor * tolerance_bp


def price(
    prices: PriceListState,
    lines: Sequence[QuotedLine | ChargedLine],
    currency: str,
    *,
    trusted: bool,
    tolerance_bp: int = PRICE_TOLERANCE_BP,
) -> tuple[tuple[EnrichedLine, ...], tuple[LineProblem, ...]]:
    """Each line enriched, and what is wrong with the lines that cannot be priced. `trusted`: at any price."""
    enriched: list[EnrichedLine] = []
    problems: list[LineProblem] = []
    rows = prices.rows
    for line in lines:
        row = rows.get(line.sku)
        if row is None:
            problems.append(LineProblem(line.line_id, line.sku, "unknown-sku"))
        elif row.currency != currency:
            problems.append(LineProblem(line.line_id, line.sku, "other-currency"))
        elif not trusted and not within_tolerance(line.unit_price_minor, row.price_minor, tolerance_bp):
            problems.append(LineProblem(line.line_id, line.sku, "price-changed"))
        else:
            enriched.append(EnrichedLine(line.line_id, row.tax_class, row.cost_minor, row.weight_g))
    return tuple(enriched), tuple(problems)


def valued(prices: PriceListState, moved: ValueMoved) -> list[StockValued]:
    """What moved, at standard cost, book by book; a book in which nothing changes has none."""
    books: dict[str, dict[tuple[str, str, str], int]] = {}
    for row in moved.rows:
        product = prices.rows.get(row.sku)
        cost = product.cost_minor * row.units if product is not None else 0
        for book, at in _sides(row):
            sums = books.setdefault(book, {})
            sums[at] = sums.get(at, 0) + cost
    facts = []
    for book, sums in books.items():
        rows = tuple([ValuedRow(step, at, cost, entity) for (step, at, entity), cost in sums.items() if cost])
        if rows:
            currency = entity_of_book(book).base_currency
            facts.append(StockValued(book, moved.pool, moved.number, moved.reference, currency, rows))
    return facts


def _sides(row: ValueRow) -> list[tuple[str, tuple[str, str, str]]]:
    """(book, (step, location, other entity)): of goods that are sent to another entity both have a side."""
    mine = entity_of_location(row.location)
    theirs = entity_of_location(row.to) if row.to else mine
    if mine is theirs:
        return [(mine.book, (row.step, row.location, ""))]
    return [
        (mine.book, ("intercompany_sent", row.location, theirs.id)),
        (theirs.book, ("intercompany_expected", row.to, mine.id)),
    ]


def unknown(prices: PriceListState, moved: ValueMoved) -> list[str]:
    """SKUs that moved and that the price list does not have."""
    return sorted({row.sku for row in moved.rows if row.sku not in prices.rows})
