"""Every answer that a gateway gives to a test is held against what its route says of itself."""

import re
from typing import Any

import httpx
import msgspec

from contracts.http_answers import ProblemDetails
from gateway.app import ROUTES
from gateway.described import problems_of
from gateway.door import Route

# operation -> statuses that it was heard to answer with, since `heard.clear()`.
heard: dict[str, set[int]] = {}


def _pattern(path):
    parts = re.split(r"(<[^>]+>)", path)
    one = [
        "(.+)" if part.startswith("<path:") else "([^/]+)" if part.startswith("<") else re.escape(part)
        for part in parts
    ]
    return re.compile("".join(one) + "/?")


_PATTERNS = [(route, _pattern(route.path)) for route in ROUTES]


def route_of(method: str, path: str) -> Route | None:
    """The route that answers it; one without parameters before one with."""
    found = [route for route, pattern in _PATTERNS if route.method == method and pattern.fullmatch(path)]
    return min(found, key=lambda route: route.path.count("<")) if found else None


def differences(told: Any, kind: Any) -> list[str]:
    """In what an answer in JSON is not what its contract says: fields missing, of another type, or unknown to it."""
    try:
        known = msgspec.to_builtins(msgspec.convert(told, kind))
    except msgspec.ValidationError as error:
        return [str(error)]
    return list(_beyond(told, known, ""))


def _beyond(told, known, at):
    if isinstance(told, dict) and isinstance(known, dict):
        for name in told.keys() | known.keys():
            if name not in known:
                yield f"{at}/{name} is not in the contract"
            elif name not in told:
                yield f"{at}/{name} is missing"
            else:
                yield from _beyond(told[name], known[name], f"{at}/{name}")
    elif isinstance(told, list) and isinstance(known, (list, tuple)) and len(told) == len(known):
        for n, (one, other) in enumerate(zip(told, known, strict=True)):
            yield from _beyond(one, other, f"{at}/{n}")
    elif told != known:
        yield f"{at} is {told!r}, the contract reads {known!r}"


async def listen(response: httpx.Response) -> None:
    """A response hook of httpx: AssertionError where an answer is not what the specification says."""
    asked = f"{response.request.method} {response.request.url.path}"
    route = route_of(response.request.method, response.request.url.path)
    media = response.headers.get("content-type", "").partition(";")[0]
    if route is None:
        return
    heard.setdefault(route.operation, set()).add(response.status_code)
    if response.status_code >= 400:
        if media == "application/problem+json":
            told = msgspec.json.decode(await response.aread())
            said = problems_of(route).get(response.status_code, ())
            assert told["code"] in said, f"{asked}: {response.status_code} {told['code']} is not documented"
            assert not (wrong := differences(told, ProblemDetails)), f"{asked}: {wrong}"
        return
    assert response.status_code in route.answers, f"{asked}: {response.status_code} is not documented"
    kind = route.answers[response.status_code]
    if media == "application/json":
        told = msgspec.json.decode(await response.aread())
        assert not (wrong := differences(told, kind)), f"{asked}: {wrong}"
        for name in route.gives:
            if name == "etag" and route.method == "GET":
                assert name in response.headers, f"{asked}: no {name}"
            if name == "location" and response.status_code in (201, 202):
                assert name in response.headers, f"{asked}: no {name}"
    else:
        assert kind is None or media == route.media or media in route.also, f"{asked}: {media}"
        if media in route.also:
            told = msgspec.json.decode(await response.aread())
            assert not (wrong := differences(told, route.also[media])), f"{asked}: {wrong}"
