"""What a call meets on its way, over both bodies of the twins; then what only one body can show."""

import httpx
import pytest
import trio
from trio.testing import MockClock

from contracts.ports import SYSTEMS
from sim.twins.sqlite import TwinsRefused
from tests.support.twins import (
    assessment,
    at_once,
    authorization,
    capture,
    hold,
    open_http,
    open_memory,
    quote,
    sales_order,
    shipping_order,
    void,
)


@pytest.fixture(params=["memory", "http"])
def clock(request):
    """Virtual time for the memory body; the real clock is the subject of the living one."""
    return MockClock(autojump_threshold=0) if request.param == "memory" else None


@pytest.fixture
def opened(clock, tmp_path):
    """A function (config) -> async context manager of the body under test."""
    if clock is None:
        return lambda config: open_http(config, tmp_path / "twins")
    return open_memory


@pytest.fixture
async def outside(opened):
    """The body under test, quick and free of bad luck."""
    async with opened(at_once(pick_min_ms=150, pick_max_ms=150)) as twins:
        yield twins


# any system


async def test_an_unknown_operation_is_404_and_a_malformed_body_400(clock, outside):
    assert (await outside.say("payments/payouts", {}))[0] == 404
    status, body = await outside.say("payments/authorizations", {**authorization(), "amount": "2025"}, "k")
    assert (status, body["error"]["code"]) == (400, "malformed")
    assert "amount" in body["error"]["detail"]
    # Nothing was kept for it.
    assert (await outside.say("payments/authorizations", authorization(), "k"))[0] == 200


async def test_a_system_that_keeps_keys_wants_one(clock, outside):
    status, body = await outside.say("payments/authorizations", authorization(), "")
    assert (status, body) == (400, {"error": {"code": "idempotency_key_missing"}})


@pytest.mark.parametrize("system", ["payments", "erp"])
async def test_over_the_quota_is_429_and_says_when_to_come_back(clock, opened, system):
    path, body = {
        "payments": ("payments/voids", void("pi_no")),
        "erp": ("erp/sales_orders:find", {"external_ref": "o1"}),
    }[system]
    async with opened(at_once(**{system: {"quota_per_s": 1, "burst": 3}})) as outside:
        answers = [await outside.call(path, body) for _ in range(5)]
        assert [answer.status == 429 for answer in answers] == [False] * 3 + [True] * 2
        wait_ms = answers[-1].retry_after_ms
        assert 0 < wait_ms <= 1_000
        await trio.sleep(wait_ms / 1_000)
        assert (await outside.call(path, body)).status != 429


@pytest.mark.parametrize(
    ("system", "status", "code"),
    [("payments", 429, "too_many_requests"), ("erp", 400, "SSS_REQUEST_LIMIT_EXCEEDED")],
)
async def test_too_many_calls_at_once_are_refused_in_the_systems_own_way(clock, opened, system, status, code):
    path, body = {
        "payments": ("payments/voids", void("pi_no")),
        "erp": ("erp/sales_orders:find", {"external_ref": "o1"}),
    }[system]
    answers = []
    slow = {"latency_min_ms": 500, "latency_max_ms": 500, "concurrency": 2}
    async with opened(at_once(**{system: slow})) as outside:

        async def one():
            answers.append(await outside.call(path, body))

        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(one)
        refused = [answer for answer in answers if answer.status == status]
        assert len(refused) == 2
        for answer in refused:
            assert answer.body.get("code", answer.body.get("error", {}).get("code")) == code
            assert (answer.retry_after_ms is None) == (system == "erp")
        await one()
        assert answers[-1].status != status


async def test_a_call_takes_its_time(clock, opened):
    async with opened(at_once(tax={"latency_min_ms": 40, "latency_max_ms": 60})) as outside:
        begun = trio.current_time()
        await outside.say("tax/quotes", quote())
        took_ms = (trio.current_time() - begun) * 1_000
        assert took_ms >= 39.9
        if clock is not None:
            assert took_ms <= 60.1


# one body alone


async def test_a_deadline_in_memory_falls_before_or_after_the_effect(autojump_clock):
    async with open_memory(at_once(erp={"latency_min_ms": 100, "latency_max_ms": 100})) as outside:
        for deadline_s, documents in ((0.04, 0), (0.06, 1)):
            with trio.move_on_after(deadline_s) as scope:
                await outside.say("erp/sales_orders", sales_order())
            assert scope.cancelled_caught
            assert len((await outside.books())["erp"]["documents"]) == documents
        traffic = outside.body.twins.traffic()["erp"]
        assert (traffic.calls, traffic.in_flight_max) == (2, 1)


async def test_a_client_that_hangs_up_does_not_undo_what_it_asked_for(tmp_path):
    config = at_once(erp={"latency_min_ms": 300, "latency_max_ms": 300})
    async with open_http(config, tmp_path) as outside:
        with trio.move_on_after(0.05):
            await outside.say("erp/sales_orders", sales_order())
        assert (await outside.books())["erp"]["documents"] == []
        with trio.fail_after(10):
            while not (await outside.books())["erp"]["documents"]:
                await trio.sleep(0.02)


async def test_the_living_body_keeps_its_books_its_keys_and_its_feed_over_a_restart(tmp_path):
    config = at_once(pick_min_ms=50, pick_max_ms=50)
    async with open_http(config, tmp_path) as outside:
        held = await hold(outside)
        captured = await outside.say("payments/captures", capture(held), "c")
        await outside.say("fraud/assessments", assessment())
        await outside.say("tax/quotes", quote())
        await outside.say("erp/sales_orders", sales_order())
        await outside.say("erp/sales_orders:cancel", {"external_ref": "o2", "why": "w"})
        await outside.say("warehouse/shipping_orders", shipping_order("f1"))
        await trio.sleep(0.1)
        before = await outside.books()
        assert len(before["warehouse"]["shipments"]) == 1
        # Due while nobody is there to pick it.
        await outside.say("warehouse/shipping_orders", shipping_order("f2"))
    assert not (tmp_path / "twins.json").exists()
    await trio.sleep(0.1)
    async with open_http(config, tmp_path) as outside:
        assert (tmp_path / "twins.json").exists()
        after = await outside.books()
        assert [row["depositor_order"] for row in after["warehouse"]["shipments"]] == ["f1", "f2"]
        assert {**after, "warehouse": None} == {**before, "warehouse": None}
        assert await outside.say("payments/captures", capture(held), "c") == captured
        assert (await outside.say("erp/sales_orders", sales_order("o2")))[0] == 422
        assert (await outside.say("erp/sales_orders", sales_order("o3")))[1]["doc_no"] == "SO-1000002"


async def test_a_directory_has_one_process_at_a_time(tmp_path):
    async with open_http(at_once(), tmp_path):
        with pytest.raises(BaseExceptionGroup) as caught:
            async with open_http(at_once(), tmp_path):
                pass
    assert caught.group_contains(TwinsRefused, match=r"twins\.sqlite: in use")


async def test_the_doors_of_the_living_body(tmp_path):
    async with open_http(at_once(payments={"quota_per_s": 1, "burst": 1}), tmp_path) as outside:
        client: httpx.AsyncClient = outside.body.client
        assert (await client.get("/livez")).json()["status"] == "ok"
        assert (await client.get("/erp/books")).json() == {"documents": []}
        assert set((await client.get("/books")).json()) == set(SYSTEMS) - {"vault"}
        for path in ("/bank/books", "/", "/erp", "/a/b/c"):
            assert (await client.get(path)).status_code == 404
        assert (await client.post("/bank/payouts", json={})).status_code == 404
        assert (await client.post("/erp/sales_orders", content=b"{")).status_code == 400
        assert (await client.post("/erp/sales_orders", content=b"[]")).status_code == 400
        assert (await client.post("/erp/sales_orders", content=b" " * (1 << 20) + b"{}")).status_code == 413
        await client.post("/payments/voids", json={})
        refused = await client.post("/payments/voids", json={})
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "1"
        assert 0 < int(refused.headers["retry-after-ms"]) <= 1_000


async def test_the_erp_tells_changes_of_prices_as_deltas_behind_a_number(clock, outside):
    for n, price in enumerate((300, 310, 320), start=1):
        body = {"item": "TEA", "price": price, "curr": "GBP", "valid_from": 5}
        assert await outside.say("erp/price_changes:revise", body) == (201, {"n": n})
    status, page = await outside.say("erp/price_changes", {"after": 1, "limit": 1})
    record = {"n": 2, "item": "TEA", "price": 310, "currency": "GBP", "valid_from": 5}
    # The newest number there is, with every page: one that is less than what was read says that the ERP went back.
    assert (status, page) == (200, {"records": [record], "last": 2, "head": 3})
    nothing = {"records": [], "last": 3, "head": 3}
    assert await outside.say("erp/price_changes", {"after": 3}) == (200, nothing)
