"""One key, one answer: the first, its repeats, another body, one in flight, and one across a restart."""

import json

import pytest
import trio

from tests.support.gateway import PROBLEM_FIELDS, HeldJournal, numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def test_a_repeat_gets_the_same_status_and_bytes_and_records_nothing(door):
    first = await door.post(numbered(1), "one")
    assert first.status_code == 202
    assert "idempotent-replayed" not in first.headers
    await door.rest(first.headers["location"])
    before = door.turns()
    again = await door.post(numbered(1), "one")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    for name in ("location", "retry-after", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert door.turns() == before


async def test_a_bare_and_a_quoted_key_are_one(door):
    first = await door.post(numbered(1), "abc")
    again = await door.post(numbered(1), '"abc"')
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", "idempotency-key-missing"),
        ("x" * 256, "idempotency-key-invalid"),
        ('"' + "x" * 256 + '"', "idempotency-key-invalid"),
        ('"unended', "idempotency-key-invalid"),
        ('""', "idempotency-key-invalid"),
        ("two words", "idempotency-key-invalid"),
        ("caf\u00e9".encode(), "idempotency-key-invalid"),
    ],
)
async def test_a_missing_or_malformed_key_is_400_and_records_nothing(door, key, code):
    before = door.turns()
    answer = await door.post(numbered(1), key)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert set(answer.json()) == PROBLEM_FIELDS
    assert door.turns() == before


async def test_keys_of_255_characters_work_bare_and_quoted(door):
    assert (await door.post(numbered(1), "x" * 255)).status_code == 202
    assert (await door.post(numbered(2), '"' + "y" * 255 + '"')).status_code == 202


async def test_the_same_key_with_another_body_is_422_and_the_first_answer_stands(door):
    first = await door.post(numbered(1), "one")
    before = door.turns()
    for body in (numbered(2), json.dumps(numbered(1)).encode() + b" "):
        other = await door.post(body, "one")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        assert set(other.json()) == PROBLEM_FIELDS
        assert not other.json()["retryable"]
    assert door.turns() >= before
    assert (await door.post(numbered(1), "one")).content == first.content


async def test_a_repeat_while_the_first_is_in_flight_is_409_and_retryable(door):
    door.journal.hold()
    answers = {}

    async def first():
        answers["first"] = await door.post(numbered(1), "one")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(first)
        while not door.system.engine.waiters:
            await trio.sleep(0.005)
        repeat = await door.post(numbered(1), "one")
        assert (repeat.status_code, repeat.json()["code"]) == (409, "request-in-flight")
        assert repeat.json()["retryable"]
        assert int(repeat.headers["retry-after"]) >= 1
        assert "first" not in answers, "it was answered before it was durable"
        door.journal.let_go.set()
    assert answers["first"].status_code == 202


async def test_a_refusal_is_not_kept_so_the_mended_order_may_use_the_same_key(door):
    assert (await door.post(numbered(1, currency="XXX"), "one")).status_code == 422
    assert (await door.post(numbered(1), "one")).status_code == 202


async def test_the_same_order_under_another_key_is_a_duplicate_for_ever(door):
    first = await door.post(numbered(1), "one")
    second = await door.post(numbered(1), "two")
    assert (second.status_code, second.json()["code"]) == (409, "duplicate-order")
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["content-type"] == "application/problem+json"
    assert set(second.json()) == PROBLEM_FIELDS
    again = await door.post(numbered(1), "two")
    assert (again.status_code, again.content) == (409, second.content)
    assert again.headers["idempotent-replayed"] == "true"


async def test_two_keys_of_the_api_do_not_share_idempotency_keys(door):
    _, other = door.access.create("other")
    first = await door.post(numbered(1), "one")
    second = await door.post(numbered(2), "one", authorization=f"Bearer {other}")
    assert second.status_code == 202
    assert second.json()["order_id"] != first.json()["order_id"]


async def test_answers_are_kept_across_a_restart(tmp_path):
    journal = HeldJournal()
    async with opened(tmp_path, journal=journal) as door:
        secret = door.secret
        first = await door.post(numbered(1), "one")
        location = first.headers["location"]
        await door.rest(location)
        touched = (await door.get(f"{location}/timeline")).json()["turns"]
    async with opened(tmp_path, journal=journal) as door:
        again = await door.post(numbered(1), "one", authorization=f"Bearer {secret}")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        assert (await door.get(f"{location}/timeline")).json()["turns"] == touched
        assert (await door.rest(location))["order_status"] == "completed"


async def test_the_same_key_on_another_route_is_another_call(door):
    first = await door.post(numbered(1), "one")
    location = first.headers["location"]
    cancel = await door.client.post(f"{location}/cancellations", headers={"idempotency-key": "one"})
    assert cancel.status_code in (202, 409)
    assert "idempotent-replayed" not in cancel.headers
    batch = await door.client.post(
        "/v1/orders:batch", json={"orders": [numbered(2)]}, headers={"idempotency-key": "one"}
    )
    assert (batch.status_code, batch.json()["items"][0]["status"]) == (202, "accepted")
    assert (await door.post(numbered(1), "one")).content == first.content


async def test_the_same_key_about_another_order_is_refused(door):
    """One route, one key: the path is part of what a repeat must repeat."""
    orders = [(await door.post(numbered(n), f"o{n}")).headers["location"] for n in range(2)]
    first = await door.client.post(f"{orders[0]}/cancellations", headers={"idempotency-key": "one"})
    other = await door.client.post(f"{orders[1]}/cancellations", headers={"idempotency-key": "one"})
    assert first.status_code in (202, 409)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_another_tenants_key_of_the_same_name_is_another_call(door):
    _, other = door.access.create("other shop", tenant="other")
    first = await door.post(numbered(1), "one")
    second = await door.post(numbered(1), "one", authorization=f"Bearer {other}")
    assert (second.status_code, "idempotent-replayed" in second.headers) == (202, False)
    assert second.json()["order_id"] != first.json()["order_id"]


async def test_a_rotated_secret_is_the_same_principal(door):
    first = await door.post(numbered(1), "one")
    fresh = door.access.rotate(door.access.list_keys()[0].id)
    again = await door.post(numbered(1), "one", authorization=f"Bearer {fresh}")
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotent-replayed"] == "true"


async def test_after_its_time_a_key_is_free_and_the_order_is_still_known(door, monkeypatch):
    first = await door.post(numbered(1), "one")
    await door.rest(first.headers["location"])
    clock, now = door.system.engine.clock, door.system.engine.clock.now_ms
    monkeypatch.setattr(clock, "now_ms", lambda: now() + 24 * 3_600_000 - 5_000)
    assert (await door.post(numbered(1), "one")).content == first.content
    monkeypatch.setattr(clock, "now_ms", lambda: now() + 24 * 3_600_000 + 1_000)
    late = await door.post(numbered(1), "one")
    assert (late.status_code, late.json()["code"]) == (409, "duplicate-order")
    assert late.headers["location"] == first.headers["location"]
    assert "idempotent-replayed" not in late.headers


async def test_a_5xx_is_never_repeated_and_the_key_is_free_again(door, monkeypatch):
    orders = door.system.actors["orders"]
    handlers = dict(orders.handlers)
    broken = {**handlers, "orders.submit": lambda state, message, at: 1 // 0}
    object.__setattr__(orders, "handlers", broken)
    try:
        failed = await door.post(numbered(1), "one")
        assert (failed.status_code, failed.json()["code"]) == (500, "internal-error")
        assert failed.json()["retryable"]
    finally:
        object.__setattr__(orders, "handlers", handlers)
    again = await door.post(numbered(1), "one")
    assert (again.status_code, "idempotent-replayed" in again.headers) == (202, False)
    assert (await door.post(numbered(1), "one")).content == again.content


@pytest.mark.parametrize("route", ["orders", "batch", "cancellation"])
async def test_fifty_at_once_get_one_answer_and_make_one_thing(door, route):
    order = (await door.post(numbered(0), "zero")).headers["location"]
    path, body = {
        "orders": ("/v1/orders", numbered(1)),
        "batch": ("/v1/orders:batch", {"orders": [numbered(1), numbered(2)]}),
        "cancellation": (f"{order}/cancellations", {"cause": "customer"}),
    }[route]
    answers = []

    async def post():
        answers.append(await door.client.post(path, json=body, headers={"idempotency-key": "one"}))

    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(post)
    told = [one for one in answers if one.json().get("code") != "request-in-flight"]
    assert len({(one.status_code, one.content) for one in told}) == 1
    assert sum("idempotent-replayed" not in one.headers for one in told) == 1
    assert {one.status_code for one in answers} <= {202, 409}


async def test_many_clients_with_one_key_make_one_order(door):
    answers = []

    async def post():
        answers.append(await door.post(numbered(1), "one"))

    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(post)
    good = [answer for answer in answers if answer.status_code == 202]
    assert good
    assert len({answer.content for answer in good}) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len(door.twins.books()["payments"]["authorizations"]) <= 1
