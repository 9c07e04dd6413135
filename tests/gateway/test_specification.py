"""The specifications: made of the route table and the contracts, the same bytes every time, true of every answer."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from contracts.catalogue import published
from gateway.app import ROUTES
from gateway.specification.documents import Documents
from gateway.specification.examples import EXAMPLES, ORDER
from gateway.specification.openapi import LINKS, template
from gateway.specification.schemas import fact_schema
from tests.support.gateway import opened

ROOT = Path(__file__).parents[2]
DOCUMENTS = Documents(ROUTES)
API = msgspec.json.decode(DOCUMENTS.openapi.body)
EVENTS = msgspec.json.decode(DOCUMENTS.asyncapi.body)
MADE = (
    "from gateway.app import ROUTES; from gateway.specification.documents import Documents; "
    "d = Documents(ROUTES); print(d.openapi.etag, d.asyncapi.etag, d.pages.etag)"
)


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


def refs(value):
    """Every $ref in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from refs(one)
    elif isinstance(value, list):
        for one in value:
            yield from refs(one)


@pytest.mark.parametrize("document", [API, EVENTS], ids=["openapi", "asyncapi"])
def test_every_reference_leads_somewhere(document):
    for ref in set(refs(document)):
        found = document
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_every_route_is_an_operation_with_its_scope_owner_and_answers():
    for route in ROUTES:
        told = API["paths"][template(route)][route.method.lower()]
        assert told["operationId"] == route.operation
        assert told["x-owner"] == route.owner
        scopes = [scope for one in told["security"] for names in one.values() for scope in names]
        assert scopes == ([] if route.scope is None else [route.scope])
        assert {str(status) for status in route.answers} <= set(told["responses"])
        named = [one["name"] for one in told.get("parameters", []) if one["in"] == "path"]
        assert [f"{{{name}}}" for name in named] == [
            part for part in template(route).replace(":", "/").split("/") if part.startswith("{")
        ]
    assert sum(len(methods) for methods in API["paths"].values()) == len(ROUTES)


BODIES = sorted({route.body for route in ROUTES if route.body is not None}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", BODIES, ids=lambda kind: kind.__name__)
def test_every_body_has_an_example_that_is_one(kind):
    assert EXAMPLES[kind]
    for example in EXAMPLES[kind].values():
        msgspec.json.decode(msgspec.json.encode(example), type=kind)


async def test_the_example_of_an_order_works_as_it_stands(door):
    answer = await door.post(ORDER, "the-example")
    assert answer.status_code == 202
    assert (await door.rest(answer.headers["location"]))["order_status"] == "completed"


def test_links_lead_from_an_operation_to_another_and_its_parameter():
    operations = {route.operation: route for route in ROUTES}
    for source, links in LINKS.items():
        assert operations[source].answers
        for _, target, parameter, _ in links:
            assert f"<{parameter}>" in operations[target].path


def test_a_version_need_not_be_named_of_what_the_request_may_make():
    seen = set()
    for methods in API["paths"].values():
        for told in methods.values():
            headers = {one["name"]: one for one in told.get("parameters", ()) if one["in"] == "header"}
            if "If-Match" in headers:
                makes = "201" in told["responses"]
                assert headers["If-Match"]["required"] is not makes, told["operationId"]
                assert ("If-None-Match" in headers) is makes, told["operationId"]
                seen.add(makes)
    assert seen == {True, False}


def test_both_are_the_same_bytes_whatever_the_hash_seed():
    told = {
        subprocess.run(
            [sys.executable, "-c", MADE], cwd=ROOT, capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert told == {f"{DOCUMENTS.openapi.etag} {DOCUMENTS.asyncapi.etag} {DOCUMENTS.pages.etag}\n"}


@pytest.mark.parametrize(
    "path, media",
    [("/openapi.json", "application/json"), ("/asyncapi.json", "application/json"), ("/docs", "text/html")],
)
async def test_a_specification_is_served_to_anybody_with_an_etag(door, path, media):
    del door.client.headers["authorization"]
    answer = await door.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media)
    again = await door.get(path, **{"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_every_published_fact_is_a_message_on_both_channels():
    assert set(EVENTS["components"]["messages"]) == set(published().values())
    for channel in EVENTS["channels"].values():
        assert set(channel["messages"]) == set(published().values())


def test_no_event_has_a_field_for_what_is_private():
    address = fact_schema("order.received")["$defs"]["PostalAddress"]
    assert set(address["properties"]) == {"country", "region"}
    assert "token" not in fact_schema("order.received")["$defs"]["Payment"]["properties"]


async def test_an_event_is_what_its_contract_says(door):
    answer = await door.post(ORDER, "one")
    await door.rest(answer.headers["location"])
    seen = set()
    for event in (await door.get("/v1/events?limit=200")).json()["items"]:
        contract = (await door.get(event["dataschema"])).json()
        assert contract["event"] == event["type"]
        assert set(event["data"]) == set(_root(contract["schema"])["properties"])
        seen.add(event["type"])
    assert len(seen) > 10


def _root(schema):
    return schema if "$ref" not in schema else schema["$defs"][schema["$ref"].rpartition("/")[2]]


async def test_a_contract_that_nobody_is_told_is_not_found(door):
    for path in ("order.received/99", "orders.submit/1", "nothing/1", "order.received/one"):
        answer = await door.get(f"/v1/contracts/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_compatibility_check_names_each_field_that_breaks(door):
    told = (await door.get("/v1/contracts/order.accepted/1")).json()["schema"]
    body = {"type": "order.accepted", "schema": told}
    same = await door.client.post("/v1/contracts/compatibility-checks", json=body)
    assert (same.status_code, same.json()["changes"]) == (200, [])
    schema = _root(told)
    schema["properties"]["colour"] = {"type": "string"}
    more = await door.client.post("/v1/contracts/compatibility-checks", json=body)
    assert [(one["pointer"], one["code"]) for one in more.json()["changes"]] == [("/colour", "field-added")]
    del schema["properties"]["order_id"]
    less = await door.client.post("/v1/contracts/compatibility-checks", json=body)
    assert (less.status_code, less.json()["code"]) == (409, "incompatible")
    assert [one["pointer"] for one in less.json()["errors"]] == ["/schema/order_id"]
    for wrong in (
        {"type": "nothing", "schema": {}},
        {"type": "order.accepted", "schema": {"$ref": "#/nowhere"}},
    ):
        answer = await door.client.post("/v1/contracts/compatibility-checks", json=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-body")
