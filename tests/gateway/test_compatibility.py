"""What was published holds: what is added passes, and what breaks a client is refused by the name of its field."""

import copy

import msgspec
import pytest
from click.testing import CliRunner

from gateway.app import ROUTES
from gateway.specification.compatibility import ANSWER, REQUEST, compare
from gateway.specification.documents import MAKERS, encoded
from gateway.specification.published import COMPARE, FOLDER, compare_asyncapi, compare_openapi, read
from sim.cli import main

API = msgspec.json.decode(MAKERS["openapi"](ROUTES))
EVENTS = msgspec.json.decode(MAKERS["asyncapi"](ROUTES))


def at(document, path):
    """What stands at a path of names, and the last of them."""
    *way, last = path
    for name in way:
        document = document[name]
    return document, last


def without(*path):
    def change(document):
        holder, last = at(document, path)
        del holder[last]

    return change


def put(value, *path):
    def change(document):
        holder, last = at(document, path)
        holder[last] = value

    return change


def added(value, *path):
    def change(document):
        holder, last = at(document, path)
        holder[last] = [*holder.get(last, []), value]

    return change


def left_out(value, *path):
    def change(document):
        holder, last = at(document, path)
        holder[last] = [one for one in holder[last] if one != value]

    return change


ORDERS = ("paths", "/v1/orders", "post")
ORDER = ("paths", "/v1/orders/{order_id}", "get")
BODY = ("components", "schemas", "OrderSubmission")
TOLD = ("components", "schemas", "OrderAnswer")
FACT = ("components", "schemas", "OrderAccepted")
SENT, GOT = "POST /v1/orders#body", "GET /v1/orders/{order_id}#200"

INCOMPATIBLE = [
    (without("paths", "/v1/orders", "post"), "POST /v1/orders", "operation-removed"),
    (without("paths", "/v1/orders/{order_id}"), "GET /v1/orders/{order_id}", "operation-removed"),
    (put("orders.place", *ORDERS, "operationId"), "POST /v1/orders", "operation-renamed"),
    (put([{"apiKey": ["orders:ops"]}], *ORDER, "security"), "GET /v1/orders/{order_id}", "scope-needed"),
    (without(*BODY, "properties", "quote_id"), f"{SENT}/quote_id", "field-removed"),
    (added("placed_at", *BODY, "required"), f"{SENT}/placed_at", "field-required"),
    (put({"type": "string"}, *BODY, "properties", "till"), None, None),
    (put(32, *BODY, "properties", "channel", "maxLength"), f"{SENT}/channel", "bound-changed"),
    (put(2, *BODY, "properties", "payments", "minItems"), f"{SENT}/payments", "bound-changed"),
    (put("^[A-Z]{2,3}$", *BODY, "properties", "currency", "pattern"), f"{SENT}/currency", "pattern-changed"),
    (put("integer", *BODY, "properties", "channel", "type"), f"{SENT}/channel", "type-narrowed"),
    (put({"type": "string"}, *BODY, "properties", "customer_id"), f"{SENT}/customer_id", "type-narrowed"),
    (put(False, *BODY, "properties", "prices_include_tax", "default"), f"{SENT}/prices_include_tax", "default-changed"),
    (
        left_out("crm", "components", "schemas", "CustomerSubmission", "properties", "source", "enum"),
        "PUT /v1/customers/{customer_id}#body/source",
        "value-removed",
    ),
    (without(*TOLD, "properties", "order_status"), f"{GOT}/order_status", "field-removed"),
    (left_out("version", *TOLD, "required"), f"{GOT}/version", "field-optional"),
    (put({"type": "number"}, *TOLD, "properties", "version"), f"{GOT}/version", "type-widened"),
    (
        put({"anyOf": [{"type": "string"}, {"type": "null"}]}, *TOLD, "properties", "channel"),
        f"{GOT}/channel",
        "type-widened",
    ),
    (put({"type": "array"}, *TOLD, "properties", "lines"), f"{GOT}/lines/*", "opened"),
    (
        left_out("amount_minor", "components", "schemas", "OrderPayment", "required"),
        f"{GOT}/payments/*/amount_minor",
        "field-optional",
    ),
    (without(*ORDERS, "responses", "202"), "POST /v1/orders#202", "status-removed"),
    (without(*ORDERS, "responses", "202", "headers", "Location"), "POST /v1/orders#202/Location", "header-removed"),
    (put({}, *ORDER, "responses", "200", "content"), GOT, "media-removed"),
    (without(*ORDERS, "requestBody"), SENT, "body-changed"),
    (
        put(True, "paths", "/v1/orders/{order_id}/cancellations", "post", "requestBody", "required"),
        "POST /v1/orders/{order_id}/cancellations#body",
        "body-required",
    ),
    (
        put(True, "paths", "/v1/invoices", "get", "parameters", 0, "required"),
        "GET /v1/invoices#query/book",
        "parameter-required",
    ),
    (put([], "paths", "/v1/invoices", "get", "parameters"), "GET /v1/invoices#query/book", "parameter-removed"),
    (
        added(
            {"name": "shop", "in": "query", "required": True, "schema": {"type": "string"}},
            "paths", "/v1/invoices", "get", "parameters",
        ),
        "GET /v1/invoices#query/shop",
        "parameter-added",
    ),
]  # fmt: skip

COMPATIBLE = [
    (put({"type": "string"}, *TOLD, "properties", "colour"), f"{GOT}/colour", "field-added"),
    (put({"type": "string", "default": ""}, *BODY, "properties", "till"), f"{SENT}/till", "field-added"),
    (put(128, *BODY, "properties", "channel", "maxLength"), f"{SENT}/channel", "bound-changed"),
    (left_out("payments", *BODY, "required"), None, None),
    (
        added("import", "components", "schemas", "CustomerSubmission", "properties", "source", "enum"),
        "PUT /v1/customers/{customer_id}#body/source",
        "value-added",
    ),
    (put({"get": API["paths"]["/livez"]["get"]}, "paths", "/v1/news"), "GET /v1/news", "operation-added"),
    (put(True, *ORDER, "deprecated"), "GET /v1/orders/{order_id}", "deprecated"),
]


def compared(change, document, compare_):
    newer = copy.deepcopy(document)
    change(newer)
    return compare_(document, newer)


@pytest.mark.parametrize(
    "change, pointer, code", [row for row in INCOMPATIBLE if row[1]], ids=lambda value: value
)
def test_what_breaks_a_client_is_refused_by_its_field(change, pointer, code):
    wrong = [one for one in compared(change, API, compare_openapi) if one.breaks]
    assert (pointer, code) in [(one.pointer, one.code) for one in wrong]


@pytest.mark.parametrize("change, pointer, code", COMPATIBLE, ids=lambda value: value)
def test_what_is_added_passes_and_is_named(change, pointer, code):
    found = compared(change, API, compare_openapi)
    assert [one for one in found if one.breaks] == []
    assert pointer is None or (pointer, code) in [(one.pointer, one.code) for one in found]


EVENTS_BROKEN = [
    (
        without("components", "messages", "retail.order.accepted.v1"),
        "retail.order.accepted.v1",
        "message-removed",
    ),
    (without("channels", "webhooks"), "webhooks", "channel-removed"),
    (put("/v1/stream", "channels", "stream", "address"), "stream", "address-changed"),
    (
        without("components", "messages", "retail.order.accepted.v1", "payload", "allOf", 1),
        "retail.order.accepted.v1",
        "parts-changed",
    ),
    (without(*FACT, "properties", "order_id"), "retail.order.accepted.v1/data/order_id", "field-removed"),
    (left_out("order_id", *FACT, "required"), "retail.order.accepted.v1/data/order_id", "field-optional"),
]


@pytest.mark.parametrize("change, pointer, code", EVENTS_BROKEN, ids=lambda value: value)
def test_an_event_that_loses_something_is_refused_by_its_field(change, pointer, code):
    wrong = [one for one in compared(change, EVENTS, compare_asyncapi) if one.breaks]
    assert (pointer, code) in [(one.pointer, one.code) for one in wrong]


def test_an_event_may_gain_a_field_and_an_operation_may_end_when_it_said_so():
    more = compared(put({"type": "string"}, *FACT, "properties", "why"), EVENTS, compare_asyncapi)
    assert [(one.breaks, one.code) for one in more] == [(False, "field-added")]
    ending = copy.deepcopy(API)
    ending["paths"]["/v1/invoices"]["get"] |= {"deprecated": True, "x-sunset": "2026-12-31"}
    gone = copy.deepcopy(ending)
    del gone["paths"]["/v1/invoices"]
    assert [one.breaks for one in compare_openapi(ending, gone, "2026-12-31")] == [True]
    assert [one.breaks for one in compare_openapi(ending, gone, "2027-01-01")] == [False]
    assert [one.breaks for one in compare_openapi(API, without_path("/v1/invoices"), "2027-01-01")] == [True]


def without_path(path):
    newer = copy.deepcopy(API)
    del newer["paths"][path]
    return newer


@pytest.mark.parametrize("document, compare_", [(API, compare_openapi), (EVENTS, compare_asyncapi)])
def test_a_specification_is_compatible_with_itself(document, compare_):
    assert compare_(document, copy.deepcopy(document)) == []


@pytest.mark.parametrize(
    "old, new, request_breaks, answer_breaks",
    [
        ({"type": "integer"}, {"type": "number"}, False, True),
        ({"type": "number"}, {"type": "integer"}, True, False),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, False, True),
        ({"enum": ["a", "b"]}, {"enum": ["b"]}, True, False),
        ({"type": "string"}, {"enum": ["a"]}, True, False),
        ({"type": "string"}, {"type": "string", "pattern": "^a"}, True, False),
        ({"type": "string", "format": "date"}, {"type": "string"}, False, True),
        ({"minimum": 1}, {"minimum": 2}, True, False),
        ({"maximum": 1}, {}, False, True),
        ({"items": {"type": "string"}}, {"items": {"type": "string", "maxLength": 3}}, True, False),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string"}, True, False),
        ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, False, True),
        ({"properties": {"a": {}}}, {"properties": {"a": {"type": "string"}}}, True, False),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"additionalProperties": False},
            True,
            True,
        ),
        ({}, {"additionalProperties": False}, True, False),
        ({"properties": {}}, {"properties": {"a": {}}, "required": ["a"]}, True, False),
        ({"prefixItems": [{"type": "string"}]}, {"prefixItems": [{"type": "integer"}]}, True, True),
    ],
)
def test_a_request_may_widen_and_an_answer_may_narrow(old, new, request_breaks, answer_breaks):
    assert any(one.breaks for one in compare(old, new, REQUEST)) == request_breaks
    assert any(one.breaks for one in compare(old, new, ANSWER)) == answer_breaks


def test_a_schema_that_refers_to_itself_is_compared_to_its_end():
    def tree(kind):
        node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/N"}, "value": {"type": kind}}}
        return {"$ref": "#/$defs/N", "$defs": {"N": node}}

    assert compare(tree("string"), tree("string"), REQUEST) == []
    assert next(one.pointer for one in compare(tree("string"), tree("integer"), REQUEST)) == "/value"
    with pytest.raises(LookupError):
        compare(tree("string"), {"$ref": "#/$defs/M"}, REQUEST)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_what_was_published_still_holds(name):
    old = read(FOLDER, name)
    assert encoded(old) == (FOLDER / f"{name}.json").read_bytes(), "as tidegate contracts export writes it"
    broken = [one for one in COMPARE[name](old, msgspec.json.decode(MAKERS[name](ROUTES)), "") if one.breaks]
    assert broken == [], "see tidegate contracts check"


def test_the_command_checks_and_exports(tmp_path):
    run = CliRunner().invoke
    for name in MAKERS:
        assert (
            run(main, ["contracts", "export", name, "--output", str(tmp_path / f"{name}.json")]).exit_code
            == 0
        )
        assert (
            run(main, ["contracts", "export", name]).stdout_bytes == (tmp_path / f"{name}.json").read_bytes()
        )
    checked = run(main, ["contracts", "check", "--published", str(tmp_path)])
    assert (checked.exit_code, "publishing is due" in checked.stdout) == (0, False)
    older = without_path("/v1/invoices")
    (tmp_path / "openapi.json").write_bytes(encoded(older))
    checked = run(main, ["contracts", "check", "--published", str(tmp_path), "--all"])
    assert (checked.exit_code, "publishing is due" in checked.stdout) == (0, True)
    assert "operation-added" in checked.stdout
    newer = copy.deepcopy(API)
    newer["components"]["schemas"]["OrderAnswer"]["properties"]["colour"] = {"type": "string"}
    (tmp_path / "openapi.json").write_bytes(encoded(newer))
    checked = run(main, ["contracts", "check", "--published", str(tmp_path)])
    assert checked.exit_code == 1
    assert f"{GOT}/colour: field-removed" in checked.stdout
    (tmp_path / "openapi.json").write_text("{")
    assert run(main, ["contracts", "check", "--published", str(tmp_path)]).exit_code == 2
    assert run(main, ["contracts", "check", "--published", str(tmp_path / "nowhere")]).exit_code == 2
