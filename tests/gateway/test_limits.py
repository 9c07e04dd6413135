"""What a request costs whom, what answers say of it, and what is refused first when there is too much."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import limits
from gateway.app import ROUTES
from gateway.limits import CLASSES, DEFAULT, QUOTAS, Bucket, Quota, class_of
from gateway.roles import ROLES
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened

POLICY = re.compile(r'"[a-z]+";q=\d{1,15};w=\d{1,15}')
LEFT = re.compile(r'"[a-z]+";r=\d{1,15};t=\d{1,15}')


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


def few(monkeypatch, **quotas):
    """So little that a test reaches the end of it; nothing comes back within a test's time."""
    monkeypatch.setattr(
        limits, "QUOTAS", {"owner": {name: Quota(1, burst) for name, burst in quotas.items()}}
    )


async def test_every_answer_says_what_is_left_of_what(door):
    for path, name in (("/v1/availability?skus=A", "availability"), ("/v1/exceptions", "reads")):
        first, second = (await door.get(path)).headers, (await door.get(path)).headers
        for headers in (first, second):
            assert POLICY.fullmatch(headers["ratelimit-policy"])
            assert LEFT.fullmatch(headers["ratelimit"])
            assert headers["ratelimit"].startswith(f'"{name}"')
            assert headers["ratelimit-policy"].startswith(f'"{name}"')
    refused = await door.post(numbered(1, currency=5), "one")
    assert refused.status_code == 422
    assert refused.headers["ratelimit"].startswith('"orders"')
    assert "ratelimit" not in (await door.get("/livez")).headers


async def test_past_its_quota_a_key_is_told_when_to_come_back_and_nothing_is_recorded(door, monkeypatch):
    few(monkeypatch, orders=2)
    for n in range(2):
        assert (await door.post(numbered(n), f"k{n}")).status_code == 202
    await door.quiet()
    before = door.turns()
    refused = await door.post(b"{", "k3")
    assert (refused.status_code, refused.json()["code"]) == (429, "quota-exceeded")
    assert set(refused.json()) == PROBLEM_FIELDS
    assert refused.json()["retryable"]
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["ratelimit"].startswith('"orders";r=0;t=')
    assert refused.headers["ratelimit-policy"] == '"orders";q=2;w=2'
    assert door.turns() == before
    # Another class of the same key, and another key of the same class, have buckets of their own.
    assert (await door.get("/v1/availability?skus=A")).status_code == 200
    _, other = door.access.create("other", role="storefront")
    assert (await door.post(numbered(9), "k", authorization=f"Bearer {other}")).status_code == 202
    assert door.turns() > before
    assert door.admission.counts["refused_quota"] == 1


async def test_a_dear_route_costs_more(door):
    def left(answer):
        return int(re.findall(r"r=(\d+)", answer.headers["ratelimit"])[0])

    placed = await door.post(numbered(1), "one")
    path = placed.headers["location"]
    cheap = left(await door.get(path))
    assert cheap - left(await door.get(f"{path}/timeline")) in (4, 5)


async def test_shedding_follows_its_order_and_never_takes_what_was_promised(door, monkeypatch):
    placed = (await door.post(numbered(1), "one")).headers["location"]
    await door.rest(placed)
    admission = door.admission
    monkeypatch.setattr(admission, "at_most", 100)

    async def asked(in_flight):
        monkeypatch.setattr(admission, "in_flight", in_flight)
        before = door.turns()
        found = {
            "exports": (await door.get("/v1/exports/exp_x")).status_code,
            "orders": (await door.post(b"{", "x")).status_code,
            "availability": (await door.get("/v1/availability?skus=A")).status_code,
            "cancels": (await door.client.post(
                "/v1/orders/ord_x/cancellations", headers={"idempotency-key": "c"}
            )).status_code,
        }  # fmt: skip
        assert door.turns() == before
        return found

    assert await asked(0) == {"exports": 404, "orders": 400, "availability": 200, "cancels": 404}
    assert await asked(65) == {"exports": 503, "orders": 400, "availability": 200, "cancels": 404}
    assert (await asked(85))["orders"] == 503
    assert (await asked(85))["availability"] == 200
    all_of_it = await asked(100)
    assert (all_of_it["orders"], all_of_it["availability"], all_of_it["cancels"]) == (503, 503, 404)
    monkeypatch.setattr(admission, "in_flight", 85)
    shed = await door.post(numbered(2), "two")
    assert (shed.status_code, shed.json()["code"]) == (503, "temporary-reduced-capacity")
    assert shed.headers["retry-after"] == "1"
    monkeypatch.setattr(admission, "in_flight", 0)


async def test_under_pressure_availability_is_answered_from_memory_and_says_as_of_when(door, monkeypatch):
    path = "/v1/availability?skus=85123A&channel=web"
    assert door.admission.counts["served_stale"] == 0
    monkeypatch.setattr(door.admission, "backlog", lambda: 75)
    first, second = (await door.get(path)).json(), (await door.get(path)).json()
    assert first == second
    assert door.admission.counts["served_stale"] == 1
    monkeypatch.setattr(door.admission, "backlog", lambda: 10)
    assert (await door.get(path)).json()["as_of"] > first["as_of"]
    assert door.admission.counts["served_stale"] == 1


def test_what_makes_a_promise_good_is_never_shed():
    for route in ROUTES:
        kind = class_of(route.method, route.path)
        if any(word in route.path for word in ("cancellations", "refunds", "shipments", "returns")):
            assert kind.sheds_at == 0 or route.method == "GET", route.path
    sheds = [
        kind.sheds_at
        for name in ("exports", "orders", "availability")
        for _, _, kind in CLASSES
        if kind.name == name
    ]
    assert sheds == sorted(sheds)


def test_every_class_has_a_quota_and_every_quota_a_class_and_a_role():
    names = {kind.name for _, _, kind in CLASSES}
    assert set(DEFAULT) == names
    for role, quotas in QUOTAS.items():
        assert role in ROLES
        assert set(quotas) <= names
        for quota in quotas.values():
            assert quota.per_s > 0
    # The largest batch must fit into every bucket.
    for role in ROLES:
        assert (QUOTAS.get(role, {}).get("orders") or DEFAULT["orders"]).burst >= 500


@given(
    st.integers(1, 50),
    st.integers(1, 500),
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 60)), max_size=60),
)
def test_a_bucket_never_gives_more_than_its_burst_and_its_rate(per_s, burst, asked):
    bucket, now, given_ = Bucket("x", Quota(per_s, burst), 0), 0, 0
    for pause, cost in asked:
        now += pause
        if bucket.take(cost, now):
            given_ += cost
        else:
            wait = bucket.wait_ms(cost)
            assert wait > 0
            if cost <= burst:
                assert bucket.take(cost, now + wait)
                now += wait
                given_ += cost
        assert given_ * 1_000 <= burst * 1_000 + now * per_s
        assert LEFT.fullmatch(bucket.left())
    assert bucket.take(1, now + 1_000 * burst)
