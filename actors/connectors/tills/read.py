"""From a till's file to ours: every field read, every receipt added up, before anything is recorded.

    TILL,<closing>,<store>,<till>,<currency>,<opened at>,<closed at>
    SALE,<receipt>,<placed at>,<cash>,<card>
    ITEM,<receipt>,<item>,<units>,<net>,<tax>
    REFUND,<receipt>,<given at>,<cash>,<card>
    BACK,<receipt>,<item>,<units>,<net>,<tax>,<grade>
    REFUNDED,<refunds>,<units>,<net>,<tax>,<cash>,<card>
    TOTAL,<sales>,<units>,<net>,<tax>,<cash>,<card>

Amounts are decimal text, instants RFC 3339 with their offset. TOTAL is the last line: without it the file is cut, and
before it stands REFUNDED, where the till has given anything back. Both are read here and compared where the file is
imported: a file whose total is wrong is whole, and waits.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from contracts.money import EXPONENTS, AmountError, minor_of
from contracts.stores import STORES
from contracts.tills import GRADES, NOTHING, TillFile, TillItem, TillSale, TillTotal

from ..refusals import FileRefused, Problem
from ..settlement.csv_file import named, rows

# Problems told of one file: with more it is another kind of file altogether.
PROBLEMS_AT_MOST = 50
UNITS_AT_MOST = 10_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS: dict[str, tuple[str, ...]] = {
    "TILL": ("type", "closing", "store", "till", "currency", "opened_at", "closed_at"),
    "SALE": ("type", "receipt", "placed_at", "cash", "card"),
    "ITEM": ("type", "receipt", "item", "units", "net", "tax"),
    "REFUND": ("type", "receipt", "placed_at", "cash", "card"),
    "BACK": ("type", "receipt", "item", "units", "net", "tax", "grade"),
    "REFUNDED": ("type", "refunds", "units", "net", "tax", "cash", "card"),
    "TOTAL": ("type", "sales", "units", "net", "tax", "cash", "card"),
}

Record = dict[str, str]


class _Sale:
    """A receipt being read."""

    def __init__(self, line: int, record: Record) -> None:
        self.line = line
        self.record = record
        self.items: list[TillItem] = []


class _Reading:
    """One file being read: its problems so far."""

    def __init__(self) -> None:
        self.currency = ""
        self.problems: list[Problem] = []

    def problem(self, line: int, field: str, code: str, detail: str) -> None:
        self.problems.append(Problem(line, field, code, detail))

    def text(self, line: int, record: Record, field: str) -> str:
        """The field; a problem where it is empty."""
        if not record[field]:
            self.problem(line, field, "malformed", "missing")
        return record[field]

    def minor(self, line: int, record: Record, field: str) -> int:
        """An amount in minor units, not below zero: what a till gives back has lines of its own."""
        try:
            amount = minor_of(record[field], self.currency)
        except AmountError as error:
            self.problem(line, field, error.code, str(error))
            return 0
        if amount < 0:
            self.problem(line, field, "negative", f"{record[field]} is below zero")
        return amount

    def count(self, line: int, record: Record, field: str, least: int = 0) -> int:
        """A number of something."""
        text = record[field]
        if not (text.isascii() and text.isdecimal() and len(text) < 8 and int(text) >= least):
            self.problem(line, field, "malformed", f"{text!r} is no number of {field} from {least} on")
            return least
        return int(text)

    def instant(self, line: int, record: Record, field: str) -> int:
        """Epoch milliseconds of an RFC 3339 instant."""
        try:
            at = datetime.fromisoformat(record[field])
            if at.tzinfo is None:
                raise ValueError(f"{record[field]!r} has no offset")
            return (at - _EPOCH) // timedelta(milliseconds=1)
        except (ValueError, OverflowError) as error:
            self.problem(line, field, "malformed", str(error))
            return 0


def read_till_file(store: str, name: str, digest: str, data: bytes) -> TillFile:
    """The file in our words. Raises FileRefused naming every problem."""
    reading = _Reading()
    if store not in STORES:
        raise FileRefused(name, [Problem(0, "store", "unknown-store", f"no store {store!r}")])
    try:
        text = data.decode("utf-8-sig")
        records = [_record(line, fields) for line, fields in rows(text)]
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(name, [Problem(line, "", "malformed", "not UTF-8 text")]) from None
    except ValueError as error:
        line, field, detail = error.args
        code = "truncated" if detail.startswith("ends") else "malformed"
        raise FileRefused(name, [Problem(line, field, code, detail)]) from None
    if not records or records[0][1]["type"] != "TILL":
        raise FileRefused(name, [Problem(1, "type", "malformed", "does not begin with a TILL line")])
    (first, header), *body = records
    _check_header(reading, first, header, store)
    if not body or body[-1][1]["type"] != "TOTAL":
        last = body[-1][0] if body else first
        reading.problem(last, "", "truncated", "ends before its TOTAL line")
    file = None if reading.problems else _file(reading, store, name, digest, header, body)
    if reading.problems or file is None:
        raise FileRefused(name, reading.problems[:PROBLEMS_AT_MOST], header["closing"])
    return file


def _record(line: int, fields: list[str]) -> tuple[int, Record]:
    names = _FIELDS.get(fields[0])
    if names is None:
        raise ValueError(line, "type", f"{fields[0]!r} is no line of a till file")
    return line, named(line, names, fields)


def _check_header(reading: _Reading, line: int, header: Record, store: str) -> None:
    for field in ("closing", "till"):
        reading.text(line, header, field)
    if header["store"] != store:
        reading.problem(line, "store", "other-store", f"{header['store']} in a file of {store}")
    reading.currency = STORES[store].currency
    if header["currency"] != reading.currency or reading.currency not in EXPONENTS:
        detail = f"{header['currency']} in a store of {reading.currency}"
        reading.problem(line, "currency", "other-currency", detail)


def _file(
    reading: _Reading, store: str, name: str, digest: str, header: Record, body: list[tuple[int, Record]]
) -> TillFile:
    sales: dict[str, _Sale] = {}
    refunds: dict[str, _Sale] = {}
    counted: list[tuple[int, Record]] = []
    takes: dict[str, Callable[[int, Record], None]] = {
        "SALE": lambda line, record: _sale(reading, sales, refunds, line, record),
        "ITEM": lambda line, record: _item(reading, sales, line, record),
        "REFUND": lambda line, record: _sale(reading, refunds, sales, line, record),
        "BACK": lambda line, record: _item(reading, refunds, line, record),
        "REFUNDED": lambda line, record: counted.append((line, record)),
    }
    for line, record in body[:-1]:
        take = takes.get(record["type"])
        if take is None:
            reading.problem(line, "type", "malformed", f"a {record['type']} line within the file")
        else:
            take(line, record)
    last, total = body[-1]
    control = _total(reading, last, total, "sales")
    if len(counted) > 1 or bool(refunds) > len(counted):
        line = counted[-1][0] if counted else last
        reading.problem(line, "type", "malformed", "one REFUNDED line is needed where there are refunds")
    refunded = _total(reading, *counted[0], "refunds") if counted else NOTHING
    opened, closed = reading.instant(1, header, "opened_at"), reading.instant(1, header, "closed_at")
    if opened > closed:
        reading.problem(1, "closed_at", "malformed", "closed before it was opened")
    made = tuple([_made(reading, receipt, sale) for receipt, sale in sales.items()])
    back = tuple([_made(reading, receipt, sale) for receipt, sale in refunds.items()])
    return TillFile(
        store,
        header["till"],
        header["closing"],
        name,
        digest,
        reading.currency,
        opened,
        closed,
        control,
        made,
        back,
        refunded,
    )


def _total(reading: _Reading, line: int, record: Record, counted: str) -> TillTotal:
    """What the till counted of its sales, or of its refunds."""
    return TillTotal(
        reading.count(line, record, counted),
        reading.count(line, record, "units"),
        *[reading.minor(line, record, field) for field in ("net", "tax", "cash", "card")],
    )


def _sale(
    reading: _Reading, sales: dict[str, _Sale], others: dict[str, _Sale], line: int, record: Record
) -> None:
    receipt = reading.text(line, record, "receipt")
    known = sales.get(receipt) or others.get(receipt)
    if known is not None:
        before = known.line
        reading.problem(line, "receipt", "repeated-receipt", f"{receipt} stands in line {before} already")
    sales[receipt] = _Sale(line, record)


def _item(reading: _Reading, sales: dict[str, _Sale], line: int, record: Record) -> None:
    units = reading.count(line, record, "units", 1)
    if units > UNITS_AT_MOST:
        reading.problem(line, "units", "malformed", f"{units} units on one line")
    item = TillItem(
        reading.text(line, record, "item"),
        units,
        reading.minor(line, record, "net"),
        reading.minor(line, record, "tax"),
        record.get("grade", ""),
    )
    if record["type"] == "BACK" and item.grade not in GRADES:
        reading.problem(line, "grade", "unknown-grade", f"one of {', '.join(GRADES)}")
    sale = sales.get(record["receipt"])
    if sale is None:
        reading.problem(line, "receipt", "no-receipt", f"no receipt {record['receipt']!r} before it")
    else:
        sale.items.append(item)


def _made(reading: _Reading, receipt: str, sale: _Sale) -> TillSale:
    cash, card = (reading.minor(sale.line, sale.record, field) for field in ("cash", "card"))
    owed = sum([item.net_minor + item.tax_minor for item in sale.items])
    if not sale.items:
        reading.problem(sale.line, "receipt", "malformed", f"{receipt} has no items")
    elif owed != cash + card:
        detail = f"{receipt} comes to {owed}, {cash + card} were paid (minor units)"
        reading.problem(sale.line, "", "not-paid", detail)
    placed = reading.instant(sale.line, sale.record, "placed_at")
    return TillSale(receipt, placed, tuple(sale.items), cash, card)
