"""The route table says of every route what its clients need to know; the specification is made of it."""

import inspect
import re

import pytest
from msgspec import Struct

from gateway.app import ROUTES
from gateway.audit import NOT_REPEATED
from gateway.auth import SCOPES
from gateway.described import OWNERS, problems_of
from gateway.limits import COSTS
from gateway.problems import TITLES
from gateway.specification.openapi import PATH_PARAMETERS

NAMES = [f"{route.method} {route.path}" for route in ROUTES]


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_route_says_what_it_takes_answers_and_who_answers_for_it(route):
    assert route.owner in OWNERS
    assert route.summary, f"{route.operation} has no docstring"
    assert route.answers, f"{route.operation}: which contract does it answer with?"
    assert all(200 <= status < 400 for status in route.answers)
    assert all(status == 304 or body is not None or status == 204 for status, body in route.answers.items())
    assert route.scope is None or route.scope in SCOPES
    assert set(route.needs) <= set("KMk")
    assert set(route.gives) <= {"etag", "location", "retry-after", "preference-applied"}
    assert ("etag" in route.gives) == (304 in route.answers) or route.method != "GET"
    if route.body is not None:
        assert issubclass(route.body, Struct)
        assert route.body.__struct_config__.forbid_unknown_fields


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_routes_problems_have_the_status_that_the_gateway_gives_them(route):
    for status, codes in problems_of(route).items():
        for code in codes:
            assert re.fullmatch(r"[a-z0-9-]+", code)
            assert TITLES.get(code, (status,))[0] == status, code


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
def test_a_handler_that_asks_for_a_key_or_a_version_is_said_to(route):
    code = inspect.getsource(route.handler)
    if "if_match(" in code:
        assert "M" in route.needs
    if "idempotency_key(" in code:
        assert "K" in route.needs or "k" in route.needs


def test_no_two_routes_have_one_name():
    assert len({route.operation for route in ROUTES}) == len(ROUTES)
    assert len(set(NAMES)) == len(NAMES)


def test_what_other_tables_say_of_a_route_they_say_of_one_that_there_is():
    assert {f"{method} {path}" for method, path in COSTS} <= set(NAMES)
    assert set(NAMES) >= NOT_REPEATED
    parameters = {name for route in ROUTES for name in re.findall(r"<(?:path:)?([^>]+)>", route.path)}
    assert set(PATH_PARAMETERS) <= parameters
