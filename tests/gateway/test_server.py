"""The server: drains, ends with the system behind it, speaks HTTP/1.1 only, and survives rude clients."""

import contextlib

import httpx
import pytest
import trio

from actors.system import System
from contracts.ports import JournalFailed
from gateway import bodies, front
from gateway.server import CannotListen, listen
from tests.support.gateway import PROBLEM_FIELDS, numbered, opened


@pytest.fixture
async def door(tmp_path):
    async with opened(tmp_path) as one:
        yield one


async def said_to(door, data, *, then=b""):
    """What a bare connection gets for these bytes, until it is closed or silent for a second."""
    host, _, port = door.url.removeprefix("http://").partition(":")
    answer = b""
    async with await trio.open_tcp_stream(host, int(port)) as stream:
        await stream.send_all(data)
        if then:
            await trio.sleep(0.05)
            await stream.send_all(then)
        with trio.move_on_after(1), contextlib.suppress(trio.BrokenResourceError):
            async for part in stream:
                answer += part
    return answer


async def test_while_draining_nothing_new_is_taken_and_what_is_in_flight_is_finished(door):
    door.journal.hold()
    answers = []

    async def first():
        answers.append(await door.post(numbered(1), "one"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(first)
        while not door.system.engine.waiters:
            await trio.sleep(0.005)
        door.shutdown.set()
        while door.system.door.open:
            await trio.sleep(0.005)
        ready = await door.get("/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "draining")
        assert (await door.get("/livez")).status_code == 200
        before = door.turns()
        refused = await door.post(numbered(2), "two")
        assert (refused.status_code, refused.json()["code"]) == (503, "draining")
        assert set(refused.json()) == PROBLEM_FIELDS
        assert refused.json()["retryable"]
        assert door.turns() == before
        door.journal.let_go.set()
    assert answers[0].status_code == 202
    with trio.fail_after(10):
        await door.ended.wait()


async def test_a_commit_that_fails_ends_the_server_with_the_system(tmp_path):
    with pytest.raises(BaseExceptionGroup) as raised:
        async with opened(tmp_path) as door:
            door.journal.broken = JournalFailed("the disk is gone")
            with pytest.raises(httpx.TransportError):
                await door.post(numbered(1), "one")
    assert raised.value.subgroup(JournalFailed) is not None


async def test_an_error_of_ours_is_a_problem_that_tells_nothing(door, monkeypatch, caplog):
    personal = "_".join(["tok", "visa"])

    def broken(*_):
        raise RuntimeError(personal)

    monkeypatch.setattr(System, "read", broken)
    answer = await door.get("/v1/availability?skus=A")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert set(answer.json()) == PROBLEM_FIELDS
    assert personal not in answer.text + caplog.text
    assert answer.json()["trace_id"] in caplog.text
    assert answer.headers["tidegate-mode"] == "sandbox"


async def test_an_upgrade_to_http2_is_answered_as_the_http1_that_it_also_is(door):
    head = b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\n"
    answer = await said_to(door, head + b"http2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_http2_by_prior_knowledge_is_not_spoken(door):
    answer = await said_to(
        door, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    )
    assert answer.startswith(b"HTTP/1.1 4")
    assert (await door.get("/livez")).status_code == 200


@pytest.mark.parametrize(
    "rude",
    [
        b"\x00" * 100,
        b"GET /livez\r\n\r\n",
        b"POST /v1/orders HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        b"POST /v1/orders HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nzzzzz",
        b"GET /livez HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 40_000 + b"\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    ],
)
async def test_what_is_no_http_hurts_nobody_else(door, rude):
    before = door.turns()
    answer = await said_to(door, rude)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert (await door.get("/livez")).status_code == 200
    assert door.turns() == before


async def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_no_turn(door):
    before = door.turns()
    head = f"POST /v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {door.secret}\r\n"
    head += "idempotency-key: k\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
    host, _, port = door.url.removeprefix("http://").partition(":")
    stream = await trio.open_tcp_stream(host, int(port))
    await stream.send_all(head.encode() + b'{"channel":')
    await trio.sleep(0.05)
    await stream.aclose()
    await trio.sleep(0.05)
    assert (await door.get("/livez")).status_code == 200
    assert door.turns() == before


async def test_a_body_that_comes_too_slowly_is_408(door, monkeypatch):
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.1)
    monkeypatch.setattr(front, "REST_SECONDS", 0.1)
    head = f"POST /v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {door.secret}\r\n"
    head += "idempotency-key: k\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
    answer = await said_to(door, head.encode() + b'{"channel":')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body-timeout"' in answer


async def test_an_answer_before_the_body_came_leaves_the_connection_to_the_next_request(door):
    early = b"POST /v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\n"
    answer = await said_to(door, early, then=b"0123456789GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" not in answer
    assert b"HTTP/1.1 200 " in answer


async def test_an_answer_to_a_body_that_never_comes_says_that_it_closes_and_closes(door, monkeypatch):
    monkeypatch.setattr(front, "REST_SECONDS", 0.1)
    early = b"POST /v1/orders HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\n"
    host, _, port = door.url.removeprefix("http://").partition(":")
    answer = b""
    async with await trio.open_tcp_stream(host, int(port)) as stream:
        await stream.send_all(early)
        with trio.fail_after(10):
            async for part in stream:
                answer += part
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"\r\nconnection: close\r\n" in answer


async def test_more_requests_at_once_than_there_is_room_for_are_shed_and_probes_are_not(door):
    door.admission.at_most = 0
    answer = await door.post(numbered(1), "one")
    assert (answer.status_code, answer.json()["code"]) == (503, "temporary-reduced-capacity")
    assert answer.headers["retry-after"] == "1"
    assert (await door.get("/readyz")).status_code == 200


async def test_200_connections_at_once_are_all_answered(door):
    statuses = []

    async def one(number):
        async with httpx.AsyncClient(base_url=door.url, trust_env=False, verify=False, timeout=30) as client:
            headers = {"authorization": f"Bearer {door.secret}", "idempotency-key": f"k{number}"}
            answer = await client.post("/v1/orders", json=numbered(number), headers=headers)
            statuses.append(answer.status_code)

    async with trio.open_nursery() as nursery:
        for number in range(200):
            nursery.start_soon(one, number)
    assert statuses == [202] * 200


def test_an_address_that_cannot_be_had_is_said_plainly():
    taken = listen("127.0.0.1", 0)
    taken.listen()
    port = taken.getsockname()[1]
    with pytest.raises(CannotListen, match=f"port {port}: another process listens there"):
        listen("127.0.0.1", port)
    taken.close()
    with pytest.raises(CannotListen):
        listen("192.0.2.1", 0)
