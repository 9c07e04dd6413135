"""The walk of the specification: no operation without a test, and none for anybody who may not ask for it."""

import re
from pathlib import Path

import pytest

from gateway.app import ROUTES
from tests.support.gateway import opened
from tests.support.operations import TESTED, unheard

HERE = Path(__file__).parent
GUARDED = [route for route in ROUTES if route.scope is not None]


def test_every_operation_has_a_test_that_hears_it_succeed():
    named = {operation for operations in TESTED.values() for operation in operations}
    known = {route.operation for route in ROUTES}
    assert sorted(known - named) == [], "name the module that calls them in tests/support/operations.py"
    assert sorted(named - known) == []


def test_every_module_that_is_named_is_there():
    assert [module for module in TESTED if not (HERE / f"{module}.py").is_file()] == []


def test_an_operation_that_was_only_refused_was_not_tested():
    (module, (operation, *_)), *_ = TESTED.items()
    assert operation in unheard(module, {})
    assert operation in unheard(module, {operation: {404, 422}})
    assert operation not in unheard(module, {operation: {404, 202}})


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


def a_path(route):
    """A path of the route, with something that nobody has in the place of each parameter."""
    known = {"order_id": "ord_" + "a" * 26, "return_id": "ret_" + "a" * 26, "step": "close"}
    return re.sub(r"<(?:path:)?([^>]+)>", lambda one: known.get(one[1], "nothing"), route.path)


async def asked(door, route, **headers):
    """The route's answer to a request without a body."""
    return await door.client.request(route.method, a_path(route), headers=headers)


def authorization(secret):
    return {"authorization": f"Bearer {secret}"}


async def test_its_scope_is_all_that_an_operation_needs(door):
    """That it needs it, and what else keeps whom out: `test_authorization.py`."""
    turns = door.turns()
    for route in GUARDED:
        if route.media == "text/event-stream":
            continue
        _, alone = door.access.create("alone", [route.scope])
        assert (await asked(door, route, **authorization(alone))).status_code not in (401, 403)
    assert door.turns() == turns
