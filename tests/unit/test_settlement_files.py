"""Settlement files: three providers' ways read as one, and everything that is wrong with a file named."""

import json
from hashlib import sha256

import pytest

from actors.connectors.settlement import DIALECTS, SettlementRefused, read_file
from actors.connectors.settlement.files import DirectoryFiles, MemoryFiles
from actors.connectors.settlement.reader import commands
from contracts.money import AmountError, minor_of
from contracts.providers import PROVIDERS as ROWS
from contracts.settlement import ControlTotal, ImportFile, RefuseFile
from tests.support.data import material
from tests.support.settlement_files import PROVIDERS, a_payout, name_of, text_of

every_provider = pytest.mark.parametrize("provider", PROVIDERS)


def read(payout, text=None):
    data = (text_of(payout) if text is None else text).encode()
    return read_file(payout.account, name_of(payout), data)


def refused(payout, text):
    with pytest.raises(SettlementRefused) as caught:
        read(payout, text)
    return caught.value


def test_every_provider_has_a_dialect():
    assert {row.files for row in ROWS.values()} == set(DIALECTS)


@every_provider
def test_each_way_of_writing_reads_as_the_same_signed_lines(provider):
    file = read(a_payout(provider))
    assert (file.file_id, file.payout_id, file.currency, file.paid_on) == ("S1", "po-S1", "GBP", "2026-11-26")
    assert file.control == ControlTotal(5, 1_805, 1_681, 124)
    assert [
        (one.line_id, one.kind, one.reference, one.order_ref, one.gross_minor, one.fee_minor, one.net_minor)
        for one in file.lines
    ] == [
        ("t1", "capture", "ch_1", "ord_1", 1_005, 34, 971),
        ("t2", "capture", "ch_2", "ord_2", 2_000, 48, 1_952),
        ("t3", "refund", "re_1", "ord_2", -500, 0, -500),
        ("t4", "dispute", "du_1", "ord_3", -700, 1_500, -2_200),
        ("t5", "fee", "t5", "", 0, 99, -99),
    ]


@every_provider
@pytest.mark.parametrize("currency", ["JPY", "KWD", "GBP"])
def test_amounts_have_the_decimals_of_their_currency(provider, currency):
    file = read(a_payout(provider, currency=currency))
    assert [one.gross_minor for one in file.lines] == [1_005, 2_000, -500, -700, 0]


@every_provider
def test_a_file_without_lines_is_a_payout_of_nothing(provider):
    assert read(a_payout(provider, rows=())).control == ControlTotal(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("provider", "right", "wrong", "field"),
    [
        ("psp-a", "T,5,18.05", "T,6,18.05", "count"),
        ("psp-a", "T,5,18.05", "T,5,18.04", ""),
        ("psp-b", "#lines,5", "#lines,4", "count"),
        ("psp-b", "#gross_credit,30.05", "#gross_credit,30.06", "gross"),
        ("psp-b", "#commission,16.81", "#commission,16.80", "fee"),
        ("psp-c", '"amount": "1.24"', '"amount": "1.25"', "net"),
        ("psp-c", '"transactions_count": 5', '"transactions_count": 3', "count"),
    ],
)
def test_a_wrong_control_total_is_refused_with_both_figures(provider, right, wrong, field):
    payout = a_payout(provider)
    text = text_of(payout).replace(right, wrong)
    assert text != text_of(payout)
    error = refused(payout, text)
    assert error.code == "control-total"
    assert error.file_id == "S1"
    assert f": {field}" in error.told()[0]
    assert "the control total says" in error.told()[0]


@every_provider
def test_a_repeated_line_is_refused_by_its_number(provider):
    payout = a_payout(provider)
    first = payout.rows[0]
    twice = a_payout(provider, rows=(first, *payout.rows[1:], first))
    error = refused(twice, text_of(twice))
    assert [one.code for one in error.problems] == ["repeated-line"]
    assert "t1 stands in line" in error.told()[0]
    assert error.problems[0].line > 4


@every_provider
def test_a_line_in_another_currency_is_refused_with_its_field(provider):
    payout = a_payout(provider)
    lines = text_of(payout).split("\n")
    at = next(n for n, line in enumerate(lines) if "t2" in line)
    at += next(n for n, line in enumerate(lines[at:]) if "GBP" in line)
    lines[at] = lines[at].replace("GBP", "EUR")
    error = refused(payout, "\n".join(lines))
    assert [one.code for one in error.problems] == ["other-currency"]
    assert error.problems[0].field.lower() == "currency"
    assert "EUR in a file of GBP" in error.told()[0]


@every_provider
def test_an_unknown_type_is_refused_not_guessed_at(provider):
    payout = a_payout(provider)
    text = text_of(payout)
    for word in ("SALE", "Settled", "charge"):
        text = text.replace(f'"{word}"', '"zap"').replace(f",{word},", ",zap,")
    error = refused(payout, text)
    assert {one.code for one in error.problems} == {"unknown-type"}
    assert len(error.problems) == 2
    assert error.problems[0].field.lower() == "type"


@every_provider
def test_an_amount_finer_than_its_currency_is_refused(provider):
    payout = a_payout(provider)
    error = refused(payout, text_of(payout).replace("20.00", "20.005", 1))
    assert error.code == "over-precise"
    assert "which has 2 decimals" in error.told()[0]


@every_provider
def test_a_file_cut_off_anywhere_is_refused(provider):
    payout = a_payout(provider)
    whole = text_of(payout).rstrip()
    for end in range(len(whole)):
        assert refused(payout, whole[:end]).problems


@every_provider
def test_a_file_cut_off_between_two_lines_is_called_truncated(provider):
    payout = a_payout(provider)
    lines = text_of(payout).splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "t4" in line)
    assert refused(payout, "".join(lines[:at])).code == "truncated"


def test_every_problem_of_a_file_is_told_at_once():
    payout = a_payout("psp-a")
    text = (
        text_of(payout)
        .replace("SALE", "ZAP", 1)
        .replace("20.00", "2O.00", 1)
        .replace("REFUND,re_1", "REFUND,")
    )
    error = refused(payout, text)
    assert [(one.line, one.field, one.code) for one in error.problems][:3] == [
        (2, "type", "unknown-type"),
        (3, "gross", "malformed"),
        (3, "", "malformed"),
    ]
    assert error.told()[0].startswith("S1.csv:2: type: ")
    assert (4, "reference", "malformed") in [(one.line, one.field, one.code) for one in error.problems]


def test_what_is_no_such_file_at_all_is_refused_by_name():
    for data in (b"\xff\xfe", b"", b"[" * 100_000, b"{}"):
        for provider in PROVIDERS:
            with pytest.raises(SettlementRefused) as caught:
                read_file(provider, "x.csv", data)
            assert caught.value.problems
            assert caught.value.file_id == "x"
    with pytest.raises(SettlementRefused) as caught:
        read_file("psp-z", "x.csv", b"")
    assert caught.value.code == "unknown-provider"


def test_signs_where_the_direction_stands_elsewhere_are_refused():
    assert (
        refused(a_payout("psp-a"), text_of(a_payout("psp-a")).replace("10.05,CR", "-10.05,CR")).code
        == "malformed"
    )
    both = text_of(a_payout("psp-b")).replace("GBP,,10.05", "GBP,1.00,10.05")
    assert "both Gross Debit and Gross Credit" in refused(a_payout("psp-b"), both).told()[0]
    assert (
        refused(a_payout("psp-a"), text_of(a_payout("psp-a")).replace("10.05,CR", "10.05,XX")).code
        == "malformed"
    )


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("20.25", "GBP", 2025), ("-0.5", "GBP", -50), ("7", "GBP", 700), ("1.2340", "KWD", 1234),
        ("1500.00", "JPY", 1500), ("+3.1", "USD", 310), ("-0.00", "EUR", 0),
        ("999999999999999.99", "GBP", 99999999999999999),
    ],
)  # fmt: skip
def test_decimal_text_becomes_minor_units(text, currency, minor):
    assert minor_of(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("1.005", "GBP", "over-precise"), ("1.5", "JPY", "over-precise"), ("1,005.00", "GBP", "malformed"),
        ("", "GBP", "malformed"), ("1e3", "GBP", "malformed"), ("NaN", "GBP", "malformed"), (" 1", "GBP", "malformed"),
        ("\u0661", "GBP", "malformed"), (".5", "GBP", "malformed"), ("1", "XXX", "unknown-currency"),
    ],
)  # fmt: skip
def test_what_is_no_amount_of_its_currency_is_refused(text, currency, code):
    with pytest.raises(AmountError) as caught:
        minor_of(text, currency)
    assert caught.value.code == code


def test_a_good_file_comes_to_a_header_and_its_lines_and_a_bad_one_to_a_refusal():
    payout = a_payout("psp-c")
    data = text_of(payout).encode()
    digest = sha256(data).hexdigest()
    records = list(commands("psp-c", "S1.json", digest, data))
    assert isinstance(records[0][1], ImportFile)
    assert [record for record, _ in records] == [digest, *(f"{digest} t{n}" for n in range(1, 6))]
    ((record, refusal),) = commands("psp-c", "S1.json", digest, data[:-9])
    assert isinstance(refusal, RefuseFile)
    assert (record, refusal.code, refusal.file_id) == (f"{digest} refused", "truncated", "S1")


def test_bytes_are_kept_by_their_hash(tmp_path):
    for store in (MemoryFiles(), DirectoryFiles(tmp_path / "files")):
        digest = store.put(b"some bytes")
        assert digest == sha256(b"some bytes").hexdigest() == store.put(b"some bytes")
        assert store.get(digest) == b"some bytes"
        assert store.get("0" * 64) is None
    assert DirectoryFiles(tmp_path / "files").get(digest) == b"some bytes"


def test_real_payouts_of_a_storefront_come_to_the_amounts_that_they_name():
    folder = material("partner_documents/shopify/test/fixtures")
    payouts = json.loads((folder / "payouts.json").read_text())["payouts"]
    assert len(payouts) == 6
    adding_up = 0
    for payout in payouts:
        # As the storefront has them, without the lines: only the sums of the summary can be judged.
        whole = {"file": "P", "payout": {**payout, "transactions_count": 0}, "transactions": []}
        with pytest.raises(SettlementRefused) as caught:
            read_file("psp-c", "P.json", json.dumps(whole).encode())
        assert [one.code for one in caught.value.problems] == ["control-total"]
        gross, fee = (
            sum(
                minor_of(v, payout["currency"])
                for k, v in payout["summary"].items()
                if k.endswith(f"_{part}_amount")
            )
            for part in ("gross", "fee")
        )
        adding_up += gross - fee == minor_of(payout["amount"], payout["currency"])
    # The other four are examples made up by hand: their summaries do not come to their amounts.
    assert adding_up == 2


def of_transactions(rows):
    """A file of a storefront's balance transactions, with the totals that they come to."""
    lines = [row for row in rows if row["type"] != "payout"]
    gross, fee = (sum(minor_of(row[part], "USD") for row in lines) for part in ("amount", "fee"))
    summary = {"x_gross_amount": f"{gross / 100:.2f}", "x_fee_amount": f"{fee / 100:.2f}"}
    payout = {
        "id": 1, "currency": "USD", "date": "2020-11-05", "amount": f"{(gross - fee) / 100:.2f}",
        "transactions_count": len(lines), "summary": summary,
    }  # fmt: skip
    return json.dumps({"file": "P", "payout": payout, "transactions": rows}).encode()


def test_real_balance_transactions_read_line_by_line():
    folder = material("partner_documents/shopify/test/fixtures")
    rows = json.loads((folder / "payouts_transactions.json").read_text())["transactions"]
    # One of them is an example made up by hand, whose net is its gross plus its fee.
    with pytest.raises(SettlementRefused) as caught:
        read_file("psp-c", "P.json", of_transactions(rows))
    assert [(one.line, one.code) for one in caught.value.problems] == [(5, "malformed")]
    rows[4] = {**rows[4], "fee": "0.25"}
    file = read_file("psp-c", "P.json", of_transactions(rows))
    assert len(file.lines) == len(rows) - 1 == 24
    assert {one.kind for one in file.lines} == {"adjustment", "refund", "capture", "dispute"}
    (dispute,) = [one for one in file.lines if one.kind == "dispute"]
    assert (dispute.gross_minor, dispute.fee_minor, dispute.net_minor) == (-1_150, 1_500, -2_650)
