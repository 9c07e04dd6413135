"""Sales from a file of order lines: streamed, and every row that is not a sale counted by kind.

A trace of a real shop is messy on purpose and stays so: nothing is dropped without being listed. Rows of
one order must follow each other; rows of an order that was closed before are listed as `late_row`.

    listed, not used                          noted, used
    exact_duplicate_row  the row once more    no_customer          a guest's order
    cancellation         a C document (*)     several_timestamps   the first one counts
    bad_debt             an A document        sku_case_folded      read in upper case
    adjustment           fewer than no units  repeated_sku         lines of one SKU in an order
    zero_quantity        no units             unknown_country      read as GB
    zero_or_negative_price
    not_a_product        postage, fees, ...: the layout's list
    over_precise_price   more decimals than the currency has
    no_sku, no_order_ref a blank where there must be a name
    over_limit           an order of > 2,000 lines, a line of > 100,000 units
    late_row             its order was closed before

(*) With `returns`, a C document's row is a return of that customer's earlier purchase at that price, as far as there
is one; what is left of it is listed.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO, NoReturn, Protocol, cast

from msgspec import Struct

from contracts.money import EXPONENTS

from ..mistakes import InputMistake
from .cells import parse_instant, parse_price, parse_quantity
from .countries import HOME, iso_code
from .layouts import LAYOUTS, Layout, layout_of
from .planned import Product, Sale, SaleLine, TraceReport, TraceReturn
from .trace_returns import Purchases, returns_of

MAX_LINES = 2_000
MAX_QUANTITY = 100_000
# Rows of one order are held together; more than this is a file that is not ordered by order.
MAX_ROWS_OF_AN_ORDER = 50_000

Row = list[str]


class Lines(Protocol):
    """What `csv.reader` returns."""

    line_num: int

    def __iter__(self) -> Iterator[Row]: ...

    def __next__(self) -> Row: ...


class TraceError(InputMistake):
    """A file that is no trace, or a cell that cannot be read."""


class Trace(Struct, frozen=True):
    """The first sales of a trace by time, its products at their most frequent price, and its listing."""

    sales: tuple[Sale, ...]
    products: tuple[Product, ...]
    report: TraceReport
    returns: dict[str, tuple[TraceReturn, ...]]


def read_sales(path: str | Path, count: int, *, returns: bool = False) -> Trace:
    """The first `count` sales of the file, or all where there are fewer; with `returns`, what came back of each.

    Raises TraceError.
    """
    reader = _Reader(path, count, Purchases() if returns else None)
    try:
        reader.read()
    except UnicodeDecodeError as error:
        # The text is decoded in pieces: the lines of this one before the bad byte have not been read yet.
        reader.fail("", "not UTF-8 text", ahead=error.object.count(b"\n", 0, error.start))
    except csv.Error as error:
        reader.fail("", f"not a CSV: {error}")
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        reader.fail("", getattr(error, "strerror", None) or f"cannot be unpacked: {error}")
    return reader.trace()


@contextmanager
def _open(path: str | Path) -> Iterator[io.TextIOWrapper]:
    """Text of a plain, gzip or xz file, told by its first bytes."""
    with open(path, "rb") as file, ExitStack() as stack:
        start = file.read(6)
        file.seek(0)
        opened: BinaryIO = file
        if start.startswith(b"\x1f\x8b"):
            opened = cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=file)))
        elif start == b"\xfd7zXZ\x00":
            opened = cast(BinaryIO, stack.enter_context(lzma.LZMAFile(file)))
        yield stack.enter_context(io.TextIOWrapper(opened, encoding="utf-8-sig", newline=""))


class _Reader:
    """One pass over a trace."""

    def __init__(self, path: str | Path, count: int, purchases: Purchases | None) -> None:
        self._purchases = purchases
        self._returns: dict[str, list[TraceReturn]] = {}
        self._returned_rows = 0
        self._returned_minor = 0
        self._amounts: dict[str, Decimal] = {}
        self._path = path
        self._count = count
        self._line = 0
        self._layout: Layout = LAYOUTS[0]
        self._cells: dict[str, int] = {}
        self._sales: list[Sale] = []
        self._seen_sales = 0
        self._closed: set[str] = set()
        self._rows = 0
        self._used = 0
        self._kinds: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()
        self._names: dict[str, str] = {}

    def fail(self, field: str, message: str, ahead: int = 0) -> NoReturn:
        """Blame the line being read, or one so many lines ahead of it."""
        raise TraceError(self._path, self._line + ahead, field, message) from None

    def read(self) -> None:
        with _open(self._path) as text:
            rows = csv.reader(text, strict=True)
            self._line = 1
            self._read_header(next(rows, []))
            for group in self._groups(rows):
                self._take(group)
                if len(self._sales) >= self._count:
                    break

    def trace(self) -> Trace:
        sales = sorted(self._sales, key=lambda sale: sale.placed_ms)
        report = TraceReport(
            layout=self._layout.name,
            rows=self._rows,
            lines=self._used,
            sales=self._seen_sales,
            orders=len(sales),
            kinds=dict(sorted(self._kinds.items())),
            notes={note: count for note, count in sorted(self._notes.items()) if count},
            returned_rows=self._returned_rows,
            sold_minor=sum(line.quantity * line.price_minor for sale in sales for line in sale.lines),
            returned_minor=self._returned_minor,
            amounts={kind: f"{amount:f}" for kind, amount in sorted(self._amounts.items())},
        )
        if not report.balanced:
            raise AssertionError(f"rows of the trace were lost while reading it: {report}")
        if not sales:
            raise TraceError(self._path, 0, "", "no sale in it")
        returns = {ref: tuple(some) for ref, some in self._returns.items()}
        return Trace(tuple(sales), _products(sales, self._names), report, returns)

    def _read_header(self, header: Row) -> None:
        layout = layout_of([cell.strip() for cell in header])
        if layout is None:
            known = "; ".join(",".join(layout.columns) for layout in LAYOUTS)
            shown = ",".join(header)[:80]
            self.fail("header", f"unknown header {shown!r}; known are: {known}")
        self._layout = layout
        self._cells = {cell.strip(): index for index, cell in enumerate(header)}

    def _groups(self, rows: Lines) -> Iterator[list[tuple[int, Row]]]:
        """Rows that follow each other and name the same order, with their lines in the file."""
        width, ref_at = len(self._cells), self._cells[self._layout.order_ref]
        group: list[tuple[int, Row]] = []
        while True:
            line = self._line = rows.line_num + 1
            row = next(rows, None)
            if row is None:
                break
            if not row:
                continue
            if len(row) != width:
                self.fail("row", f"{len(row)} cells where the header has {width}")
            if group and row[ref_at] != group[0][1][ref_at]:
                yield group
                group = []
            group.append((line, row))
            if len(group) > MAX_ROWS_OF_AN_ORDER:
                self.fail(self._layout.order_ref, f"more than {MAX_ROWS_OF_AN_ORDER} rows of one order")
        if group:
            yield group

    def _take(self, group: list[tuple[int, Row]]) -> None:
        """An order's rows: each one listed by its kind, or a line of the sale."""
        layout, cells = self._layout, self._cells
        self._rows += len(group)
        first = group[0][1]
        ref = first[cells[layout.order_ref]].strip()
        kind = self._kind_of_document(ref)
        self._closed.add(ref)
        lines: list[SaleLine] = []
        placed: list[int] = []
        rows: set[tuple[str, ...]] = set()
        taken: list[tuple[str, str, int]] = []
        for line, row in group:
            self._line = line
            whole = tuple(row)
            if whole in rows:
                self._list("exact_duplicate_row", row)
                continue
            rows.add(whole)
            if kind == "cancellation" and self._purchases is not None:
                taken += self._cancelled(row, self._purchases)
                continue
            at_ms, found = self._sale_line(row, kind)
            if found is not None:
                lines.append(found)
                placed.append(at_ms)
        if lines:
            self._close_sale(ref, first, lines, placed)
        if taken:
            placed_ms = parse_instant(first[cells[layout.placed_at]])
            for sale, back in returns_of(ref, placed_ms, taken).items():
                self._returns.setdefault(sale, []).append(back)

    def _list(self, kind: str, row: Row, units: int | None = None) -> None:
        """A row, or some units of it, that is not used."""
        layout, cells = self._layout, self._cells
        if units is None:
            self._kinds[kind] += 1
        try:
            quantity = parse_quantity(row[cells[layout.quantity]]) if units is None else units
            amount = quantity * Decimal(row[cells[layout.unit_price]].strip())
        except (ValueError, InvalidOperation):
            return  # Of a row that is not used, a cell that cannot be read has no amount.
        self._amounts[kind] = self._amounts.get(kind, Decimal()) + amount

    def _cancelled(self, row: Row, purchases: Purchases) -> list[tuple[str, str, int]]:
        """What a row of a cancellation takes back; what of it nobody bought is listed."""
        layout, cells = self._layout, self._cells
        _, line = self._sale_line(row, None, sign=-1)
        if line is None:
            return []
        customer = row[cells[layout.customer]].strip().removesuffix(".0") or None
        taken = purchases.take_back(customer, line.sku, line.price_minor, line.quantity)
        units = sum(quantity for _, _, quantity in taken)
        if not taken:
            self._list("cancellation", row)
            return []
        self._returned_rows += 1
        self._returned_minor += units * line.price_minor
        if units < line.quantity:
            self._list("cancellation", row, units - line.quantity)
        return taken

    def _kind_of_document(self, ref: str) -> str | None:
        if not ref:
            return "no_order_ref"
        if ref in self._closed:
            return "late_row"
        return next((kind for letter, kind in self._layout.documents if ref.startswith(letter)), None)

    def _sale_line(self, row: Row, kind: str | None, sign: int = 1) -> tuple[int, SaleLine | None]:
        """The row's time and line, or no line and the row listed. Cells are checked in either case.

        With `sign` -1 the row takes units back, and the line says how many.
        """
        layout, cells = self._layout, self._cells
        field = layout.quantity
        try:
            quantity = sign * parse_quantity(row[cells[field]])
            field = layout.unit_price
            price_sign, price_minor = parse_price(row[cells[field]], layout.currency)
            field = layout.placed_at
            at_ms = parse_instant(row[cells[field]])
        except ValueError as error:
            self.fail(field, str(error))
        written = row[cells[layout.sku]].strip()
        sku = written.upper()
        if kind is None:
            kind = _kind_of_row(layout, sku, quantity, price_sign, price_minor)
        if kind is not None or price_minor is None:
            self._list(kind or "over_precise_price", row)
            return at_ms, None
        if sku != written:
            self._notes["sku_case_folded"] += 1
        if layout.description and sku not in self._names:
            self._names[sku] = " ".join(row[cells[layout.description]].split())
        return at_ms, SaleLine(sku, quantity, price_minor)

    def _close_sale(self, ref: str, first: Row, lines: list[SaleLine], placed: list[int]) -> None:
        layout, cells = self._layout, self._cells
        self._seen_sales += 1
        if len(lines) > MAX_LINES or any(line.quantity > MAX_QUANTITY for line in lines):
            self._kinds["over_limit"] += len(lines)
            amount = sum(line.quantity * line.price_minor for line in lines)
            over = self._amounts.get("over_limit", Decimal())
            self._amounts["over_limit"] = over + Decimal(amount).scaleb(-EXPONENTS[layout.currency])
            return
        self._used += len(lines)
        customer = first[cells[layout.customer]].strip().removesuffix(".0") or None
        country = iso_code(first[cells[layout.country]])
        self._notes["no_customer"] += customer is None
        self._notes["unknown_country"] += country is None
        self._notes["several_timestamps"] += len(set(placed)) > 1
        self._notes["repeated_sku"] += len(lines) - len({line.sku for line in lines})
        sale = Sale(ref, placed[0], customer, country or HOME, tuple(lines))
        self._sales.append(sale)
        if self._purchases is not None:
            self._purchases.add(sale)


def _kind_of_row(layout: Layout, sku: str, quantity: int, sign: int, price_minor: int | None) -> str | None:
    if not sku:
        return "no_sku"
    if quantity < 0:
        return layout.negative_kind
    if quantity == 0:
        return "zero_quantity"
    if sign <= 0:
        return "zero_or_negative_price"
    if sku in layout.not_products or sku.startswith(layout.not_product_prefixes or ("\0",)):
        return "not_a_product"
    return "over_precise_price" if price_minor is None else None


def _products(sales: list[Sale], names: dict[str, str]) -> tuple[Product, ...]:
    """Each SKU at the price most of its lines had; among equally frequent ones the lowest."""
    prices: dict[str, Counter[int]] = {}
    for sale in sales:
        for line in sale.lines:
            prices.setdefault(line.sku, Counter())[line.price_minor] += 1
    return tuple(
        Product(sku, names.get(sku) or sku, min(seen, key=lambda price: (-seen[price], price)))
        for sku, seen in sorted(prices.items())
    )
