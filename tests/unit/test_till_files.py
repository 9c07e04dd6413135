"""Till files: read whole, and everything that is wrong with one named; compared with their control total."""

import pytest

from actors.connectors.refusals import FileRefused
from actors.connectors.tills import read_till_file
from actors.connectors.tills.reader import call_of
from actors.domains.stores.model import differences
from contracts.stores import STORES, Store
from contracts.tills import ImportTillFile, RefuseTillFile, TillItem, TillSale, TillTotal, total_of
from sim.twins.tills import TERMINALS
from tests.support.tills import REFUNDED, REFUNDS, SALES, text_of


def read(text, store="ST1"):
    return read_till_file(store, "f.csv", "sha", text.encode())


def refused(text, store="ST1"):
    with pytest.raises(FileRefused) as caught:
        read(text, store)
    return caught.value


def test_a_file_reads_as_its_receipts_with_their_time_and_how_they_were_paid():
    file = read(text_of())
    assert (file.store, file.till, file.file_id, file.currency) == ("ST1", "1", "ST1-1-0001", "GBP")
    assert file.closed_at_ms - file.opened_at_ms == 9 * 3_600_000
    assert file.sales[0] == TillSale(
        "R1",
        file.opened_at_ms + 3_600_000,
        (TillItem("TEA", 2, 425, 85), TillItem("SOAP", 1, 200, 40)),
        0,
        750,
    )
    assert file.control == TillTotal(2, 4, 875, 175, 300, 750) == total_of(file.sales)
    assert differences(file) == ()


def test_amounts_have_the_decimals_of_the_stores_currency(monkeypatch):
    monkeypatch.setitem(STORES, "ST9", Store("ST9", currency="JPY"))
    sales = (("R1", "0", "110", (("TEA", 1, "100", "10"),)),)
    text = text_of(sales=sales, total="1,1,100,10,0,110", store="ST9").replace("GBP", "JPY")
    assert read(text, "ST9").control == TillTotal(1, 1, 100, 10, 0, 110)
    finer = refused(text.replace("100,10\r", "100.5,10\r"), "ST9")
    assert finer.code == "over-precise"


def test_a_control_total_that_differs_is_told_part_by_part():
    file = read(text_of(total="3,4,8.76,1.75,3.00,7.51"))
    assert differences(file) == (
        "sales: the till counted 3, its file has 2",
        "net: the till counted 8.76 GBP, its receipts come to 8.75 GBP",
        "card: the till counted 7.51 GBP, its receipts come to 7.50 GBP",
    )


def cut(lines):
    return "".join(text_of().splitlines(keepends=True)[:lines])


@pytest.mark.parametrize("lines", [1, 2, 4, 6])
def test_a_file_cut_at_the_end_of_a_line_is_truncated(lines):
    assert refused(cut(lines)).code == "truncated"


def test_a_file_cut_within_a_line_is_truncated():
    error = refused(text_of()[:-20])
    assert error.code == "truncated"
    assert error.file_id == "f"


@pytest.mark.parametrize(
    ("before", "after", "code", "where"),
    [
        ("TILL,", "KASSE,", "malformed", "f.csv:1: type"),
        (",ST1,1,", ",ST2,1,", "other-store", "f.csv:1: store"),
        (",GBP,", ",EUR,", "other-currency", "f.csv:1: currency"),
        ("ST1-1-0001", "", "malformed", "f.csv:1: closing"),
        ("T18:00:00+00:00", "T18:00:00", "malformed", "f.csv:1: closed_at"),
        ("T18:00:00", "T08:00:00", "malformed", "f.csv:1: closed_at"),
        ("SALE,R2", "SALE,R1", "repeated-receipt", "f.csv:5: receipt"),
        ("ITEM,R2", "ITEM,R7", "no-receipt", "f.csv:6: receipt"),
        ("TEA,2,4.25", "TEA,0,4.25", "malformed", "f.csv:3: units"),
        ("TEA,2,4.25", "TEA,-2,4.25", "malformed", "f.csv:3: units"),
        ("TEA,2,4.25", "TEA,2,-4.25", "negative", "f.csv:3: net"),
        ("TEA,2,4.25", "TEA,2,4.2501", "over-precise", "f.csv:3: net"),
        ("TEA,2,4.25", "TEA,2,four", "malformed", "f.csv:3: net"),
        ("TEA,2", ",2", "malformed", "f.csv:3: item"),
        ("0.00,7.50", "0.00,7.49", "not-paid", "f.csv:2: "),
        ("TOTAL,2", "TOTAL,x", "malformed", "f.csv:7: sales"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_field(before, after, code, where):
    error = refused(text_of().replace(before, after, 1))
    assert error.code == code
    assert error.told()[0].startswith(where)


BACK = text_of(refunds=REFUNDS, refunded=REFUNDED)


def test_what_a_till_took_back_is_read_with_its_grades_and_its_count():
    file = read(BACK)
    assert file.refunds[0] == TillSale(
        "B1",
        file.opened_at_ms + 2 * 3_600_000,
        (TillItem("TEA", 1, 300, 60, "A"), TillItem("SOAP", 1, 200, 40, "B")),
        0,
        600,
    )
    assert file.refunded == TillTotal(2, 3, 700, 140, 240, 600) == total_of(file.refunds)
    assert differences(file) == ()


@pytest.mark.parametrize(
    ("before", "after", "code", "where"),
    [
        (",0.60,A", ",0.60,new", "unknown-grade", "f.csv:8: grade"),
        ("REFUND,B1", "REFUND,R1", "repeated-receipt", "f.csv:7: receipt"),
        ("BACK,B2", "BACK,B7", "no-receipt", "f.csv:11: receipt"),
        ("BACK,B2", "BACK,R2", "no-receipt", "f.csv:11: receipt"),
        ("3.00,0.60", "3.00,-0.60", "negative", "f.csv:8: tax"),
        ("11:00:00+00:00,0.00", "11:00:00+00:00,0.01", "not-paid", "f.csv:7: "),
        (f"REFUNDED,{REFUNDED}\r\n", "", "malformed", "f.csv:12: type"),
        ("REFUNDED,2", "REFUNDED,two", "malformed", "f.csv:12: refunds"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_refund_is_named_by_line_and_field(before, after, code, where):
    error = refused(BACK.replace(before, after, 1))
    assert error.code == code
    assert error.told()[0].startswith(where)


def test_all_that_is_wrong_is_told_at_once():
    text = text_of().replace("TEA,2,4.25", "TEA,2,x").replace("3.00,0.00", "2.99,0.00")
    assert [one.split(":")[1] for one in refused(text).told()] == ["3", "2", "5"]


@pytest.mark.parametrize("text", ["", "\r\n", "TOTAL,0,0,0,0,0,0", '"TILL,x', "\x00"])
def test_what_is_no_till_file_is_refused(text):
    assert refused(text).code in ("malformed", "truncated")


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(FileRefused):
        read_till_file("ST1", "f.csv", "sha", b"TILL,\xff\xfe")


def test_a_store_that_nobody_knows_is_refused_by_name():
    assert refused(text_of(), "ST9").code == "unknown-store"


def test_a_receipt_without_items_is_refused():
    assert refused(text_of(sales=(SALES[0], ("R2", "0.00", "0.00", ())))).code == "malformed"


def test_a_file_is_one_call_known_by_its_bytes_and_a_refusal_another():
    right, cut_off = (call_of("ST1", "f.csv", "sha", text.encode()) for text in (text_of(), cut(4)))
    assert isinstance(right.command, ImportTillFile)
    assert isinstance(cut_off.command, RefuseTillFile)
    assert (right.key, cut_off.key) == ("sha", "sha refused")
    assert right.subject == cut_off.subject == "ST1-1-0001"


def test_the_twins_terminals_are_those_of_the_stores():
    assert {store: row.provider for store, row in STORES.items()} == TERMINALS
