"""/openapi.json, /asyncapi.json, /docs, /v1/contracts: what this door says of itself and of the facts that it tells."""

from __future__ import annotations

from typing import Any

from quart import Response

from contracts.catalogue import published
from contracts.http import FieldError
from contracts.http_answers_desks import ContractAnswer, ContractCheck
from contracts.http_desks import ContractSubmission
from contracts.topics import TOPICS
from contracts.vocabulary import VOCABULARY

from ..admission import Principal
from ..asked import request
from ..bodies import read, read_body
from ..door import Gateway, Route, has_etag, json_response
from ..problems import Problem
from ..specification.compatibility import ANSWER, compare
from ..specification.documents import Document
from ..specification.pages import POLICY
from ..specification.schemas import fact_schema
from ..web import empty


async def openapi(gateway: Gateway, principal: Principal | None) -> Response:
    """The routes of this gateway, as OpenAPI 3.1."""
    return _told(gateway.documents.openapi)


async def asyncapi(gateway: Gateway, principal: Principal | None) -> Response:
    """The events that are told, as AsyncAPI 3.0."""
    return _told(gateway.documents.asyncapi)


async def docs(gateway: Gateway, principal: Principal | None) -> Response:
    """The same for people, as a page that needs nothing from anywhere."""
    response = _told(gateway.documents.pages)
    response.headers["content-security-policy"] = POLICY
    response.headers["referrer-policy"] = "no-referrer"
    return response


def _told(document: Document) -> Response:
    if has_etag(document.etag):
        response = empty(304)
    else:
        response = Response(document.body, 200, content_type=document.media)
    response.headers["etag"] = f'"{document.etag}"'
    response.headers["cache-control"] = "public, max-age=300"
    return response


async def contract(gateway: Gateway, principal: Principal, type: str, version: str) -> Response:
    """The contract of a fact that is told outside: the JSON Schema of its data."""
    events = published()
    if type not in events or version != str(VOCABULARY[type][0]):
        raise Problem("not-found", "no fact of this type and version is told outside")
    topic = TOPICS.get(type)
    told = {
        "type": type,
        "version": VOCABULARY[type][0],
        "event": events[type],
        "owner": type.partition(".")[0] if topic is None else topic.owner,
        "lifecycle": "active" if topic is None else topic.lifecycle,
        "schema": fact_schema(type),
    }
    return json_response(200, told, etag=f"{type}-{version}")


async def check(gateway: Gateway, principal: Principal) -> Response:
    """Whether a contract as it is to become still serves who reads it as it is. 409 names each field that does not.

    Nothing is recorded, so no idempotency key is needed.
    """
    asked = read(await read_body(request), ContractSubmission)
    if asked.type not in published():
        error = FieldError("/type", "unknown-type", "no fact of this type is told outside")
        raise Problem("invalid-body", "some fields are not valid", errors=[error])
    try:
        changes = compare(fact_schema(asked.type), asked.schema, ANSWER)
    except LookupError:
        error = FieldError("/schema", "dangling-reference", "a $ref leads nowhere")
        raise Problem("invalid-body", "some fields are not valid", errors=[error]) from None
    if wrong := [change for change in changes if change.breaks]:
        errors = [FieldError(f"/schema{change.pointer}", change.code, change.detail) for change in wrong]
        raise Problem("incompatible", "who reads it as it is would break", errors=errors)
    told = [{"pointer": change.pointer, "code": change.code, "detail": change.detail} for change in changes]
    return json_response(200, {"type": asked.type, "compatible": True, "changes": told})


ROUTES = (
    Route(
        "GET", "/openapi.json", None, openapi, owner="platform", gives=("etag",),
        answers={200: dict[str, Any], 304: None},
    ),
    Route(
        "GET", "/asyncapi.json", None, asyncapi, owner="platform", gives=("etag",),
        answers={200: dict[str, Any], 304: None},
    ),
    Route(
        "GET", "/docs", None, docs, media="text/html", owner="platform", gives=("etag",), answers={200: str, 304: None}
    ),
    Route(
        "GET", "/v1/contracts/<type>/<version>", "contracts:read", contract, owner="platform", gives=("etag",),
        answers={200: ContractAnswer, 304: None},
    ),
    Route(
        "POST", "/v1/contracts/compatibility-checks", "contracts:check", check, owner="platform",
        body=ContractSubmission, answers={200: ContractCheck}, problems=("409 incompatible",),
    ),
)  # fmt: skip
