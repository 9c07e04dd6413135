"""A trace is read row by row: each is a line of an order or is listed by its kind; mistakes are shown by line."""

import gzip
import lzma
from collections import Counter

import pytest

from sim.load.cells import parse_instant, parse_price, parse_quantity
from sim.load.trace import TraceError, read_sales

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
PLAIN = "order_ref,placed_at,customer,country,sku,quantity,unit_price\n"
T = "2010-12-01 08:26:00"


def _file(tmp_path, text, name="trace.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _rows(*rows):
    return HEADER + "".join(row + "\n" for row in rows)


def test_rows_of_an_invoice_become_one_sale(tmp_path):
    path = _file(
        tmp_path,
        _rows(
            f"536365,85123A,WHITE HEART,6,{T},2.55,17850.0,United Kingdom",
            f'536365,71053,"LANTERN, WHITE",2,{T},3.39,17850.0,United Kingdom',
            "536366,71053,LANTERN,1,2010-12-01 08:28:00,3.5,,EIRE",
        ),
    )
    trace = read_sales(path, 10)
    first, second = trace.sales
    assert (first.ref, first.customer, first.country) == ("536365", "17850", "GB")
    assert [(line.sku, line.quantity, line.price_minor) for line in first.lines] == [
        ("85123A", 6, 255),
        ("71053", 2, 339),
    ]
    assert (second.customer, second.country) == (None, "IE")
    assert second.placed_ms - first.placed_ms == 120_000
    assert {product.sku: product.name for product in trace.products}["71053"] == "LANTERN, WHITE"
    assert (trace.report.rows, trace.report.lines, trace.report.orders) == (3, 3, 2)
    assert trace.report.notes == {"no_customer": 1}


def test_every_kind_of_mess_is_listed_and_none_is_lost(tmp_path):
    path = _file(
        tmp_path,
        _rows(
            f"1,10001,A,1,{T},1.00,5,France",
            f"1,10001,A,1,{T},1.00,5,France",
            f"1,10001,A,2,{T},1.00,5,France",
            "1,10002a,B,1,2010-12-01 08:27:00,1.00,5,France",
            f"1,POST,POSTAGE,1,{T},18.00,5,France",
            f"1,gift_0001_20,Gift,1,{T},16.67,5,France",
            f"C2,10001,A,-1,{T},1.00,5,France",
            f"A3,B,Adjust bad debt,1,{T},11062.06,,France",
            f"A4,B,Adjust bad debt,1,{T},-11062.06,,France",
            f"5,10001,check,-9,{T},0,,France",
            f"6,10003,?,4,{T},0.0,,France",
            f"6,10003,?,0,{T},1.0,,France",
            f"7,10004,C,1,{T},0.001,,Nowhere",
            f"7,10004,C,1,{T},0.010,,Nowhere",
            f"7,,C,1,{T},1.00,,Nowhere",
            f",10004,C,1,{T},1.00,,Nowhere",
            f"8,10004,C,100001,{T},1.00,,Spain",
            f"1,10009,late,1,{T},1.00,5,France",
        ),
    )
    report = read_sales(path, 100).report
    assert report.kinds == {
        "adjustment": 1,
        "bad_debt": 2,
        "cancellation": 1,
        "exact_duplicate_row": 1,
        "late_row": 1,
        "no_order_ref": 1,
        "no_sku": 1,
        "not_a_product": 2,
        "over_limit": 1,
        "over_precise_price": 1,
        "zero_or_negative_price": 1,
        "zero_quantity": 1,
    }
    assert report.notes == {
        "no_customer": 1,
        "repeated_sku": 1,
        "several_timestamps": 1,
        "sku_case_folded": 1,
        "unknown_country": 1,
    }
    assert (report.rows, report.lines, report.sales, report.orders) == (18, 4, 3, 2)
    assert report.balanced


def test_an_order_of_too_many_lines_is_listed_whole(tmp_path):
    lines = [f"1,{10_000 + n},A,1,{T},1.00,5,France" for n in range(2_001)]
    path = _file(tmp_path, _rows(*lines, f"2,10001,A,1,{T},1.00,5,France"))
    report = read_sales(path, 100).report
    assert report.kinds == {"over_limit": 2_001}
    assert (report.sales, report.orders, report.lines) == (2, 1, 1)


def test_the_most_frequent_price_is_the_list_price_and_the_lower_of_equals(tmp_path):
    rows = [f"{n},10001,A,1,{T},{price},5,France" for n, price in enumerate(["3.00", "2.00", "2.00", "1.00"])]
    rows += [f"{n},10002,B,1,{T},{price},5,France" for n, price in enumerate(["3.00", "2.00"], start=10)]
    products = read_sales(_file(tmp_path, _rows(*rows)), 100).products
    assert [(product.sku, product.price_minor) for product in products] == [("10001", 200), ("10002", 200)]


def test_reading_stops_after_the_sales_asked_for(tmp_path):
    good = _rows(f"1,10001,A,1,{T},1.00,5,France", f"2,10001,A,1,{T},1.00,5,France")
    path = _file(tmp_path, good + "broken\n")
    report = read_sales(path, 1).report
    assert (report.rows, report.orders) == (1, 1)


def test_sales_are_put_in_the_order_of_their_times(tmp_path):
    path = _file(
        tmp_path,
        PLAIN + "b,2026-05-02T10:00:00Z,c1,DE,S1,1,9.99\na,2026-05-02T11:59:59+02:00,c1,DE,S1,1,9.99\n",
    )
    trace = read_sales(path, 10)
    assert [sale.ref for sale in trace.sales] == ["a", "b"]
    assert trace.sales[1].placed_ms - trace.sales[0].placed_ms == 1_000
    assert trace.report.layout == "plain"


def test_columns_may_stand_in_any_order(tmp_path):
    path = _file(
        tmp_path, "sku,order_ref,placed_at,customer,country,unit_price,quantity\nS1,a,2026-05-02,c,GB,1.5,3\n"
    )
    (sale,) = read_sales(path, 10).sales
    assert sale.lines[0] == type(sale.lines[0])("S1", 3, 150)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, lambda data: b"\xef\xbb\xbf" + data])
def test_packed_files_and_byte_order_marks_are_read_alike(tmp_path, pack):
    text = _rows(f"1,10001,A,1,{T},1.00,5,France")
    plain = read_sales(_file(tmp_path, text), 10)
    packed = read_sales(_file(tmp_path, pack(text.encode()), "packed.bin"), 10)
    assert packed == plain


GOOD = f"1,10001,A,1,{T},1.00,5,France"


@pytest.mark.parametrize(
    ("data", "line", "field", "words"),
    [
        ("", 1, "header", "unknown header"),
        ('{"orders": []}', 1, "header", "unknown header"),
        (HEADER.replace("UnitPrice", "Price"), 1, "header", "known are"),
        (HEADER, 0, "", "no sale"),
        (_rows(GOOD, f"1,10001,A,six,{T},1.00,5,France"), 3, "Quantity", "whole number"),
        (_rows(GOOD, f"1,10001,A,1.5,{T},1.00,5,France"), 3, "Quantity", "whole number"),
        (_rows(GOOD, f"1,10001,A,{'9' * 5_000},{T},1.00,5,France"), 3, "Quantity", "whole number"),
        (_rows(GOOD, f"1,10001,A,1_0,{T},1.00,5,France"), 3, "Quantity", "whole number"),
        (_rows(GOOD, f'1,10001,A,1,{T},"1,00",5,France'), 3, "UnitPrice", "not an amount"),
        (_rows(GOOD, f"1,10001,A,1,{T},1e3,5,France"), 3, "UnitPrice", "not an amount"),
        (_rows(GOOD, f"1,10001,A,1,{T},NaN,5,France"), 3, "UnitPrice", "not an amount"),
        (_rows(GOOD, f"1,10001,A,1,{T},,5,France"), 3, "UnitPrice", "not an amount"),
        (_rows(GOOD, "1,10001,A,1,yesterday,1.00,5,France"), 3, "InvoiceDate", "not a time"),
        (_rows(GOOD, "1,10001,A,1,2010-02-30,1.00,5,France"), 3, "InvoiceDate", "not a time"),
        (_rows(GOOD, f"C9,10001,A,x,{T},1.00,5,France"), 3, "Quantity", "whole number"),
        (_rows(GOOD, "1,10001"), 3, "row", "2 cells where the header has 8"),
        (_rows('1,10001,"A\nB",1,2010-12-01,1.00,5,France', GOOD, "short"), 5, "row", "cells"),
        (_rows(GOOD, f'2,10001,"A" B,1,{T},1.00,5,France'), 3, "", "not a CSV"),
        (_rows(GOOD, f'2,10001,"never closed,1,{T}'), 3, "", "not a CSV"),
        (_rows(GOOD).encode() + b"2,10001,\xff,1\n", 3, "", "UTF-8"),
        (_rows(GOOD, f"2,10001,{'x' * 200_000},1,{T},1.00,5,France"), 3, "", "not a CSV"),
        (gzip.compress(_rows(*[GOOD] * 500).encode())[:-20], None, "", "unpack"),
        (lzma.compress(_rows(*[GOOD] * 500).encode())[:-20], None, "", "unpack"),
        (b"\x1f\x8b" + b"garbage" * 9, 1, "", "unpack"),
        (b"\xfd7zXZ\x00" + b"garbage" * 9, 1, "", "unpack"),
    ],
)
def test_a_mistake_is_shown_by_file_line_and_field(tmp_path, data, line, field, words):
    path = _file(tmp_path, data)
    with pytest.raises(TraceError) as caught:
        read_sales(path, 1_000)
    assert caught.value.path == str(path)
    assert caught.value.field == field
    assert words in caught.value.message
    if line is not None:
        assert caught.value.line == line


def test_a_bad_byte_far_into_the_file_is_shown_by_its_line(tmp_path):
    rows = [f"{n},10001,A,1,{T},1.00,5,France" for n in range(2_000)]
    data = _rows(*rows).encode() + b"x,10001,\xff,1\n"
    with pytest.raises(TraceError) as caught:
        read_sales(_file(tmp_path, data), 10_000)
    assert caught.value.line == 2_002


def test_a_file_not_ordered_by_order_is_refused_before_it_fills_the_memory(tmp_path):
    path = _file(tmp_path, PLAIN + "a,2026-05-02,c,GB,S1,1,1.00\n" * 50_001)
    with pytest.raises(TraceError, match="more than 50000 rows of one order"):
        read_sales(path, 10)


@pytest.mark.parametrize("name", ["absent.csv", "."])
def test_a_path_that_cannot_be_read_is_a_mistake(tmp_path, name):
    with pytest.raises(TraceError):
        read_sales(tmp_path / name, 10)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2.55", (1, 255)),
        ("2.5", (1, 250)),
        ("2", (1, 200)),
        ("2.500", (1, 250)),
        ("0.001", (1, None)),
        ("-0.001", (-1, None)),
        ("0.000", (0, 0)),
        ("-11062.06", (-1, -1_106_206)),
    ],
)
def test_prices_are_read_without_rounding(text, read):
    assert parse_price(text, "GBP") == read


def test_a_currency_without_decimals_takes_whole_amounts_only():
    assert parse_price("120", "JPY") == (1, 120)
    assert parse_price("120.5", "JPY") == (1, None)


def test_times_are_read_as_utc_where_they_name_no_offset():
    assert parse_instant("2010-12-01 08:26:00") == 1_291_191_960_000
    assert parse_instant("12/1/2010 8:26") == 1_291_191_960_000
    assert parse_instant("2010-12-01T09:26:00+01:00") == 1_291_191_960_000
    assert parse_quantity("-3") == -3


def test_kinds_are_counted_and_not_only_named(tmp_path):
    path = _file(tmp_path, _rows(GOOD, GOOD, GOOD, *(f"C{n},10001,A,-1,{T},1.00,5,France" for n in range(7))))
    assert Counter(read_sales(path, 10).report.kinds) == {"exact_duplicate_row": 2, "cancellation": 7}
