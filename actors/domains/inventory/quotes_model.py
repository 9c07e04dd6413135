"""Price quotes: made of list prices, good for one order of their channel until they expire. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from contracts.inventory import ProductRow
from contracts.quotes import ChargedLine, MakeQuote, OfferedLine, PriceByQuote

# An expired quote is remembered for so long, so that its order is told that it is late and not that there was none.
KEPT_MS = 86_400_000


class Quote(Struct, gc=False):
    """A quote that was made. `used_by` is the order that was priced by it."""

    channel: str
    currency: str
    lines: tuple[OfferedLine, ...]
    expires_ms: int
    used_by: str = ""


def offered(
    rows: dict[str, ProductRow], command: MakeQuote
) -> tuple[tuple[OfferedLine, ...], dict[int, str]]:
    """Each line at its list price; by their places, the lines that have none, and why."""
    lines: list[OfferedLine] = []
    wrong: dict[int, str] = {}
    for n, line in enumerate(command.lines):
        row = rows.get(line.sku)
        if row is None:
            wrong[n] = "unknown-sku"
        elif row.currency != command.currency:
            wrong[n] = "other-currency"
        else:
            lines.append(OfferedLine(line.sku, line.quantity, row.price_minor))
    return tuple(lines), wrong


def refusal(quotes: dict[str, Quote], command: PriceByQuote) -> str | None:
    """Why the order cannot be priced by the quote that it names, or None.

    An order that has used it is priced by it again, however late: an edit changes nothing of what was promised.
    """
    if not command.quote_id:
        return "quote-missing"
    quote = quotes.get(command.quote_id)
    if quote is None:
        return "quote-unknown"
    if quote.used_by and quote.used_by != command.order_id:
        return "quote-used"
    if not quote.used_by and command.asked_ms >= quote.expires_ms:
        return "quote-expired"
    agreed = (quote.channel, quote.currency) == (command.channel, command.currency)
    return None if agreed and units(quote.lines) == units(command.lines) else "quote-mismatch"


def units(lines: Iterable[OfferedLine | ChargedLine]) -> Counter[tuple[str, int]]:
    """How many units of a SKU at a price: two lines of one SKU are as good as one."""
    found: Counter[tuple[str, int]] = Counter()
    for line in lines:
        found[line.sku, line.unit_price_minor] += line.quantity
    return found


def total_minor(lines: Iterable[OfferedLine]) -> int:
    """What the lines come to."""
    return sum([line.quantity * line.unit_price_minor for line in lines])


def forgettable(quotes: dict[str, Quote], at: int) -> tuple[str, ...]:
    """Those that expired long enough ago."""
    return tuple([id_ for id_, quote in quotes.items() if quote.expires_ms + KEPT_MS <= at])


def next_ms(quotes: dict[str, Quote], at: int) -> int | None:
    """When the next of them can be forgotten."""
    return min([due for quote in quotes.values() if (due := quote.expires_ms + KEPT_MS) > at], default=None)
