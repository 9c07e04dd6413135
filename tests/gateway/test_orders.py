"""An order through the door: received, followed, cancelled; and what surrounds every answer."""

import re

import pytest
import trio

from tests.support.gateway import ORDER, PROBLEM_FIELDS, numbered, opened

NOBODY = "ord_" + "a" * 26


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def test_the_order_of_the_documentation_works_as_it_stands(door):
    answer = await door.post(ORDER, "first")
    assert answer.status_code == 202
    told = answer.json()
    assert set(told) == {"order_id", "status", "trace_id"}
    assert told["status"] == "received"
    assert answer.headers["location"] == f"/v1/orders/{told['order_id']}"
    assert int(answer.headers["retry-after"]) >= 1
    order = await door.rest(answer.headers["location"])
    assert order["order_status"] == "completed"
    assert order["payment_status"] == "captured"
    assert order["fulfillment_status"] == "dispatched"
    assert order["erp_status"] == "acknowledged"
    assert order["amounts"] == {
        "lines_minor": 1530,
        "shipping_minor": 495,
        "gift_cards_minor": 0,
        "discounts_minor": 0,
        "tax_minor": 338,
        "total_minor": 2025,
        "paid_minor": 2025,
    }
    assert order["lines"][0]["sku"] == "85123A"
    assert order["attributes"] == {"gift_message": "Happy birthday"}
    assert order["placed_at"] == "2026-05-17T10:00:00.000Z"


async def test_a_client_that_prefers_to_wait_gets_201_with_the_order_at_rest(door):
    answer = await door.post(numbered(1), "one", prefer="wait=10")
    assert (answer.status_code, answer.headers["preference-applied"]) == (201, "wait=10")
    assert answer.json()["order_status"] == "completed"
    assert (await door.get(answer.headers["location"])).json() == answer.json()
    again = await door.post(numbered(1), "one", prefer='foo, wait="10"')
    assert (again.status_code, again.content) == (201, answer.content)
    assert again.headers["idempotent-replayed"] == "true"
    plain = await door.post(numbered(1), "one")
    assert (plain.status_code, plain.json()["status"]) == (202, "received")


async def test_a_wait_that_is_too_short_or_not_asked_for_ends_in_202(door):
    late = await door.post(numbered(1, channel="phone"), "one", prefer="wait=1")
    assert late.status_code == 202
    assert "preference-applied" not in late.headers
    at_once = await door.post(numbered(2), "two", prefer="respond-async, wait=10")
    assert (at_once.status_code, at_once.headers["preference-applied"]) == (202, "respond-async")
    assert (await door.post(numbered(3), "three", prefer="wait=soon")).status_code == 202


async def test_received_is_durable_before_it_is_said(door):
    door.journal.hold()
    answers = []

    async def post():
        answers.append(await door.post(numbered(1), "one"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(post)
        while not door.system.engine.waiters:
            await trio.sleep(0.005)
        await trio.sleep(0.05)
        assert not answers
        door.journal.let_go.set()
    assert answers[0].status_code == 202


async def test_the_timeline_tells_every_turn_in_order_with_actor_cause_time_and_trace(door):
    answer = await door.post(numbered(1), "one")
    location = answer.headers["location"]
    await door.rest(location)
    told = (await door.get(f"{location}/timeline")).json()
    turns = told["turns"]
    assert told["order_id"] == answer.json()["order_id"]
    assert turns[0]["actor"] == "intake"
    actors = {turn["actor"] for turn in turns}
    assert {
        "orders",
        "order_to_cash",
        "catalog",
        "inventory",
        "fulfillment",
        "finance",
        "payments",
        "erp",
    } <= actors
    assert [turn["at_ms"] for turn in turns] == sorted(turn["at_ms"] for turn in turns)
    seen = set()
    for turn in turns:
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", turn["at"])
        cause = turn["cause"]
        if cause[0].isdigit():
            assert cause.rpartition(".")[0] in seen, "an effect before its cause"
        seen.add(turn["id"])
    ours = [turn for turn in turns if turn["correlation"] == turns[0]["correlation"]]
    assert {turn["trace_id"] for turn in ours} == {answer.json()["trace_id"]}


async def test_the_etag_is_the_version_and_answers_304_until_something_changes(door):
    location = (await door.post(numbered(1), "one")).headers["location"]
    order = await door.rest(location)
    answer = await door.get(location)
    assert answer.headers["etag"] == f'"{order["version"]}"'
    for asked in (answer.headers["etag"], "*", f'"x", {answer.headers["etag"]}'):
        same = await door.get(location, **{"if-none-match": asked})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == answer.headers["etag"]
    assert (await door.get(location, **{"if-none-match": '"0"'})).status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"payments": [{**ORDER["payments"][0], "token": "tok_declined"}]}, "rejected", "payment-declined"),
        ({"payments": [{**ORDER["payments"][0], "token": "tok_review"}]}, "completed", ""),
        ({"lines": [{**ORDER["lines"][0], "sku": "NO-SUCH"}]}, "rejected", "unknown-sku"),
        (
            {
                "lines": [{**ORDER["lines"][0], "sku": "T-OUT", "unit_price_minor": 1000}],
                "payments": [{**ORDER["payments"][0], "amount_minor": 6495}],
            },
            "rejected",
            "",
        ),
    ],
)
async def test_the_test_values_of_the_sandbox_do_what_they_say(door, changes, status, reason):
    answer = await door.post(numbered(1, **changes), "one")
    order = await door.rest(answer.headers["location"])
    assert order["order_status"] == status
    assert (order["reason"] or "").startswith(reason)


async def test_a_cancellation_in_the_window_always_succeeds(door):
    # Orders by phone are released half a minute after they are accepted.
    location = (await door.post(numbered(1, channel="phone"), "one")).headers["location"]
    cancellations = f"{location}/cancellations"
    answer = await door.client.post(
        cancellations, json={"reason": "changed"}, headers={"idempotency-key": "c"}
    )
    assert answer.status_code == 202
    assert answer.headers["location"] == location
    order = await door.rest(location)
    assert (order["order_status"], order["reason"]) == ("cancelled", "changed")
    again = await door.client.post(
        cancellations, json={"reason": "changed"}, headers={"idempotency-key": "c"}
    )
    assert (again.status_code, again.content) == (202, answer.content)
    late = await door.client.post(cancellations, headers={"idempotency-key": "d"})
    assert (late.status_code, late.json()["code"]) == (409, "not-cancellable")
    assert set(late.json()) == PROBLEM_FIELDS
    assert late.json()["instance"] == cancellations


async def test_a_cancellation_needs_its_key_and_a_body_that_is_one(door):
    location = (await door.post(numbered(1, channel="phone"), "one")).headers["location"]
    keyless = await door.client.post(f"{location}/cancellations", json={})
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency-key-missing")
    wrong = await door.client.post(
        f"{location}/cancellations", json={"why": 1}, headers={"idempotency-key": "c"}
    )
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/why"


@pytest.mark.parametrize("order_id", [NOBODY, "ord_x", "1", "ord_" + "A" * 26, "%2e%2e", "ord_%00"])
async def test_unknown_orders_are_404_and_leave_no_turn(door, order_id):
    before = door.turns()
    for method, path in (("GET", ""), ("GET", "/timeline"), ("POST", "/cancellations")):
        answer = await door.client.request(
            method, f"/v1/orders/{order_id}{path}", headers={"idempotency-key": "k"}
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert set(answer.json()) == PROBLEM_FIELDS
    assert door.turns() == before


async def test_paths_and_methods_that_are_none_are_problems_too(door):
    for path in ("/", "/v1", "/v1/nothing", "/v2/orders"):
        answer = await door.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert answer.json()["instance"] == path
    answer = await door.client.delete("/v1/orders")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert set(answer.json()) == PROBLEM_FIELDS


async def test_every_answer_says_that_it_comes_from_a_sandbox(door):
    answers = [
        await door.get("/livez"),
        await door.get("/nothing"),
        await door.get("/status"),
        await door.post(numbered(1), "one"),
        await door.post(b"{", "two"),
        await door.client.delete("/v1/orders"),
    ]
    assert {answer.headers.get("tidegate-mode") for answer in answers} == {"sandbox"}


async def test_a_trace_is_taken_from_the_caller_and_handed_on(door):
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    sent = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01", "tracestate": "vendor=1"}
    answer = await door.post(numbered(1), "one", **sent)
    assert answer.json()["trace_id"] == trace_id
    out = answer.headers["traceparent"].split("-")
    assert (out[0], out[1], out[3]) == ("00", trace_id, "01")
    assert out[2] != "00f067aa0ba902b7"
    assert answer.headers["tracestate"] == "vendor=1"
    await door.rest(answer.headers["location"])
    turns = (await door.get(answer.headers["location"] + "/timeline")).json()["turns"]
    assert sum(turn["trace_id"] == trace_id for turn in turns) > 15
    refused = await door.post(b"{", "two", **sent)
    assert refused.json()["trace_id"] == trace_id


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "nonsense",
    ],
)
async def test_a_broken_traceparent_begins_a_new_trace(door, broken):
    answer = await door.get("/livez", traceparent=broken)
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-00", answer.headers["traceparent"])
    assert "4bf92f3577b34da6" not in answer.headers["traceparent"]


async def test_availability_counts_what_can_be_promised_and_changes_its_etag_with_it(door):
    path = "/v1/availability?skus=85123A,T-OUT,NO-SUCH,85123A&channel=web"
    before = await door.get(path)
    units = {row["sku"]: row["available"] for row in before.json()["skus"]}
    assert list(units) == ["85123A", "T-OUT", "NO-SUCH"]
    assert units["85123A"] > 100_000
    assert (units["T-OUT"], units["NO-SUCH"]) == (0, 0)
    assert before.json()["as_of"].endswith("Z")
    same = await door.get(path, **{"if-none-match": before.headers["etag"]})
    assert same.status_code == 304
    await door.rest((await door.post(numbered(1), "one")).headers["location"])
    after = await door.get(path, **{"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert after.json()["skus"][0]["available"] == units["85123A"] - 6


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("", {"/skus"}),
        ("?skus=,,&channel=fax", {"/skus", "/channel"}),
        ("?skus=" + ",".join(f"S{n}" for n in range(201)), {"/skus"}),
        ("?skus=" + "S" * 65, {"/skus"}),
        ("?skus=A&colour=red", {""}),
    ],
)
async def test_a_question_about_availability_that_is_none_is_400(door, query, pointers):
    answer = await door.get(f"/v1/availability{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-parameter")
    assert {error["pointer"] for error in answer.json()["errors"]} == pointers


async def test_the_door_sheds_new_orders_before_anything_is_recorded_but_never_a_cancellation(tmp_path):
    async with opened(tmp_path) as door:
        location = (await door.post(numbered(1, channel="phone"), "one")).headers["location"]
        while not door.system.is_quiet():
            await trio.sleep(0.005)
        door.system.door.credit = 0
        before = door.turns()
        answer = await door.post(numbered(2), "two")
        assert (answer.status_code, answer.json()["code"]) == (503, "temporary-reduced-capacity")
        assert answer.json()["retryable"]
        assert int(answer.headers["retry-after"]) >= 1
        assert door.turns() == before
        cancelled = await door.client.post(f"{location}/cancellations", headers={"idempotency-key": "c"})
        assert cancelled.status_code == 202
