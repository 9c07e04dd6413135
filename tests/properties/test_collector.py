"""The collector against its judge: it finds something exactly where msgspec refuses."""

import copy
import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contracts.http import CancellationSubmission, OrderSubmission, ResolutionSubmission
from contracts.http_rules import contradictions
from gateway.collector import field_errors
from tests.support.gateway import ORDER

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**13), 10**13)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=70)
    | st.sampled_from(["GB", "GBP", "2026-05-17T10:00:00Z", "2026-05-17", "2026-02-30T10:00:00Z", "x" * 600]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=70), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value within."""
    found = [at]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += places(item, (*at, key))
    return found


@st.composite
def spoiled_orders(draw: st.DrawFn) -> Any:
    """The order of the documentation with a few values taken out, put in or replaced."""
    order: Any = copy.deepcopy(ORDER)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(order)))
        if not way:
            continue
        holder = order
        for key in way[:-1]:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "remove", "add"]))
        if how == "remove":
            del holder[way[-1]]
        elif how == "add" and isinstance(holder, dict):
            holder[draw(st.text(max_size=70))] = draw(values)
        else:
            holder[way[-1]] = draw(values)
    return order


def refuses(value: Any, contract: type[msgspec.Struct]) -> bool:
    try:
        msgspec.json.decode(json.dumps(value).encode(), type=contract)
    except msgspec.ValidationError:
        return True
    return False


def check(value: Any, contract: type[msgspec.Struct]) -> None:
    value = json.loads(json.dumps(value))
    errors = field_errors(value, contract)
    assert bool(errors) == refuses(value, contract), errors
    for error in errors:
        assert error.pointer == "" or error.pointer.startswith("/")


# st.text draws no lone surrogates: those end at the parser, and never come to the collector.
@given(spoiled_orders())
def test_the_collector_finds_something_exactly_where_msgspec_refuses_an_order(order):
    check(order, OrderSubmission)


@given(values)
def test_the_collector_finds_something_exactly_where_msgspec_refuses_a_cancellation(value):
    check(value, CancellationSubmission)


@given(
    st.fixed_dictionaries({"resolution": values | st.sampled_from(["corrected", "lost"]), "reason": values})
)
def test_the_collector_finds_something_exactly_where_msgspec_refuses_a_resolution(value):
    check(value, ResolutionSubmission)


@given(spoiled_orders())
def test_the_rules_across_fields_never_stumble_over_a_spoiled_order(order):
    order = json.loads(json.dumps(order))
    if isinstance(order, dict):
        bad = [error.pointer for error in field_errors(order, OrderSubmission)]
        for error in contradictions(order, bad):
            assert error.pointer
            assert error.code
