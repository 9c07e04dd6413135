"""A client that others wrote goes through the specification: what it makes up is answered as is said there.

The gateway is `tidegate serve`, a process of its own. A small dose runs with every build, 200 examples an operation in
the slow suite; seeds are fixed. Left out of schemathesis's checks: that valid data be accepted (an order of a channel
that there is not is refused, though its fields are well formed).
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from gateway.app import ROUTES
from gateway.specification.documents import MAKERS
from gateway.specification.openapi import LINKS, template
from tests.support.serving import KEY, Served

schemathesis: Any = pytest.importorskip("schemathesis")

from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi import checks  # noqa: E402

# What never ends of itself, and what ends the process's readiness, are not for it.
OPERATIONS = [route for route in ROUTES if route.media != "text/event-stream"]


def refuses_what_is_not_valid(ctx, response, case):
    """Its check of what is not valid: of a body, or of a parameter by its name. A key that it leaves out is given all
    the same, and what it adds to a query is for the check below. It does not count on a body being refused for its
    size alone (413), nor for its slowness (408).
    """
    wrong = {one.parameter for one in getattr(case.meta.phase.data, "mutations", ())}
    if response.status_code not in (408, 413) and (case.operation.body or wrong - {"Authorization", None}):
        return checks.negative_data_rejection(ctx, response, case)
    return None


def refuses_what_is_not_known(ctx, response, case):
    """What is asked for beyond the query parameters that there are: its own check lets that pass anywhere."""
    known = {one.name for one in case.operation.query}
    asked = parse_qs(urlsplit(response.request.url).query, keep_blank_values=True)
    assert not known or asked.keys() <= known or response.status_code >= 400, response.request.url


CHECKED = (
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_headers_conformance, checks.response_schema_conformance, refuses_what_is_not_valid,
    refuses_what_is_not_known, checks.missing_required_header, checks.ignored_auth,
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
    takes = route.body or route.query or route.paged or route.needs or "<" in route.path
    assert asked >= (examples if takes else 1)


@pytest.mark.parametrize("route", OPERATIONS, ids=lambda route: route.operation)
def test_a_few_made_up_requests_are_answered_as_the_specification_says(served, route):
    probed(served, route, FEW)


def followed(served, examples, steps):
    """Go from operation to operation along the links: what was made is looked at, changed and looked at again."""
    linked = {*LINKS, *(target for links in LINKS.values() for _, target, _, _ in links)}
    asked = set()

    walker = API.include(operation_id=sorted(linked)).as_state_machine()

    class Machine(walker):  # type: ignore[misc, valid-type]
        def get_call_kwargs(self, case):
            return {"base_url": served.url, "headers": {"Authorization": f"Bearer {KEY}"}, "timeout": 30}

        def after_call(self, response, case):
            asked.add(case.operation.label)

        def validate_response(self, response, case, **how):
            case.validate_response(response, checks=list(CHECKED))

    run = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    Machine.run(settings=run)
    return asked


def test_links_lead_from_what_was_made_to_what_it_is(served):
    assert len(followed(served, 5, 6)) > 3


@pytest.mark.slow
def test_two_hundred_walks_along_the_links(served):
    assert len(followed(served, MANY, 10)) > 6


@pytest.mark.slow
@pytest.mark.parametrize("route", OPERATIONS, ids=lambda route: route.operation)
def test_two_hundred_made_up_requests_are_answered_as_the_specification_says(served, route):
    probed(served, route, MANY)
