"""What a year of orders comes to, told by its file alone: written against the file's own description, with nothing of
Tidegate's in it. `python -m tests.support.year_totals FILE [COUNT]` prints it.

Rows are taken in the order of the file. Rows that follow each other and name one invoice are a document; it is cut
where another invoice begins, and an invoice that appears again later is late. Within a document a row that repeats
another whole row is a duplicate. What a document is its first letter says: C takes back, A writes off a debt, any
other sells. Of what is left, a row is an adjustment (no invoice of a sale may have negative units), has no price, is no
product (postage, fees, gift vouchers), or is a line of a sale or of what comes back.

What comes back was bought by the same customer, of the same code (capital letters), at the same price, earlier in the
file; the latest purchase is taken first.
"""

import csv
import lzma
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

CHARGES = {"POST", "DOT", "M", "D", "C2", "S", "B", "PADS", "CRUK", "BANK CHARGES", "AMAZONFEE"}


@dataclass
class Totals:
    """Pounds by what became of them; units that left and came back by code."""

    sales: int = 0
    lines: int = 0
    sold: Decimal = Decimal()
    returned: Decimal = Decimal()
    whole_file: Decimal = Decimal()
    excluded: dict = field(default_factory=lambda: defaultdict(Decimal))
    rows: Counter = field(default_factory=Counter)
    units: Counter = field(default_factory=Counter)
    units_back: Counter = field(default_factory=Counter)
    with_a_price: int = 0


def totals(path, count=None):
    """The totals of the first `count` sales, and of every row up to them."""
    found = Totals()
    bought: dict[tuple[str, str, Decimal], list[int]] = defaultdict(list)
    seen = set()
    with lzma.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        for invoice, rows in groupby(csv.DictReader(file), key=lambda row: row["InvoiceNo"]):
            late = invoice in seen
            seen.add(invoice)
            _document(found, bought, invoice, late, list(rows))
            if count is not None and found.sales == count:
                break
    return found


def _document(found, bought, invoice, late, rows):
    sale, before = [], set()
    for row in rows:
        worth = int(row["Quantity"]) * Decimal(row["UnitPrice"])
        found.whole_file += worth
        whole = tuple(row.values())
        kind = "exact_duplicate_row" if whole in before else _kind(invoice, late, row)
        before.add(whole)
        code, price = row["StockCode"].strip().upper(), Decimal(row["UnitPrice"])
        at = (row["CustomerID"].removesuffix(".0"), code, price)
        units = abs(int(row["Quantity"]))
        if kind == "sale":
            sale.append((at, units))
        elif kind == "back":
            taken = _take_back(bought[at], units) if at[0] else 0
            found.returned += taken * price
            found.units_back[code] += taken
            found.excluded["cancellation"] -= (units - taken) * price
            found.rows["returned" if taken else "cancellation"] += 1
        else:
            found.excluded[kind] += worth
            found.rows[kind] += 1
    for at, units in sale:
        bought[at].append(units)
        found.units[at[1]] += units
        found.sold += units * at[2]
    found.sales += bool(sale)
    # As sales of this file are counted elsewhere: something in it has a price, if only postage, or a debt.
    found.with_a_price += not late and invoice[0] != "C" and any(map(_is_priced, rows))
    found.lines += len(sale)


def _is_priced(row):
    return int(row["Quantity"]) > 0 and Decimal(row["UnitPrice"]) > 0


def _kind(invoice, late, row):
    units, price = int(row["Quantity"]), Decimal(row["UnitPrice"])
    takes_back = invoice[0] == "C"
    if late:
        return "late_row"
    if invoice[0] == "A":
        return "bad_debt"
    if (units < 0) != takes_back:
        return "adjustment"
    if price <= 0:
        return "zero_or_negative_price"
    code = row["StockCode"].strip().upper()
    if code in CHARGES or code.startswith("GIFT_"):
        return "not_a_product"
    return "back" if takes_back else "sale"


def _take_back(purchases, units):
    taken = 0
    while purchases and taken < units:
        left = purchases.pop()
        part = min(left, units - taken)
        taken += part
        if left > part:
            purchases.append(left - part)
    return taken


if __name__ == "__main__":
    print(totals(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None))
