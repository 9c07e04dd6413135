"""Bad bodies: each gets the 4xx that says what is wrong, with every pointer, and nothing is recorded."""

import json
from typing import Any

import pytest

from contracts.cards import is_article_number, passes_luhn
from tests.support.gateway import ORDER, PROBLEM_FIELDS, numbered, opened

RAW = json.dumps(ORDER).encode()
LINE = ORDER["lines"][0]
PAID = ORDER["payments"][0]
CARD = "4111111111111111"
assert passes_luhn(CARD)


def raw(**changes):
    return json.dumps({**ORDER, **changes}).encode()


def paying(amount):
    return [{**PAID, "amount_minor": amount}]


# name: (body, headers beyond the usual, status, code)
BROKEN: dict[str, tuple[bytes, dict[str, str], int, str]] = {
    "nothing": (b"", {}, 400, "malformed-json"),
    "cut off": (RAW[:-20], {}, 400, "malformed-json"),
    "something after it": (RAW + b"{}", {}, 400, "malformed-json"),
    "a byte order mark": (b"\xef\xbb\xbf" + RAW, {}, 400, "malformed-json"),
    "a key twice": (RAW[:-1] + b',"currency":"EUR"}', {}, 400, "duplicate-key"),
    "a key twice, deep down": (RAW.replace(b'"sku"', b'"sku":"A","sku"'), {}, 400, "duplicate-key"),
    "NaN": (RAW.replace(b"495", b"NaN"), {}, 400, "malformed-json"),
    "Infinity": (RAW.replace(b"495", b"-Infinity"), {}, 400, "malformed-json"),
    "a number of 5,000 digits": (RAW.replace(b"495", b"1" * 5_000), {}, 400, "malformed-json"),
    "half a surrogate pair": (RAW.replace(b"Happy", b"\\ud800"), {}, 400, "malformed-encoding"),
    "half a surrogate pair in a key": (RAW.replace(b"gift_", b"\\udfff"), {}, 400, "malformed-encoding"),
    "Latin-1": (RAW.replace(b"Happy", b"Sch\xf6n"), {}, 400, "malformed-encoding"),
    "UTF-16": (json.dumps(ORDER).encode("utf-16"), {}, 400, "malformed-encoding"),
    "100,000 brackets": (b"[" * 100_000, {}, 400, "too-deep"),
    "17 levels": (raw(attributes=json.loads('{"a":' * 17 + "1" + "}" * 17)), {}, 400, "too-deep"),
    "more than 1 MiB": (raw(quote_id="q" * (1 << 20)), {}, 413, "body-too-large"),
    "plain text": (RAW, {"content-type": "text/plain"}, 415, "unsupported-media-type"),
    "no content type": (RAW, {"content-type": ""}, 415, "unsupported-media-type"),
    "another charset": (
        RAW,
        {"content-type": "application/json; charset=latin-1"},
        415,
        "unsupported-media-type",
    ),
    "compressed": (RAW, {"content-encoding": "gzip"}, 415, "unsupported-media-type"),
    "an answer nobody gives": (RAW, {"accept": "text/html"}, 406, "not-acceptable"),
    "an array": (b"[]", {}, 422, "invalid-body"),
    "null": (b"null", {}, 422, "invalid-body"),
    "2,001 lines": (
        raw(lines=[{**LINE, "line_id": str(n)} for n in range(2_001)]),
        {},
        422,
        "too-many-lines",
    ),
    "encoded beyond 192 KiB": (
        raw(
            lines=[{**LINE, "line_id": f"{n:064}", "sku": "S" * 64, "quantity": 1} for n in range(1_600)],
            payments=paying(1_600 * 255 + 495),
        ),
        {},
        413,
        "command-too-large",
    ),
}

# name: (what is changed in the order, {pointer: code} that the answer must name, no more and no less)
WRONG: dict[str, Any] = {
    "nothing but braces": (
        None,
        {
            f"/{name}": "required"
            for name in ("channel", "channel_order_id", "currency", "lines", "ship_to", "payments")
        },
    ),
    "unknown fields everywhere": (
        {"x": 1, "lines": [{**LINE, "y/z~": 1}], "ship_to": {**ORDER["ship_to"], "planet": "Mars"}},
        {"/x": "unknown-field", "/lines/0/y~1z~0": "unknown-field", "/ship_to/planet": "unknown-field"},
    ),
    "fractions of a penny": (
        {
            "shipping_minor": 495.5,
            "lines": [{**LINE, "unit_price_minor": 255.0}],
            "payments": paying(2.025e3),
        },
        {
            "/shipping_minor": "over-precise",
            "/lines/0/unit_price_minor": "over-precise",
            "/payments/0/amount_minor": "over-precise",
        },
    ),
    "negative and zero": (
        {
            "shipping_minor": -1,
            "lines": [{**LINE, "quantity": 0, "unit_price_minor": -255}],
            "payments": paying(0),
        },
        {
            "/shipping_minor": "out-of-range",
            "/lines/0/quantity": "out-of-range",
            "/lines/0/unit_price_minor": "out-of-range",
            "/payments/0/amount_minor": "out-of-range",
        },
    ),
    "huge": ({"shipping_minor": 10**30}, {"/shipping_minor": "out-of-range"}),
    "wrong types": (
        {
            "channel": 1,
            "prices_include_tax": "yes",
            "lines": {},
            "attributes": [],
            "placed_at": 5,
            "contact": "me",
        },
        {
            "/channel": "invalid-type",
            "/prices_include_tax": "invalid-type",
            "/lines": "invalid-type",
            "/attributes": "invalid-type",
            "/placed_at": "invalid-type",
            "/contact": "invalid-type",
        },
    ),
    "true is no number": ({"lines": [{**LINE, "quantity": True}]}, {"/lines/0/quantity": "invalid-type"}),
    "times that are none": (
        {"placed_at": "2026-05-17", "delivery": {"service": "standard", "ship_by": "tomorrow"}},
        {"/placed_at": "invalid-format", "/delivery/ship_by": "invalid-format"},
    ),
    "a time without its offset": ({"placed_at": "2026-05-17T10:00:00"}, {"/placed_at": "invalid-format"}),
    "names nobody knows": (
        {
            "channel": "fax",
            "currency": "XXX",
            "ship_to": {**ORDER["ship_to"], "country": "XX"},
            "bill_to": {"country": "QQ"},
            "delivery": {"service": "pigeon"},
        },
        {
            "/channel": "unknown-channel",
            "/currency": "unknown-currency",
            "/ship_to/country": "unknown-country",
            "/bill_to/country": "unknown-country",
            "/delivery/service": "unknown-service",
        },
    ),
    "a malformed country and an unknown channel at once": (
        {"channel": "fax", "ship_to": {**ORDER["ship_to"], "country": "gbr"}},
        {"/channel": "unknown-channel", "/ship_to/country": "invalid-format"},
    ),
    "no lines": ({"lines": []}, {"/lines": "too-short"}),
    "no payments": ({"payments": []}, {"/payments": "too-short"}),
    "one line_id twice": (
        {"lines": [LINE, LINE], "payments": paying(3555)},
        {"/lines/1/line_id": "duplicate-line-id"},
    ),
    "payments short of the total": ({"payments": paying(2024)}, {"/payments": "payments-mismatch"}),
    "payments over the total": ({"payments": paying(2026)}, {"/payments": "payments-mismatch"}),
    "payments short of the net total": (
        {"prices_include_tax": False, "payments": paying(2024)},
        {"/payments": "payments-mismatch"},
    ),
    "a discount larger than its line": (
        {"lines": [{**LINE, "discounts": [{"code": "ALL", "amount_minor": 1531}]}]},
        {"/lines/0/discounts": "discount-too-large"},
    ),
    "a discount larger than the lines": (
        {"discounts": [{"code": "ALL", "amount_minor": 1531}], "payments": paying(494)},
        {"/discounts": "discount-too-large"},
    ),
    "to be shipped before it was placed": (
        {"delivery": {"service": "standard", "ship_by": "2026-05-16T10:00:00Z"}},
        {"/delivery/ship_by": "before-placed-at"},
    ),
    "a delivery to nowhere": (
        {"ship_to": {"country": "GB"}},
        {"/ship_to/lines": "required", "/ship_to/city": "required"},
    ),
    "a pickup from nowhere": ({"delivery": {"service": "pickup"}}, {"/delivery/pickup_location": "required"}),
    "33 attributes": ({"attributes": {f"a{n}": "" for n in range(33)}}, {"/attributes": "too-long"}),
    "a long attribute": ({"attributes": {"a": "x" * 513}}, {"/attributes/a": "too-long"}),
    "a long name of an attribute": ({"attributes": {"a" * 65: ""}}, {"/attributes/" + "a" * 65: "too-long"}),
    "an attribute that is no text": ({"attributes": {"a": 1}}, {"/attributes/a": "invalid-type"}),
    "a control character": ({"channel_order_id": "W\u00001"}, {"/channel_order_id": "control-character"}),
    "empty names": (
        {"channel_order_id": "", "lines": [{**LINE, "line_id": "", "sku": ""}]},
        {"/channel_order_id": "too-short", "/lines/0/line_id": "too-short", "/lines/0/sku": "too-short"},
    ),
    "a wrong field beside payments that do not add up": (
        {"customer_id": 7, "payments": paying(1)},
        {"/customer_id": "invalid-type", "/payments": "payments-mismatch"},
    ),
}

# Where a card number may stand, and how it may be written.
CARDS: dict[str, Any] = {
    "as the token": {"payments": [{**PAID, "token": CARD}]},
    "in an attribute": {"attributes": {"note": f"card {CARD}, thanks"}},
    "as the name of an attribute": {"attributes": {CARD: "x"}},
    "as the name of an unknown field": {CARD: 1},
    "with blanks": {"attributes": {"note": "4111 1111 1111 1111"}},
    "with dashes": {"attributes": {"note": "3782-822463-10005"}},
    "behind other digits": {"attributes": {"note": "12 4111 1111 1111 1111"}},
    "as a number": {"shipping_minor": int(CARD)},
    "as the order's id": {"channel_order_id": CARD},
    "as a telephone number": {"contact": {"phone": CARD}},
    "as a sku": {"lines": [{**LINE, "sku": CARD}]},
    "beside other mistakes": {"channel": 1, "customer_id": CARD},
}


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def refused(door, answer, status, code):
    """The answer is a problem with all its members; the errors it lists."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert set(told) == PROBLEM_FIELDS
    assert (told["status"], told["instance"]) == (status, "/v1/orders")
    assert len(told["trace_id"]) == 32
    return told["errors"]


async def test_every_broken_body_gets_its_4xx_and_leaves_no_turn(door):
    before = door.turns()
    for name, (body, headers, status, code) in BROKEN.items():
        answer = await door.post(body, "broken", **headers)
        try:
            await refused(door, answer, status, code)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
    assert door.turns() == before


async def test_every_wrong_field_is_named_by_its_pointer_and_nothing_is_recorded(door):
    before = door.turns()
    for name, (changes, wanted) in WRONG.items():
        answer = await door.post(b"{}" if changes is None else raw(**changes), "wrong")
        errors = await refused(door, answer, 422, "invalid-body")
        assert {error["pointer"]: error["code"] for error in errors} == wanted, name
        assert all(error["detail"] for error in errors)
    assert door.turns() == before


async def test_a_card_number_is_refused_wherever_it_stands_and_is_repeated_nowhere(door, caplog, capfd):
    before = door.turns()
    for name, changes in CARDS.items():
        answer = await door.post(raw(**changes), "card")
        assert await refused(door, answer, 422, "card-data-refused"), name
        assert CARD not in answer.text.replace(" ", "").replace("-", ""), name
    escaped = raw(attributes={"note": "x"}).replace(
        b'"x"', b'"' + b"".join(b"\\u003%c" % ord(d) for d in CARD) + b'"'
    )
    await refused(door, await door.post(escaped, "card"), 422, "card-data-refused")
    assert door.turns() == before
    assert CARD not in caplog.text + "".join(capfd.readouterr())


async def test_what_only_looks_like_a_card_number_is_let_through(door):
    contact = {"name": "A Shopper", "email": "a@example.org", "phone": "+4915123456787"}
    # A GTIN whose digits also pass Luhn: an article number, where an article number belongs.
    article = "4006381333924"
    assert is_article_number(article) and passes_luhn(article) and passes_luhn(contact["phone"][1:])
    answer = await door.post(numbered("phone", contact=contact, lines=[{**LINE, "sku": article}]), "phone")
    assert answer.status_code == 202, answer.text


async def test_the_least_order_that_is_one_is_taken(door):
    least: dict[str, Any] = {name: ORDER[name] for name in ("channel", "currency", "payments")}
    line = {name: LINE[name] for name in ("line_id", "sku", "quantity", "unit_price_minor")}
    least |= {
        "channel_order_id": "least",
        "lines": [line],
        "ship_to": {"country": "GB"},
        "payments": paying(1530),
    }
    answer = await door.post(least, "least")
    assert answer.status_code == 202, answer.text
    assert (await door.rest(answer.headers["location"]))["order_status"] == "completed"


async def test_the_largest_order_that_is_one_is_taken(door):
    lines = [{**LINE, "line_id": str(n), "discounts": [], "quantity": 1} for n in range(2_000)]
    answer = await door.post(numbered("large", lines=lines, payments=paying(2_000 * 255 + 495)), "large")
    assert answer.status_code == 202, answer.text


async def test_test_values_are_refused_where_money_is_real(tmp_path):
    async with opened(tmp_path, mode="live") as door:
        before = door.turns()
        lines = [{**LINE, "sku": "T-OUT"}]
        errors = await refused(door, await door.post(raw(lines=lines), "live"), 422, "test-value-refused")
        assert [error["pointer"] for error in errors] == ["/payments/0/token", "/lines/0/sku"]
        assert door.turns() == before
        answer = await door.get("/livez")
        assert "tidegate-mode" not in answer.headers
