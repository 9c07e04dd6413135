"""A client that others wrote goes through the specification: what it makes up is answered as is said there.

The gateway is `tidegate serve`, a process of its own. A small dose runs with every build, 200 examples an operation in
the slow suite; seeds are fixed. Left out of schemathesis's checks: that valid data be accepted (an order of a channel
that there is not is refused, though its fields are well formed).
"""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from gateway.app import ROUTES
from gateway.specification.documents import MAKERS
from gateway.specification.openapi import template
from tests.support.serving import KEY, Served

schemathesis: Any = pytest.importorskip("schemathesis")

from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi import checks  # noqa: E402

# What never ends of itself, and what ends the process's readiness, are not for it.
OPERATIONS = [route for route in ROUTES if route.media != "text/event-stream"]
CHECKED = (
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_headers_conformance, checks.response_schema_conformance, checks.negative_data_rejection,
    checks.missing_required_header, checks.ignored_auth,
)  # fmt: skip
SEED = 20260517
FEW, MANY = 4, 200
API = schemathesis.openapi.from_dict(msgspec.json.decode(MAKERS["openapi"](ROUTES)))


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    one = Served(tmp_path_factory.mktemp("schemathesis") / "data")
    try:
        yield one.start().wait()
    finally:
        one.end()
        one.stop_all()


def probed(served, route, examples):
    """Ask the operation for so many examples, valid and invalid ones."""
    operation = API[template(route)][route.method]
    asked = 0
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=False,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes))
    def probe(case):
        nonlocal asked
        asked += 1
        case.call_and_validate(
            base_url=served.url,
            headers={"Authorization": f"Bearer {KEY}"},
            checks=list(CHECKED),
            timeout=30,
        )

    probe()
    assert asked >= examples


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda route: route.operation)
def test_a_few_made_up_requests_are_answered_as_the_specification_says(served, route):
    probed(served, route, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("route", OPERATIONS, ids=lambda route: route.operation)
def test_two_hundred_made_up_requests_are_answered_as_the_specification_says(served, route):
    probed(served, route, MANY)
