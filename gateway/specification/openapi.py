"""OpenAPI 3.1 of the route table. A pure function: the same table, the same document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from contracts.http_answers import ProblemDetails

from ..described import OWNERS, PageLimit, problems_of
from ..route import Route
from .examples import EXAMPLES
from .schemas import DIALECT, components

VERSION = "1.0"
BEARER, SIGNATURE = "apiKey", "signature"

# Path parameters by name: (pattern, what it is, one). Others are plain text.
PATH_PARAMETERS: dict[str, tuple[str, str, str]] = {
    "order_id": ("^[A-Za-z0-9_:.-]{1,128}$", "our number of it", "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    "return_id": ("^[A-Za-z0-9_]{1,64}$", "our number of the return", "ret_aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    "quote_id": ("^[A-Za-z0-9_]{1,64}$", "our number of the quote", "quo_aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    "card_id": ("^[A-Za-z0-9_]{1,64}$", "our number of the gift card", "gc_aaaaaaaaaaaaaaaaaaaaaaaaaa"),
    "journal_id": ("^[A-Za-z0-9]+:[A-Za-z0-9._-]{1,64}$", "its book and its own name", "GB01:J-1"),
    "period_id": ("^[A-Za-z0-9]+:[0-9]{6}$", "its book and its month", "GB01:202605"),
    "step": ("^(soft-close|close|reopen)$", "what is done to it", "soft-close"),
    "settlement_id": ("^[a-z0-9-]+:.{1,100}$", "its provider and its file", "psp-a:S-1"),
}

# What a new thing's answer leads to: operation -> [(name, operation, parameter, where in the answer it stands)].
LINKS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "orders.submit": (
        ("look", "orders.look", "order_id", "/order_id"),
        ("timeline", "orders.timeline", "order_id", "/order_id"),
        ("lineage", "orders.lineage", "order_id", "/order_id"),
        ("cancel", "orders.cancel", "order_id", "/order_id"),
    ),
    "orders.cancel": (("look", "orders.look", "order_id", "/order_id"),),
    "returns.advise": (("look", "returns.look", "return_id", "/return_id"),),
    "price_quotes.make": (("look", "price_quotes.look", "quote_id", "/quote_id"),),
    "gift_cards.sell": (("look", "gift_cards.look", "card_id", "/card_id"),),
}

_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "traceparent": ("W3C trace context: the request's trace", {"type": "string"}),
    "Tidegate-Mode": ("`sandbox` where the partners are simulated", {"type": "string", "enum": ["sandbox"]}),
    "Idempotent-Replayed": (
        "`true` on the repeat of an earlier answer",
        {"type": "string", "enum": ["true"]},
    ),
    "ETag": ("the version, for If-None-Match and If-Match", {"type": "string"}),
    "Location": ("where what was made is found", {"type": "string"}),
    "Retry-After": ("seconds after which to come again", {"type": "string", "pattern": "^[0-9]+$"}),
    "Preference-Applied": ("which wish of `Prefer` was granted", {"type": "string"}),
    "Link": ('the next page: `<…>; rel="next"`', {"type": "string"}),
    "RateLimit": ("what is left of the client's quota for this kind of request", {"type": "string"}),
    "RateLimit-Policy": ("that quota", {"type": "string"}),
    "WWW-Authenticate": ("how to authenticate", {"type": "string"}),
}
_GIVES = {
    "etag": "ETag", "location": "Location", "retry-after": "Retry-After", "preference-applied": "Preference-Applied",
}  # fmt: skip
_WORDS = {
    200: "Done, or here it is", 201: "Made", 202: "Taken on: it goes on after this answer", 204: "Done",
    303: "It is elsewhere", 304: "What you have is the newest", 400: "Not a request that can be read",
    401: "Not authenticated", 403: "Not allowed", 404: "Not there", 406: "Not in that format",
    408: "Too slow", 409: "Its state has no place for that", 410: "No longer there", 412: "It has changed meanwhile",
    413: "Too large", 415: "Not in that format", 422: "Read, and not valid", 428: "Say which version you have seen",
    429: "Too many", 500: "An error of ours", 503: "Not now",
}  # fmt: skip


def openapi(routes: tuple[Route, ...]) -> dict[str, Any]:
    """The document."""
    schemas, named = components(_kinds(routes))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(template(route), {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Tidegate",
            "version": VERSION,
            "summary": "The gateway of a retail integration broker.",
            "description": (
                "Amounts are integers in minor units, times RFC 3339 in UTC. Answers may gain fields; requests with "
                "fields that are not known are refused. Every refusal is a problem (RFC 9457) whose `code` is stable."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {"url": "/", "description": "this gateway: local, staging or production", "x-internal": False}
        ],
        "tags": [{"name": owner} for owner in OWNERS if any(route.owner == owner for route in routes)],
        "paths": paths,
        "components": {
            "schemas": named,
            "responses": _shared(paths),
            "headers": {
                name: {"description": about, "schema": schema} for name, (about, schema) in _HEADERS.items()
            },
            "securitySchemes": {
                BEARER: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, `tg_…`. Each operation names the scope that the key needs.",
                },
                SIGNATURE: {
                    "type": "apiKey",
                    "in": "header",
                    "name": "webhook-signature",
                    "description": "The provider's signature of the body, in this header or in its own.",
                },
            },
        },
    }


def template(route: Route) -> str:
    """The route's path as OpenAPI writes it."""
    return re.sub(r"<(?:path:)?([^>]+)>", r"{\1}", route.path)


def _kinds(routes: tuple[Route, ...]) -> Iterator[Any]:
    yield ProblemDetails
    yield PageLimit
    for route in routes:
        if route.body is not None:
            yield route.body
        yield from (kind for kind in route.answers.values() if kind is not None)
        yield from route.also.values()
        yield from (param.kind for param in route.query)


def _operation(route: Route, schemas: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    summary, _, rest = route.summary.partition(". ")
    told: dict[str, Any] = {
        "operationId": route.operation,
        "tags": [route.owner],
        "summary": summary.rstrip("."),
    }
    if rest:
        told["description"] = rest
    told["x-owner"] = route.owner
    told["x-lifecycle"] = route.lifecycle.state
    if route.lifecycle.state == "deprecated":
        told["deprecated"] = True
        told["x-deprecated-on"] = route.lifecycle.deprecated_on
        told["x-sunset"] = route.lifecycle.sunset_on
        told["x-successor"] = route.lifecycle.successor
    if route.is_async:
        told["x-asynchronous"] = True
    if route.scope is not None:
        told["security"] = [{BEARER: [route.scope]}]
    else:
        # Whoever says something without a key has to sign it.
        told["security"] = [{SIGNATURE: []}] if route.method == "POST" else []
    if parameters := list(_parameters(route, schemas)):
        told["parameters"] = parameters
    if route.body is not None:
        content: dict[str, Any] = {"schema": schemas[route.body]}
        if route.body in EXAMPLES:
            content["examples"] = {name: {"value": value} for name, value in EXAMPLES[route.body].items()}
        told["requestBody"] = {
            "required": not route.body_optional,
            "content": {"application/json": content},
        }
    told["responses"] = dict(_responses(route, schemas))
    return told


def _parameters(route: Route, schemas: Mapping[Any, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"<(?:path:)?([^>]+)>", route.path):
        known = PATH_PARAMETERS.get(name)
        one: dict[str, Any] = {"name": name, "in": "path", "required": True}
        if known is None:
            yield {**one, "schema": {"type": "string", "minLength": 1, "maxLength": 128}}
        else:
            schema = {"type": "string", "pattern": known[0]}
            yield {**one, "description": known[1], "schema": schema, "example": known[2]}
    for param in route.query:
        described = {"description": param.about} if param.about else {}
        schema = schemas[param.kind]
        yield {"name": param.name, "in": "query", "required": param.required, **described, "schema": schema}
    if route.paged:
        limit = {"name": "limit", "in": "query", "required": False, "schema": schemas[PageLimit]}
        yield {**limit, "description": "how many at most; 50 where it is left out"}
        after = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$"}
        about = "where the page begins, as the Link of the page before says"
        yield {"name": "after", "in": "query", "required": False, "description": about, "schema": after}
    if "k" in route.needs.lower():
        about = "a key of your own: repeats of it are answered as the first was, and done once"
        key = {"type": "string", "pattern": "^[!#-~]{1,255}$"}
        yield _header("Idempotency-Key", about, key, required="K" in route.needs)
    if "M" in route.needs:
        # What may not be there yet is made by saying so, and then there is no ETag to be named.
        makes = 201 in route.answers
        about = "the ETag that you have seen, or *"
        yield _header("If-Match", about, {"type": "string", "minLength": 1}, required=not makes)
        if makes:
            about = "in the place of If-Match: nothing is there yet, and this makes it"
            yield _header("If-None-Match", about, {"type": "string", "enum": ["*"]}, required=False)
    if "etag" in route.gives and route.method == "GET":
        yield _header("If-None-Match", "ETags that you have", {"type": "string"}, required=False)
    if "preference-applied" in route.gives:
        about = "`wait=N`: answer once the work is done, or after N seconds; `respond-async`: at once"
        yield _header("Prefer", about, {"type": "string"}, required=False)


def _header(name: str, about: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": about, "schema": schema}


def _responses(route: Route, schemas: Mapping[Any, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, kind in sorted(route.answers.items()):
        names = [*_everywhere(route), *(_GIVES[one] for one in route.gives if status != 304)]
        names += ["ETag"] if status == 304 else []
        names += ["Link"] if route.paged else []
        names += ["Idempotent-Replayed"] if "k" in route.needs.lower() else []
        told: dict[str, Any] = {"description": _WORDS[status], "headers": _headers(names)}
        if kind is not None:
            told["content"] = {
                media: {"schema": schemas[one]} for media, one in {route.media: kind, **route.also}.items()
            }
        if links := _links(route, status):
            told["links"] = links
        yield str(status), told
    for status, codes in problems_of(route).items():
        names = ["traceparent", "Tidegate-Mode"]
        names += ["RateLimit", "RateLimit-Policy"] if status == 429 else []
        names += ["Retry-After"] if status in (429, 503) else []
        names += ["WWW-Authenticate"] if status == 401 else []
        told = {
            "description": f"{_WORDS[status]}: {', '.join(f'`{code}`' for code in codes)}",
            "headers": _headers(names),
            "content": {"application/problem+json": {"schema": schemas[ProblemDetails]}},
            "x-codes": list(codes),
        }
        yield str(status), told


def _shared(paths: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The problems that several operations answer with, named by what they are; the operations refer to them."""
    counted: Counter[str] = Counter()
    told: dict[str, Any] = {}
    places: list[tuple[dict[str, Any], str, str]] = []
    for operation in [one for methods in paths.values() for one in methods.values()]:
        for status, response in operation["responses"].items():
            if "x-codes" in response:
                said = repr((response["x-codes"], list(response["headers"])))
                name = f"{status}-{blake2b(said.encode(), digest_size=3).hexdigest()}"
                counted[name] += 1
                told[name] = response
                places.append((operation["responses"], status, name))
    for responses, status, name in places:
        if counted[name] > 1:
            responses[status] = {"$ref": f"#/components/responses/{name}"}
    return {name: told[name] for name in sorted(told) if counted[name] > 1}


def _everywhere(route: Route) -> list[str]:
    """Headers of every success."""
    limits = [] if route.scope is None else ["RateLimit", "RateLimit-Policy"]
    return ["traceparent", "Tidegate-Mode", *limits]


def _headers(names: list[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _links(route: Route, status: int) -> dict[str, Any]:
    if status not in (201, 202):
        return {}
    return {
        name: {"operationId": operation, "parameters": {parameter: f"$response.body#{place}"}}
        for name, operation, parameter, place in LINKS.get(route.operation, ())
    }
